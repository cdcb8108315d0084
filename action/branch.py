"""The store on a branch of its own: one commit without a past, replaced whole, and only if it is what was read.

While a run is at work a second reference says so, so that two runs of different workflows do not make the same issue
twice. Both are set with a lease: git changes them only where they still are what was seen.
"""

from __future__ import annotations

import base64
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from settings import Trouble

FILE = "pmtrack.db"
ABSENT = ""
"""In the place of a commit's id, where a reference does not exist."""

LOCK = "refs/pmtrack/lock"
STALE = 1800.0
"""Seconds after which whoever held the lock is taken for dead. A run takes minutes: it leaves to the next one what it
would have to wait for."""

LOOKS = 5.0
"""Seconds between two looks whether the lock is free."""
TRIES = 4
"""Of a conversation with the remote; 2, 4 and 8 seconds apart."""

FRESH = timedelta(days=1)
"""How old the store may become where only its heartbeat changes."""

HEARTBEAT = frozenset({"cursors", "requests", "leases", "deliveries", "sqlite_sequence"})
"""Tables that change in every run; losing them costs a few requests."""

README = """\
The store of pmtrack, see docs/github-action.md of that project. It is written by the workflow: each commit takes the
place of the one before. Removing this branch loses no issue; the next run finds them again, and asks before it makes
new ones.
"""
_MOVED = re.compile(
    "stale info|already exists|fetch first|cannot lock ref|failed to update ref|incorrect old value|find remote ref"
)
_FINAL = re.compile("40[134]|denied|[Aa]uthentication|not permitted|not found|does not (?:appear|exist)")
"""What git says where trying again does not help."""
_AGE = re.compile(r"^at (\d+)$", re.MULTILINE)


HELD = (
    "another run of pmtrack is at work on this repository: nothing was done. If there is none, remove its mark with "
    f"`git push origin :{LOCK}`"
)


class Moved(Exception):
    """The reference is not what was seen any more."""


@dataclass(frozen=True)
class Repository:
    """A bare repository beside the checkout, which takes no settings from it.

    Args:
        folder: of the repository. remote: its other side. token: "" where none is needed.
    """

    folder: Path
    remote: str
    token: str = field(repr=False)

    def make(self) -> None:
        subprocess.run(["git", "init", "--quiet", "--bare", str(self.folder)], check=True)

    def here(self, *words: str, data: bytes = b"") -> bytes:
        """What a command of git prints that needs no remote."""
        command = ["git", f"--git-dir={self.folder}", *words]
        return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True, env=_identity()).stdout

    def there(self, *words: str) -> str:
        """The same for one that talks with the remote; tried again where nothing is known to have happened.

        Raises:
            Moved: a lease did not hold. Trouble: the remote cannot be reached, or refuses.
        """
        for attempt in range(1, TRIES + 1):
            done = subprocess.run(
                ["git", f"--git-dir={self.folder}", *words],
                capture_output=True,
                text=True,
                check=False,
                env={**_identity(), **header(self.remote, self.token)},
            )
            if done.returncode == 0:
                return done.stdout
            if _MOVED.search(done.stderr):
                raise Moved(done.stderr)
            if attempt == TRIES or _FINAL.search(done.stderr):
                break
            time.sleep(2.0**attempt)
        raise Trouble(f"git {words[0]}: {_last(done.stderr)}: give the workflow `permissions: contents: write`")

    def tip(self, ref: str) -> str:
        """The commit that a reference of the remote is at, or `ABSENT`."""
        listed = self.there("ls-remote", self.remote, ref)
        return next((line.split("\t")[0] for line in listed.splitlines() if line.endswith(f"\t{ref}")), ABSENT)

    def fetch(self, ref: str) -> str:
        """The commit that a reference of the remote is at, with what it holds, or `ABSENT`."""
        if self.tip(ref) == ABSENT:
            return ABSENT
        try:
            self.there("fetch", "--quiet", "--no-tags", "--depth=1", self.remote, f"+{ref}:refs/fetched")
        except Moved:  # it was there a moment ago
            return ABSENT
        return self.here("rev-parse", "refs/fetched").decode().strip()

    def move(self, ref: str, seen: str, to: str) -> None:
        """Set a reference of the remote, or remove it (`to` is `ABSENT`), if it is what was seen.

        Raises:
            Moved: it is not.
        """
        try:
            self.there("push", "--quiet", f"--force-with-lease={ref}:{seen}", self.remote, f"{to}:{ref}")
        except Moved:
            if self.tip(ref) != to:  # else an earlier try whose answer was lost did it
                raise

    def commit(self, words: str, **files: str) -> str:
        """A commit without a past. Args:
        files: name -> id of its bytes; `_` stands for a dot.
        """
        lines = "".join(f"100644 blob {oid}\t{name.replace('_', '.')}\n" for name, oid in sorted(files.items()))
        tree = self.here("mktree", data=lines.encode()).decode().strip()
        return self.here("commit-tree", tree, "-m", words).decode().strip()

    def blob(self, data: bytes) -> str:
        return self.here("hash-object", "-w", "--stdin", data=data).decode().strip()


@dataclass
class Branch:
    """The store of one repository, as it is on a branch.

    Args:
        name: of the branch. file: where pmtrack expects the store. run: names this run. say: told of waits.
    """

    repository: Repository
    name: str
    file: Path
    run: str
    say: Callable[[str], None]
    seen: str = ABSENT

    @property
    def ref(self) -> str:
        return f"refs/heads/{self.name}"

    def restore(self) -> None:
        """Put the store where pmtrack expects it. Where there is no such branch yet, pmtrack makes a store."""
        self.seen = self.repository.fetch(self.ref)
        if self.seen == ABSENT:
            return
        for tail in ("-wal", "-shm"):  # of a runner that is used again
            self.file.with_name(f"{self.file.name}{tail}").unlink(missing_ok=True)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_bytes(self.repository.here("cat-file", "blob", f"{self.seen}:{FILE}"))

    def save(self) -> bool:
        """Bring the store back, where it changed; whether that was so.

        Raises:
            Moved: somebody else did meanwhile.
        """
        if not self.file.exists():
            return False
        data = _whole(self.file, self.repository.folder / "whole.db")
        if self.seen != ABSENT and not self._is_news(data):
            return False
        files = {"pmtrack_db": self.repository.blob(data), "README_md": self.repository.blob(README.encode())}
        commit = self.repository.commit(f"The store after run {self.run}", **files)
        self.repository.move(self.ref, self.seen, commit)
        self.seen = commit
        return True

    def _is_news(self, data: bytes) -> bool:
        before = self.repository.folder / "before.db"
        before.write_bytes(self.repository.here("cat-file", "blob", f"{self.seen}:{FILE}"))
        after = self.repository.folder / "after.db"
        after.write_bytes(data)
        return lasting(before) != lasting(after) or heartbeat(after) - heartbeat(before) > FRESH

    @contextmanager
    def alone(self, patience: float) -> Iterator[None]:
        """Hold the lock.

        Raises:
            Trouble: another run holds it for longer than that many seconds.
        """
        mine = self._taken(time.monotonic() + patience)
        try:
            yield
        finally:
            try:
                self.repository.move(LOCK, mine, ABSENT)
            except (Moved, Trouble):
                self.say("the lock was not ours any more: this run took longer than half an hour")

    def _taken(self, until: float) -> str:
        while True:
            held = self.repository.fetch(LOCK)
            if held == ABSENT or self._is_stale(held):
                mine = self.repository.commit(f"pmtrack is at work in run {self.run}\n\nat {int(time.time())}")
                try:
                    self.repository.move(LOCK, held, mine)
                except Moved:
                    continue
                return mine
            if time.monotonic() > until:
                raise Trouble(HELD)
            self.say("another run is at work: waiting for it")
            time.sleep(LOOKS)

    def _is_stale(self, held: str) -> bool:
        found = _AGE.search(self.repository.here("cat-file", "commit", held).decode(errors="replace"))
        return found is None or time.time() - int(found[1]) > STALE


def lasting(file: Path) -> list[str]:
    """Everything in a store but its heartbeat, as statements in a fixed order."""
    with closing(sqlite3.connect(file)) as connection:
        return [line for line in connection.iterdump() if _table(line) not in HEARTBEAT]


def heartbeat(file: Path) -> datetime:
    """When something was last read with success."""
    with closing(sqlite3.connect(file)) as connection:
        (found,) = connection.execute("SELECT max(last_success) FROM cursors").fetchone()
    return datetime.fromisoformat(found).replace(tzinfo=UTC) if found else datetime.min.replace(tzinfo=UTC)


def header(remote: str, token: str) -> Mapping[str, str]:
    """The environment by which git sends a token to that one host; never as an argument, which other users see."""
    if not token or not remote.startswith(("https://", "http://")):
        return {}
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    host = "/".join(remote.split("/")[:3])
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.{host}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }


def _identity() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {"NAME": "pmtrack", "EMAIL": "pmtrack@localhost"}
    ours = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER") for what, value in who.items()}
    return {**kept, **ours, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def _table(statement: str) -> str:
    """The table that a statement of a dump fills, "" for any other statement."""
    found = re.match(r'INSERT INTO "(\w+)"', statement)
    return found[1] if found else "sqlite_sequence" if "sqlite_sequence" in statement[:40] else ""


def _whole(file: Path, copy: Path) -> bytes:
    """A store with all that its write-ahead log holds, in one file."""
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
    return copy.read_bytes()


def _last(words: str) -> str:
    return (words.strip().splitlines() or ["it failed"])[-1].removeprefix("fatal: ")
