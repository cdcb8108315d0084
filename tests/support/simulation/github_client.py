"""The adapter as a process of the simulation has it: unpatched, and each of its requests is a moment.

What a bad day does to a request is chosen here, by the same weather as on `Board`, and done by the stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Issue, IssueRef
from pmtrack.trackers import github
from pmtrack.trackers.base import Listing, Missing, Sending, untold
from pmtrack.trackers.github.answers import Answer
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.limits import Kind, Ledger, Notebook
from pmtrack.trackers.settings import GitHubSettings
from support.github import faults
from support.github.faults import Fault
from support.simulation.board import LATE
from support.simulation.terrain import Killed, OracleError

if TYPE_CHECKING:
    from support.simulation.github_board import HubBoard

SECRET = "PMTRACK_BOARD_TOKEN"
_ISSUE = re.compile(r"/issues/\d+$")
_FIELDS = re.compile(r"/issues/\d+(/issue-field-values(/\d+)?)?$")
UNREAD = (faults.error(500), faults.error(502), faults.dropped(), faults.cut(), faults.not_json())
UNSENT = (faults.error(500), faults.dropped())
LOST = (faults.error_after(502), faults.dropped_after(), faults.cut(), faults.not_json(502))

OFTEN = 3
"""Times as often as on `Board`, which leaves out issues at every reading and not only where it was read before."""


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


class Process(Client):
    """Everything between the adapter and the wire."""

    board: HubBoard

    def _send(self, kind: Kind, verb: str, path: str, params: Any = None, **more: Any) -> Answer:
        board, told = self.board, self.board.told
        board.terrain.pass_time(board.terrain.chance.uniform(0.05, 1.0))
        self._moment(kind, verb, path, params, more)
        self._count(kind, path)
        if (verb == "GET" and _ISSUE.search(path)) or path.endswith("/issues"):
            told.looked = board.terrain.seconds
        return self._through(self._fault(verb, path), kind, verb, path, params, more)

    def _through(self, fault: Fault | None, kind: Kind, verb: str, path: str, params: Any, more: Any) -> Answer:
        if fault:
            self.board.hub.faults.next(verb, "*", fault)
        try:
            return super()._send(kind, verb, path, params, **more)
        finally:
            self.board.hub.faults.clear()
            self.board.settle()

    def _moment(self, kind: Kind, verb: str, path: str, params: Any, more: Any) -> None:
        """The process may die while the effect of its request is still to come."""
        board = self.board
        try:
            board.terrain.moment("before a request")
        except Killed:
            if kind is not Kind.READ and board.weather.late and board.terrain.chance.random() < 0.5:
                with suppress(Exception):
                    self._through(self._late(), kind, verb, path, params, more)
            raise

    def _count(self, kind: Kind, path: str) -> None:
        """At most one update writes to an issue in a run."""
        told = self.board.told
        told.writes += kind is not Kind.READ
        if kind is not Kind.READ and told.writing and _FIELDS.search(path):
            number, told.writing = told.writing, ""
            told.fields[number] = told.fields.get(number, 0) + 1
            if told.fields[number] > 1:
                raise OracleError(f"{number} was written {told.fields[number]} times in one run")

    # ------------------------------------------------------------ what goes wrong

    def _fault(self, verb: str, path: str) -> Fault | None:
        chance, weather = self.board.terrain.chance, self.board.weather
        if chance.random() < weather.limited:
            return self._reach("rate limit", faults.limited(chance.choice((403, 429)), chance.choice((5, 60, None))))
        return self._of_read(path) if verb == "GET" else self._of_write()

    def _of_read(self, path: str) -> Fault | None:
        board, chance = self.board, self.board.terrain.chance
        if board.told.dark or chance.random() < board.weather.unread:
            return self._reach("unread", chance.choice(UNREAD))
        if path.endswith("/issues") and board.told.knows and chance.random() < OFTEN * board.weather.short:
            kinds = (faults.page_short(chance.randint(0, 2), link=False), faults.stale())
            return self._reach("short or stale list", chance.choice(kinds))
        return None

    def _of_write(self) -> Fault | None:
        chance, weather = self.board.terrain.chance, self.board.weather
        roll = chance.random() - weather.refused
        if roll < 0:
            return self._reach("refused", faults.refused(409, "Conflict"))
        if roll < weather.late:
            return self._reach("late", self._late())
        if roll < weather.late + weather.unsent:
            return self._reach("unsent", chance.choice(UNSENT))
        return self._reach("lost", chance.choice(LOST)) if chance.random() < weather.lost else None

    def _reach(self, what: str, fault: Fault) -> Fault:
        self.board.terrain.reached[what] += 1
        self.board.terrain.tell(f"    {fault.name}")
        return fault

    def _late(self) -> Fault:
        """Decided when it is sent; a wait of the gate may come first."""
        board, seconds = self.board, self.board.terrain.chance.uniform(0.1, LATE)
        kept = faults.late(seconds)

        def act(hub: Any, request: Any, process: Any) -> Any:
            board.told.late[round(board.terrain.seconds + seconds, 3)] = board.told.looked
            return kept.act(hub, request, process)

        return Fault(kept.name, act)


class Adapter(GitHubTracker):
    """Tells the witness of each verb before it begins."""

    board: HubBoard
    journals: dict[str, Notebook]

    def _begin(self, verb: str) -> None:
        terrain = self.board.terrain
        terrain.moment(f"before {verb}")
        terrain.reached[verb] += 1
        self.board.told.dark = terrain.chance.random() < self.board.weather.unread / 2

    def _end(self, verb: str) -> None:
        self.board.told.dark = False
        self.board.terrain.moment(f"after {verb}")

    def listing(self, cursor: str) -> Listing:
        self._begin("listing")
        self.board.told.knows = bool(cursor)
        lag = self.board.weather.lag
        self.board.hub.list_lag = timedelta(seconds=self.board.terrain.chance.uniform(0, lag) if lag else 0)
        self.board.terrain.reached["list that lags"] += bool(lag)
        found = super().listing(cursor)
        self._end("listing")
        return found

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._begin("fetch")
        found = super().fetch(refs)
        self._end("fetch")
        return found

    def since(self, mark: str) -> Sequence[Issue]:
        self._begin("since")
        found = super().since(mark)
        self._end("since")
        return found

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        def announce() -> None:
            sending()
            self.board.witness.asked_to_create(draft)

        self.board.words[draft.marker.ident, self.normalise(draft.fields).title] = draft.words
        self._begin("create")
        issue = super().create(draft, announce)
        self._end("create")
        return issue

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self.board.witness.asked_to_write(ref.id, changes)
        self._begin("update")
        self.board.told.writing = ref.id
        try:
            issue = super().update(ref, changes, draft)
        except TrackerError as error:
            self.board.terrain.reached["update refused for a person's edit"] += "a moment ago" in str(error)
            raise
        finally:
            self.board.told.writing = ""
        self._end("update")
        return issue

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._begin("comment")
        super().comment(ref, purpose, text)
        self._end("comment")


def connect(board: HubBoard, before: Adapter | None) -> Adapter:
    """What a run has. A new process knows what stands in the folder, and nothing else."""
    settings = GitHubSettings(kind="github", repository="acme/shop", base_url=board.url)
    terrain, hub = board.terrain, board.hub
    journals = before.journals if before else {}
    token = next((one for one in hub.tokens.values() if one.login == "bot"), None) or hub.add_token("bot")
    tracker: Any = github.connect(
        "board",
        settings,
        board.folder,
        environment={SECRET: token.value},
        clock=lambda: terrain.now().timestamp(),
        sleep=terrain.pass_time,
        say=lambda words: terrain.tell(f"    {words}"),
        ledger=Ledger(lambda account: journals.setdefault(account, Notebook())),
    )
    tracker.__class__, tracker.client.__class__ = Adapter, Process
    tracker.board = tracker.client.board = board
    tracker.journals = journals
    return tracker  # type: ignore[no-any-return]
