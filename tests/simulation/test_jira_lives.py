"""The lives of the simulation on the real adapter, over a socket, against Jira's stand-in on the simulation's clock.

The same people, daemons and oracles as in `test_lives`. `PMTRACK_JIRA_SEEDS=300` lives so many instead of a few, and
`python tests/simulation/nightly.py --jira --tell SEED` tells the story of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pmtrack.errors import UnknownOutcome
from pmtrack.model import FieldChange, Fields
from pmtrack.trackers.jira import region
from pmtrack.trackers.jira.client import Client
from pmtrack.trackers.jira.tracker import JiraTracker
from pmtrack.trackers.limits import Budget
from support.simulation import jira_board
from support.simulation.figures import Figures, lived
from support.simulation.jira_board import live_on_jira
from support.simulation.life import has_disasters, has_two_daemons

SEEDS = 12

REACHED = (
    "author: reword",
    "author: tick",
    "person: cancel",
    "person: close",
    "person: copy",
    "person: delete",
    "person: edit",
    "person: transfer",
    "acted during a run",
    "create_many",
    "step close",
    "step create",
    "step failed",
    "step note",
    "step update",
    "list that lags",
    "loses permission",
    "rate limit",
    "late",
    "lost",
    "refused",
    "strange list",
    "unread",
    "unsent",
    "killed before a request",
    "refused at the lock",
)
"""What these lives have to come through to prove anything."""

KINDS: dict[str, Callable[[int], bool]] = {
    "two daemons": has_two_daemons,
    "disasters": has_disasters,
    "Data Center": jira_board.is_data_center,
    "a strict workflow": jira_board.is_strict,
    "bare screens": jira_board.is_bare,
    "markup on Cloud": jira_board.has_markup,
    "small pages": jira_board.has_small_pages,
}


@pytest.fixture(scope="module")
def lives() -> Figures:
    return lived(range(int(os.environ.get("PMTRACK_JIRA_SEEDS", SEEDS))), live_on_jira)


def test_no_promise_is_broken_on_jira(lives: Figures) -> None:
    """One issue per item, no edit lost, nobody's close undone, at most one update of an issue, quiet, and no ban."""
    assert lives.broken == {}


@pytest.mark.parametrize("what", REACHED)
def test_the_lives_on_jira_come_through_it(lives: Figures, what: str) -> None:
    assert lives.reached[what], lives.reached


@pytest.mark.parametrize("kind", KINDS)
def test_some_lives_are_of_this_kind_and_some_are_not(kind: str) -> None:
    assert {KINDS[kind](seed) for seed in range(SEEDS)} == {True, False}


def test_an_integer_is_a_whole_life_on_jira() -> None:
    first, second = (live_on_jira(2, tracing=True).terrain.trace for _ in range(2))
    assert first == second
    assert len(first) > 20


# ---------------------------------------------------------------- without its protections it breaks promises


def _writes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was not answered is asked for again, as libraries do."""
    write = Client.write

    def again(self: Client, *request: Any, **more: Any) -> Any:
        try:
            return write(self, *request, **more)
        except UnknownOutcome:
            return write(self, *request, **more)

    monkeypatch.setattr(Client, "write", again)


def _does_not_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person typed since the list was read is written over."""

    def blind(_ref: object, now: Fields, changes: Sequence[FieldChange], _same: object) -> Fields:
        told = {name: getattr(now, name) for name in Fields.__slots__}
        return Fields(**{**told, **{change.name: change.after for change in changes}})

    monkeypatch.setattr("pmtrack.trackers.jira.tracker.changed", blind)


def _does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "shut", lambda *_: None)


def _trusts_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issue whose creation was not answered is looked for by search only, which lags."""
    monkeypatch.setattr(JiraTracker, "since", lambda *_: ())


def _forgets_what_none_means(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jira's usual priority counts where the answer to a create was lost, and with it the note that it says nothing."""
    monkeypatch.setattr(region, "unset", lambda *_: None)


@pytest.mark.parametrize(
    ("removal", "first", "words"),
    [
        (_does_not_wait, 0, "bans"),
        (_trusts_search, 5, "issues"),
        (_writes_twice, 4, "issues"),
        (_does_not_look, 34, "lost: "),
        (_forgets_what_none_means, 2, "in the store"),
    ],
)
def test_without_a_protection_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, removal: Callable[[pytest.MonkeyPatch], None], first: int, words: str
) -> None:
    """From the first seed on that is known to show it; a few more, should lives come to run otherwise."""
    removal(monkeypatch)
    broken = (told for seed in range(first, first + 20) for told in lived([seed], live_on_jira).broken.values())
    assert words in next(broken, "no promise was broken")
