"""What a configuration may say of a tracker. No vendor's library is loaded here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _https(url: str) -> str:
    parts = urlsplit(url)
    local = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or parts.username or parts.scheme not in (("http", "https") if local else ("https",)):
        raise ValueError("write an address such as https://host, without a user or a password")
    return url.rstrip("/")


def _repository(name: str) -> str:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ValueError("write the repository as owner/name")
    return name


def _project(key: str) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]+", key):
        raise ValueError("write the project's key, such as OPS")
    return key


Address = Annotated[str, AfterValidator(_https)]


class Limits(Settings):
    """How hard a server may be worked; the defaults are those of github.com."""

    writes_per_second: float = Field(1, gt=0)
    creations_per_minute: int = Field(80, gt=0)
    creations_per_hour: int = Field(500, gt=0)
    settle_seconds: int = Field(15, ge=0)


class Credential(Settings):
    """An account that trackers and sources share, and its budget. Its secrets are in the environment."""

    app_id: int | None = None
    installation_id: int | None = None
    limits: Limits = Limits()


class FilesSettings(Settings):
    """A folder of Markdown issues."""

    kind: Literal["files"]
    path: Path


class GitHubSettings(Settings):
    """Issues of one repository."""

    kind: Literal["github"]
    repository: Annotated[str, AfterValidator(_repository)]
    base_url: Address = "https://api.github.com"
    credential: str | None = None
    allow_public: bool = False
    body: Literal["full", "link-only"] = "full"
    redact: tuple[str, ...] = ()
    limits: Limits = Limits()


class JiraSettings(Settings):
    """Issues of one project."""

    kind: Literal["jira"]
    url: Address
    project: Annotated[str, AfterValidator(_project)]
    issue_type: str = "Task"
    credential: str | None = None
    body: Literal["full", "link-only"] = "full"
    redact: tuple[str, ...] = ()
    limits: Limits = Limits()


TrackerSettings = Annotated[FilesSettings | GitHubSettings | JiraSettings, Field(discriminator="kind")]
