"""What takes a run back (pure): the issues that it made and nobody touched are closed as not planned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pmtrack.model import Event, FieldChange, Issue, Status
from pmtrack.sync.merge import Merged
from pmtrack.sync.world import Plan, Step, Tracked, Unseen, Verb, World


def undo(run: str, history: Sequence[Event], world: World, decided: Plan) -> Plan:
    """The plan that takes `run` back; what waits for a yes goes on waiting."""
    left = made_by(run, history) - _touched(run, history)
    steps = tuple(_close(tracked) for tracked in _untouched(world.tracked, left))
    return Plan(steps, decided.held, partial=True)


def made_by(run: str, history: Iterable[Event]) -> set[str]:
    """The idents of the items whose issues the run made."""
    return {event.ident for event in history if event.run == run and event.kind == "created"}


def _touched(run: str, history: Iterable[Event]) -> set[str]:
    """The idents of those that something happened to since the run made their issues."""
    made: set[str] = set()
    found: set[str] = set()
    for event in history:
        if event.run == run:
            made |= {event.ident} if event.kind == "created" else set()
        elif event.ident in made:
            found.add(event.ident)
    return found


def _untouched(items: Iterable[Tracked], made: set[str]) -> Iterable[Tracked]:
    for tracked in items:
        link = tracked.link
        if tracked.ident not in made or link is None or link.ref is None or link.gone:
            continue
        as_made = tracked.sight is Unseen.UNCHANGED or (
            isinstance(tracked.sight, Issue) and tracked.sight.fields == link.issue
        )
        if as_made and tracked.known.stated == link.document and not (link.issue.status and link.issue.status.closed):
            yield tracked


def _close(tracked: Tracked) -> Step:
    link = tracked.link
    assert link is not None  # noqa: S101 - `_untouched` leaves only linked items
    change = FieldChange("status", link.issue.status, Status.CANCELLED)
    after = replace(link, agreed=replace(link.agreed, status=Status.CANCELLED))
    return Step(Verb.CLOSE, tracked, Merged(after, write=(change,)), "the run that made it is taken back")
