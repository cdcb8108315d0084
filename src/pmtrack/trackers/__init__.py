"""Where issues live: one module for each kind of tracker, all behind `base.Tracker`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pmtrack.errors import TrackerError

if TYPE_CHECKING:
    from pmtrack.trackers.base import Tracker
    from pmtrack.trackers.settings import TrackerSettings

TRACKERS = {"files": "pmtrack.trackers.files"}
"""The kinds of tracker -> the module whose `connect` makes one, loaded when it is needed."""


def connect(name: str, settings: TrackerSettings, base: Path) -> Tracker:
    """The tracker that a configuration names; `base` is the configuration's folder.

    Raises:
        TrackerError: this version has no tracker of that kind.
    """
    module = TRACKERS.get(settings.kind)
    if module is None:
        known = ", ".join(sorted(TRACKERS))
        raise TrackerError(f"this version cannot talk to {settings.kind} yet: use kind = {known!r}", permanent=True)
    tracker: Tracker = import_module(module).connect(name, settings, base)
    return tracker
