"""Statuses, and the ways between them that a project allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

CATEGORIES = {
    "new": (2, "To Do", "blue-gray"),
    "indeterminate": (4, "In Progress", "yellow"),
    "done": (3, "Done", "green"),
}
"""Key -> number, name and colour: these three are the same in every Jira."""


@dataclass(frozen=True, slots=True)
class Transition:
    """A way to a status.

    Attributes:
        sources: the statuses that it starts from; none for all (a global transition).
        screen: fields that may be given on the way; others are refused. required: those that must be.
        resolution: what a function behind the transition sets; "" clears it, None leaves it alone.
    """

    id: int
    name: str
    to: str
    sources: tuple[str, ...] = ()
    screen: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    resolution: str | None = None


SIMPLE = (
    Transition(11, "To Do", "To Do", resolution=""),
    Transition(21, "In Progress", "In Progress", resolution=""),
    Transition(31, "Done", "Done", resolution="Done"),
)
"""What a new project has: every status from every status."""

STRICT = (
    Transition(11, "Start work", "In Progress", ("To Do",)),
    Transition(21, "Ask for review", "In Review", ("In Progress",)),
    Transition(31, "Close", "Done", ("In Review",), ("resolution", "assignee"), ("resolution",)),
    Transition(41, "Reopen", "To Do", ("Done",), resolution=""),
)
"""Three steps to the end, the last one with a screen that wants a resolution."""


@dataclass(slots=True)
class Workflow:
    """Attributes:
    statuses: name -> key of its category. locked: those in which nobody edits an issue, though it can leave them.
    """

    statuses: dict[str, str] = field(
        default_factory=lambda: {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
    )
    transitions: tuple[Transition, ...] = SIMPLE
    initial: str = "To Do"
    locked: frozenset[str] = frozenset()

    @classmethod
    def strict(cls) -> Workflow:
        middle = {"In Progress": "indeterminate", "In Review": "indeterminate"}
        return cls({"To Do": "new", **middle, "Done": "done"}, STRICT)

    def out_of(self, status: str) -> Iterator[Transition]:
        for one in self.transitions:
            if one.to != status if not one.sources else status in one.sources:
                yield one
