"""A tracker as bad as the remote ones on a bad day, and the adapter that a program would have for it.

`Board` is the service with its own pages for people; `Client` is what pmtrack talks to, made anew with each process.
What is modelled is in the vendors' descriptions: a list that lags, answers that are lost although the effect came,
effects that come up to ten seconds late, refusals with a time to wait, and a ban for who does not obey.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Status
from pmtrack.sync.merge import NAMES
from pmtrack.text import one_line
from pmtrack.trackers.base import Listing, Missing, Sending, untold
from support.simulation.terrain import START, Killed, OracleError, Terrain

SETTLE = timedelta(seconds=15)
LATE = 10.0  # seconds: what a vendor gives one request to live
OVERLAP = 15 * 60.0  # seconds: how far behind its bookmark the adapter asks again
STRIKES = 2  # requests of one run in spite of a refusal until the account is banned; one that starts too soon makes one


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad it is: chances from 0 to 1, the lag in seconds.

    Attributes:
        lag: how far the list is behind at most; then it cannot tell what exists either.
        lost: an answer does not come although the effect did ("502", or none at all); unsent: neither came.
        late: the effect of a lost create comes up to `LATE` seconds later. limited: a refusal with a time to wait.
        refused: the request is refused for another reason. unread: a reading request fails.
        short: the list does not show some that are there, without a sign of it.
    """

    name: str
    lag: float = 0.0
    lost: float = 0.0
    unsent: float = 0.0
    late: float = 0.0
    limited: float = 0.0
    refused: float = 0.0
    unread: float = 0.0
    short: float = 0.0


CALM = Weather("calm")
STALE = Weather("stale", lag=480.0)
WEATHERS = (
    CALM,
    STALE,
    Weather("gusty", lost=0.1, unsent=0.05, late=0.1, refused=0.05, unread=0.03, short=0.1),
    Weather("rush hour", lag=60.0, lost=0.05, limited=0.15, unread=0.05),
    Weather("storm", lag=480.0, lost=0.2, unsent=0.1, late=0.2, limited=0.05, refused=0.1, unread=0.1),
)


@dataclass(slots=True)
class Record:
    """An issue with its past.

    Attributes:
        versions: (second, issue or None for deleted), oldest first.
        typed: field -> (value, second) that a person typed here last; told: the same by pmtrack.
        copy: a person made it. words: of the draft that it was made from, "" where a person made it.
    """

    versions: list[tuple[float, Issue | None]]
    typed: dict[str, tuple[Any, float]] = field(default_factory=dict)
    told: dict[str, tuple[Any, float]] = field(default_factory=dict)
    copy: bool = False
    words: str = ""

    @property
    def issue(self) -> Issue | None:
        return self.versions[-1][1]

    def at(self, second: float) -> Issue | None:
        return next((issue for then, issue in reversed(self.versions) if then <= second), None)


@dataclass(frozen=True, slots=True)
class Overwritten:
    """pmtrack replaced what a person had typed in the tracker."""

    number: str
    name: str
    value: Any
    typed: float
    at: float


@dataclass(frozen=True, slots=True)
class Request:
    """An update on its way."""

    number: str
    changes: Sequence[FieldChange]
    marker: Marker
    sent: float


class Onlooker(Protocol):
    """Told of every request before it leaves."""

    def asked_to_create(self, draft: Draft) -> None: ...

    def asked_to_write(self, number: str, changes: Sequence[FieldChange]) -> None: ...


Effect = Callable[[float], None]
"""What happens at a second, perhaps later than it was asked for."""


@dataclass(slots=True)
class Board:
    """The service.

    Attributes:
        coming: effects of lost requests and when they happen.
        asked: how many requests to write left pmtrack. field_writes: by issue, of this run.
        revisions: how many versions of issues there are.
        shut: until when requests are refused. strikes: requests of this run in spite of that.
    """

    terrain: Terrain
    weather: Weather = CALM
    records: dict[str, Record] = field(default_factory=dict)
    coming: list[tuple[float, Effect]] = field(default_factory=list)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    field_writes: dict[str, int] = field(default_factory=dict)
    overwritten: list[Overwritten] = field(default_factory=list)
    asked: int = 0
    revisions: int = 0
    made: int = 0
    shut: float = 0.0
    strikes: int = 0
    witness: Onlooker = field(init=False)

    # ------------------------------------------------------------ what everybody sees at once

    def issues(self) -> dict[str, Issue]:
        """What there is this second."""
        self.settle()
        return {number: record.issue for number, record in self.records.items() if record.issue}

    def new_run(self) -> None:
        """What is counted by run begins anew."""
        self.field_writes.clear()
        self.strikes = 0

    def settle(self) -> None:
        """Let the late effects happen whose time has come."""
        due = [entry for entry in self.coming if entry[0] <= self.terrain.seconds]
        self.coming = [entry for entry in self.coming if entry[0] > self.terrain.seconds]
        for second, effect in sorted(due, key=lambda entry: entry[0]):
            effect(second)

    def make(self, draft: Draft, second: float) -> Issue:
        fields = normalised(draft.fields)
        issue = self.new(Issue(_ref(0), fields, draft.marker, ours=True), second)
        self.records[issue.ref.id].words = draft.words
        self.terrain.tell(f"tracker has {issue.ref.key} {draft.marker.ident} {draft.words!r}")
        return issue

    def new(self, issue: Issue, second: float, *, copy: bool = False) -> Issue:
        """The next number, for an issue by whomever."""
        self.made += 1
        self.revisions += 1
        issue = replace(issue, ref=_ref(self.made), updated_at=_instant(second))
        self.records[issue.ref.id] = Record([(second, issue)], copy=copy)
        return issue

    def change(self, request: Request, second: float) -> None:
        """The effect of an update: what it names, whatever a person typed since."""
        record = self.records[request.number]
        issue = record.issue
        if issue is None:
            return
        new: dict[str, Any] = {change.name: change.after for change in request.changes}
        self._replaces(record, request, issue, second)
        updated = replace(issue, fields=normalised(replace(issue.fields, **new)))
        if "title" in new:
            updated = replace(updated, marker=request.marker)
        if updated != issue:
            self.keep(updated, request.number, second)
            self.records[request.number].told |= {change.name: (change.after, second) for change in request.changes}
            self.terrain.tell(f"updated {issue.ref.key} {new}")

    def _replaces(self, record: Record, request: Request, issue: Issue, second: float) -> None:
        """Write down what of a person's is overwritten; who types while a request is under way cannot be known."""
        for change in request.changes:
            value, typed = record.typed.get(change.name, (change.after, 0.0))
            if value == getattr(issue.fields, change.name) != change.after:
                if typed <= request.sent:
                    self.overwritten.append(Overwritten(request.number, change.name, value, typed, second))
                del record.typed[change.name]

    def keep(self, issue: Issue | None, number: str, second: float | None = None) -> None:
        second = self.terrain.seconds if second is None else second
        self.revisions += 1
        self.records[number].versions.append((second, issue and replace(issue, updated_at=_instant(second))))

    # ------------------------------------------------------------ its pages for people

    def edit(self, number: str, name: str, value: Any) -> None:
        record = self.records[number]
        assert record.issue
        record.typed[name] = (value, self.terrain.seconds)
        self.keep(replace(record.issue, fields=replace(record.issue.fields, **{name: value})), number)
        self.terrain.tell(f"person: {record.issue.ref.key} {name} = {value!r}")

    def open(self, title: str) -> None:
        """An issue of a person's own."""
        issue = self._by_hand(Issue(_ref(0), Fields(title, Status.OPEN)))
        self.terrain.tell(f"person: opened {issue.ref.key} {title!r}")

    def tickets(self) -> list[str]:
        """What the issues without a marker are called."""
        return [f"#{number}" for number, issue in self.issues().items() if issue.marker is None]

    def delete(self, number: str) -> None:
        self.keep(None, number)
        self.terrain.tell(f"person: deleted issue {number}")

    def transfer(self, number: str) -> None:
        issue = self.records[number].issue
        assert issue
        key = f"M{number}-{len(self.records[number].versions)}"
        self.keep(replace(issue, ref=replace(issue.ref, key=key, url=f"board://moved/{key}")), number)
        self.terrain.tell(f"person: moved issue {number} to {key}")

    def copy(self, number: str) -> None:
        issue = self.records[number].issue
        assert issue
        new = self._by_hand(replace(issue, ours=False))
        self.terrain.tell(f"person: copied issue {number} as {new.ref.id}")

    def _by_hand(self, issue: Issue) -> Issue:
        """All that it says, a person typed."""
        made = self.new(issue, self.terrain.seconds, copy=True)
        typed = {name: (getattr(made.fields, name), self.terrain.seconds) for name in NAMES}
        self.records[made.ref.id].typed = typed
        return made


def normalised(fields: Fields) -> Fields:
    """One owner, short titles, a status always: as trackers are."""
    return replace(
        fields,
        title=one_line(fields.title) or "Untitled",
        status=fields.status or Status.OPEN,
        owners=fields.owners[:1],
    )


def _ref(number: int) -> IssueRef:
    return IssueRef("board", str(number), f"#{number}", f"board://{number}")


def _instant(second: float) -> datetime:
    return datetime.fromtimestamp(START.timestamp() + second, UTC)


@dataclass(slots=True)
class Client:
    """The adapter: one process, one account, no retry of a write, and no request while it was told to wait.

    Its bookmark is "seconds|number|count": the newest change that it has seen, the newest issue, and how many issues
    are gone ("?" where the list lags and cannot tell).
    """

    board: Board
    name: str = "board"
    kind: str = "board"
    settle: timedelta = SETTLE
    newest: int = 0

    def whoami(self) -> str:
        return "pmtrack"

    # ------------------------------------------------------------ reading

    def listing(self, cursor: str) -> Listing:
        self._ask("listing")
        second, number = _bookmark(cursor)
        lag = self.board.weather.lag
        at = self.board.terrain.seconds - (self.board.terrain.chance.uniform(0, lag) if lag else 0)
        seen = [issue for record in self.board.records.values() if (issue := record.at(at))]
        changed = [issue for issue in seen if _second(issue) > second - OVERLAP] if cursor else seen
        self.newest = max([self.newest, number, *(int(issue.ref.id) for issue in seen)])
        latest = max([second, *(_second(issue) for issue in seen)])
        self.board.terrain.reached["list that lags"] += bool(lag)
        present = None if lag else self._shown(seen)
        self._answered("listing")
        gone = "?" if present is None else "+".join(sorted({*self.board.records} - present))
        return Listing(tuple(changed), f"{latest!r}|{self.newest}|{gone}", present)

    def _shown(self, seen: Sequence[Issue]) -> frozenset[str]:
        """The ids of these, or of a part of them only."""
        numbers, chance = [issue.ref.id for issue in seen], self.board.terrain.chance
        if self.board.weather.short and chance.random() < self.board.weather.short:
            self.board.terrain.reached["short list"] += 1
            numbers = chance.sample(numbers, chance.randint(0, len(numbers)))
        return frozenset(numbers)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._ask("fetch")
        self.board.terrain.reached["fetch"] += 1
        there = self.board.issues()
        self._answered("fetch")
        return {ref: there.get(ref, Missing.GONE) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:
        self._ask("since")
        found = [issue for number, issue in self.board.issues().items() if int(number) > int(mark or 0)]
        self._answered("since")
        return found

    def high_mark(self) -> str:
        return str(self.newest or "")

    # ------------------------------------------------------------ writing

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        sending()
        self.board.witness.asked_to_create(draft)
        board = self.board

        def effect(second: float) -> Issue:
            return board.make(draft, second)

        self._ask("create", effect)
        self._lose("create", effect)
        issue = effect(board.terrain.seconds)
        self._lose_answer("create")
        self.newest = max(self.newest, int(issue.ref.id))
        return issue

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        board = self.board
        board.witness.asked_to_write(ref.id, changes)
        request = Request(ref.id, tuple(changes), draft.marker, board.terrain.seconds)

        def effect(second: float) -> None:
            board.change(request, second)

        # The adapter reads before it writes: what a person changed by then never leaves.
        self._ask("update", None if self._edited(board.records[ref.id].issue, changes) else effect)
        if name := self._edited(self._existing(ref), changes):
            board.terrain.reached["update refused for a person's edit"] += 1
            raise TrackerError(f"{ref.key}: {name} was changed a moment ago: the next run takes it up")
        self._count(ref)
        self._lose("update", effect)
        effect(board.terrain.seconds)
        answer = board.records[ref.id].issue
        assert answer
        self._lose_answer("update")
        return answer

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._ask("comment")
        self._existing(ref)
        self._lose("comment", None)
        if self.board.comments.get((ref.id, purpose)) != text:
            self.board.comments[ref.id, purpose] = text
        self._lose_answer("comment")

    def normalise(self, fields: Fields) -> Fields:
        return normalised(fields)

    def understands(self, ticket: str) -> str | None:
        number = ticket.strip().removeprefix("#")
        return number if number.isascii() and number.isdigit() else None

    # ------------------------------------------------------------ what goes wrong

    def _ask(self, verb: str, effect: Callable[[float], object] | None = None) -> None:
        """A request leaves: the process may die before it, or while its effect is still to come."""
        terrain, weather = self.board.terrain, self.board.weather
        terrain.pass_time(terrain.chance.uniform(0.05, 1.0))
        try:
            terrain.moment(f"before {verb}")
        except Killed:
            if effect and weather.late and terrain.chance.random() < 0.5:
                self._come_late(verb, effect)
            raise
        self._obey(verb)
        reads = verb in ("listing", "fetch", "since")
        self.board.asked += not reads
        if reads and terrain.chance.random() < weather.unread:
            raise TrackerError("500: it could not be read whole")
        if terrain.chance.random() < weather.limited:
            wait = terrain.chance.choice((5.0, 60.0))
            self.board.shut = terrain.seconds + wait
            terrain.reached["rate limit"] += 1
            raise TrackerError("429: too many requests", retry_after=wait)
        self.board.settle()

    def _obey(self, verb: str) -> None:
        board = self.board
        if board.terrain.seconds >= board.shut:
            return
        board.strikes += 1
        if board.strikes > STRIKES:
            raise OracleError(f"banned: {verb} for the {board.strikes}th time while told to wait")
        raise TrackerError("429: too many requests", retry_after=board.shut - board.terrain.seconds)

    def _answered(self, verb: str) -> None:
        self.board.terrain.moment(f"after {verb}")

    def _come_late(self, verb: str, effect: Callable[[float], object]) -> None:
        terrain = self.board.terrain

        def happen(second: float) -> None:
            effect(second)
            terrain.reached[f"late {verb}"] += 1

        self.board.coming.append((terrain.seconds + terrain.chance.uniform(0, LATE), happen))

    def _lose(self, verb: str, effect: Callable[[float], object] | None) -> None:
        """The request is refused, or lost on its way, or has its effect later."""
        terrain, weather = self.board.terrain, self.board.weather
        roll = terrain.chance.random() - weather.refused
        if roll < 0:
            raise TrackerError(f"422: {verb} not accepted: try again later")
        if roll < weather.late and effect:
            self._come_late(verb, effect)
            raise UnknownOutcome("no answer came: it may appear")
        if roll < weather.late + weather.unsent:
            terrain.reached[f"{verb} unsent"] += 1
            terrain.pass_time(LATE)
            raise UnknownOutcome("no answer came")

    def _lose_answer(self, verb: str) -> None:
        """The effect came, and instead of the answer a 502, or nothing until the client gives up."""
        terrain = self.board.terrain
        if terrain.chance.random() >= self.board.weather.lost:
            self._answered(verb)
        elif terrain.chance.random() < 0.5:
            terrain.reached[f"{verb} done and answered 502"] += 1
            raise UnknownOutcome("502: it may be done")
        else:
            terrain.reached[f"{verb} done and not answered"] += 1
            terrain.pass_time(LATE)
            raise UnknownOutcome("no answer came in time")

    def _existing(self, ref: IssueRef) -> Issue:
        issue = self.board.issues().get(ref.id)
        if issue is None:
            raise TrackerError(f"{ref.key} was deleted: remove the item, or let it have a new issue", permanent=True)
        return issue

    def _edited(self, issue: Issue | None, changes: Sequence[FieldChange]) -> str | None:
        """The first of these fields that is neither what it was when it was read, nor what it is to be."""
        if issue is None:
            return None
        found = (c.name for c in changes if getattr(issue.fields, c.name) not in (c.before, c.after))
        return next(found, None)

    def _count(self, ref: IssueRef) -> None:
        """At most one field write per issue and run."""
        board, number = self.board, ref.id
        board.field_writes[number] = board.field_writes.get(number, 0) + 1
        if board.field_writes[number] > 1:
            raise OracleError(f"{ref.key} was written {board.field_writes[number]} times in one run")


def _bookmark(cursor: str) -> tuple[float, int]:
    second, number, _ = (cursor or "0|0|?").split("|")
    return float(second), int(number)


def _second(issue: Issue) -> float:
    return issue.updated_at.timestamp() - START.timestamp() if issue.updated_at else 0.0


assert set(NAMES) == {"title", "status", "owners", "priority", "due"}
