"""Due dates by the team's rules, and what overdue means (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from pmtrack.model import Status

LATE = timedelta(days=30)
"""An item that is first seen this long after its postmortem was imported, not late: its time starts when it is seen."""

_LENGTH = re.compile(r"(\d{1,4})\s*(d|days?|w|weeks?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days an item without a date of its own has.

    Attributes:
        due: by priority, "P0" to "P4". severity: by the postmortem's severity, as `normal_severity` writes it.
        sources: what holds instead in the sources of these names.
    """

    due: Mapping[str, int] = field(default_factory=dict)
    severity: Mapping[str, int] = field(default_factory=dict)
    sources: Mapping[str, Policy] = field(default_factory=dict)

    def of(self, source: str) -> Policy:
        """The policy that holds in a source."""
        return self.sources.get(source, self)


PRESETS: Mapping[str, Policy] = {
    "default": Policy(due={"P0": 7, "P1": 14, "P2": 30, "P3": 90}),
    # Atlassian's handbook: priority actions have four or eight weeks, depending on the service.
    "atlassian-4-8-weeks": Policy(due={"P0": 28, "P1": 28, "P2": 56, "P3": 56}),
}


def parse_days(text: str) -> int:
    """`7d`, `2w` or `8 weeks` as a number of days.

    Raises:
        ValueError: a sentence for people.
    """
    found = _LENGTH.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no length of time: write 7d, 2w or 8 weeks")
    return int(found[1]) * (7 if found[2][0] in "wW" else 1)


def normal_severity(words: str) -> str:
    """`SEV-1` and `Sev 1` as "sev1"."""
    return "".join(words.lower().split()).replace("-", "")


def base_day(written: date | None, incident: date | None, first_seen: date) -> date:
    """The day from which relative dates count: the postmortem's, else the incident's, else first seen."""
    day = written or incident or first_seen
    return first_seen if first_seen - day > LATE else day


def due_by_policy(policy: Policy, priority: str | None, severity: str | None, base: date) -> date | None:
    """The date that the team's rules give, by priority before severity, or None where no rule fits."""
    days = policy.due.get(priority or "")
    if days is None:
        days = policy.severity.get(normal_severity(severity or ""))
    return None if days is None else base + min(timedelta(days=days), date.max - base)


def overdue_days(due: date | None, status: Status | None, today: date) -> int:
    """How many days late, 0 where it is not: open or in progress, and due before today. Due today is not late."""
    if due is None or (status and status.closed):
        return 0
    return max(0, (today - due).days)
