"""What a team calls things in Jira: priorities, resolutions and statuses, and what they mean (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pmtrack.model import Status
from pmtrack.trackers.settings import JiraSettings

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "P0": ("p0", "highest", "blocker", "critical", "urgent"),
    "P1": ("p1", "high", "major"),
    "P2": ("p2", "medium", "normal"),
    "P3": ("p3", "low", "minor"),
    "P4": ("p4", "lowest", "trivial"),
}
"""Priority -> what it may be called in a scheme; Jira's own two are Highest to Lowest, and Blocker to Trivial."""

CLOSED = "done"
CATEGORIES: Mapping[Status, str] = {
    Status.OPEN: "new",
    Status.IN_PROGRESS: "indeterminate",
    Status.DONE: CLOSED,
    Status.CANCELLED: CLOSED,
}
"""Status -> the category of Jira's statuses; of the done ones, the resolution tells the two apart."""

MEANT: Mapping[str, Status] = {"indeterminate": Status.IN_PROGRESS, "done": Status.DONE}
"""Category -> status; whatever else there is (new, undefined) is open."""

LABEL_LIMIT = 255


@dataclass(frozen=True, slots=True)
class Names:
    """The words of one configuration. Names are compared without regard to case, as Jira does."""

    label: str
    priorities: Mapping[str, str]
    done: tuple[str, ...]
    cancelled: tuple[str, ...]

    @staticmethod
    def of(settings: JiraSettings) -> Names:
        priorities = {str(priority): name for priority, name in settings.priorities.items()}
        return Names(settings.label, priorities, settings.done, settings.cancelled)

    # ------------------------------------------------------------ priorities

    def option(self, priority: str | None, options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The entry of the project's scheme that means this priority, None where there is none."""
        known = {str(option.get("name")).casefold(): option for option in options}
        wanted = (self.priorities.get(priority or "", ""), *OPTIONS.get(priority or "", ()))
        return next((known[word.casefold()] for word in wanted if word and word.casefold() in known), None)

    def meant(self, option: str) -> str:
        """The priority that a name in a scheme means; the name itself where it is none of ours."""
        word = option.casefold()
        own = {name.casefold(): priority for priority, name in self.priorities.items()}
        return own.get(word) or next((priority for priority, words in OPTIONS.items() if word in words), option)

    def labelled(self, labels: Iterable[str]) -> str | None:
        """The priority that an issue's labels say, the highest of several."""
        there = {label.casefold() for label in labels}
        return next((priority for priority in sorted(self.priorities) if priority.casefold() in there), None)

    # ------------------------------------------------------------ status

    def status(self, status: Mapping[str, Any], resolution: Mapping[str, Any] | None) -> Status:
        """What a status of Jira means, with the resolution beside it."""
        meant = MEANT.get(str((status.get("statusCategory") or {}).get("key")), Status.OPEN)
        said = (str(status.get("name")), str((resolution or {}).get("name")))
        return Status.CANCELLED if meant is Status.DONE and any(map(self.calls_off, said)) else meant

    def calls_off(self, name: str) -> bool:
        """Whether a resolution (or a status) of this name says that the work was not done."""
        return name.casefold() in {word.casefold() for word in self.cancelled}

    def resolution(self, wanted: Status, options: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """The resolution, of those that a transition offers, with which an issue is closed as wanted."""
        known = {str(option.get("name")).casefold(): option for option in options}
        names = self.cancelled if wanted is Status.CANCELLED else self.done
        found = next((known[name.casefold()] for name in names if name.casefold() in known), None)
        if found is None and wanted is Status.DONE:
            return next((option for option in options if not self.calls_off(str(option.get("name")))), None)
        return found


def tag(words: str) -> str:
    """Words as a label: Jira takes no spaces in one."""
    return "-".join(words.split())[:LABEL_LIMIT]
