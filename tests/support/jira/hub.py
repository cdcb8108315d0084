"""The whole state of the stand-in, and what a test sets up, moves and looks at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from .. import canary
from ..github.clock import real_clock
from ..github.faults import Faults
from ..github.limits import Ban
from ..github.log import Log
from .access import PERMISSIONS, Token
from .limits import Limits
from .model import Component, Field, Issue, IssueType, Project, User
from .named import Named
from .spec import Spec, description
from .text import as_wiki
from .wire import Request

PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")
RESOLUTIONS = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
TYPES = (("Epic", 1), ("Story", 0), ("Task", 0), ("Bug", 0), ("Sub-task", -1))


@dataclass(kw_only=True, eq=False, repr=False)
class Hub:
    """Jira, as far as pmtrack needs it. One lock guards it: the requests are carried out one after the other.

    Attributes:
        cloud: Cloud, or else Data Center. version: of Data Center.
        clock: the time, for everything that the hub decides. skew: how wrong the server's clock goes.
        search_lag: how old the knowledge of search is. Single issues are always fresh.
        bad_token_is_anonymous: Cloud goes on as if nobody had asked: empty searches and 404 in place of 401.
        page: issues on one page of Cloud's search; the service may give fewer than were asked for.
        hidden_status: for an issue that the caller may not see; some Data Centers say 403 in place of 404.
        indexed: entity properties that JQL knows; without an app that declares one, it knows none.
        grants: account -> global permissions. moved: keys that issues once had -> id. places: project, number -> id.
        pages: token of a next page -> the query that it belongs to, when it was given, and what had been shown by then.
        violations: requests and answers that do not follow the API description. `serve` fails on them, and on `bans`;
        a test that does wrong on purpose clears them.
    """

    cloud: bool = True
    version: tuple[int, int, int] = (10, 3, 0)
    clock: Callable[[], datetime] = real_clock
    skew: timedelta = timedelta()
    search_lag: timedelta = timedelta()
    bad_token_is_anonymous: bool = False
    page: int = 100
    hidden_status: int = 404
    indexed: set[str] = field(default_factory=set)
    api: str = "http://127.0.0.1"
    spec: Spec | None = field(default_factory=description)
    users: dict[str, User] = field(default_factory=dict)
    projects: dict[int, Project] = field(default_factory=dict)
    grants: dict[str, set[str]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    custom: dict[str, Field] = field(default_factory=dict)
    types: dict[int, IssueType] = field(default_factory=dict)
    priorities: Named = field(default_factory=lambda: Named(1, PRIORITIES))
    resolutions: Named = field(default_factory=lambda: Named(10000, RESOLUTIONS))
    statuses: Named = field(default_factory=lambda: Named(10100))
    categories: dict[int, str] = field(default_factory=dict)
    history: dict[int, list[tuple[datetime, Issue | None]]] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    pages: dict[str, tuple[str, datetime, frozenset[int]]] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    log: Log = field(default_factory=Log)
    violations: list[str] = field(default_factory=list)
    later: list[tuple[datetime, Request]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    stopped: threading.Event = field(default_factory=threading.Event)
    _ids: Iterator[int] = field(default_factory=lambda: count(10001))
    _pinned: datetime | None = None

    def __post_init__(self) -> None:
        self.types = {10 + number: IssueType(10 + number, *row) for number, row in enumerate(TYPES)}
        self.limits.on = self.cloud

    @property
    def bans(self) -> list[Ban]:
        return self.limits.bans

    def now(self) -> datetime:
        return self._pinned or self.clock() + self.skew

    @contextmanager
    def at(self, moment: datetime) -> Iterator[None]:
        """As if it were `moment`: for an effect that comes later than its request."""
        self._pinned, before = moment, self._pinned
        try:
            yield
        finally:
            self._pinned = before

    def new_id(self) -> int:
        return next(self._ids)

    # ------------------------------------------------------------ setting up

    def add_user(self, name: str, zone: str = "UTC", display_name: str = "") -> User:
        """Known by name to tests; Cloud shows only the account id. The same name again is the same person."""
        known = next((user for user in self.users.values() if user.name == name), None)
        if known is not None:
            return known
        account = f"5b10a2844c20165700ed{self.new_id()}" if self.cloud else f"JIRAUSER{self.new_id()}"
        user = User(account, name, display_name or name.title(), f"{name}@example.org", zone)
        self.users[account] = user
        self.grants[account] = {"USER_PICKER"}
        return user

    def account(self, name: str) -> str:
        return self.add_user(name).account_id

    def add_project(self, key: str, name: str = "", *, people: str = "", anonymous: bool = False) -> Project:
        """`people` are names with spaces between; each has the usual permissions. With `anonymous` anybody reads."""
        accounts = [self.account(one) for one in people.split()]
        lead = accounts[0] if accounts else self.account("lead")
        project = Project(self.new_id(), key, name or key.title(), lead, list(self.types), list(PRIORITIES))
        project.grants = {one: set(PERMISSIONS) for one in accounts}
        project.anonymous = anonymous
        self.projects[project.id] = project
        return project

    def add_component(self, key: str, name: str) -> Component:
        component = Component(self.new_id(), name)
        self.project(key).components[component.id] = component
        return component

    def add_field(self, name: str, kind: str = "string", *options: str, on: str = "", required: bool = False) -> Field:
        """A custom field, on the screens of the projects whose keys are in `on`."""
        made = Field(f"customfield_{self.new_id()}", name, kind, options)
        self.custom[made.id] = made
        for project in map(self.project, on.split()):
            project.create.add(made.id)
            project.edit.add(made.id)
            if required:
                project.required.add(made.id)
        return made

    def add_token(self, name: str) -> Token:
        user = self.add_user(name)
        email = user.email if self.cloud else ""
        token = Token(canary.secret("ATATT3x" if self.cloud else ""), user.account_id, email)
        self.tokens[token.value] = token
        return token

    def grant(self, name: str, key: str, *permissions: str) -> None:
        """In a project; without a key, in the whole of Jira (such as ADMINISTER)."""
        self._granted(name, key).update(permissions)

    def revoke(self, name: str, key: str, *permissions: str) -> None:
        """These, or all where none is named."""
        have = self._granted(name, key)
        have.difference_update(permissions or set(have))

    def _granted(self, name: str, key: str) -> set[str]:
        account = self.account(name)
        return (self.project(key).grants if key else self.grants).setdefault(account, set())

    def note_statuses(self) -> None:
        """Give every status of every workflow its number and its category, whether an issue is in it or not."""
        for project in self.projects.values():
            for name, category in project.workflow.statuses.items():
                self.categories[self.statuses.ensure(name)] = category

    # ------------------------------------------------------------ looking

    def check(self) -> None:
        """Fail for what no client may do and no server may answer."""
        assert not self.violations, "\n".join(self.violations)
        assert not self.bans, f"the client went on although it was told to wait: {self.bans}"

    def find_project(self, key: str) -> Project | None:
        """By its key of now, by a key that it once had, or by its number."""
        rows = self.projects.values()
        now = next((one for one in rows if one.key.upper() == key.upper() or str(one.id) == key), None)
        return now or next((one for one in rows if key.upper() in one.old_keys), None)

    def project(self, key: str) -> Project:
        found = self.find_project(key)
        assert found is not None, f"there is no project {key}"
        return found

    def key(self, issue: Issue) -> str:
        return f"{self.projects[issue.project].key}-{issue.number}"

    def put(self, ident: int, issue: Issue | None) -> None:
        self.history.setdefault(ident, []).append((self.now(), issue))
        if issue:
            self.places[issue.project, issue.number] = ident

    def latest(self, ident: int) -> Issue | None:
        return self.history[ident][-1][1] if ident in self.history else None

    def as_of(self, ident: int, moment: datetime) -> Issue | None:
        known = [issue for at, issue in self.history[ident] if at <= moment]
        return known[-1] if known else None

    def find(self, id_or_key: str) -> Issue | None:
        """By id, by its key, or by a key that it had before it was moved."""
        if id_or_key.isdigit():
            return self.latest(int(id_or_key))
        key, _, number = id_or_key.upper().rpartition("-")
        project = self.find_project(key) if key and not key.isdigit() else None
        if project is not None and number.isdigit():
            place = project.id, int(number)
            issue = self.latest(self.places.get(place, 0))
            if issue and (issue.project, issue.number) == place:
                return issue
        return self.latest(self.moved.get(id_or_key.upper(), 0))

    def issues(self, key: str) -> list[Issue]:
        """All of the project that exist now."""
        with self.lock:
            self.settle()
            found = (self.latest(ident) for ident in self.history)
            return [issue for issue in found if issue and issue.project == self.project(key).id]

    def issue(self, key: str) -> Issue:
        with self.lock:
            self.settle()
            found = self.find(key)
        assert found is not None, f"there is no issue {key}"
        return found

    def fields(self, key: str) -> dict[str, Any]:
        """The values of one issue in the words of people: names of persons, statuses, priorities and so on."""
        values = dict(self.issue(key).values)
        tables = {"status": self.statuses, "priority": self.priorities, "resolution": self.resolutions}
        words = {name: table[values[name]] for name, table in tables.items() if name in values}
        people: dict[str, Any] = {
            name: self.users[values[name]].name for name in ("assignee", "reporter") if name in values
        }
        kind = {"issuetype": self.types[values["issuetype"]].name}
        return {**values, **words, **people, **kind, "description": as_wiki(values.get("description"))}

    def settle(self) -> None:
        """Let late effects happen whose time has come."""
        from .core import carry_out

        now = self.now()
        for due, request in sorted(self.later, key=lambda row: row[0]):
            if due <= now:
                self.later.remove((due, request))
                with self.at(due):
                    carry_out(self, request)
