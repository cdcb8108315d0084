"""The whole state of the stand-in, and what a test sets up, moves and looks at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from .. import canary
from .access import Token
from .apps import App, install
from .clock import real_clock
from .faults import Faults
from .hooks import Hooks
from .limits import Ban, Limits
from .log import Log
from .model import Issue, IssueField, Label, Pull, Repo, User
from .pulls import listed
from .spec import Spec, description
from .wire import Request

DEFAULT_PERMISSIONS = {"metadata": "read", "issues": "write"}


@dataclass(kw_only=True, eq=False, repr=False)
class Hub:
    """GitHub, as far as pmtrack needs it. One lock guards it: the requests are carried out one after the other.

    Attributes:
        clock: the time, for everything that the hub decides. skew: how wrong the server's clock goes.
        list_lag, search_lag: how old the knowledge of lists and of search is. Single objects are always fresh.
        lost_permission: the status for reading without the permission: 403 as documented, 404 as also met.
        cursors: whether the list of issues is paged as github.com does it now, or by page numbers as older servers do.
        violations: requests and answers that do not follow the API description. `serve` fails on them, and on `bans`;
        a test that does wrong on purpose clears them.
        web: where the pages for people are, for `html_url`. api: the address of the running server.
        spec: the description, None where it is absent. later: effects whose time has not come.
    """

    clock: Callable[[], datetime] = real_clock
    skew: timedelta = timedelta()
    list_lag: timedelta = timedelta()
    search_lag: timedelta = timedelta()
    lost_permission: int = 403
    cursors: bool = True
    web: str = "https://github.com"
    api: str = "http://127.0.0.1"
    spec: Spec | None = field(default_factory=description)
    stopped: threading.Event = field(default_factory=threading.Event)
    users: dict[str, User] = field(default_factory=dict)
    repos: dict[int, Repo] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    fields: dict[str, list[IssueField]] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    hooks: Hooks = field(default_factory=Hooks)
    log: Log = field(default_factory=Log)
    violations: list[str] = field(default_factory=list)
    later: list[tuple[datetime, Request]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _ids: Iterator[int] = field(default_factory=lambda: count(1001))
    _pinned: datetime | None = None

    @property
    def bans(self) -> list[Ban]:
        return self.limits.bans

    @property
    def hasty(self) -> list[tuple[str, str, datetime]]:
        return self.limits.hasty

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

    def add_user(self, login: str, kind: str = "User") -> User:
        user = User(self.new_id(), login, kind, login.title())
        return self.users.setdefault(login.lower(), user)

    def add_repo(self, full_name: str, *, private: bool = True, people: str = "", role: str = "write") -> Repo:
        """`people` are logins with spaces between, all with `role`. An owner that is not known yet is an organisation.

        Issue types and issue fields exist in repositories of organisations only.
        """
        owner, name = full_name.split("/")
        kind = self.users.get(owner.lower()) or self.add_user(owner, "Organization")
        roles = {self.add_user(login).login.lower(): role for login in people.split()}
        repo = Repo(self.new_id(), kind.login, name, self.now(), private=private, roles=roles)
        if kind.kind == "Organization":
            repo.types, repo.fields_on = ("Task", "Bug", "Feature"), owner.lower() in self.fields
        self.repos[repo.id] = repo
        self.names[full_name.lower()] = repo.id
        return repo

    def add_label(self, full_name: str, name: str, color: str = "ededed") -> Label:
        label = Label(self.new_id(), name, color)
        self.repo(full_name).labels[label.id] = label
        return label

    def add_field(self, owner: str, name: str, kind: str, *options: str) -> IssueField:
        """An issue field of an organisation; switches the feature on in all its repositories."""
        made = IssueField(self.new_id(), name, kind, options)
        self.fields.setdefault(owner.lower(), []).append(made)
        for repo in self.repos.values():
            repo.fields_on = repo.fields_on or repo.owner.lower() == owner.lower()
        return made

    def add_token(self, login: str, kind: str = "classic", **permissions: str) -> Token:
        """A token of a person: classic, or "personal" (fine-grained) with permissions such as `issues="read"`."""
        user = self.add_user(login)
        prefix = "github_pat_" if kind == "personal" else "ghp_"
        wanted = {"metadata": "read", **permissions} if permissions else dict(DEFAULT_PERMISSIONS)
        token = Token(canary.secret(prefix, size=12), user.login, kind, wanted, account=user.login)
        self.tokens[token.value] = token
        return token

    def add_app(self, name: str = "pmtrack", owner: str = "acme", **permissions: str) -> App:
        """An app with one installation, at the owner's repositories; its key is `app.pem`."""
        return install(self, name, owner, {"metadata": "read", **permissions} if permissions else DEFAULT_PERMISSIONS)

    # ------------------------------------------------------------ looking

    def check(self) -> None:
        """Fail for what no client may do and no server may answer."""
        assert not self.violations, "\n".join(self.violations)
        assert not self.bans, f"the client went on although it was told to wait: {self.bans}"

    def repo(self, full_name: str) -> Repo:
        return self.repos[self.names[full_name.lower()]]

    def issues(self, full_name: str, *, pulls: bool = False) -> list[Issue]:
        """All that exist now, without pull requests unless they are wanted."""
        with self.lock:
            self.settle()
            return [issue for issue in self.repo(full_name).issues() if pulls or not issue.pull_request]

    def pulls(self, full_name: str, state: str = "open") -> list[tuple[Issue, Pull]]:
        """The pull requests in this state ("all" for any), newest first."""
        with self.lock:
            found = list(listed(self, self.repo(full_name)))
            return [(issue, pull) for issue, pull in found if state in ("all", issue.state)]

    def issue(self, full_name: str, number: int) -> Issue:
        found = {issue.number: issue for issue in self.issues(full_name, pulls=True)}
        return found[number]

    def label_names(self, full_name: str, number: int) -> list[str]:
        repo = self.repo(full_name)
        return [repo.labels[label].name for label in self.issue(full_name, number).labels]

    def settle(self) -> None:
        """Let late effects happen whose time has come."""
        from .core import carry_out

        now = self.now()
        for due, request in sorted(self.later, key=lambda row: row[0]):
            if due <= now:
                self.later.remove((due, request))
                with self.at(due):
                    carry_out(self, request)
