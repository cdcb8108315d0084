"""Runs syncs in processes of their own, each of which can be told to kill itself at a numbered place.

One process imports everything and forks for each request, a line of JSON on standard input:
`{"folder": "...", "at": 7}`. Its answer is a line as well: how the child ended, and where it came to.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TIMEOUT = 60
TESTS = str(Path(__file__).parent.parent)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its exit code or minus its signal, the places it came to, and what it complained of."""

    code: int
    points: list[str]
    problems: list[str]


class Runner:
    """The process that forks, as the tests see it."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def sync(self, folder: Path, at: int | None = None) -> Ended:
        """One sync there, that kills itself at place `at`; beyond the last it comes to its end."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(json.dumps({"folder": str(folder), "at": at}) + "\n")
        stdin.flush()
        return Ended(**json.loads(stdout.readline()))


def main() -> None:
    """Answer requests until there are no more."""
    _warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_forked(json.loads(line))) + "\n")
        sys.stdout.flush()


def _warm_up() -> None:
    """Import everything and sync once, so that a child does not pay for what every process does at first."""
    import pmtrack

    for module in pkgutil.walk_packages(pmtrack.__path__, "pmtrack."):
        if not module.name.endswith(("__main__", ".env")) and ".versions" not in module.name:
            importlib.import_module(module.name)
    sys.path.insert(0, TESTS)
    from support.crash_world import calm, edited

    with tempfile.TemporaryDirectory() as folder:
        edited(Path(folder))
        calm(Path(folder))
    gc.freeze()


def _forked(request: dict[str, Any]) -> dict[str, Any]:
    """What a child says before its end (nothing, if it was killed), and how it ended."""
    ours, its = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        _be_the_sync(Path(request["folder"]), request["at"], its)
    os.close(its)
    with os.fdopen(ours, "rb") as told:
        words = told.read()
    _, ending = os.waitpid(child, 0)
    said = json.loads(words) if words else {"points": [], "problems": []}
    return {"code": os.waitstatus_to_exitcode(ending), **said}


def _be_the_sync(folder: Path, at: int | None, tell: int) -> None:
    from support.crash_effects import WITHOUT_EFFECT, watched
    from support.crash_world import calm

    points: list[str] = []

    def visit(name: str) -> None:
        if name.startswith(WITHOUT_EFFECT):
            return
        points.append(name)
        if len(points) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        signal.alarm(TIMEOUT)
        os.chdir(folder)
        with watched(visit) if at is not None else nullcontext():
            run = calm(folder)
        with os.fdopen(tell, "wb") as answer:
            answer.write(json.dumps({"points": points, "problems": run.problems}).encode())
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
        os._exit(code)


if __name__ == "__main__":
    main()
