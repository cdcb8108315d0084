"""A real adapter as a process of the simulation has it: unpatched, and each of its requests is a moment.

What a bad day does to a request is chosen here, by the same weather as on `Board`, and done by the stand-in.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Issue, IssueRef
from pmtrack.trackers.base import Listing, Missing, Sending, untold
from support.github import faults
from support.github.faults import Fault
from support.simulation.board import LATE
from support.simulation.terrain import Killed, OracleError


@dataclass
class Told:
    """What was asked of the server. Attributes:
    writes: how many requests that change something left. fields: by issue, how many updates of this run wrote to it.
    looked: when the issue that is written to was read last; late: second of a late effect -> the look before it.
    writing: the issue of this update, "" once it is counted. dark: no read succeeds. knows: the list was read before.
    """

    writes: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    looked: float = 0.0
    late: dict[float, float] = field(default_factory=dict)
    writing: str = ""
    dark: bool = False
    knows: bool = False

    def looked_before(self, second: float) -> float:
        return self.late.get(round(second, 3), self.looked)


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it stands before the wire. Attributes:
    changes: whether it changes something. looks: it asks what issues say; fields: it writes to the fields of one.
    send: puts it on the wire.
    """

    verb: str
    path: str
    changes: bool
    looks: bool
    fields: bool
    send: Callable[[], Any]


class Wire:
    """Everything between an adapter's client and the wire."""

    board: Any

    @abstractmethod
    def limited(self) -> Fault: ...

    @abstractmethod
    def of_read(self, sent: Sent) -> Fault | None: ...

    @abstractmethod
    def of_write(self, sent: Sent) -> Fault | None: ...

    def through(self, sent: Sent) -> Any:
        """Send it on a day like this."""
        board, told = self.board, self.board.told
        board.terrain.pass_time(board.terrain.chance.uniform(0.05, 1.0))
        self._moment(sent)
        self._count(sent)
        if sent.looks:
            told.looked = board.terrain.seconds
        return self._met(self._fault(sent), sent)

    def _met(self, fault: Fault | None, sent: Sent) -> Any:
        if fault:
            self.board.hub.faults.next(sent.verb, "*", fault)
        try:
            return sent.send()
        finally:
            self.board.hub.faults.clear()
            self.board.settle()

    def _moment(self, sent: Sent) -> None:
        """The process may die while the effect of its request is still to come."""
        board = self.board
        try:
            board.terrain.moment("before a request")
        except Killed:
            if sent.changes and board.weather.late and board.terrain.chance.random() < 0.5:
                with suppress(Exception):
                    self._met(self.late(), sent)
            raise

    def _count(self, sent: Sent) -> None:
        """At most one update writes to an issue in a run."""
        told = self.board.told
        told.writes += sent.changes
        if sent.fields and told.writing:
            number, told.writing = told.writing, ""
            told.fields[number] = told.fields.get(number, 0) + 1
            if told.fields[number] > 1:
                raise OracleError(f"{number} was written {told.fields[number]} times in one run")

    # ------------------------------------------------------------ what goes wrong

    def _fault(self, sent: Sent) -> Fault | None:
        if self.board.terrain.chance.random() < self.board.weather.limited:
            return self.reach("rate limit", self.limited())
        return self.of_write(sent) if sent.changes else self.of_read(sent)

    def lost(self, refused: Sequence[Fault], unsent: Sequence[Fault], lost: Sequence[Fault]) -> Fault | None:
        """What becomes of a write."""
        chance, weather = self.board.terrain.chance, self.board.weather
        roll = chance.random() - weather.refused
        if roll < 0:
            return self.reach("refused", chance.choice(refused))
        if roll < weather.late:
            return self.reach("late", self.late())
        if roll < weather.late + weather.unsent:
            return self.reach("unsent", chance.choice(unsent))
        return self.reach("lost", chance.choice(lost)) if chance.random() < weather.lost else None

    def unread(self, unread: Sequence[Fault]) -> Fault | None:
        chance = self.board.terrain.chance
        if self.board.told.dark or chance.random() < self.board.weather.unread:
            return self.reach("unread", chance.choice(unread))
        return None

    def reach(self, what: str, fault: Fault) -> Fault:
        self.board.terrain.reached[what] += 1
        self.board.terrain.tell(f"    {fault.name}")
        return fault

    def late(self) -> Fault:
        """Decided when it is sent; a wait of the gate may come first."""
        board, seconds = self.board, self.board.terrain.chance.uniform(0.1, LATE)
        kept = faults.late(seconds)

        def act(hub: Any, request: Any, process: Any) -> Any:
            board.told.late[round(board.terrain.seconds + seconds, 3)] = board.told.looked
            return kept.act(hub, request, process)

        return Fault(kept.name, act)


class Verbs:
    """Stands before the class of an adapter, and tells the witness of each verb before it begins."""

    board: Any

    def lag(self, seconds: float) -> None:
        """How far the list is behind this time."""
        raise NotImplementedError

    def _begin(self, verb: str) -> None:
        terrain = self.board.terrain
        terrain.moment(f"before {verb}")
        terrain.reached[verb] += 1
        self.board.told.dark = terrain.chance.random() < self.board.weather.unread / 2

    def _end(self, verb: str) -> None:
        self.board.told.dark = False
        self.board.terrain.moment(f"after {verb}")

    def _told(self, verb: str, *given: Any) -> Any:
        self._begin(verb)
        found = getattr(super(), verb)(*given)
        self._end(verb)
        return found

    def listing(self, cursor: str) -> Listing:
        board = self.board
        board.told.knows = bool(cursor)
        self.lag(board.terrain.chance.uniform(0, board.weather.lag) if board.weather.lag else 0.0)
        board.terrain.reached["list that lags"] += bool(board.weather.lag)
        return self._told("listing", cursor)  # type: ignore[no-any-return]

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        return self._told("fetch", refs)  # type: ignore[no-any-return]

    def since(self, mark: str) -> Sequence[Issue]:
        return self._told("since", mark)  # type: ignore[no-any-return]

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        return self._told("create", draft, self._announcing([draft], sending))  # type: ignore[no-any-return]

    def create_many(self, drafts: Sequence[Draft], sending: Sending = untold) -> Sequence[Issue | TrackerError]:
        return self._told("create_many", drafts, self._announcing(drafts, sending))  # type: ignore[no-any-return]

    def _announcing(self, drafts: Sequence[Draft], sending: Sending) -> Sending:
        """Tell the witness of each, once what precedes the request is done."""
        for draft in drafts:
            title = super().normalise(draft.fields).title  # type: ignore[misc]
            self.board.words[draft.marker.ident, title] = draft.words

        def announce() -> None:
            sending()
            for draft in drafts:
                self.board.witness.asked_to_create(draft)

        return announce

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self.board.witness.asked_to_write(ref.id, changes)
        self._begin("update")
        self.board.told.writing = ref.id
        try:
            issue = super().update(ref, changes, draft)  # type: ignore[misc]
        except TrackerError as error:
            self.board.terrain.reached["update refused for a person's edit"] += "a moment ago" in str(error)
            raise
        finally:
            self.board.told.writing = ""
        self._end("update")
        return issue  # type: ignore[no-any-return]

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._told("comment", ref, purpose, text)
