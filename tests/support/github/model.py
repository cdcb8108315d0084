"""What the stand-in remembers.

An issue is a value that never changes; a repository keeps every version of it with the moment of its making. So "what
the list knew eight minutes ago" is a look-up, and a list that lags needs no rule of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

ROLES = ("read", "triage", "write", "maintain", "admin")
"""From weak to strong, as GitHub orders the roles of a repository."""


@dataclass(frozen=True, slots=True)
class User:
    """A person, a bot or an organisation."""

    id: int
    login: str
    kind: str = "User"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    id: int
    number: int
    title: str
    creator: str
    created_at: datetime
    due_on: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssueField:
    """A field of an organisation: `kind` is text, number, date or single_select; `options` are of the last."""

    id: int
    name: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime
    app: int | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the history of an issue; `more` holds what this kind of event tells besides."""

    id: int
    kind: str
    actor: str
    at: datetime
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Issue:
    """Labels are kept by id, so that a renamed label is renamed on every issue; children and parent by issue id."""

    id: int
    number: int
    title: str
    author: str
    created_at: datetime
    updated_at: datetime
    body: str | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    labels: tuple[int, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: int | None = None
    kind: str | None = None
    values: Mapping[int, Any] = field(default_factory=dict)
    locked: bool = False
    pull_request: bool = False
    comments: tuple[Comment, ...] = ()
    events: tuple[Event, ...] = ()
    children: tuple[int, ...] = ()
    parent: int | None = None
    app: int | None = None


@dataclass(frozen=True, slots=True)
class Pull:
    """What a pull request has besides its issue: from which branch to which one, and what the first was at last."""

    head: str
    base: str
    sha: str
    merged_at: datetime | None = None
    merged_by: str | None = None
    merge_sha: str | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """410 for who may read the repository, 404 for others (the description of "Get an issue")."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """404 for everybody: an issue turned into a discussion, for which the REST interface has no pointer."""


@dataclass(frozen=True, slots=True)
class Moved:
    """301 to the new place, for who may read it. The new issue has an id of its own."""

    repo: int
    number: int


What = Issue | Deleted | Vanished | Moved


@dataclass(slots=True)
class Repo:
    """Attributes:
    roles: login in lower case -> one of `ROLES`; who is in it can be assigned.
    types, fields_on: issue types and issue fields, which only repositories of organisations have.
    history: number -> every version with its moment, oldest first.
    git: the bare repository whose branches are this one's, for pull requests; pulls: by number.
    """

    id: int
    owner: str
    name: str
    created_at: datetime
    private: bool = True
    archived: bool = False
    issues_on: bool = True
    roles: dict[str, str] = field(default_factory=dict)
    labels: dict[int, Label] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    types: tuple[str, ...] = ()
    fields_on: bool = False
    history: dict[int, list[tuple[datetime, What]]] = field(default_factory=dict)
    git: Path | None = None
    pulls: dict[int, Pull] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def put(self, number: int, what: What, at: datetime) -> None:
        self.history.setdefault(number, []).append((at, what))

    def next_number(self) -> int:
        """Issues and pull requests share one row of numbers, and a number is never given twice."""
        return next(reversed(self.history), 0) + 1

    def latest(self, number: int) -> What | None:
        versions = self.history.get(number)
        return versions[-1][1] if versions else None

    def as_of(self, number: int, moment: datetime) -> What | None:
        known = [what for at, what in self.history[number] if at <= moment]
        return known[-1] if known else None

    def issues(self, moment: datetime | None = None) -> Iterator[Issue]:
        """Those that exist, pull requests too; as they were at `moment` where one is given."""
        for number in self.history:
            what = self.latest(number) if moment is None else self.as_of(number, moment)
            if isinstance(what, Issue):
                yield what

    def label_named(self, name: str) -> Label | None:
        """GitHub compares the names of labels without regard to case."""
        return next((label for label in self.labels.values() if label.name.lower() == name.lower()), None)


def stamp(moment: datetime | None) -> str | None:
    """GitHub's times have whole seconds: two edits in one second have one `updated_at`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
