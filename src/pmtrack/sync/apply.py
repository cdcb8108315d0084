"""Carry a plan out, one step at a time, so that a stop at any point loses and doubles nothing.

A step writes to the tracker first and records in one transaction what that did: the link moves on only with the
answer. An answer may never come, so what is asked for is committed before it is asked: an issue is then not made twice,
and what we wrote is not taken for a person's word. A step that fails leaves its sentence on the link, and the others go
on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, DueSource, Fields, Intention, Issue, IssueRef, Link, Marker
from pmtrack.sync.merge import Merged
from pmtrack.sync.observe import Observation
from pmtrack.sync.record import Recorder
from pmtrack.sync.who import who_changed
from pmtrack.sync.world import EXPOSED, Plan, Step, Tracked, Verb
from pmtrack.text import digest
from pmtrack.trackers.base import Tracker

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
    for step in plan.steps:
        if stop():
            outcome.stopped = True
            break
        _take(step, observation, recorder, outcome, say)
    _beat(plan, observation, recorder, outcome)
    return outcome


def _record_sight(plan: Plan, observation: Observation, recorder: Recorder) -> None:
    before = {ident for hold in recorder.store.holds().values() for ident in hold.idents}
    now = {ident for hold in plan.holds for ident in hold.idents}
    with recorder.store.writing() as writer:
        for reading in observation.readings:
            for document in reading.documents.values():
                writer.save_document(document)
            writer.save_items(reading.known.values())
            writer.save_holds(reading.source, [hold for hold in plan.holds if hold.source == reading.source])
        for tracked in observation.world.tracked:
            if tracked.ident in before ^ now:  # its report says that it is held
                recorder.review(writer, tracked)


def _take(
    step: Step, observation: Observation, recorder: Recorder, outcome: Outcome, say: Callable[[Step], None]
) -> None:
    board = observation.boards[step.tracked.tracker]
    if board.tracker is None or board.error or board.name in outcome.shut:
        return  # that the tracker cannot be reached was said once, for all its items
    say(step)
    step = _with_who(step, board.tracker, outcome)
    try:
        VERBS[step.verb](step, board.tracker, recorder)
        outcome.counts[step.verb] += 1
    except TrackerError as error:
        link = step.tracked.link or intended(step.tracked)
        refused = VERBS[step.verb] in (_create, _write) and not isinstance(error, UnknownOutcome)
        recorder.failed(step.tracked, link, str(error), refused=refused)
        if error.retry_after is not None:
            outcome.shut.add(board.name)
        outcome.counts["failed"] += 1
        outcome.failures.append(f"{step.tracked.place}: {error}")


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
    unfinished = {step.tracked.tracker for hold, steps in plan.held if hold.kind != EXPOSED for step in steps}
    if outcome.stopped or outcome.counts["failed"] or plan.partial:
        unfinished |= observation.boards.keys()
    with recorder.store.writing() as writer:
        for name, board in observation.boards.items():
            cursor = None if board.error or name in unfinished else board.cursor
            writer.beat(f"tracker:{name}", at=None if board.error else recorder.now(), cursor=cursor, error=board.error)
        for reading in observation.readings:
            error = None if reading.whole else reading.problems[0]
            writer.beat(f"source:{reading.source}", at=recorder.now() if reading.whole else None, error=error)


def _create(step: Step, tracker: Tracker, recorder: Recorder) -> None:
    tracked, draft = step.tracked, _draft(step.tracked)
    recorder.begin(step, intended(tracked), _intention(tracked, tracker, recorder, tracked.wanted))
    issue = tracker.create(draft)
    # Nothing that can fail stands between the answer and its record.
    recorder.done(step, Merged(_created(tracked, issue)))


def _write(step: Step, tracker: Tracker, recorder: Recorder) -> None:
    merged, link = _merged(step), step.tracked.link
    assert link is not None  # noqa: S101 - only an item with an issue is written to
    written: dict[str, Any] = {change.name: change.after for change in merged.write}
    sent = replace(link.issue, **written)
    recorder.begin(step, link, _intention(step.tracked, tracker, recorder, sent), merged)
    answer = tracker.update(_ref(merged.link), merged.write, _draft(step.tracked))
    recorder.done(step, replace(merged, link=_answered(merged, answer)))


def _intention(tracked: Tracked, tracker: Tracker, recorder: Recorder, sent: Fields) -> Intention:
    known = tracked.known
    return Intention(
        ident=tracked.ident,
        tracker=tracker.name,
        marker=Marker(known.ident, known.path, digest(known.item.fields.title)),
        document=tracked.stated.raw,
        sent=sent,
        sent_at=recorder.now(),
        high_mark=tracker.high_mark(),
        tries=tracked.intention.tries + 1 if tracked.intention else 1,
    )


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
    with recorder.store.writing() as writer:
        writer.drop_intention(step.tracked.ident)
        writer.drop_link(step.tracked.ident)


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


def intended(tracked: Tracked) -> Link:
    """The link of an item whose issue is wanted and not yet known to exist."""
    return Link(
        ident=tracked.ident,
        tracker=tracked.tracker,
        ref=None,
        document=tracked.stated.raw,
        issue=tracked.wanted,
        agreed=tracked.wanted,
        due_source=tracked.wanted_source,
    )


def _created(tracked: Tracked, issue: Issue) -> Link:
    return replace(intended(tracked), ref=issue.ref, issue=issue.fields, agreed=issue.fields)


def _answered(merged: Merged, answer: Issue) -> Link:
    """Only what was written is taken from the answer: what a person changed meanwhile is still to be seen."""
    told = {change.name: getattr(answer.fields, change.name) for change in merged.write}
    link = merged.link
    return replace(link, ref=answer.ref, issue=replace(link.issue, **told), agreed=replace(link.agreed, **told))


def _draft(tracked: Tracked) -> Draft:
    known = tracked.known
    return Draft(
        marker=Marker(known.ident, known.path, digest(known.item.fields.title)),
        fields=tracked.wanted,
        words=known.item.fields.title,
        postmortem=tracked.document.title,
        source=known.source,
        line=known.item.line,
        notes=tuple(_notes(tracked)),
        link=tracked.address,
        labels=tracked.labels,
        components=tracked.components,
    )


def _notes(tracked: Tracked) -> list[str]:
    owners = tracked.stated.raw.owners
    notes = {
        "Owner as written": ", ".join(owners) if owners != tracked.wanted.owners else "",
        "Due as written": tracked.known.item.horizon or "",
        "Due date": "by the team's policy" if tracked.wanted_source is DueSource.POLICY else "",
    }
    return [f"{name}: {words}" for name, words in notes.items() if words]


def _merged(step: Step) -> Merged:
    assert step.merged is not None  # noqa: S101 - the planner gives these verbs their outcome
    return step.merged


def _ref(link: Link) -> IssueRef:
    assert link.ref is not None  # noqa: S101 - only an item with an issue is written to
    return link.ref
