"""A working folder in a temporary place, and the real command run on it as a process of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from support import canary
from support.database import Database, configured
from support.warm import warm

TIMEOUT = 60
COMMAND = (sys.executable, "-m", "pmtrack")

CONFIG = """\
timezone = "UTC"
store = "sqlite:///pmtrack.db"

[[sources]]
name = "postmortems"
kind = "folder"
path = "postmortems"
include = ["**/*.md"]
tracker = "board"

[trackers.board]
kind = "files"
path = "issues"

[policy]
due = { P0 = "7d", P1 = "14d", P2 = "30d", P3 = "90d" }
"""

OUTAGE = """\
# Checkout refused cards

Date: 2026-03-02

## Summary

For an hour every third card was refused.

## Action items

- [ ] Add an alert on card refusals (owner: Ana, P1, due 2099-12-01)
- [ ] Write the runbook for the payment queue
- [ ] Rotate the gateway certificate (owner: Bo)

## Lessons

Certificates expire on Sundays.
"""

TABLES = ("documents", "items", "links", "intentions", "history", "holds", "digests")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a process said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def complaints(self) -> list[str]:
        return [line for line in self.err.splitlines() if line.startswith("pmtrack: ")]


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder with a configuration, `postmortems/` and, after the first sync, `issues/`."""

    folder: Path

    @classmethod
    def make(
        cls, folder: Path, documents: Mapping[str, str] | None = None, config: str = CONFIG, extra: str = ""
    ) -> Scratch:
        """Documents by their path; by default the one of this module as `outage.md`."""
        scratch = cls(folder)
        scratch.config.write_text(configured(f"{config}\n{extra}", folder), encoding="utf-8")
        scratch.postmortems.mkdir()
        for path, text in (documents or {"outage.md": OUTAGE}).items():
            scratch.write(path, text)
        return scratch

    @property
    def config(self) -> Path:
        return self.folder / "pmtrack.toml"

    @property
    def postmortems(self) -> Path:
        return self.folder / "postmortems"

    @property
    def store(self) -> Database:
        return Database.named_in(self.config)

    @property
    def database(self) -> Path:
        """The file of a store in a file."""
        return self.store.file

    # ------------------------------------------------------------ the command

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, stderr: int | IO[str] = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """The command, under way, as a user starts it."""
        return _Heard(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    def run(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Answer:
        """The command, until it ends."""
        code, *said = warm().run(arguments, self.folder, _environment(environment), TIMEOUT)
        _hear(*said)
        return Answer(code, *said)

    def kill(self, *arguments: str, after: float) -> bool:
        """Start the command and kill it after so many seconds of work. Whether it was still at work."""
        code, _, _ = warm().run(arguments, self.folder, _environment(None), TIMEOUT, kill_after=after)
        self.store.forget_leases()
        return code == -signal.SIGKILL

    def run_cold(self, *arguments: str) -> Answer:
        """The same as a user starts it: a new interpreter."""
        with self.start(*arguments) as process:
            return finish(process)

    def sync(self, *arguments: str) -> Answer:
        """A sync that has to succeed without a complaint."""
        answer = self.run("sync", *arguments)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer

    def status(self, *arguments: str) -> Any:
        return self.run("status", "--format", "json", *arguments).json

    def row(self, text: str) -> Any:
        """The item of `status` whose wording holds `text`."""
        (found,) = [row for row in self.status()["items"] if text in row["text"]]
        return found

    # ------------------------------------------------------------ documents

    def write(self, path: str, text: str) -> Path:
        file = self.postmortems / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, path: str = "outage.md") -> str:
        return (self.postmortems / path).read_text(encoding="utf-8")

    def edit(self, old: str, new: str, path: str = "outage.md") -> None:
        """Replace the first place of `old`, which is the author's and not the report's."""
        text = self.read(path)
        assert old in text, f"{old!r} is not in {path}"
        self.write(path, text.replace(old, new, 1))

    def block(self, path: str = "outage.md") -> str:
        """The report in a document, or nothing."""
        found = re.search(r"<!-- pmtrack:begin.*?<!-- pmtrack:end -->", self.read(path), re.DOTALL)
        return found[0] if found else ""

    # ------------------------------------------------------------ issues

    @property
    def issues(self) -> list[Path]:
        return sorted((self.folder / "issues").glob("*.md"))

    def issue(self, text: str) -> Path:
        """The one issue file whose name or title holds `text`."""
        (found,) = [path for path in self.issues if text in path.read_text(encoding="utf-8").split("\n---", 1)[0]]
        return found

    def edit_issue(self, text: str, old: str, new: str) -> None:
        path = self.issue(text)
        content = path.read_text(encoding="utf-8")
        assert old in content, f"{old!r} is not in {path.name}"
        path.write_text(content.replace(old, new, 1), encoding="utf-8")

    # ------------------------------------------------------------ what must not change

    def files(self) -> dict[str, tuple[int, bytes]]:
        """Time and bytes of every document, issue and digest, by path."""
        return dict(self._files())

    def contents(self) -> dict[str, bytes]:
        return {path: data for path, (_, data) in self._files()}

    def _files(self) -> Iterable[tuple[str, tuple[int, bytes]]]:
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.name.startswith("pmtrack."):
                yield str(path.relative_to(self.folder)), (path.stat().st_mtime_ns, path.read_bytes())

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table that only a change may touch, and how many cursors there are."""
        return {**self.store.rows(TABLES), "cursors": self.store.ask("SELECT count(*) FROM cursors")}


def finish(process: subprocess.Popen[str]) -> Answer:
    """Wait for a process; one that hangs is killed."""
    try:
        out, err = process.communicate(timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Answer(process.returncode, out, err)


class _Heard(subprocess.Popen[str]):
    """A process whose output is searched for secrets."""

    def communicate(self, *given: Any, **options: Any) -> tuple[str, str]:
        said = super().communicate(*given, **options)
        _hear(*said)
        return said


def _hear(*said: str | None) -> None:
    for name, text in zip(("out", "error"), said, strict=True):
        canary.heard(f"what a process said on standard {name}", text or "")


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    canary.given(more or {})
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PMTRACK")}
    return {**clean, **(more or {})}


def assert_quiet(scratch: Scratch, environment: Mapping[str, str] | None = None) -> None:
    """One more sync writes nothing: no file, no row."""
    files, rows = scratch.files(), scratch.rows()
    answer = scratch.run("sync", "--format", "json", environment=environment)
    assert answer.json["changes"] == [], answer.out
    written = {word: count for word, count in answer.json["summary"].items() if word not in {"held", "failed"}}
    assert not any(written.values()), written
    assert scratch.files() == files
    assert scratch.rows() == rows
