"""Looks for the canary after each test that had one (a plugin of pytest; see `support.canary`)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pmtrack import errors, secrets
from support import canary


def pytest_configure() -> None:
    """Hear what errors say, how processes are started and which files are named, for as long as this process lives."""
    _hear_errors()
    _hear_processes()
    _hear_files()


def _hear_errors() -> None:
    def told(self: Exception, *words: Any) -> None:
        Exception.__init__(self, *words)
        canary.heard(f"the words of a {type(self).__name__}", " ".join(map(str, words)))

    errors.PmtrackError.__init__ = told  # type: ignore[method-assign]


def _hear_processes() -> None:
    start = subprocess.Popen.__init__

    def started(self: Any, args: Any, *more: Any, **options: Any) -> None:
        canary.heard("the arguments of a process", command(args))
        start(self, args, *more, **options)

    subprocess.Popen.__init__ = started  # type: ignore[method-assign]


def command(args: Any) -> str:
    """What `subprocess` is told to run, as one text."""
    several = isinstance(args, Sequence) and not isinstance(args, str | bytes)
    return " ".join(os.fsdecode(word) for word in (args if several else [args]))


def _hear_files() -> None:
    read = secrets._read

    def named(name: str, path: Path, fails: secrets.Fails) -> str:
        canary.allow(path)
        found = read(name, path, fails)
        canary.given({name: found})
        return found

    secrets._read = named


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    canary.begin(item.nodeid.partition("::")[0])
    names = vars(getattr(item, "module", None) or object).values()
    if any(isinstance(value, str) and canary.WORD in value for value in names):
        canary.fly()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Everything of the test has ended; its folder is still there."""
    result = yield
    if canary.is_out():
        for _, where, text in item._report_sections:
            canary.heard(f"what the test printed or logged ({where})", text)
        if folder := getattr(item, "funcargs", {}).get("tmp_path"):
            canary.look(folder)
    if leaks := canary.leaks():
        pytest.fail("a secret was found where none may be:\n" + "\n".join(leaks), pytrace=False)
    return result
