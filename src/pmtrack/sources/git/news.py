"""What is new about a remote since a person was told last: noted in the clone, so that it is told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pmtrack.sources.git.cache import Cache

BRANCH = (
    "the default branch of source {name} is now {now}, no longer {before}: it is read from now on; set "
    'branch = "{before}" to stay'
)
PAGES = "the pages of source {name} are at {now} now, no longer at {before}"
MOVED = "the repository of source {name} moved to {now}: set remote to the new address"
STAY = "; the links of {count} issues stay as they are until `pmtrack refresh-links` lets them follow"


@dataclass(slots=True)
class News:
    """Args:
    name: of the source, for sentences.
    """

    cache: Cache
    name: str
    _sentences: list[str] = field(default_factory=list)
    _notes: dict[str, str] = field(default_factory=dict)

    def clear(self) -> None:
        """Look anew."""
        self._sentences.clear()
        self._notes.clear()

    def compare(self, what: str, now: str, form: str) -> None:
        """What is so now, with what was noted the last time that somebody was told."""
        before = self.cache.noted(what)
        if not before:
            self.cache.note(what, now)
        elif before != now:
            self._notes[what] = now
            self._sentences.append(form.format(name=self.name, now=now, before=before))

    def moved(self, now: str) -> None:
        """The remote leads elsewhere; that is told until the configuration does."""
        self._sentences.append(MOVED.format(name=self.name, now=now))

    def told(self, issues: Callable[[], int]) -> list[str]:
        """What is to be told; it is not new any more.

        Args:
            issues: how many link to the documents, asked where there is something to be told.
        """
        if self.cache.is_whole():
            for what, now in self._notes.items():
                self.cache.note(what, now)
        count = issues() if self._sentences else 0
        found = [f"{one}{STAY.format(count=count)}" if count else one for one in self._sentences]
        self.clear()
        return found
