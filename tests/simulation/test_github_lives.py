"""The lives of the simulation on the real adapter, over a socket, against GitHub's stand-in on the simulation's clock.

The same people, daemons and oracles as in `test_lives`. `PMTRACK_GITHUB_SEEDS=300` lives so many instead of a few, and
`python tests/simulation/nightly.py --github --tell SEED` tells the story of one.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pmtrack.errors import UnknownOutcome
from pmtrack.model import FieldChange, Fields
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.limits import Budget
from support.simulation.github_board import has_fields, live_on_github
from support.simulation.life import has_disasters, has_two_daemons
from support.simulation.reading import remembered_reading
from support.simulation.terrain import OracleError

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
    "step close",
    "step create",
    "step failed",
    "step note",
    "step update",
    "list that lags",
    "rate limit",
    "late",
    "lost",
    "refused",
    "unread",
    "unsent",
    "killed before a request",
    "killed after a commit",
    "refused at the lock",
)
"""What these lives have to come through to prove anything."""


@dataclass
class Lives:
    """What came of some lives. `broken`: one line for each promise that was."""

    reached: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    def live(self, seeds: Iterable[int]) -> Lives:
        with remembered_reading():
            for seed in seeds:
                try:
                    life = live_on_github(seed)
                except OracleError as error:
                    self.broken.append(str(error).splitlines()[0])
                else:
                    self.reached += life.terrain.reached
                    self.reached["requests"] += len(life.board.hub.log)
                self.kinds |= kinds_of(seed)
        return self


def kinds_of(seed: int) -> set[str]:
    traits = {"two daemons": has_two_daemons(seed), "disasters": has_disasters(seed), "fields": has_fields(seed)}
    return {name for name, has in traits.items() if has}


@pytest.fixture(scope="module")
def lives() -> Lives:
    return Lives().live(range(int(os.environ.get("PMTRACK_GITHUB_SEEDS", SEEDS))))


def test_no_promise_is_broken_on_github(lives: Lives) -> None:
    """One issue per item, no edit lost, nobody's close undone, at most one field write, quiet, and no ban."""
    assert lives.broken == []
    assert lives.reached["requests"]


@pytest.mark.parametrize("what", REACHED)
def test_the_lives_on_github_come_through_it(lives: Lives, what: str) -> None:
    assert lives.reached[what], lives.reached


def test_some_have_two_daemons_some_lose_their_store_and_some_have_fields(lives: Lives) -> None:
    assert lives.kinds == {"two daemons", "disasters", "fields"}


def test_an_integer_is_a_whole_life_on_github() -> None:
    first, second = (live_on_github(2, tracing=True).terrain.trace for _ in range(2))
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

    monkeypatch.setattr("pmtrack.trackers.github.tracker.changed", blind)


def _does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "shut", lambda *_: None)


def _trusts_the_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issue whose creation was not answered is looked for in the list only, which lags."""
    monkeypatch.setattr(GitHubTracker, "since", lambda *_: ())


@pytest.mark.parametrize(
    ("removal", "first", "words"),
    [
        (_does_not_wait, 0, "bans"),
        (_trusts_the_list, 41, "issues"),
        (_writes_twice, 5, "issues"),
        (_does_not_look, 18, "lost: "),
    ],
)
def test_without_a_protection_a_promise_is_broken(
    monkeypatch: pytest.MonkeyPatch, removal: Callable[[pytest.MonkeyPatch], None], first: int, words: str
) -> None:
    """From the first seed on that is known to show it; a few more, should lives come to run otherwise."""
    removal(monkeypatch)
    broken = (lives.broken[0] for seed in range(first, first + 20) if (lives := Lives().live([seed])).broken)
    assert words in next(broken, "no promise was broken")
