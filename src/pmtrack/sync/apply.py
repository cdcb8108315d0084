"""Carry a plan out, one step at a time, so that a stop at any point loses and doubles nothing.

A step writes to the tracker first and records in one transaction what that did: the link moves on only with the
answer. An answer may never come, so what is asked for is committed before it is asked: an issue is then not made twice,
and what we wrote is not taken for a person's word. A step that fails leaves its sentence on the link, and the others go
on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Any

from pmtrack.errors import Stopped, TrackerError, UnknownOutcome
from pmtrack.model import Hold, Issue, IssueRef, Link
from pmtrack.sync.asking import created, draft, intended, intention
from pmtrack.sync.issues import Board
from pmtrack.sync.merge import Merged, reported
from pmtrack.sync.observe import Observation
from pmtrack.sync.record import Recorder
from pmtrack.sync.who import who_changed
from pmtrack.sync.world import LASTING, Plan, Step, Verb
from pmtrack.trackers.base import CreatesMany, Tracker

REMOVED = "This action item is no longer in {path}. Nothing was closed: if the work is off, close the issue."


@dataclass(slots=True)
class Outcome:
    """What a run did.

    Attributes:
        counts: of the verbs that were carried out, and "failed".
        failures: one sentence each, with what to do next.
        stopped: whether it ended early because it was asked to.
        shut: trackers that told us to wait: nothing more is asked of them in this run.
        silent: trackers that did not tell who changed something: they are not asked that again in this run.
    """

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    stopped: bool = False
    shut: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)


def apply(
    plan: Plan,
    observation: Observation,
    recorder: Recorder,
    *,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Step], None] = lambda _step: None,
) -> Outcome:
    """Record what was seen, then do what was decided.

    Args:
        stop: asked between two steps. say: told each step before it is done.
    """
    outcome = Outcome()
    _record_sight(plan, observation, recorder)
    for steps in _batches(plan.steps, observation):
        if stop():
            outcome.stopped = True
            break
        try:
            _take(steps, observation.boards[steps[0].tracked.tracker], recorder, outcome, say)
        except Stopped:  # while it waited to send
            outcome.stopped = True
            break
    _beat(plan, observation, recorder, outcome)
    return outcome


def _record_sight(plan: Plan, observation: Observation, recorder: Recorder) -> None:
    store, sources = recorder.store, {reading.source for reading in observation.readings}
    before, now = (_kinds(found, sources) for found in (store.holds().values(), plan.holds))
    stored = {known.ident: known for one in observation.readings for known in store.items(one.source, one.documents)}
    with store.writing() as writer:
        for reading in observation.readings:
            for document in reading.documents.values():
                writer.save_document(document)
            writer.save_items(reading.known.values())
            writer.save_holds(reading.source, [hold for hold in plan.holds if hold.source == reading.source])
        for tracked in observation.world.tracked:
            turned = before.get(tracked.ident) != now.get(tracked.ident)
            recorder.sight(writer, tracked, stored.get(tracked.ident), turned=turned)
        recorder.held(writer, before, now)


def _kinds(holds: Iterable[Hold], sources: Set[str]) -> dict[str, str]:
    """Ident of an item of these sources -> the kind of the hold that it is under."""
    return {ident: hold.kind for hold in holds if hold.source in sources for ident in hold.idents}


def _batches(steps: Sequence[Step], observation: Observation) -> Iterator[Sequence[Step]]:
    """The steps in their order, those together that their tracker takes at once."""
    for (verb, name), group in groupby(steps, key=lambda step: (step.verb, step.tracked.tracker)):
        tracker = observation.boards[name].tracker
        size = tracker.at_once if verb is Verb.CREATE and isinstance(tracker, CreatesMany) else 1
        rest = list(group)
        yield from (rest[at : at + size] for at in range(0, len(rest), size))


def _take(
    steps: Sequence[Step], board: Board, recorder: Recorder, outcome: Outcome, say: Callable[[Step], None]
) -> None:
    tracker = board.tracker
    if tracker is None or board.error or board.name in outcome.shut:
        return  # that the tracker cannot be reached was said once, for all its items
    for step in steps:
        say(step)
    if len(steps) > 1 and isinstance(tracker, CreatesMany):
        _create_many(steps, tracker, recorder, outcome)
        return
    step = _with_who(steps[0], tracker, outcome)
    try:
        VERBS[step.verb](step, tracker, recorder)
        outcome.counts[step.verb] += 1
    except TrackerError as error:
        _failed([step], error, recorder, outcome)


def _create_many(steps: Sequence[Step], tracker: CreatesMany, recorder: Recorder, outcome: Outcome) -> None:
    """One request for many issues; each has its own intention before, and its own answer."""
    drafts, sending = [draft(step.tracked) for step in steps], partial(_intend, steps, tracker, recorder)
    answers: Sequence[Issue | TrackerError]
    try:
        answers = tracker.create_many(drafts, sending)
    except TrackerError as error:  # for one reason, which is said once
        _failed(steps, error, recorder, outcome)
        return
    for step, answer in zip(steps, answers, strict=True):
        if isinstance(answer, Issue):
            recorder.done(step, Merged(created(step.tracked, answer)))
            outcome.counts[step.verb] += 1
        else:
            _failed([step], answer, recorder, outcome)


def _failed(steps: Sequence[Step], error: TrackerError, recorder: Recorder, outcome: Outcome) -> None:
    for step in steps:
        link = step.tracked.link if step.tracked.link and step.tracked.link.ref else intended(step.tracked)
        refused = VERBS[step.verb] in (_create, _write) and not isinstance(error, UnknownOutcome)
        recorder.failed(step.tracked, link, str(error), refused=refused)
    first = steps[0].tracked
    if error.retry_after is not None:
        outcome.shut.add(first.tracker)
    outcome.counts["failed"] += len(steps)
    more = f" and {len(steps) - 1} more" if len(steps) > 1 else ""
    outcome.failures.append(f"{first.place}{more}: {error}")


def _with_who(step: Step, tracker: Tracker, outcome: Outcome) -> Step:
    """The step with those who changed the issue. Where that cannot be told now, the step is taken all the same."""
    if tracker.name in outcome.silent:
        return step
    try:
        return replace(step, who=who_changed(step.merged, tracker))
    except TrackerError:
        outcome.silent.add(tracker.name)
        return step


def _beat(plan: Plan, observation: Observation, recorder: Recorder, outcome: Outcome) -> None:
    """The heartbeat. A cursor moves on only when everything behind it was dealt with."""
    unfinished = {step.tracked.tracker for hold, steps in plan.held if hold.kind not in LASTING for step in steps}
    if outcome.stopped or outcome.counts["failed"] or plan.partial:
        unfinished |= observation.boards.keys()
    with recorder.store.writing() as writer:
        for name, board in observation.boards.items():
            writer.save_names(board.names)
            is_finished = not board.error and name not in unfinished
            cursor = board.cursor if is_finished else None
            writer.beat(f"tracker:{name}", at=None if board.error else recorder.now(), cursor=cursor, error=board.error)
            hints = [hint for hint in observation.hints if hint.tracker == name]
            if is_finished:
                writer.hint(name, observation.elsewhere.get(name, ()), urgent=False)
                writer.drop_hints(hints)
            else:
                writer.calm(hints)
        for reading in observation.readings:
            error = None if reading.whole else reading.problems[0]
            writer.beat(f"source:{reading.source}", at=recorder.now() if reading.whole else None, error=error)


def _create(step: Step, tracker: Tracker, recorder: Recorder) -> None:
    issue = tracker.create(draft(step.tracked), partial(_intend, [step], tracker, recorder))
    # Nothing that can fail stands between the answer and its record.
    recorder.done(step, Merged(created(step.tracked, issue)))


def _intend(steps: Sequence[Step], tracker: Tracker, recorder: Recorder) -> None:
    """What is about to be sent: committed before it is, and never long before, since it may be lost on the way."""
    for step in steps:
        tracked = step.tracked
        sent = intention(tracked, tracker.name, tracker.high_mark(), tracked.wanted, recorder.now())
        recorder.begin(step, intended(tracked), sent)


def _write(step: Step, tracker: Tracker, recorder: Recorder) -> None:
    merged, link = _merged(step), step.tracked.link
    assert link is not None  # noqa: S101 - only an item with an issue is written to
    written: dict[str, Any] = {change.name: change.after for change in merged.write}
    sent = replace(link.issue, **written)
    told = intention(step.tracked, tracker.name, tracker.high_mark(), sent, recorder.now())
    recorder.begin(step, link, told, merged)
    answer = tracker.update(_ref(merged.link), merged.write, draft(step.tracked))
    recorder.done(step, replace(merged, link=_answered(merged, answer)))


def _note(step: Step, _tracker: Tracker, recorder: Recorder) -> None:
    recorder.done(step, _merged(step))


def _orphan(step: Step, tracker: Tracker, recorder: Recorder) -> None:
    merged = _merged(step)
    tracker.comment(_ref(merged.link), "removed", REMOVED.format(path=step.tracked.known.path))
    recorder.done(step, merged)


def _lose(step: Step, _tracker: Tracker, recorder: Recorder) -> None:
    assert step.tracked.link is not None  # noqa: S101 - only a linked issue can be lost
    recorder.done(step, Merged(replace(step.tracked.link, gone=True)))


def _forget(step: Step, _tracker: Tracker, recorder: Recorder) -> None:
    recorder.forgotten(step.tracked)


def _wait(_step: Step, _tracker: Tracker, _recorder: Recorder) -> None:
    """A later run looks again."""


VERBS: Mapping[Verb, Callable[[Step, Tracker, Recorder], None]] = {
    Verb.CREATE: _create,
    Verb.ADOPT: _note,
    Verb.RELINK: _note,
    Verb.UPDATE: _write,
    Verb.CLOSE: _write,
    Verb.REOPEN: _write,
    Verb.NOTE: _note,
    Verb.ORPHAN: _orphan,
    Verb.RESTORE: _note,
    Verb.LOSE: _lose,
    Verb.WAIT: _wait,
    Verb.FORGET: _forget,
}


def _answered(merged: Merged, answer: Issue) -> Link:
    """Only what was written is taken from the answer: what a person changed meanwhile is still to be seen."""
    told = {change.name: getattr(answer.fields, change.name) for change in merged.write}
    link, agreed = merged.link, replace(merged.link.agreed, **told)
    agreed = reported(agreed, link.document) if "owners" in told else agreed
    return replace(link, ref=answer.ref, issue=replace(link.issue, **told), agreed=agreed)


def _merged(step: Step) -> Merged:
    assert step.merged is not None  # noqa: S101 - the planner gives these verbs their outcome
    return step.merged


def _ref(link: Link) -> IssueRef:
    assert link.ref is not None  # noqa: S101 - only an item with an issue is written to
    return link.ref
