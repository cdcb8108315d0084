"""How large a soak is, and how pmtrack is configured for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CONFIG = """\
timezone = "UTC"
store = "sqlite:///pmtrack.db"

[service]
sync_every = "{every}"
listen = ""

[digest]
day = "monday"
at = "12:00"
to = ["file:digest.md"]

[policy]
due = {{ P0 = "1d", P1 = "14d", P2 = "30d", P3 = "90d" }}

[policy.reminders]
overdue_every = 1
unowned_to = ["file:reminders.md"]
at = "13:00"

[trackers.board]
kind = "github"
repository = "acme/shop"
"""

SOURCE = """
[[sources]]
name = "{name}"
kind = "folder"
path = "{name}"
tracker = "board"
"""


@dataclass(frozen=True, slots=True)
class Scale:
    """How large it is.

    Attributes:
        begins: the hour of the first day. hours: simulated, after everything is filed. every: how often each source is
            synced. tick: seconds between two looks of the daemon. authors, team: what they do in an hour.
        warm: hours of warm-up.
    """

    documents: int = 10_000
    sources: int = 10
    begins: float = 8.0
    hours: int = 24
    every: str = "1h"
    tick: float = 600.0
    authors: int = 60
    team: int = 40
    warm: int = 2
    seed: int = 1


def configuration(scale: Scale, sources: Iterable[str]) -> str:
    """The text of `pmtrack.toml`."""
    return CONFIG.format(every=scale.every) + "".join(SOURCE.format(name=name) for name in sources)
