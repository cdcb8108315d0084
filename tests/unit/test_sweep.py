"""`atomic.sweep` removes what a killed process left, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pmtrack import atomic


@pytest.fixture(scope="module")
def ended() -> int:
    """The number of a process that is no more."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        return process.pid


def made(folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_text("half", encoding="utf-8")
    return file


def test_what_a_killed_process_left_is_removed_wherever_it_lies(tmp_path: Path, ended: int) -> None:
    left = [made(tmp_path / below, f".pmtrack-{ended}-0123abcd") for below in ("", "2026/november")]
    atomic.sweep(tmp_path)
    assert not any(file.exists() for file in left)


def test_in_a_container_every_run_may_have_the_number_of_the_one_before(tmp_path: Path) -> None:
    left = made(tmp_path, f".pmtrack-{os.getpid()}-0123abcd")
    atomic.sweep(tmp_path)
    assert not left.exists()


def test_what_another_process_writes_at_this_moment_stays(tmp_path: Path) -> None:
    at_work = made(tmp_path, f".pmtrack-{os.getppid()}-0123abcd")
    atomic.sweep(tmp_path)
    assert at_work.exists()


@pytest.mark.parametrize("name", ["{}", ".pmtrack-{}", ".pmtrack-{}-notes.md", ".pmtrack-{}-0123abcd.bak", ".pmtrack-"])
def test_files_of_other_names_stay(tmp_path: Path, ended: int, name: str) -> None:
    file = made(tmp_path, name.format(ended))
    atomic.sweep(tmp_path)
    assert file.exists()


def test_hidden_folders_are_not_looked_at(tmp_path: Path, ended: int) -> None:
    file = made(tmp_path / ".git", f".pmtrack-{ended}-0123abcd")
    atomic.sweep(tmp_path)
    assert file.exists()


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    atomic.sweep(tmp_path / "issues")
