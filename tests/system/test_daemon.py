"""`pmtrack serve` as a process: it syncs, sends the digest once, logs JSON, and stops when it is told to."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    return scratch.store.ask("SELECT last_success FROM cursors ORDER BY name")


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

    scratch.config.write_text(scratch.config.read_text() + '[service]\nsync_every = "1s"\n', encoding="utf-8")
    beat = last_sync(scratch)
    with serving(scratch) as process:
        until(lambda: last_sync(scratch) != beat, process)
        second, _ = stop(process)  # which waits for the first round, and that for the digest

    assert (first.code, second.code) == (0, 0)
    assert "synced" in [line["event"] for line in log(second)]
    assert "digest sent" not in [line["event"] for line in log(second)]
    assert (digest.read_bytes(), digest.stat().st_mtime_ns) == before
    assert scratch.rows()["digests"] == rows
    assert_quiet(scratch)


def test_a_restart_neither_skips_nor_doubles_a_run(scratch: Scratch) -> None:
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        until(lambda: all(at for (at,) in last_sync(scratch)), process)
        stop(process)
    before = last_sync(scratch)
    with serving(scratch) as process:
        until(lambda: hears_sigterm(process), process)
        time.sleep(4)  # several rings of the timer: it is not due before five minutes are over
        answer, _ = stop(process)
    assert (answer.code, last_sync(scratch)) == (0, before)
    assert "synced" not in [line["event"] for line in log(answer)]
    set_back(scratch, 600)
    with serving(scratch) as process:
        until(lambda: last_sync(scratch) != before, process)
        stop(process)


def hears_sigterm(process: subprocess.Popen[str]) -> bool:
    """Whether it has come so far that it would end by itself."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) & 1 << (signal.SIGTERM - 1))


def set_back(scratch: Scratch, seconds: float) -> None:
    """So long the machine slept."""
    scratch.store.change(f"UPDATE leases SET began = began - {seconds}")


def test_each_source_has_its_own_interval(tmp_path: Path) -> None:
    more = '[[sources]]\nname = "slow"\npath = "slow"\ntracker = "board"\nsync_every = "1h"\n'
    scratch = Scratch.make(tmp_path, extra=more + '[service]\nsync_every = "1s"\n')
    (tmp_path / "slow").mkdir()
    (tmp_path / "slow" / "b.md").write_text(scratch.read(), encoding="utf-8")
    with serving(scratch) as process:
        until(lambda: len(scratch.issues) == 6, process)
        time.sleep(4)
        answer, _ = stop(process)
    synced = [line["source"] for line in log(answer) if line["event"] == "synced"]
    assert synced.count("slow") == 1
    assert synced.count("postmortems") >= 2
    assert_quiet(scratch)


def test_a_changed_configuration_is_taken_where_it_is_right(scratch: Scratch) -> None:
    good = scratch.config.read_text(encoding="utf-8")
    other = '\n[[sources]]\nname = "more"\npath = "more"\ntracker = "board"\n'
    (scratch.folder / "more").mkdir()
    (scratch.folder / "more" / "b.md").write_text(scratch.read(), encoding="utf-8")
    with serving(scratch) as process:
        until(lambda: bool(scratch.block()), process)
        scratch.config.write_text(good + "nosuch = 1\n", encoding="utf-8")
        time.sleep(2.5)
        assert process.poll() is None
        scratch.config.write_text(good + other, encoding="utf-8")
        until(lambda: len(scratch.issues) == 6, process)
        process.send_signal(signal.SIGHUP)
        time.sleep(2.5)
        answer, _ = stop(process)
    assert answer.code == 0
    events = [line["event"] for line in log(answer)]
    assert events.count("configuration not taken: the earlier one holds") == 1
    assert events.count("configuration taken") == 2  # by the change of the file, and by the signal
    assert_quiet(scratch)


def test_once_does_everything_once_and_ends(tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, extra=due_now())
    for _ in range(2):
        answer = scratch.run_cold("serve", "--once")
        assert answer.code == 0, answer
        assert [line["event"] for line in log(answer)].count("synced") == 1
    assert (tmp_path / "digest.md").exists()
    assert len(scratch.issues) == 3
    assert_quiet(scratch)


def test_once_says_by_its_exit_code_that_something_failed(scratch: Scratch) -> None:
    (scratch.postmortems / "broken.md").symlink_to("nowhere.md")
    assert scratch.run_cold("serve", "--once").code == 1


def test_the_log_follows_one_item_through(scratch: Scratch) -> None:
    answer = scratch.run_cold("serve", "--once")
    changes = [line for line in log(answer) if line["event"] == "change"]
    items = {row["id"] for row in scratch.status()["items"]}
    assert {line["item"] for line in changes} == items
    assert {line["verb"] for line in changes} == {"create"}
    (done,) = [line for line in log(answer) if line["event"] == "synced"]
    assert done["created"] == 3
    assert {line["run"] for line in changes} == {done["run"]}
    assert "Add an alert" not in answer.err
    assert all(done["run"] in row for row in scratch.rows()["history"])


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
