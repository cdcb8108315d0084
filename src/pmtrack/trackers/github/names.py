"""What a team calls things on GitHub: its labels and its organisation's fields, and what they mean (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pmtrack.model import Status
from pmtrack.text import one_line
from pmtrack.trackers.settings import LABEL_LIMIT, GitHubSettings

COLOURS: Mapping[str, str] = {
    "label": "5319e7",
    "in_progress": "fbca04",
    "P0": "b60205",
    "P1": "d93f0b",
    "P2": "e99695",
    "P3": "fef2c0",
    "P4": "ededed",
    "further": "c5def5",
}
"""What a label stands for -> its colour when we make it; a team may change it afterwards."""

INVISIBLE = "\u200b\u200c\u200d "
"""What no label consists of."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "P0": ("p0", "urgent", "critical", "blocker", "highest"),
    "P1": ("p1", "high"),
    "P2": ("p2", "medium", "normal"),
    "P3": ("p3", "low"),
    "P4": ("p4", "lowest", "trivial"),
}
"""Priority -> what an option of the organisation's field may be called; GitHub's own are Urgent, High, Medium, Low."""

STATES: Mapping[Status, tuple[str, str | None]] = {
    Status.OPEN: ("open", None),
    Status.IN_PROGRESS: ("open", None),
    Status.DONE: ("closed", "completed"),
    Status.CANCELLED: ("closed", "not_planned"),
}
"""Status -> state and state_reason; a duplicate is read as cancelled, and nothing is closed as one."""


@dataclass(frozen=True, slots=True)
class Native:
    """Fields of the organisation that hold what would otherwise stand in the body and in labels.

    Attributes:
        due, priority: ids of the fields, None where there is none. options: names of the priority's options.
    """

    due: int | None = None
    priority: int | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Names:
    """The words of one configuration. Names are compared without regard to case, as GitHub does."""

    label: str
    in_progress: str
    priorities: Mapping[str, str]
    due_fields: tuple[str, ...]
    priority_fields: tuple[str, ...]

    @staticmethod
    def of(settings: GitHubSettings) -> Names:
        return Names(
            settings.label,
            settings.in_progress,
            {str(priority): label for priority, label in settings.priorities.items()},
            settings.due_fields,
            settings.priority_fields,
        )

    def option(self, priority: str, options: Sequence[str]) -> str | None:
        """The option that means this priority."""
        known = {option.casefold(): option for option in options}
        wanted = (self.priorities.get(priority, ""), *OPTIONS.get(priority, ()))
        return next((known[word.casefold()] for word in wanted if word.casefold() in known), None)

    def meant(self, option: str) -> str:
        """The priority that an option means; the option itself where it is none of ours."""
        word = option.casefold()
        own = {label.casefold(): priority for priority, label in self.priorities.items()}
        return own.get(word) or next((priority for priority, words in OPTIONS.items() if word in words), option)

    def labelled(self, labels: Iterable[str]) -> str | None:
        """The priority that an issue's labels say, the highest of several."""
        there = {label.casefold() for label in labels}
        return next(
            (priority for priority, label in sorted(self.priorities.items()) if label.casefold() in there), None
        )

    def colour(self, label: str) -> str:
        """Of a label that is to be made."""
        meanings = {self.label: "label", self.in_progress: "in_progress"}
        meanings |= {name: priority for priority, name in self.priorities.items()}
        return COLOURS[meanings.get(label, "further")]

    def further(self, words: Iterable[str]) -> tuple[str, ...]:
        """Labels of a team or a kind as GitHub takes them, without those that mean something else to us."""
        taken = {name.casefold() for name in (self.label, self.in_progress, *self.priorities.values())}
        cleaned = (one_line(word.replace(",", " "), LABEL_LIMIT).strip(INVISIBLE) for word in words)
        return tuple({name.casefold(): name for name in cleaned if name and name.casefold() not in taken}.values())

    def native(self, fields: Iterable[Mapping[str, Any]]) -> Native:
        """Which of an organisation's fields (`GET /orgs/{org}/issue-fields`) are ours to use."""
        known = {(str(field["name"]).casefold(), field["data_type"]): field for field in fields}
        due = _first(known, self.due_fields, "date")
        priority = _first(known, self.priority_fields, "single_select")
        return Native(
            due["id"] if due else None,
            priority["id"] if priority else None,
            tuple(option["name"] for option in priority.get("options") or ()) if priority else (),
        )


def _first(known: Mapping[tuple[str, Any], Mapping[str, Any]], names: Iterable[str], kind: str) -> Any:
    return next((known[name.casefold(), kind] for name in names if (name.casefold(), kind) in known), None)
