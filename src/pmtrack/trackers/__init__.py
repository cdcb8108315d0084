"""Where issues live: one module for each kind of tracker, all behind `base.Tracker`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pmtrack.trackers.base import Tracker
    from pmtrack.trackers.limits import Ledger
    from pmtrack.trackers.settings import Credential, TrackerSettings

TRACKERS = {
    "files": "pmtrack.trackers.files",
    "github": "pmtrack.trackers.github",
    "jira": "pmtrack.trackers.jira",
}
"""The kinds of tracker -> the module whose `connect` makes one, loaded when it is needed."""


def connect(
    name: str,
    settings: TrackerSettings,
    base: Path,
    credentials: Mapping[str, Credential] | None = None,
    *,
    ledger: Ledger | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Tracker:
    """The tracker that a configuration names.

    Args:
        base: the configuration's folder. credentials: its accounts, for trackers that have one; ledger: what each did
            lately, shared by all that use it. sleep: how a wait for a limit is done.

    Raises:
        TrackerError: a secret is missing, or what else one of its kind needs.
    """
    account = {"credentials": credentials or {}, "ledger": ledger, "sleep": sleep}
    tracker: Tracker = import_module(TRACKERS[settings.kind]).connect(
        name, settings, base, **(account if hasattr(settings, "credential") else {})
    )
    return tracker
