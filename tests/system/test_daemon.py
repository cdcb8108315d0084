"""`pmtrack serve` as a process: it syncs, sends the digest once, logs JSON, and stops when it is told to."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from support.scratch import Answer, Scratch, assert_quiet, finish

PATIENCE = 30
"""Seconds for a start on a busy machine."""


def due_now() -> str:
    """A digest that was due at midnight, or just before it where the test runs over midnight."""
    today = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%A").lower()
    return f'[digest]\nday = "{today}"\nat = "00:00"\nto = ["file:digest.md"]\n'


def until(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@contextmanager
def serving(scratch: Scratch) -> Iterator[subprocess.Popen[str]]:
    process = scratch.start("serve")
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> tuple[Answer, float]:
    """Tell it to stop; its answer, and how many seconds that took."""
    began = time.monotonic()
    process.send_signal(number)
    return finish(process), time.monotonic() - began


def last_sync(scratch: Scratch) -> list[tuple[str]]:
    with closing(sqlite3.connect(scratch.database)) as connection:
        return list(connection.execute("SELECT last_success FROM cursors ORDER BY name"))


def log(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.err.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_syncs_and_stops_when_it_is_told_to(scratch: Scratch, number: signal.Signals) -> None:
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        answer, seconds = stop(process, number)
    assert (answer.code, answer.out) == (0, "")
    assert seconds < 10
    assert len(scratch.issues) == 3
    events = [line["event"] for line in log(answer)]
    assert events[0] == "serving"
    assert "synced" in events
    assert events[-1] == "stopped"
    assert all({"level", "timestamp"} <= line.keys() for line in log(answer))
    assert_quiet(scratch)


def test_it_syncs_again_and_again_and_hears_an_edit(scratch: Scratch) -> None:
    scratch.config.write_text(scratch.config.read_text() + '[service]\nsync_every = "1s"\n', encoding="utf-8")
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        scratch.edit("- [ ] Write", "- [x] Write")
        until(lambda: "1 of 3 done" in scratch.block(), process)
        answer, _ = stop(process)
    assert answer.code == 0
    assert "status: done" in scratch.issue("Write the runbook").read_text(encoding="utf-8")
    assert_quiet(scratch)


def test_a_digest_that_is_due_is_written_once_over_two_starts(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, extra=due_now())
    digest = tmp_path / "digest.md"
    with serving(scratch) as process:
        until(digest.exists, process)
        until(lambda: bool(scratch.rows()["digests"]), process)
        until(lambda: bool(scratch.block()), process)
        first, _ = stop(process)
    assert [line["to"] for line in log(first) if line["event"] == "digest sent"] == ["file:digest.md"]
    assert "3 items" in digest.read_text(encoding="utf-8")
    before, rows = (digest.read_bytes(), digest.stat().st_mtime_ns), scratch.rows()["digests"]

    beat = last_sync(scratch)
    with serving(scratch) as process:
        until(lambda: last_sync(scratch) != beat, process)
        second, _ = stop(process)  # which waits for the first sync, and that for the digest

    assert (first.code, second.code) == (0, 0)
    assert "synced" in [line["event"] for line in log(second)]
    assert "digest sent" not in [line["event"] for line in log(second)]
    assert (digest.read_bytes(), digest.stat().st_mtime_ns) == before
    assert scratch.rows()["digests"] == rows
    assert_quiet(scratch)


def test_a_broken_document_does_not_end_the_daemon(scratch: Scratch) -> None:
    (scratch.postmortems / "broken.md").symlink_to("nowhere.md")
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        answer, _ = stop(process)
    assert answer.code == 0
    assert ["broken.md" in line["problem"] for line in log(answer) if line["event"] == "problem"] == [True]


def test_a_sync_by_hand_beside_the_daemon_does_no_harm(scratch: Scratch) -> None:
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        scratch.edit("- [ ] Write", "- [x] Write")
        scratch.run("sync")
        answer, _ = stop(process)
    assert answer.code == 0
    scratch.sync()
    assert len(scratch.issues) == 3
    assert_quiet(scratch)


def test_it_refuses_a_broken_configuration_before_it_starts(scratch: Scratch) -> None:
    scratch.config.write_text("nosuch = 1\n", encoding="utf-8")
    answer = scratch.run("serve")
    assert answer.code == 1
    assert answer.complaints == answer.err.splitlines()
