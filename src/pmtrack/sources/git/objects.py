"""Reading blobs: one process that answers many questions, and one fetch for all that a partial clone lacks."""

from __future__ import annotations

import subprocess
import weakref
from collections.abc import Iterable
from typing import IO

from pmtrack.sources.git.command import Git, GitFailed, end

_PART = 1 << 20


class Objects:
    """The blobs of a clone."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._end: weakref.finalize[[subprocess.Popen[bytes]], Objects] | None = None

    def prefetch(self, oids: Iterable[str]) -> bool:
        """Get what is missing of these in one conversation; whether they are all here now.

        Raises:
            GitFailed: the clone cannot be read.
        """
        here = self._git("cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered", "--buffer")
        missing = set(oids) - set(here.decode().split())
        if not missing:
            return True
        answer = self._git.remotely(
            *("-c", "fetch.negotiationAlgorithm=noop", "fetch", "--no-tags", "--no-write-fetch-head"),
            *("--no-recurse-submodules", "--no-auto-maintenance", "--filter=blob:none", "--stdin", "origin"),
            data="".join(f"{oid}\n" for oid in sorted(missing)).encode(),
        )
        return answer.code == 0

    def read(self, oid: str, at_most: int) -> bytes | None:
        """The bytes, None for more than `at_most`.

        Raises:
            GitFailed: they are missing or damaged.
        """
        asked, answers = self._pipes()
        try:
            asked.write(f"{oid}\n".encode())
            asked.flush()
            head = answers.readline().split()
            if len(head) != 3 or head[1] != b"blob":
                raise GitFailed(("cat-file",), 1, f"{oid} is {b' '.join(head[1:]).decode() or 'unreadable'}")
            return _body(answers, int(head[2]), at_most)
        except (OSError, GitFailed) as error:
            self.close()
            raise error if isinstance(error, GitFailed) else GitFailed(("cat-file",), 1, str(error)) from None

    def close(self) -> None:
        """End the process that answers."""
        if self._end:
            self._end()
        self._process = self._end = None

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
            self._end = weakref.finalize(self, end, self._process)
        asked, answers = self._process.stdin, self._process.stdout
        if asked is None or answers is None:
            raise GitFailed(("cat-file",), 1, "has no pipes")
        return asked, answers


def _body(answers: IO[bytes], size: int, at_most: int) -> bytes | None:
    """The bytes and the line end after them; too many are passed over without being kept."""
    if size <= at_most:
        data = answers.read(size + 1)
        if len(data) != size + 1:
            raise GitFailed(("cat-file",), 1, "ended early")
        return data[:-1]
    left = size + 1
    while left and (part := answers.read(min(left, _PART))):
        left -= len(part)
    return None
