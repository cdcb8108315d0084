"""The one place where git is run: its environment, its time limit, its failures.

A secret goes to git in the environment only, which other users cannot read, unlike arguments; and what git says is
told without it.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pmtrack.sources.git.secret import Secret

KEPT = frozenset(
    {"GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH"}
)
"""What of the caller's GIT_* variables holds for us too: the others name another repository, or trace secrets."""

SETTINGS: Mapping[str, str] = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "gc.autoDetach": "false",
    "http.lowSpeedLimit": "100",
    "http.lowSpeedTime": "60",
    "advice.detachedHead": "false",
}
GIT = "git"
SSH = "ssh -o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=15"


class GitFailed(Exception):
    """git ended with an error; `words` is what it said, without secrets."""

    def __init__(self, arguments: tuple[str, ...], code: int, words: str) -> None:
        self.code = code
        self.words = words
        super().__init__(f"git {arguments[0]}: {words or f'ended with {code}'}")


class NoGit(Exception):
    """There is no git to be run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command of git ended."""

    code: int
    out: bytes
    words: str


@dataclass(frozen=True, slots=True)
class Git:
    """git on one repository.

    Args:
        folder: the repository. timeout: seconds for one command. secret: asked for only where the remote is.
        settled: settings that hold for every command.
    """

    folder: Path
    timeout: float = 600
    secret: Callable[[], Secret] = field(default=Secret)
    settled: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, data: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """What a command that needs no remote prints.

        Raises:
            GitFailed: it failed. NoGit: there is no git.
        """
        answer = self._run(arguments, data, _environment({**self.settled, **(extra or {})}), Secret())
        if answer.code:
            raise GitFailed(arguments, answer.code, answer.words)
        return answer.out

    def text(self, *arguments: str) -> str:
        """The same as one line of text."""
        return self(*arguments).decode(errors="replace").strip()

    def remotely(self, *arguments: str, data: bytes = b"") -> Answer:
        """How a command ended that talks with the remote.

        Raises:
            NoGit: there is no git. SourceError: the secret cannot be read.
        """
        secret = self.secret()
        return self._run(arguments, data, _environment({**self.settled, **secret.settings}), secret)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """A command under way, that is asked by its standard input. It may load what a partial clone lacks."""
        return _start(
            [GIT, f"--git-dir={self.folder}", *arguments], _environment({**self.settled, **self.secret().settings})
        )

    def _run(self, arguments: tuple[str, ...], data: bytes, environment: Mapping[str, str], secret: Secret) -> Answer:
        process = _start([GIT, f"--git-dir={self.folder}", *arguments], environment, subprocess.PIPE)
        try:
            out, said = process.communicate(data, self.timeout)
        except subprocess.TimeoutExpired:
            end(process)
            return Answer(-1, b"", f"timed out after {self.timeout:g} seconds")
        except BaseException:
            end(process)
            raise
        return Answer(process.returncode, out, secret.hidden(said.decode(errors="replace")).strip())


def end(process: subprocess.Popen[bytes]) -> None:
    """Stop a command and what it started (git-remote-https, ssh), and wait for it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(OSError):
                stream.close()
    process.wait()


def _start(
    command: list[str], environment: Mapping[str, str], said: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - a list of arguments, no shell
            command,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NoGit from None


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """The caller's, without what would lead git elsewhere; settings, and further variables or settings by their name.

    A name with a dot is a setting of git (`http.extraHeader`), any other a variable.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") or name in KEPT}
    settings = [*SETTINGS.items(), *((name, value) for name, value in more.items() if "." in name)]
    numbered = {f"GIT_CONFIG_KEY_{at}": name for at, (name, _) in enumerate(settings)}
    numbered |= {f"GIT_CONFIG_VALUE_{at}": value for at, (_, value) in enumerate(settings)}
    return {
        "GIT_SSH_COMMAND": SSH,
        **kept,
        **{name: value for name, value in more.items() if "." not in name},
        **numbered,
        "GIT_CONFIG_COUNT": str(len(settings)),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",  # a program that answers nothing, so that git fails instead of asking a person
        "LC_ALL": "C",
    }
