"""What the stand-in remembers.

An issue is a value that never changes; the hub keeps every version of it with the moment of its making. So "what
search knew a minute ago" is a look-up, and a search that lags needs no rule of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .workflow import Workflow

SYSTEM = ("summary", "issuetype", "project", "description", "assignee", "reporter", "priority", "labels", "duedate")
"""Fields on the screens of a new project, besides components and the parent."""


@dataclass(slots=True)
class User:
    """Attributes:
    name: the login, which only Data Center shows. zone: for times in answers and in JQL.
    hidden_mail: the profile keeps the address to itself, which is usual in Cloud.
    """

    account_id: str
    name: str
    display_name: str
    email: str
    zone: str = "UTC"
    active: bool = True
    hidden_mail: bool = False


@dataclass(frozen=True, slots=True)
class IssueType:
    """`level`: 1 for epics, 0 for what is usual, -1 for sub-tasks."""

    id: int
    name: str
    level: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field; `kind` is string, textarea, number, date, option (with `options`) or array (of labels)."""

    id: str
    name: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Component:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Comment:
    id: int
    author: str
    body: Any
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One field in the history: the value for programs and the value for people, before and after."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None


@dataclass(frozen=True, slots=True)
class Change:
    id: int
    author: str
    at: datetime
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A remote link, with everything that was sent for it."""

    id: int
    global_id: str | None
    what: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Issue:
    """Attributes:
    project, number: together the key; a moved issue has new ones and the same id.
    values: by the id of the field; people, priorities, types and so on by their ids. What is empty is left out.
    readers: who may see it although it has a security level; None for everybody who sees the project.
    """

    id: int
    project: int
    number: int
    creator: str
    created: datetime
    updated: datetime
    values: Mapping[str, Any]
    resolved_at: datetime | None = None
    category_at: datetime | None = None
    comments: tuple[Comment, ...] = ()
    changes: tuple[Change, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    watchers: tuple[str, ...] = ()
    readers: frozenset[str] | None = None


@dataclass(slots=True)
class Project:
    """Attributes:
    grants: account -> its permissions in this project. old_keys: they still lead here.
    create, edit: the fields on the screens. required: without a value no issue is made, and none may be cleared.
    types: the ids of its issue types. priorities: the names in its priority scheme.
    """

    id: int
    key: str
    name: str
    lead: str
    types: list[int]
    priorities: list[str]
    workflow: Workflow = field(default_factory=Workflow)
    grants: dict[str, set[str]] = field(default_factory=dict)
    create: set[str] = field(default_factory=lambda: {*SYSTEM, "components", "parent"})
    edit: set[str] = field(default_factory=lambda: {*SYSTEM, "components", "parent"} - {"project"})
    required: set[str] = field(default_factory=lambda: {"summary", "issuetype", "project"})
    components: dict[int, Component] = field(default_factory=dict)
    old_keys: list[str] = field(default_factory=list)
    archived: bool = False
    numbers: int = 0
    anonymous: bool = False

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers
