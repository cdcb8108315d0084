"""Which steps wait for a person's yes (pure): a table of reasons, the last of them the brake on sheer numbers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from pmtrack.model import CREATE, Hold
from pmtrack.ready import Wait, wait
from pmtrack.sync.world import BRAKED, DRAFT, EXPOSED, REBUILT, TEMPLATE, Rules, Step, Verb, World
from pmtrack.text import digest, normal

FILING = frozenset({Verb.CREATE, Verb.ADOPT})
"""The verbs that give an item its first issue."""

Group = tuple[Step, ...]
Grouping = Callable[[Sequence[Step], World, Rules], Iterable[Group]]


class Release(Enum):
    """The least that releases a hold; each includes those behind it."""

    YES = auto()  # `--yes` for its scope
    ID = auto()  # its own id, or that of the item
    CONFIG = auto()  # nothing that a person says of a run


@dataclass(frozen=True, slots=True)
class Reason:
    """Why steps are held together.

    Attributes:
        groups: those among the steps that it concerns.
        sentence: for people; its {words} are those of `_words`.
        release: what releases it.
    """

    kind: str
    groups: Grouping
    sentence: str
    release: Release = Release.YES


@dataclass(frozen=True, slots=True)
class Sorted:
    """The steps that may happen, the groups that wait under their holds, and the ids of those that got their yes."""

    free: list[Step]
    held: tuple[tuple[Hold, Group], ...]
    released: frozenset[str]


def hold_back(steps: Sequence[Step], world: World, rules: Rules) -> Sorted:
    """Sort the steps into those that may happen and those that wait."""
    rest = list(steps)
    held: list[tuple[Hold, Group]] = []
    released: set[str] = set()
    for reason in REASONS:
        groups = list(reason.groups(rest, world, rules))
        released |= {_hold(reason, group, rules).id for group in groups if _is_released(reason, group, rules)}
        found = [_wait(reason, group, rules) for group in groups]
        held += [(_hold(reason, waiting, rules), waiting) for waiting in found if waiting]
        taken = {id(step) for waiting in found for step in waiting}
        rest = [step for step in rest if id(step) not in taken]
    return Sorted(rest, tuple(held), frozenset(released))


def _wait(reason: Reason, group: Group, rules: Rules) -> Group:
    """The part of a group that nobody said yes to."""
    if _is_released(reason, group, rules):
        return ()
    return tuple(step for step in group if not _has_yes(reason, step, rules))


def _is_released(reason: Reason, group: Group, rules: Rules) -> bool:
    return reason.release is not Release.CONFIG and _hold(reason, group, rules).id in rules.released_holds


def _has_yes(reason: Reason, step: Step, rules: Rules) -> bool:
    known = step.tracked.known
    if reason.release is Release.CONFIG:
        return False
    in_scope = known.source in rules.yes and rules.postmortem in (None, known.path)
    by_yes = reason.release is Release.YES and in_scope
    return by_yes or known.ident in rules.released or known.decision == CREATE


def _hold(reason: Reason, group: Group, rules: Rules) -> Hold:
    known = group[0].tracked.known
    # Made of places and words, not of idents: an item that was never stored has no lasting ident yet.
    content = sorted(
        f"{step.verb}|{step.tracked.known.path}|{step.tracked.known.position}|{digest(_title(step))}" for step in group
    )
    name = hashlib.sha256("\n".join([reason.kind, known.source, *content]).encode()).hexdigest()[:6]
    sentence = reason.sentence.format_map({"id": name, **_words(group, rules)})
    return Hold(name, reason.kind, known.source, tuple(step.tracked.ident for step in group), sentence)


def _words(group: Group, rules: Rules) -> dict[str, object]:
    known, draft = group[0].tracked.known, waits(group[0], rules)
    return {
        "path": known.path,
        "source": known.source,
        "tracker": group[0].tracked.tracker,
        "count": len(group),
        "items": "item makes no issue" if len(group) == 1 else f"{len(group)} items make no issues",
        "verb": group[0].verb,
        "first": _title(group[0]),
        "last": _title(group[-1]),
        "why": draft.why if draft else "",
        "until": draft.until if draft else "",
    }


def _title(step: Step) -> str:
    return step.tracked.known.item.fields.title


def _by(key: Callable[[Step, World], Hashable | None]) -> Grouping:
    """Groups of one source with an equal key; a step without a key is not concerned."""

    def groups(steps: Sequence[Step], world: World, _rules: Rules) -> Iterable[Group]:
        found: dict[Hashable, list[Step]] = defaultdict(list)
        for step in steps:
            if (value := key(step, world)) is not None:
                found[step.tracked.known.source, value].append(step)
        return [tuple(members) for members in found.values()]

    return groups


def _template(step: Step, _world: World) -> Hashable | None:
    return step.tracked.known.path if step.verb in FILING and step.tracked.document.is_template else None


def _draft(steps: Sequence[Step], world: World, rules: Rules) -> Iterable[Group]:
    def place(step: Step, _world: World) -> Hashable | None:
        return step.tracked.known.path if step.verb in FILING and waits(step, rules) else None

    return _by(place)(steps, world, rules)


def waits(step: Step, rules: Rules) -> Wait | None:
    """What the document of a step waits for by the rule of its source; None where it is ready."""
    rule = rules.ready.get(step.tracked.known.source)
    return wait(rule, step.tracked.document, rules.now) if rule else None


def _emptied(step: Step, world: World) -> Hashable | None:
    place = (step.tracked.known.source, step.tracked.known.path)
    return place if step.verb is Verb.ORPHAN and place in world.emptied else None


def _halved(step: Step, world: World) -> Hashable | None:
    vanished = step.verb is Verb.ORPHAN and not step.tracked.document.present
    return "" if vanished and step.tracked.known.source in world.halved else None


def _rebuilt(step: Step, world: World) -> Hashable | None:
    return "" if step.verb is Verb.CREATE and step.tracked.known.source in world.rebuilt else None


def _exposed(step: Step, world: World) -> Hashable | None:
    name = step.tracked.tracker
    return name if step.verb is Verb.CREATE and name in world.exposed else None


def _spot(step: Step, _world: World) -> Hashable | None:
    known = step.tracked.known
    concerned = step.verb in (Verb.ORPHAN, Verb.CREATE) and step.tracked.document.present
    return (known.path, known.position, normal(known.item.section)) if concerned else None


def _replaced(steps: Sequence[Step], world: World, rules: Rules) -> Iterable[Group]:
    """Pairs of a vanished and a new item at the same place of a document's list."""
    for group in _by(_spot)(steps, world, rules):
        if {step.verb for step in group} == {Verb.ORPHAN, Verb.CREATE}:
            yield tuple(sorted(group, key=lambda step: step.verb is Verb.CREATE))


def _too_many(steps: Sequence[Step], world: World, rules: Rules) -> Iterable[Group]:
    for group in _by(lambda step, _world: step.verb if step.verb in BRAKED else None)(steps, world, rules):
        first = group[0]
        if not rules.brake.allows(first.verb, len(group), world.linked.get(first.tracked.known.source, 0)):
            yield group


_BY_ID = "`pmtrack sync --hold {id}`"
_BY_YES = "look at `pmtrack plan`, then let it happen with `pmtrack sync --yes` or `pmtrack sync --hold {id}`"

REASONS = (
    Reason(
        TEMPLATE,
        _by(_template),
        "{path} looks like a template (its title or dates are placeholders), so its {count} items make no issues: "
        "fill the placeholders in, or file them all the same with " + _BY_ID,
        release=Release.ID,
    ),
    Reason("emptied", _by(_emptied), "{path} lost all its {count} items at once: if that is meant, " + _BY_YES),
    Reason("halved", _by(_halved), "{source} lost more than half of its documents ({count} items): " + _BY_YES),
    Reason(
        REBUILT,
        _by(_rebuilt),
        "the store of {source} is new although the tracker holds issues of ours, so {count} more wait: " + _BY_YES,
    ),
    Reason(
        "replaced",
        _replaced,
        "in {path} “{first}” is gone and “{last}” stands in its place; if it is another item, " + _BY_YES,
    ),
    Reason(
        DRAFT,
        _draft,
        "{path} is a draft ({why}), so its {items} until {until}; file all the same with " + _BY_ID,
        release=Release.ID,
    ),
    Reason(
        EXPOSED,
        _by(_exposed),
        "everybody would read the issues of {tracker}, so {count} new ones of {source} wait: set allow_public = true "
        "at [trackers.{tracker}] if that is right, or let its repository be private",
        release=Release.CONFIG,
    ),
    Reason("brake", _too_many, "{count} times {verb} in {source} is more than the brake allows at once: " + _BY_YES),
)
