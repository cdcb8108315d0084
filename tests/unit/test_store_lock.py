"""One sync at a time, held by the kernel: real processes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pmtrack.errors import Busy, StoreError
from pmtrack.store import lock
from pmtrack.store.lock import Lock
from support.stored import URL

HOLD = """
import sys
from pathlib import Path
from pmtrack.store.lock import Lock
with Lock("sqlite:///pmtrack.db", Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""

COUNT = """
import sys, time
from pathlib import Path
from pmtrack.errors import Busy
from pmtrack.store.lock import Lock
counter, left, end = Path(sys.argv[1], "count"), 150, time.monotonic() + 20
while left and time.monotonic() < end:
    try:
        with Lock("sqlite:///pmtrack.db", Path(sys.argv[1])):
            counter.write_text(str(int(counter.read_text()) + 1))
            left -= 1
    except Busy:
        pass
"""


def start(program: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_process_is_told_and_does_nothing(tmp_path: Path) -> None:
    with start(HOLD, tmp_path) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match="wait for it to end, then try again") as caught, Lock(URL, tmp_path):
            pytest.fail("both hold it")
        assert "\n" not in str(caught.value)
        holder.communicate("")
    with Lock(URL, tmp_path):
        pass


def test_a_killed_process_leaves_no_lock_behind(tmp_path: Path) -> None:
    with start(HOLD, tmp_path) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with Lock(URL, tmp_path):
        pass


def test_two_processes_never_hold_it_together(tmp_path: Path) -> None:
    """Each adds one by reading and writing, so what both did at once would be lost."""
    (tmp_path / "count").write_text("0")
    for process in [start(COUNT, tmp_path) for _ in range(2)]:
        process.communicate()
        assert process.returncode == 0
    assert (tmp_path / "count").read_text() == "300"


def test_it_is_free_after_the_block_however_it_ends(tmp_path: Path) -> None:
    held = Lock(URL, tmp_path)
    with pytest.raises(KeyboardInterrupt), held:
        raise KeyboardInterrupt
    with held, pytest.raises(Busy), Lock(URL, tmp_path):
        pass
    with Lock(URL, tmp_path):
        pass


def test_a_refused_lock_leaves_no_file_open(tmp_path: Path) -> None:
    with Lock(URL, tmp_path):
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            with pytest.raises(Busy), Lock(URL, tmp_path):
                pass
        assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_two_stores_have_two_locks(tmp_path: Path) -> None:
    with Lock(URL, tmp_path), Lock("sqlite:///other.db", tmp_path):
        pass


def test_a_store_in_memory_has_none(tmp_path: Path) -> None:
    with Lock("sqlite://", tmp_path), Lock("sqlite://", tmp_path):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(path: Path, *_: int) -> int:
        raise OSError(code, os.strerror(code), str(path))

    monkeypatch.setattr(lock.os, "open", refuse)
    with pytest.raises(StoreError, match="make it writable") as caught, Lock(URL, tmp_path):
        pass
    assert os.strerror(code) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="make its folder"), Lock(URL, tmp_path / "none"):
        pass
