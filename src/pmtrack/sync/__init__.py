"""Keep items and issues in step: `sync`, and `take_back` for what one run of it made.

It looks at every document and tracker once (`observe`), decides by a pure table what has to be done (`plan`), and does
it step by step (`apply`). Each side is compared with what that side said last, so nothing has to be written into an
author's lines for the next run to be right, and a crash between two steps loses and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from pmtrack.errors import TrackerError
from pmtrack.sync.apply import Outcome, apply
from pmtrack.sync.observe import Observation, observe
from pmtrack.sync.places import Places
from pmtrack.sync.plan import plan
from pmtrack.sync.record import Recorder
from pmtrack.sync.terms import Terms
from pmtrack.sync.undo import made_by, undo
from pmtrack.sync.world import Brake, Plan, Rules, Step, Verb
from pmtrack.trackers.base import KnowsAudience, Tracker

__all__ = ["Brake", "Outcome", "Places", "Plan", "Recorder", "Rules", "Step", "Sync", "Terms", "sync", "take_back"]


@dataclass(frozen=True, slots=True)
class Sync:
    """A run: what it saw, what it decided, and what it did (None where it was only to be planned)."""

    observation: Observation
    plan: Plan
    outcome: Outcome | None = None


def sync(
    places: Places,
    terms: Terms,
    rules: Rules,
    recorder: Recorder,
    *,
    new_ident: Callable[[], str],
    carry_out: bool = True,
    reextract: bool = False,
    stop: Callable[[], bool] = lambda: False,
    say: Callable[[Step], None] = lambda _step: None,
) -> Sync:
    """One run over these places.

    Args:
        carry_out: False to decide only, and write nothing.
        reextract: read also the documents that an earlier extractor has read, and take that as their word.
        stop: asked between two steps. say: told each step before it is done.
    """
    anew = (lambda path: rules.postmortem in (None, path)) if reextract else None
    look = partial(_look(places, terms, rules, recorder, new_ident), anew=anew)
    observation = look()
    decided = plan(observation.world, rules)
    if exposed := _exposed(observation, decided):
        decided = plan(replace(observation.world, exposed=exposed), rules)
    if whole := _to_be_read_whole(observation, decided):
        observation = look(whole=whole)
        decided = plan(replace(observation.world, exposed=exposed), rules)
    if not carry_out:
        return Sync(observation, decided)
    return Sync(observation, decided, apply(decided, observation, recorder, stop=stop, say=say))


def take_back(
    run: str,
    places: Places,
    terms: Terms,
    rules: Rules,
    recorder: Recorder,
    *,
    new_ident: Callable[[], str],
    carry_out: bool = True,
    say: Callable[[Step], None] = lambda _step: None,
) -> Sync:
    """Close the issues that a run made and nobody touched since."""
    history = recorder.store.history()
    made = made_by(run, history)
    observation = _look(places, terms, rules, recorder, new_ident)(also=made)
    decided = undo(run, history, observation.world, plan(observation.world, rules))
    return Sync(observation, decided, apply(decided, observation, recorder, say=say) if carry_out else None)


def _look(
    places: Places, terms: Terms, rules: Rules, recorder: Recorder, new_ident: Callable[[], str]
) -> Callable[..., Observation]:
    """What looks at these places now."""
    look = partial(observe, places, recorder.store, terms, new_ident=new_ident)
    return partial(look, today=recorder.today, now=rules.now)


def _exposed(observation: Observation, decided: Plan) -> frozenset[str]:
    """The trackers where issues are to be made that everybody would read."""
    return frozenset(name for name in _making(decided) if _is_exposed(observation.boards[name].tracker))


def _is_exposed(tracker: Tracker | None) -> bool:
    try:
        return isinstance(tracker, KnowsAudience) and tracker.is_exposed()
    except TrackerError:
        return False  # then it cannot make an issue either, and says why


def _making(decided: Plan) -> set[str]:
    """The names of the trackers where issues are to be made."""
    return {step.tracked.tracker for step in decided.steps if step.verb is Verb.CREATE}


def _to_be_read_whole(observation: Observation, decided: Plan) -> frozenset[str]:
    """The trackers of which only the changes were read although issues are to be created there.

    Before an issue is made, all issues are searched for its marker: the store may have been lost or restored.
    """
    boards = (observation.boards[name] for name in _making(decided))
    return frozenset(board.name for board in boards if board.since and not board.error)
