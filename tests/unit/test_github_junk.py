"""Whatever a server answers, a person gets a sentence: no verb ends in a traceback, no create is taken for undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Issue
from pmtrack.trackers.github.tracker import GitHubTracker
from support.github import faults
from support.github_shop import FIELDS, REPOSITORY, Shop, draft, open_shop

GOOD: dict[str, Any] = {
    "id": 1,
    "number": 1,
    "title": "x",
    "state": "open",
    "html_url": "https://x",
    "repository_url": f"https://x/repos/{REPOSITORY}",
    "updated_at": "2026-12-01T10:00:00Z",
    "created_at": "2026-12-01T10:00:00Z",
}
JUNK: list[Any] = [
    None,
    5,
    "words",
    [],
    {},
    [None],
    [[]],
    {"id": "x"},
    {"id": 1},
    GOOD,
    {**GOOD, "title": None, "labels": 5},
    {**GOOD, "labels": [{}]},
    {**GOOD, "labels": [5]},
    {**GOOD, "assignees": [{}]},
    {**GOOD, "assignees": 7},
    {**GOOD, "user": 5},
    {**GOOD, "updated_at": 5},
    {**GOOD, "repository_url": None},
    {**GOOD, "number": None},
    {**GOOD, "issue_field_values": [{}]},
    {**GOOD, "issue_field_values": [{"data_type": "date", "issue_field_name": "Due date", "value": "soon"}]},
    {**GOOD, "body": 5},
    b"{",
    b"\xff\xfe",
]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def junk(body: Any, *, good_status: bool = True) -> faults.Fault:
    def act(hub: Any, request: Any, process: Callable[[Any], Any]) -> Any:
        answer = process(request)
        return replace(answer, body=body, headers={}) if good_status else answer

    return faults.Fault("junk", act)


def update(tracker: GitHubTracker, made: Issue) -> object:
    return tracker.update(made.ref, [FieldChange("priority", "P1", "P0")], draft())


VERBS: list[tuple[str, str, Callable[[GitHubTracker, Issue], object]]] = [
    ("GET", "/user", lambda tracker, _made: tracker.whoami()),
    ("GET", "/shop", lambda tracker, _made: tracker.whoami()),
    ("GET", "/issues", lambda tracker, _made: tracker.listing("")),
    ("GET", "/issues/1", lambda tracker, made: tracker.fetch([made.ref.id])),
    ("GET", "/issues/1", lambda tracker, _made: tracker.since("")),
    ("GET", "/issues/1", update),
    ("PATCH", "/issues/1", update),
    ("GET", "/labels/P0", update),
    ("POST", "/labels", update),
    ("GET", "/comments", lambda tracker, made: tracker.comment(made.ref, "removed", "x")),
    ("POST", "/comments", lambda tracker, made: tracker.comment(made.ref, "removed", "x")),
    ("GET", "/events", lambda tracker, made: tracker.who(made.ref, ["status"])),
    ("GET", "/issue-fields", lambda tracker, _made: tracker.create(draft(ident="B"))),
    ("GET", "/milestones", lambda tracker, _made: tracker.create(draft(ident="B"))),
]


@pytest.mark.parametrize("body", JUNK, ids=lambda body: str(body)[-40:])
def test_every_verb_ends_in_an_answer_or_a_sentence(shop: Shop, body: Any) -> None:
    shop.hub.spec = None
    shop.hub.add_field("acme", "Due date", "date")
    made = shop.connect().create(draft())
    for method, path, verb in VERBS:
        shop.hub.faults.next(method, path, junk(body), times=3)
        with suppress(TrackerError):
            verb(shop.connect(milestone="Q4" if path == "/milestones" else None), made)
        shop.hub.faults.waiting.clear()


@pytest.mark.parametrize("body", JUNK, ids=lambda body: str(body)[-40:])
def test_a_create_with_a_strange_answer_is_looked_for(shop: Shop, body: Any) -> None:
    shop.hub.spec = None
    tracker = shop.connect(label="", priorities={})
    shop.hub.faults.next("POST", "/issues", junk(body))
    with pytest.raises(UnknownOutcome):
        tracker.create(draft(replace(FIELDS, priority=None)))
    assert len(shop.hub.issues(REPOSITORY)) == 1
