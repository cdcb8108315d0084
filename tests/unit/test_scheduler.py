"""A ring that is on its way when the daemon ends neither works nor keeps the process alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler

from pmtrack.service.scheduler import running


def test_a_ring_that_comes_late_ends_at_once_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rings: list[Callable[[], None]] = []
    monkeypatch.setattr(BackgroundScheduler, "add_job", lambda _self, ring, *_, **__: rings.append(ring))
    worked: list[str] = []
    with running(lambda: worked.append("work"), every=timedelta(hours=1)):
        rings[0]()
    late = threading.Thread(target=rings[0], daemon=True)
    late.start()
    late.join(timeout=5)
    assert not late.is_alive()
    assert worked == ["work"]
