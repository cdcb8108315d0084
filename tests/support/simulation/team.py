"""The people who work in the tracker's own pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pmtrack.model import Issue, Status
from support.simulation.authors import DUES, OWNERS, PRIORITIES
from support.simulation.board import Board

VALUES: dict[str, tuple[Any, ...]] = {
    "title": ("Renamed in the tracker", "Named otherwise", "A better title"),
    "owners": (*((owner,) for owner in OWNERS), ()),
    "priority": (*PRIORITIES, None),
    "due": (*DUES, None),
}

ACTS = {
    "edit": 5,
    "close": 3,
    "cancel": 1,
    "reopen": 2,
    "start": 1,
    "transfer": 1,
    "delete": 0.5,
    "copy": 0.7,
    "open": 0.5,
}
"""What people do, and how often."""


@dataclass(slots=True)
class Team:
    """Everybody with access to the tracker."""

    board: Board

    def act(self) -> None:
        """One person does one thing with one issue."""
        issues = list(self.board.issues().values())
        if issues:
            name = self.board.terrain.chance.choices(list(ACTS), list(ACTS.values()))[0]
            before = self.board.revisions
            getattr(self, f"_{name}")(self.board.terrain.chance.choice(issues))
            self.board.terrain.reached[f"person: {name}"] += self.board.revisions > before

    def _edit(self, issue: Issue) -> None:
        chance = self.board.terrain.chance
        name = chance.choice(list(VALUES))
        self._type(issue, name, chance.choice(VALUES[name]))

    def _open(self, _issue: Issue) -> None:
        self.board.open(f"Somebody's own work {self.board.made}")

    def _close(self, issue: Issue) -> None:
        self._type(issue, "status", Status.DONE)

    def _cancel(self, issue: Issue) -> None:
        self._type(issue, "status", Status.CANCELLED)

    def _reopen(self, issue: Issue) -> None:
        self._type(issue, "status", Status.OPEN)

    def _start(self, issue: Issue) -> None:
        self._type(issue, "status", Status.IN_PROGRESS)

    def _transfer(self, issue: Issue) -> None:
        self.board.transfer(issue.ref.id)

    def _delete(self, issue: Issue) -> None:
        self.board.delete(issue.ref.id)

    def _copy(self, issue: Issue) -> None:
        self.board.copy(issue.ref.id)

    def _type(self, issue: Issue, name: str, value: Any) -> None:
        if getattr(issue.fields, name) != value:
            self.board.edit(issue.ref.id, name, value)
