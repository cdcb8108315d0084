"""Jira keeps every tracker's promises: an unpatched jira library against a server with Jira's rules, of three kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tracker_suite import FIELDS, TrackerContract, between, draft

from pmtrack.model import Draft, FieldChange, Issue, IssueRef
from pmtrack.trackers.base import Sending, Tracker, untold
from pmtrack.trackers.jira import connect
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.settings import JiraSettings
from support.jira import Hub, Person, serve
from support.jira_shop import ASKING, welcome

FAST = {"writes_per_second": 1e6, "creations_per_minute": 10**6, "creations_per_hour": 10**6}
UNLIMITED = 10**9


class Welcoming(JiraTracker):
    """In this project everybody can be assigned, as soon as somebody wants it."""

    hub: Hub
    project: str

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        welcome(self.hub, self.project, self.normalise(draft.fields).owners)
        return super().create(draft, sending)

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        for change in changes:
            welcome(self.hub, self.project, change.after if change.name == "owners" else ())  # type: ignore[arg-type]
        return super().update(ref, changes, draft)


class JiraContract(TrackerContract):
    cloud = True
    api = 3
    count = 0

    @pytest.fixture(autouse=True)
    def _served(self) -> Iterator[None]:
        self.hub = Hub(cloud=self.cloud)
        self.hub.limits.on = False
        self.token = self.hub.add_token("bot")
        with serve(self.hub) as self.url:
            yield

    def fresh(self, folder: Path) -> JiraTracker:
        JiraContract.count += 1
        key = f"SHOP{JiraContract.count}"
        self.hub.add_project(key, people="bot ana person").workflow = ASKING
        given: dict[str, Any] = {"url": self.url, "project": key, "limits": FAST, "api": self.api}
        environment = {"PMTRACK_SHOP_TOKEN": self.token.value, "PMTRACK_SHOP_EMAIL": self.token.email}
        tracker = connect("shop", JiraSettings(kind="jira", **given), folder, environment=environment)
        tracker.__class__ = Welcoming
        assert isinstance(tracker, Welcoming)
        tracker.hub, tracker.project = self.hub, key
        return tracker

    def edit(self, tracker: Welcoming, issue: Issue, status: str, title: str) -> None:  # type: ignore[override]
        person = Person.at(self.hub, "person", tracker.project)
        person.edit(issue.ref.key, summary=title)
        ways = {"in_progress": ("In Progress", None), "done": ("Done", "Done"), "cancelled": ("Done", "Won't Do")}
        person.transition(issue.ref.key, *ways[status])

    def delete(self, tracker: Welcoming, issue: Issue) -> None:  # type: ignore[override]
        Person.at(self.hub, "person", tracker.project).delete(issue.ref.key)

    def trace(self, tracker: JiraTracker) -> object:  # type: ignore[override]
        return {ident: len(versions) for ident, versions in self.hub.history.items()}

    # ------------------------------------------------------------ an issue of Jira has one owner

    def test_nobody_owns_an_issue_twice(self, tracker: Tracker) -> None:
        made = tracker.create(draft(replace(FIELDS, owners=("", " Ana\n", "Ben", "Ana"))))
        assert made.fields.owners == ("Ana",)

    def test_an_update_changes_what_it_was_told_and_nothing_else(self, tracker: Tracker) -> None:
        made, other = tracker.create(draft()), tracker.create(draft(ident="B"))
        after = replace(FIELDS, owners=("Ben",), due=None)
        updated = tracker.update(made.ref, between(FIELDS, after), draft())
        assert (updated.ref, updated.fields, updated.marker) == (made.ref, after, made.marker)
        assert {issue.ref.id: issue.fields for issue in tracker.listing("").issues} == {
            made.ref.id: after,
            other.ref.id: FIELDS,
        }


class TestJiraCloud(JiraContract):
    """Version 3 of the interface: descriptions are nodes."""


class TestJiraCloudVersion2(JiraContract):
    """Version 2: descriptions are wiki markup."""

    api = 2


class TestJiraDataCenter(JiraContract):
    """A server of one's own: names in place of account ids, pages by number, no property in a create."""

    cloud = False
