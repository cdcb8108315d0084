"""What a configuration may say of a tracker. No vendor's library is loaded here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

LABEL_LIMIT = 50
"""Characters in the name of a GitHub label."""
TAG_LIMIT = 255
"""Characters in a Jira label."""


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


def _label(name: str) -> str:
    if len(name) > LABEL_LIMIT or name != " ".join(name.split()) or "," in name:
        raise ValueError(f"write a label on one line, of at most {LABEL_LIMIT} characters, without a comma")
    return name


def _tag(label: str) -> str:
    if len(label) > TAG_LIMIT or label.split() not in ([], [label]):
        raise ValueError(f"write a label without spaces, of at most {TAG_LIMIT} characters")
    return label


Address = Annotated[str, AfterValidator(_https)]
Label = Annotated[str, AfterValidator(_label)]


class Limits(Settings):
    """How hard one account may work a server; the defaults are those of github.com, of which 5 % are left alone.

    Attributes:
        writes_per_second, creations_per_minute, creations_per_hour: at most.
        settle_seconds: how long a create whose answer was lost may still take effect.
    """

    writes_per_second: float = Field(1, gt=0)
    creations_per_minute: int = Field(80, gt=0)
    creations_per_hour: int = Field(500, gt=0)
    settle_seconds: int = Field(15, ge=0)


class Credential(Settings):
    """An account that trackers and sources share, and its budget. Its secrets are in the environment.

    Attributes:
        app_id: of a GitHub App, in place of a token. installation_id: of its installation.
        limits: of the account, whoever uses it.
    """

    app_id: int | None = None
    installation_id: int | None = None
    limits: Limits = Limits()


class FilesSettings(Settings):
    """A folder of Markdown issues.

    Attributes:
        path: of the folder; it is made when the first issue is.
    """

    kind: Literal["files"]
    path: Path


class GitHubSettings(Settings):
    """Issues of one repository.

    Attributes:
        repository: owner/name. A later rename or transfer is followed.
        base_url: the address of the interface; https://HOST/api/v3 for a server of your own.
        credential: whose account is used, where the tracker has no token of its own.
        allow_public: whether issues may be made where everybody reads them.
        body: full, or link-only: it names the postmortem and repeats none of its words but the title.
        redact: words that are blackened in all that is sent, whatever their case.
        limits: of the tracker's own account; of a credential they stand there.
        accounts: logins whose issues count as ours too (earlier accounts; the bot of an App is found by itself).
        label: put on every new issue, "" for none; in_progress: the label of what is worked on.
        priorities: priority -> its label, for those that the organisation's field does not know.
        due_fields, priority_fields: names of the organisation's issue fields, the first that exists is used; empty for
            none, so that dates stand in the body and priorities are labels.
        type: the issue type of new issues; milestone: the title of the one that new issues get.
        parent: the number of the issue whose sub-issues new issues become.
        parents: whether they become those of an issue that is made for their postmortem.
        template: a file, relative to the configuration's, that says what stands in the body of a new issue.
        patience: seconds to wait for a limit within a run; what takes longer is left to the next one.
    """

    kind: Literal["github"]
    repository: Annotated[str, AfterValidator(_repository)]
    base_url: Address = "https://api.github.com"
    credential: str | None = None
    allow_public: bool = False
    body: Literal["full", "link-only"] = "full"
    template: Path | None = None
    redact: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    label: Label = "postmortem"
    in_progress: Annotated[Label, Field(min_length=1)] = "in progress"
    priorities: dict[Literal["P0", "P1", "P2", "P3", "P4"], Annotated[Label, Field(min_length=1)]] = {
        "P0": "P0",
        "P1": "P1",
        "P2": "P2",
        "P3": "P3",
        "P4": "P4",
    }
    due_fields: tuple[str, ...] = ("Due date", "Target date")
    priority_fields: tuple[str, ...] = ("Priority",)
    type: str | None = None
    milestone: str | None = None
    parent: int | None = Field(None, gt=0)
    parents: bool = False
    patience: int = Field(60, ge=0)
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _labels_differ(self) -> GitHubSettings:
        labels = [label.casefold() for label in (self.label, self.in_progress, *self.priorities.values()) if label]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"the label {label!r} would mean two things: give each its own")
        return self

    @model_validator(mode="after")
    def _one_parent(self) -> GitHubSettings:
        if self.parent and self.parents:
            raise ValueError("an issue has one parent: take out parent = N, or parents = true")
        return self


class JiraSettings(Settings):
    """Issues of one project, on Jira Cloud or Data Center.

    Attributes:
        url: the address of Jira, also under a path. project: its key. A later change of the key is followed.
        issue_type: of new issues.
        credential: whose account is used, where the tracker has no token of its own.
        body: full, or link-only: it names the postmortem and repeats none of its words but the title.
        redact: words that are blackened in all that is sent, whatever their case.
        api: version of Cloud's interface; 3 takes descriptions as nodes, 2 as wiki markup. Data Center has 2 only.
        accounts: accountIds (Cloud) or names (Data Center) whose issues count as ours too: earlier accounts.
        label: put on every new issue, "" for none.
        priorities: priority -> its name in the project's scheme; names such as Highest and Low are understood besides.
            One that the scheme lacks is a label.
        done, cancelled: names of resolutions, the first that a transition offers is used. What is closed with one of
            `cancelled`, or stands in a status of such a name, was not done.
        fields: further fields, by id or name -> a value; in text `{postmortem}`, `{path}`, `{line}`, `{link}`,
            `{source}`, `{ident}`, `{title}`, `{due}` and `{priority}` are filled in.
        template: a file, relative to the configuration's, that says what stands in the description of a new issue.
        epics: whether every postmortem gets an epic, which its issues belong to; epic_type: what epics are called.
        patience: seconds to wait for a limit within a run; what takes longer is left to the next one.
        limits: 80 % of Cloud's burst limit for the verbs that write (50 a second).
    """

    kind: Literal["jira"]
    url: Address
    project: Annotated[str, AfterValidator(_project)]
    issue_type: str = "Task"
    credential: str | None = None
    api: Literal[2, 3] = 3
    body: Literal["full", "link-only"] = "full"
    redact: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    label: Annotated[str, AfterValidator(_tag)] = "postmortem"
    priorities: dict[Literal["P0", "P1", "P2", "P3", "P4"], Annotated[str, Field(min_length=1)]] = {
        "P0": "Highest",
        "P1": "High",
        "P2": "Medium",
        "P3": "Low",
        "P4": "Lowest",
    }
    done: tuple[str, ...] = ("Done", "Fixed", "Resolved", "Completed")
    cancelled: tuple[str, ...] = (
        "Won't Do",
        "Won't Fix",
        "Duplicate",
        "Cancelled",
        "Canceled",
        "Declined",
        "Rejected",
        "Cannot Reproduce",
        "Incomplete",
    )
    fields: dict[str, str | int | float | tuple[str, ...]] = {}
    template: Path | None = None
    epics: bool = False
    epic_type: str = "Epic"
    patience: int = Field(60, ge=0)
    limits: Limits = Limits(writes_per_second=40, creations_per_minute=2400, creations_per_hour=60_000)

    @model_validator(mode="after")
    def _names_differ(self) -> JiraSettings:
        names = [name.casefold() for name in (*self.priorities.values(), *self.done, *self.cancelled)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the name {name!r} would mean two things: give each its own")
        return self


TrackerSettings = Annotated[FilesSettings | GitHubSettings | JiraSettings, Field(discriminator="kind")]
