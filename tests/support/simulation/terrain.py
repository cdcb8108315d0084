"""What everything in the simulation stands on: one clock, one source of chance, and the moments at which things happen.

A *moment* is a place in the program where the process may die, or where a person may act while a run is under way:
around every commit of the store, every call of the tracker and every write of a document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random

from pmtrack.documents import block
from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources.base import Content, Seen

START = datetime(2026, 11, 2, 8, tzinfo=UTC)


ROOT = "."


class Killed(BaseException):
    """The process is gone. No `except Exception` of the program may see it."""


class OracleError(Exception):
    """A promise was broken; the words say which."""


@dataclass(slots=True)
class Terrain:
    """Attributes:
    seconds: since `START`. reached: how often each kind of thing happened, over the whole run.
    fuse: how many moments from now the process dies, None for never.
    meanwhile: what may happen at a moment of a run (a person acts, another daemon starts); called with its name.
    """

    chance: Random
    seconds: float = 0.0
    reached: Counter[str] = field(default_factory=Counter)
    fuse: int | None = None
    meanwhile: Callable[[str], None] | None = None
    trace: list[str] = field(default_factory=list)
    tracing: bool = False

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def second(self, moment: datetime) -> float:
        return (moment - START).total_seconds()

    @property
    def today(self) -> date:
        return self.now().date()

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds

    def moment(self, name: str) -> None:
        """Here the process may die, and others may act."""
        if self.meanwhile:
            self.meanwhile(name)
        if self.fuse is None:
            return
        if self.fuse == 0:
            self.fuse = None
            self.reached[f"killed {name}"] += 1
            self.tell(f"KILLED {name}")
            raise Killed(name)
        self.fuse -= 1

    def tell(self, line: str) -> None:
        """One line for whoever replays a seed."""
        if self.tracing:
            self.trace.append(f"{self.seconds:9.1f}  {line}")


@dataclass(slots=True)
class Shelf:
    """A `Source` in memory.

    Attributes:
        texts: path -> bytes. written: how many documents pmtrack replaced.
        shut: paths that cannot be read now; the root itself by `ROOT`.
    """

    terrain: Terrain
    name: str = "pm"
    texts: dict[str, bytes] = field(default_factory=dict)
    written: int = 0
    shut: frozenset[str] = frozenset()

    def documents(self) -> Iterator[Seen]:
        if ROOT in self.shut:
            raise SourceError("the root cannot be read")
        return iter([Seen(path, "it cannot be read" if path in self.shut else None) for path in sorted(self.texts)])

    def version(self, path: str) -> str:
        return "" if path in self.shut else version_of(self.texts[path])

    def read(self, path: str) -> Content:
        if path not in self.texts or self.shut & {path, ROOT}:
            raise DocumentError(f"{path}: is not there any more")
        data = self.texts[path]
        return Content(path, data, version_of(data))

    def write(self, content: Content, data: bytes) -> Content:
        self.terrain.moment("before a document")
        if self.shut & {content.path, ROOT}:
            raise DocumentError(f"{content.path}: cannot be written")
        if self.texts.get(content.path) != content.data:
            raise DocumentError(f"{content.path}: changed while it was being written")
        self._check(content.data, data)
        self.texts[content.path] = data
        self.written += 1
        self.terrain.tell(f"wrote {content.path}")
        self.terrain.moment("after a document")
        return Content(content.path, data, version_of(data))

    def locate(self, path: str) -> str:
        return path

    def address(self, path: str, line: int) -> str:
        return ""

    def _check(self, old: bytes, new: bytes) -> None:
        """Outside the block, no byte of a document changes but by people."""
        if block.remove(old) != block.remove(new) or authored(old) != authored(new):
            raise OracleError(f"bytes outside the block changed: {authored(old)} -> {authored(new)}")


def version_of(data: bytes) -> str:
    return f"{len(data)}-{hash(data)}"


def authored(data: bytes) -> list[bytes]:
    """The author's lines that hold anything, found without the help of `documents.block`."""
    lines, inside = [], False
    for line in data.splitlines(keepends=True):
        if line.startswith(b"<!-- pmtrack:begin"):
            inside = True
        elif line.startswith(b"<!-- pmtrack:end"):
            inside = False
        elif not inside and line.strip():
            lines.append(line)
    return lines
