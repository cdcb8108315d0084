"""Runs the real command in processes of its own, without paying for its imports (0.7 s) each time.

One process imports everything and then forks for each request that it reads: a line of JSON on standard input, the exit
code as a line on standard output. A child that hangs is killed by its alarm.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any


@cache
def warm() -> Warm:
    """The one of this test run."""
    return Warm()


class Warm:
    """The process that forks, as the tests see it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-P", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self._close)

    def _close(self) -> None:
        with self._process:
            self._process.terminate()

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        timeout: int,
        kill_after: float | None = None,
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of the command; killed by SIGKILL after so many seconds."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        with self._lock, tempfile.TemporaryDirectory() as place:
            said = Path(place)
            request = {
                "arguments": list(arguments),
                "folder": str(folder),
                "environment": dict(environment),
                "said": place,
                "timeout": timeout,
                "kill_after": kill_after,
            }
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            code = int(stdout.readline())
            _hear(said / "ran")
            return code, (said / "out").read_text("utf-8"), (said / "err").read_text("utf-8")


def _hear(ran: Path) -> None:
    """No secret may stand in the arguments of what the command ran, where everybody on the machine can read them."""
    from support import canary

    if ran.exists():
        canary.heard("the arguments of a process", ran.read_bytes())


def main() -> None:
    """Answer requests until there are no more."""
    import pmtrack

    for module in pkgutil.walk_packages(pmtrack.__path__, "pmtrack."):
        if not module.name.endswith(("__main__", ".env")) and ".versions" not in module.name:
            with suppress(Exception):  # a module that cannot be imported is the tests' to report
                importlib.import_module(module.name)
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_the_command(request)
        if request["kill_after"] is not None:
            time.sleep(request["kill_after"])
            os.kill(child, signal.SIGKILL)  # one that has ended already is still there to be waited for
        _, ending = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ending)}\n")
        sys.stdout.flush()


def _note_processes(ran: str) -> None:
    """Write down how each process is started."""
    start = subprocess.Popen.__init__

    def noted(self: Any, args: Any, *more: Any, **options: Any) -> None:
        with Path(ran).open("ab") as file:
            file.write(f"{args}\n".encode(errors="surrogateescape"))
        start(self, args, *more, **options)

    subprocess.Popen.__init__ = noted  # type: ignore[method-assign]


def _be_the_command(request: Mapping[str, Any]) -> None:
    from pmtrack.cli import main as command

    code: int | str | None = 0
    try:
        signal.alarm(request["timeout"])
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(f"{request['said']}/{name}", os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["pmtrack", *request["arguments"]]
        _note_processes(f"{request['said']}/ran")
        command()
    except SystemExit as end:
        code = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    main()
