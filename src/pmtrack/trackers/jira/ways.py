"""From one status to another through a workflow (pure). The JSON is that of `GET .../transitions`, with its fields."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

from pmtrack.model import Status
from pmtrack.text import one_line
from pmtrack.trackers.jira.names import CATEGORIES, CLOSED, Names

Json = Mapping[str, Any]
Fill = Callable[[str, Json], Any]
"""(id of a field, its metadata) -> the value that the configuration or the issue has for it, else None."""


@dataclass(frozen=True, slots=True)
class Way:
    """One transition. Attributes:
    to: the id of the status that it leads to; status: that status. fields: of its screen, by id.
    """

    id: str
    name: str
    to: str
    status: Json
    fields: Mapping[str, Json] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{one_line(self.name, 60)} (to {one_line(str(self.status.get('name')), 60)})"


Graph = Mapping[str, Sequence[Way]]
"""The id of a status -> the transitions that an issue showed in it."""


def ways(entries: Iterable[Json]) -> list[Way]:
    """What can be done now. One that fails a condition is left out."""
    return [
        Way(str(entry["id"]), str(entry.get("name")), str(entry["to"]["id"]), entry["to"], entry.get("fields") or {})
        for entry in entries
        if entry.get("isAvailable", True)
    ]


def category(way: Way) -> str:
    """Of the status that it leads to."""
    return str((way.status.get("statusCategory") or {}).get("key"))


def leads(way: Way, wanted: Status, names: Names) -> bool:
    """Whether an issue that goes this way says `wanted` afterwards, as far as its screen tells."""
    if category(way) != CATEGORIES[wanted]:
        return False
    if wanted not in (Status.DONE, Status.CANCELLED):
        return True
    is_off = names.calls_off(str(way.status.get("name")))
    options = _options(way)
    if wanted is Status.DONE:
        return not is_off and (not options or names.resolution(wanted, options) is not None)
    return is_off or names.resolution(wanted, options) is not None


def given(way: Way, wanted: Status, names: Names, fill: Fill) -> tuple[dict[str, Any], list[str]]:
    """The fields to send on this way, and what people call those that are required and that nobody fills."""
    sent: dict[str, Any] = {}
    lacking: list[str] = []
    if CATEGORIES[wanted] == CLOSED:
        found = names.resolution(wanted, _options(way))
        sent |= {"resolution": {"name": found["name"]}} if found else {}
    for name, told in way.fields.items():
        if name in sent or not told.get("required") or told.get("hasDefaultValue"):
            continue
        value = fill(name, told)
        if value is None:
            lacking.append(str(told.get("name") or name))
        else:
            sent[name] = value
    return sent, lacking


def next_way(graph: Graph, here: str, been: Set[str], is_goal: Callable[[Way], bool]) -> Way | None:
    """The first step of the shortest way to the goal; where none is known, towards a status not yet looked at.

    Args:
        been: statuses that the issue is not to enter again.
    """
    waiting: deque[tuple[str, Way | None]] = deque([(here, None)])
    seen = {here, *been}
    unknown: Way | None = None
    while waiting:
        at, first = waiting.popleft()
        for way in graph.get(at, ()):
            step = first or way
            if is_goal(way):
                return step
            if way.to in seen:
                continue
            seen.add(way.to)
            if way.to in graph:
                waiting.append((way.to, step))
            unknown = unknown or (None if way.to in graph else step)
    return unknown


def _options(way: Way) -> list[Json]:
    found = way.fields.get("resolution", {}).get("allowedValues")
    return [option for option in found if isinstance(option, Mapping)] if isinstance(found, list) else []
