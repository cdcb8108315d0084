"""What a configuration may say of a source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}
LATER = {"git": "clone the repository and use kind = 'folder' with the path of the clone"}
"""Kinds that this version does not have -> what to do instead."""


def _bytes(value: object) -> object:
    """`16MB` as 16000000."""
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"([0-9]{1,12})\s*([kmg]?b)?", value.strip().lower())
    if not found:
        raise ValueError(f"{value!r} is no size: write it as 16MB")
    return int(found[1]) * UNITS[found[2] or ""]


def _kind(value: object) -> object:
    if isinstance(value, str) and value in LATER:
        raise ValueError(f"there are no {value} sources in this version: {LATER[value]}")
    return value


def _glob(value: object) -> object:
    if isinstance(value, str) and (value.startswith("/") or {"", ".", ".."} & set(value.split("/"))):
        raise ValueError(f"{value!r} matches nothing: write it relative to the source's path, such as **/*.md")
    return value


def _pattern(value: str) -> str:
    names = set(re.findall(r"\{([^}]*)\}", value))
    if not re.fullmatch(r"https?://[^\s/]+/\S*", value) or "path" not in names or names - {"path", "line"}:
        raise ValueError(
            f"{value!r} leads nowhere: write it as https://host/{{path}}, or https://host/{{path}}#L{{line}}"
        )
    return value


Size = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Glob = Annotated[str, BeforeValidator(_glob)]
Pattern = Annotated[str, AfterValidator(_pattern)]


class FolderSettings(BaseModel):
    """A folder of postmortems.

    Attributes:
        path: relative to the configuration file.
        include, exclude: globs relative to `path`: `**/` is any number of folders, `*` and `?` stay within one.
        tracker: the name of the tracker where new issues go.
        max_bytes: larger documents are left out, with a problem that says so; also written as "16MB".
        link: the address where people read a document, for the issues: "https://host/{path}#L{line}". The line is that
            of the day the issue was made.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    kind: Annotated[Literal["folder"], BeforeValidator(_kind)] = "folder"
    path: Path
    include: tuple[Glob, ...] = ("**/*.md",)
    exclude: tuple[Glob, ...] = ()
    tracker: str
    max_bytes: Size = 16_000_000
    link: Pattern | None = None


SourceSettings = FolderSettings
