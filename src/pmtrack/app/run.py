"""What a command did, in the numbers and sentences that are told of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pmtrack.publish.reports import Published
    from pmtrack.sync import Sync

COUNTED: Mapping[str, Sequence[str]] = {
    "created": ["create"],
    "updated": ["update"],
    "closed": ["close"],
    "reopened": ["reopen"],
    "adopted": ["adopt", "relink"],
}
"""What a summary counts -> the verbs of the steps."""


@dataclass(slots=True)
class Run:
    """What `pmtrack sync` did.

    Attributes:
        ident: its id, as the history names it. published: by source. unknown: what was named as a hold and is none.
        busy: sources that another worker is at.
        outdated: how many documents keep the meaning that an earlier version read in them.
        remarks: what people should know, and that keeps nothing from being done: one sentence each.
    """

    sync: Sync
    unknown: Sequence[str] = ()
    ident: str = ""
    busy: Sequence[str] = ()
    published: dict[str, Published] = field(default_factory=dict)
    outdated: int = 0
    remarks: Sequence[str] = ()

    @property
    def summary(self) -> dict[str, int]:
        """The counts, in the order in which they are printed."""
        counts = self.sync.outcome.counts if self.sync.outcome else {}
        return {
            **{word: sum(counts.get(verb, 0) for verb in verbs) for word, verbs in COUNTED.items()},
            "held": sum(len(steps) for _, steps in self.sync.plan.held),
            "failed": counts.get("failed", 0),
            "documents written": sum(len(published.written) for published in self.published.values()),
        }

    @property
    def problems(self) -> list[str]:
        """One sentence each, for people: what was left out and what failed."""
        failures = self.sync.outcome.failures if self.sync.outcome else []
        left = [line for published in self.published.values() for line in published.left]
        unknown = [f"there is no hold {name!r}: `pmtrack plan` shows those there are" for name in self.unknown]
        return [*self.sync.observation.problems, *failures, *left, *unknown]

    @property
    def failed(self) -> bool:
        """Whether a person has to look: something could not be read, or could not be done."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class Undone:
    """A run taken back, or what that would be: the steps, and the documents without their blocks."""

    sync: Sync
    documents: list[str]
