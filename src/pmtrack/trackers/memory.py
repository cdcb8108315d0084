"""A tracker in memory, with a cursor like the remote ones have: for tests, simulations and trying things out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Who
from pmtrack.trackers.base import Listing, Missing, Sending, tidy, untold
from pmtrack.trackers.links import differ

ACCOUNT = "memory"
"""Who we are there."""

Fault = Callable[[str, str], None]
"""(verb, "before" or "after") -> None, or raises: what goes wrong around a call."""


def _nothing(_verb: str, _when: str) -> None:
    """No fault."""


@dataclass(slots=True)
class MemoryTracker:
    """Attributes:
    calls: how often each verb was called; `writes` of them changed something. pages: where the links to postmortems
    lead, by issue.
    """

    name: str = "memory"
    kind: str = "memory"
    settle: timedelta = timedelta()
    fault: Fault = _nothing
    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    issues: dict[str, Issue] = field(default_factory=dict)
    comments: dict[tuple[str, str], str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    _clock: int = 0
    _changed: dict[str, int] = field(default_factory=dict)
    _made: int = 0
    _hands: dict[tuple[str, str], Who] = field(default_factory=dict)

    def edit(self, number: str, by: str = "somebody", **changes: Any) -> None:
        """What a person does in the tracker's own page."""
        issue = self.issues[number]
        self._keep(replace(issue, fields=replace(issue.fields, **changes)))
        self._sign(number, changes, by)

    def put(self, issue: Issue) -> None:
        """An issue that a person made, or made anew."""
        self._made = max(self._made, int(issue.ref.id))
        self._keep(issue)

    def delete(self, number: str) -> None:
        """What a person with the right to do so does."""
        del self.issues[number]
        self._clock += 1

    def whoami(self) -> str:
        self._call("whoami")
        return ACCOUNT

    def listing(self, cursor: str) -> Listing:
        self._call("listing")
        changed = () if cursor == str(self._clock) else self._since(int(cursor or 0))
        listing = Listing(tuple(changed), str(self._clock), self.issues.keys())
        self._called("listing")
        return listing

    def _since(self, moment: int) -> Iterator[Issue]:
        return (issue for number, issue in self.issues.items() if self._changed[number] > moment)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        self._call("fetch")
        return {ref: self.issues.get(self.understands(ref) or ref, Missing.GONE) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:
        self._call("since")
        return [issue for number, issue in self.issues.items() if int(number) > int(mark or 0)]

    def high_mark(self) -> str:
        return str(self._made or "")

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        sending()
        self._call("create")
        self._made += 1
        number = str(self._made)
        ref = IssueRef(self.name, number, f"#{number}", f"memory://{self.name}/{number}")
        issue = Issue(ref, self.normalise(draft.fields), draft.marker, ours=True)
        self._keep(issue)
        self.pages[number] = draft.link
        self.writes += 1
        self._called("create")
        return self.issues[number]

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        self._call("update")
        issue = self._existing(ref)
        for change in changes:
            if getattr(issue.fields, change.name) not in (change.before, change.after):
                raise TrackerError(f"{ref.key}: {change.name} was changed a moment ago: the next run takes it up")
        new: dict[str, Any] = {change.name: change.after for change in changes}
        marker = draft.marker if "title" in new else issue.marker
        updated = replace(issue, fields=self.normalise(replace(issue.fields, **new)), marker=marker)
        if updated != issue:
            self._keep(updated)
            self._sign(ref.id, new, ACCOUNT)
            if differ(self.pages.get(ref.id, ""), draft.link):
                self._lead(ref.id, draft)
            self.writes += 1
        self._called("update")
        return self.issues[ref.id]

    def leads(self, drafts: Mapping[str, Draft]) -> Mapping[str, str]:
        self._call("leads")
        return {number: page for number in drafts if (page := self.pages.get(number))}

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        self._call("lead")
        self._existing(ref)
        if self._lead(ref.id, draft):
            self.writes += 1
        self._called("lead")

    def _lead(self, number: str, draft: Draft) -> bool:
        """Whether the link in an issue of ours leads elsewhere by now."""
        was = self.pages.get(number, "")
        if not was or not draft.link or was == draft.link:
            return False
        self.pages[number] = draft.link
        return True

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._call("comment")
        self._existing(ref)
        if self.comments.get((ref.id, purpose)) != text:
            self.comments[ref.id, purpose] = text
            self.writes += 1
        self._called("comment")

    def normalise(self, fields: Fields) -> Fields:
        return tidy(fields)

    def understands(self, ticket: str) -> str | None:
        number = ticket.strip().removeprefix("#")
        return str(int(number)) if number.isascii() and number.isdigit() else None

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        self._call("who")
        return {name: self._hands[ref.id, name] for name in names if (ref.id, name) in self._hands}

    def _sign(self, number: str, names: Iterable[str], by: str) -> None:
        self._hands |= {(number, name): Who(by, f"event {self._clock}") for name in names}

    def _existing(self, ref: IssueRef) -> Issue:
        if ref.id not in self.issues:
            raise TrackerError(f"{ref.key} was deleted: remove the item, or let it have a new issue", permanent=True)
        return self.issues[ref.id]

    def _keep(self, issue: Issue) -> None:
        self._clock += 1
        moment = datetime.fromtimestamp(self._clock, UTC)
        self.issues[issue.ref.id] = replace(issue, updated_at=moment)
        self._changed[issue.ref.id] = self._clock

    def _call(self, verb: str) -> None:
        self.calls[verb] += 1
        self.fault(verb, "before")

    def _called(self, verb: str) -> None:
        self.fault(verb, "after")
