"""The simulation has to fail when a protection is taken away; else it would prove nothing while it passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest

from pmtrack.model import Fields, Issue, Link
from pmtrack.sync import issues
from pmtrack.sync.merge import Merged, Stated, merge
from pmtrack.sync.record import Recorder
from pmtrack.sync.world import Step, Verb
from pmtrack.trackers.base import Tracker
from support.simulation import daemon
from support.simulation.board import Client
from support.simulation.life import live
from support.simulation.memory_store import MemoryWriter
from support.simulation.oracles import Witness
from support.simulation.reading import remembered_reading
from support.simulation.terrain import OracleError

apply, plan = (import_module(f"pmtrack.sync.{name}") for name in ("apply", "plan"))  # functions have their names too

SEEDS = 300
WRITES = (Verb.UPDATE, Verb.CLOSE, Verb.REOPEN)

Removal = Callable[[pytest.MonkeyPatch], None]


def _nothing(*_arguments: object, **_options: object) -> None:
    """Instead of what protects."""


def _no_intention(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is committed before a request; the witness who would say so at once looks away."""
    monkeypatch.setattr(MemoryWriter, "intend", _nothing)
    monkeypatch.setattr(Witness, "asked_to_create", _nothing)


def _no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts a run begins it."""
    monkeypatch.setattr(daemon.Gate, "held", lambda _gate, _name: nullcontext())


def _no_intention_of_updates(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Recorder.begin

    def only_of_creates(self: Recorder, step: Step, *rest: Any) -> None:
        if step.verb is Verb.CREATE:
            begin(self, step, *rest)

    monkeypatch.setattr(Recorder, "begin", only_of_creates)


def _no_settling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "Client", partial(Client, settle=timedelta()))


def _no_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "since", lambda *_: ())


def _no_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issues.Board, "by_ident", _nothing)
    monkeypatch.setattr(issues.Board, "by_text", _nothing)


def _no_direct_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a list that lags says is believed."""
    monkeypatch.setattr(issues.Board, "again", lambda board, _linked: board)


def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is told to wait goes on asking."""
    take = apply._take

    def at_once(*arguments: Any) -> None:
        take(*arguments)
        arguments[3].shut.clear()

    monkeypatch.setattr(apply, "_take", at_once)


def _no_record_of_conflicts_before(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = Recorder.begin

    def silent(self: Recorder, step: Step, link: Link, intention: Any, _merged: Merged | None = None) -> None:
        begin(self, step, link, intention)

    monkeypatch.setattr(Recorder, "begin", silent)


def _link_before_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(step: Step, tracker: Tracker, recorder: Recorder) -> None:
        assert step.merged
        assert step.merged.link.ref
        recorder.done(step, step.merged)
        tracker.update(step.merged.link.ref, step.merged.write, apply._draft(step.tracked))

    for verb in WRITES:
        monkeypatch.setitem(apply.VERBS, verb, eager)


def _whole_answer_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person changed between our reading and our write is in the answer, and was never looked at."""

    def answered(merged: Merged, answer: Issue) -> Link:
        return replace(merged.link, ref=answer.ref, issue=answer.fields)

    monkeypatch.setattr(apply, "_answered", answered)


def _one_shared_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides are compared with what was agreed, and not each with its own past."""

    def shared(link: Link, stated: Stated, issue: Fields, *rest: Any) -> Merged:
        return merge(replace(link, document=link.agreed, issue=link.agreed), stated, issue, *rest)

    monkeypatch.setattr(plan, "merge", shared)


REMOVALS: tuple[Removal, ...] = (
    _no_intention,
    _no_lock,
    _no_intention_of_updates,
    _no_settling,
    _no_probe,
    _no_marker,
    _no_direct_reading,
    _no_patience,
    _no_record_of_conflicts_before,
    _link_before_answer,
    _whole_answer_taken,
    _one_shared_base,
)


def found(seeds: int) -> Iterator[str]:
    """What the seeds say that find anything."""
    with remembered_reading():
        for seed in range(seeds):
            try:
                live(seed)
            except OracleError as error:
                yield str(error)


@pytest.mark.parametrize("remove", REMOVALS, ids=lambda remove: remove.__name__.strip("_"))
def test_the_simulation_finds_it_when_a_protection_is_removed(remove: Removal, monkeypatch: pytest.MonkeyPatch) -> None:
    remove(monkeypatch)
    assert next(found(SEEDS), None)


def test_two_daemons_without_the_lock_make_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    """They break other promises as well, and mostly sooner."""
    _no_lock(monkeypatch)
    assert any(re.search(r"\b\d+ issues", words) for words in found(SEEDS))
