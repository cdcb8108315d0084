"""The tracker as the daemon's process has it: each verb is asked of the process that has the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef
from pmtrack.trackers.base import Listing, Missing, Sending, untold
from support.simulation.board import SETTLE, normalised

Ask = Callable[..., Any]
"""(verb, what it is given) -> the answer; or raises what the verb raised."""

BEGIN = "begin"
"""Not a verb: a run begins, with an adapter that remembers nothing."""


@dataclass(slots=True)
class Far:
    """A `Tracker`."""

    ask: Ask
    name: str = "board"
    kind: str = "board"
    settle: timedelta = SETTLE

    def whoami(self) -> str:
        return self.ask("whoami")  # type: ignore[no-any-return]

    def listing(self, cursor: str) -> Listing:
        return self.ask("listing", cursor)  # type: ignore[no-any-return]

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        return self.ask("fetch", list(refs))  # type: ignore[no-any-return]

    def since(self, mark: str) -> Sequence[Issue]:
        return self.ask("since", mark)  # type: ignore[no-any-return]

    def high_mark(self) -> str:
        return self.ask("high_mark")  # type: ignore[no-any-return]

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        sending()
        return self.ask("create", draft)  # type: ignore[no-any-return]

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        return self.ask("update", ref, list(changes), draft)  # type: ignore[no-any-return]

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self.ask("comment", ref, purpose, text)

    def normalise(self, fields: Fields) -> Fields:
        return normalised(fields)

    def understands(self, ticket: str) -> str | None:
        number = ticket.strip().removeprefix("#")
        return number if number.isascii() and number.isdigit() else None
