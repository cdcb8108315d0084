"""Take an issue through its workflow to the status that is wanted, in as many steps as that needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Status
from pmtrack.trackers.jira import shape, ways
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.names import CATEGORIES, CLOSED
from pmtrack.trackers.jira.ways import Fill, Way
from pmtrack.trackers.limits import Kind

STEPS = 10
"""Transitions for one change of a status; a longer way is nobody's workflow."""

WORDS: Mapping[Status, str] = {
    Status.OPEN: "open",
    Status.IN_PROGRESS: "in progress",
    Status.DONE: "done",
    Status.CANCELLED: "cancelled",
}


@dataclass(slots=True)
class Walker:
    """What transitions show is kept from issue to issue, for the shortest way; each step is looked at afresh."""

    desk: Desk
    _graphs: dict[str, dict[str, list[Way]]] = field(default_factory=dict)

    def go(self, raw: Json, wanted: Status, fill: Fill) -> None:
        """Raises:
        TrackerError: no way leads there, and the issue is where it was. UnknownOutcome: it went a part of the way.
        """
        key, here = str(raw["key"]), str(raw["fields"]["status"]["id"])
        graph = self._graphs.setdefault(shape.workflow(raw), {})
        been: list[str] = []
        taken = 0
        try:
            while True:
                graph[here] = found = self._look(raw)
                way = self._step(graph, here, frozenset(been), wanted, fill)
                if way is None or len(been) == STEPS:
                    raise self._stuck(key, found, wanted, fill)
                been.append(here)
                self._take(raw, way, ways.given(way, wanted, self.desk.names, fill)[0])
                taken += 1
                if ways.leads(way, wanted, self.desk.names):
                    return
                here = way.to
        except TrackerError as error:
            raise half_done(error) if taken else error from None

    def _step(self, graph: ways.Graph, here: str, been: frozenset[str], wanted: Status, fill: Fill) -> Way | None:
        names = self.desk.names
        free = {at: [way for way in found if self._is_free(way, wanted, fill)] for at, found in graph.items()}
        return ways.next_way(free, here, been, lambda way: ways.leads(way, wanted, names))

    def _is_free(self, way: Way, wanted: Status, fill: Fill) -> bool:
        """Nothing is closed only to be opened again: who stops there has closed what nobody closed."""
        closes = CATEGORIES[wanted] != CLOSED and ways.category(way) == CLOSED
        return not closes and not ways.given(way, wanted, self.desk.names, fill)[1]

    def _look(self, raw: Json) -> list[Way]:
        rest = f"issue/{raw['id']}/transitions"
        answer = self.desk.home.read(rest, {"expand": "transitions.fields"}, key=str(raw["key"]))
        try:
            return ways.ways(answer.things("transitions"))
        except shape.ODD:
            raise TrackerError(f"{raw['key']}: Jira's transitions make no sense: the next run asks again") from None

    def _take(self, raw: Json, way: Way, fields: Mapping[str, Any]) -> None:
        """Raises:
        TrackerError: it was refused. UnknownOutcome: it may be done.
        """
        home = self.desk.home
        sent: dict[str, Any] = {"transition": {"id": way.id}, **({"fields": dict(fields)} if fields else {})}
        path = home.path(f"issue/{raw['id']}/transitions")
        answer = home.client.write(Kind.WRITE, "POST", path, sent, issue=str(raw["id"]))
        home.good(answer, key=str(raw["key"]), permission="Transition issues")

    def _stuck(self, key: str, found: list[Way], wanted: Status, fill: Fill) -> TrackerError:
        told = ", ".join(self._told(way, wanted, fill) for way in found) or "none, for this account"
        sentence = f"{key}: no transition leads to {WORDS[wanted]} (there are: {told})"
        return TrackerError(f"{sentence}: change it by hand, or give its workflow a way")

    def _told(self, way: Way, wanted: Status, fill: Fill) -> str:
        lacking = ways.given(way, wanted, self.desk.names, fill)[1]
        return f"{way}, which needs {' and '.join(lacking)}" if lacking else str(way)


def half_done(error: TrackerError) -> UnknownOutcome:
    """What a refusal is where something was done before it."""
    return UnknownOutcome(str(error), permanent=error.permanent, retry_after=error.retry_after)
