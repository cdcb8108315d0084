"""GitHub keeps every tracker's promises: an unpatched PyGithub against a server with GitHub's rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tracker_suite import TrackerContract

from pmtrack.model import Draft, FieldChange, Issue, IssueRef
from pmtrack.trackers.base import Sending, untold
from pmtrack.trackers.github import connect
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.settings import GitHubSettings
from support.github import Hub, Person, serve
from support.github.model import User

FAST = {"writes_per_second": 1e6, "creations_per_minute": 10**6, "creations_per_hour": 10**6}
UNLIMITED = dict.fromkeys(("core", "search", "content a minute", "content an hour", "points a minute"), 10**9)


class Welcoming(GitHubTracker):
    """In this repository everybody can be assigned, as soon as somebody wants it."""

    hub: Hub
    full_name: str

    def _welcome(self, logins: Sequence[str]) -> None:
        for login in logins:
            known = self.hub.users.get(login.lower()) or self.hub.add_user(login)
            self.hub.users[login.lower()] = User(known.id, login)
            self.hub.repo(self.full_name).roles.setdefault(login.lower(), "write")

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        self._welcome(self.normalise(draft.fields).owners)
        return super().create(draft, sending)

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        for change in changes:
            self._welcome(change.after if change.name == "owners" else ())  # type: ignore[arg-type]
        return super().update(ref, changes, draft)


class GitHubContract(TrackerContract):
    native = False
    count = 0

    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        self.hub = Hub()
        self.hub.limits.amounts |= UNLIMITED
        self.token = self.hub.add_token("bot").value
        with serve(self.hub) as self.url:
            yield
        assert self.hub.bans == []

    def fresh(self, folder: Path) -> GitHubTracker:
        GitHubContract.count += 1
        self.full_name = f"acme/shop-{GitHubContract.count}"
        self.hub.add_repo(self.full_name, people="bot ana person", role="write")
        if self.native and GitHubContract.count:
            self._with_fields()
        given: dict[str, Any] = {"base_url": self.url, "repository": self.full_name, "limits": FAST}
        settings = GitHubSettings(kind="github", **given)
        tracker = connect("shop", settings, folder, environment={"PMTRACK_SHOP_TOKEN": self.token})
        tracker.__class__ = Welcoming
        assert isinstance(tracker, Welcoming)
        tracker.hub, tracker.full_name = self.hub, self.full_name
        return tracker

    def _with_fields(self) -> None:
        if "acme" not in self.hub.fields:
            self.hub.add_field("acme", "Due date", "date")
            self.hub.add_field("acme", "Priority", "single_select", "Urgent", "High", "Medium", "Low")
        self.hub.repo(self.full_name).fields_on = True

    def edit(self, tracker: GitHubTracker, issue: Issue, status: str, title: str) -> None:  # type: ignore[override]
        person, number = Person.at(self.hub, "person", self.full_name), int(issue.ref.id.split("/")[1])
        person.edit(number, title=title)
        if status == "in_progress":
            person.label(number, "in progress")
        else:
            person.close(number, {"done": "completed", "cancelled": "not_planned"}[status])

    def delete(self, tracker: GitHubTracker, issue: Issue) -> None:  # type: ignore[override]
        Person.at(self.hub, "person", self.full_name).delete(int(issue.ref.id.split("/")[1]))

    def trace(self, tracker: GitHubTracker) -> object:  # type: ignore[override]
        return [dict(repo.history) for repo in self.hub.repos.values()], len(self.hub.log.writes())


class TestGitHub(GitHubContract):
    """A repository without the organisation's fields: dates in the body, priorities as labels."""


class TestGitHubWithFields(GitHubContract):
    """A repository whose organisation has a field for dates and one for priorities."""

    native = True
