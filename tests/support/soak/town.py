"""Very many documents on disk, and the people who write in them. They touch their own lines only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from support.simulation.authors import DUES, HEAD, OWNERS, PHRASES, PRIORITIES, TAIL, Line
from support.simulation.terrain import Terrain

LINES = 5
SHELVES = 50
"""Folders below a root."""

BEGIN = b"\n<!-- pmtrack:begin v1 -->\n"
BLOCK = re.compile(rb"<!-- pmtrack:begin.*?pmtrack:end -->\n?", re.DOTALL)


@dataclass(slots=True, eq=False)
class Paper:
    """A document, and what its author knows to stand in it."""

    root: Path
    path: str
    lines: list[Line]


@dataclass(frozen=True, slots=True, eq=False)
class Broken:
    """A document that cannot be read until some second. Attributes: data: what it is to be again."""

    paper: Paper
    data: bytes
    until: float


@dataclass(slots=True)
class Town:
    """Attributes:
    roots: of the sources. numbers: that make all words ever written different; made: names ever given to documents.
    shut: a root that is elsewhere, and until when.
    """

    terrain: Terrain
    roots: list[Path]
    papers: list[Paper] = field(default_factory=list)
    removed: list[tuple[Paper, bytes]] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    shut: tuple[Path, float] | None = None
    numbers: int = 0
    made: int = 0

    @property
    def chance(self) -> Random:
        return self.terrain.chance

    def begin(self, documents: int) -> None:
        for _ in range(documents):
            self._found(LINES)

    def act(self) -> None:
        """One person does one thing."""
        name = self.chance.choices(list(ACTS), list(ACTS.values()))[0]
        ACTING[name](self)
        self.terrain.reached[f"author: {name}"] += 1

    def mend(self, *, everything: bool = False) -> None:
        """What could not be read can be read again, where its time is over."""
        now = self.terrain.seconds
        if self.shut and (everything or self.shut[1] <= now):
            root, self.shut = self.shut[0], None
            _away(root).rename(root)
        for one in [one for one in self.broken if everything or one.until <= now]:
            self.broken.remove(one)
            self._file(one.paper).unlink()
            self._file(one.paper).write_bytes(one.data)
            self.papers.append(one.paper)

    def words(self) -> dict[tuple[str, str], list[str]]:
        """What stands in each document now, by source and path."""
        return {(paper.root.name, paper.path): [line.words for line in paper.lines] for paper in self.papers}

    def stamps(self) -> dict[str, tuple[int, bytes]]:
        """Time and bytes of every document."""
        files = (file for root in self.roots for file in sorted(root.rglob("*.md")))
        return {str(file): (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    # ------------------------------------------------------------ lines

    def _tick(self) -> None:
        paper, at = self._spot()
        self._say(paper, at, replace(paper.lines[at], done=not paper.lines[at].done))

    def _assign(self) -> None:
        paper, at = self._spot()
        name, values = self.chance.choice((("owner", OWNERS), ("priority", PRIORITIES), ("due", DUES)))
        self._say(paper, at, replace(paper.lines[at], **{name: self.chance.choice((*values, None))}))

    def _reword(self) -> None:
        paper, at = self._spot()
        old = paper.lines[at].words
        new = old.removesuffix(" soon") if old.endswith(" soon") else f"{old} soon"
        self._say(paper, at, replace(paper.lines[at], words=new))

    def _add(self) -> None:
        paper, at = self._spot()
        line, there = self._line(), paper.lines[at]
        self._swap(paper, f"{there}\n", f"{there}\n{line}\n")
        paper.lines.insert(at + 1, line)

    def _cut(self) -> None:
        paper, at = self._spot()
        if len(paper.lines) > 2:
            self._swap(paper, f"{paper.lines[at]}\n", "")
            del paper.lines[at]

    # ------------------------------------------------------------ documents

    def _write(self) -> None:
        self._found(self.chance.randint(1, LINES))

    def _rename(self) -> None:
        self.made += 1
        paper = self.chance.choice(self.papers)
        before = self._file(paper)
        paper.path = f"{Path(paper.path).parent}/renamed-{self.made:05}.md"
        before.rename(self._file(paper))

    def _shred(self) -> None:
        paper = self._take()
        self.removed.append((paper, self._file(paper).read_bytes()))
        self._file(paper).unlink()

    def _unshred(self) -> None:
        if self.removed:
            paper, data = self.removed.pop(self.chance.randrange(len(self.removed)))
            self._file(paper).write_bytes(data)
            self.papers.append(paper)

    def _erase(self) -> None:
        """The block, which is not theirs."""
        file = self._file(self.chance.choice(self.papers))
        file.write_bytes(BLOCK.sub(b"", file.read_bytes()))

    def _break(self) -> None:
        """It is a link to nowhere, is no text, or holds a block without an end."""
        paper = self._take()
        file = self._file(paper)
        data = file.read_bytes()
        file.unlink()
        spoilt = self.chance.choice((data + BEGIN, b"\0\0" + data, None))
        if spoilt is None:
            file.symlink_to("nowhere.md")
        else:
            file.write_bytes(spoilt)
        self.broken.append(Broken(paper, data, self._later()))

    def _close(self) -> None:
        """A whole folder is elsewhere, as a share that is not mounted."""
        if not self.shut:
            root = self.chance.choice(self.roots)
            root.rename(_away(root))
            self.shut = root, self._later()

    # ------------------------------------------------------------ how it is done

    def _later(self) -> float:
        return self.terrain.seconds + self.chance.uniform(300, 5400)

    def _found(self, lines: int) -> None:
        self.made += 1
        root, path = self.roots[self.made % len(self.roots)], f"{self.made % SHELVES:02}/outage-{self.made:05}.md"
        paper = Paper(root, path, [])
        first = self.chance.randrange(len(PHRASES))
        paper.lines += [self._line(first + at) for at in range(lines)]
        self._file(paper).parent.mkdir(parents=True, exist_ok=True)
        self._file(paper).write_text("\n".join([*HEAD, *map(str, paper.lines), *TAIL]), encoding="utf-8")
        self.papers.append(paper)

    def _line(self, phrase: int | None = None) -> Line:
        """Words that are nowhere else, and in their document unlike all others."""
        self.numbers += 1
        chance = self.chance
        words = PHRASES[(chance.randrange(len(PHRASES)) if phrase is None else phrase) % len(PHRASES)]
        owner, priority, due = (chance.choice((*values, None)) for values in (OWNERS, PRIORITIES, DUES))
        return Line(f"{words} in cell {self.numbers:05}", chance.random() < 0.1, owner, priority, due)

    def _spot(self) -> tuple[Paper, int]:
        paper = self.chance.choice(self.papers)
        return paper, self.chance.randrange(len(paper.lines))

    def _take(self) -> Paper:
        return self.papers.pop(self.chance.randrange(len(self.papers)))

    def _say(self, paper: Paper, at: int, new: Line) -> None:
        self._swap(paper, f"{paper.lines[at]}\n", f"{new}\n")
        paper.lines[at] = new

    def _swap(self, paper: Paper, old: str, new: str) -> None:
        file = self._file(paper)
        data = file.read_bytes()
        assert data.count(old.encode()) == 1, f"{file}: the author's line is not there once: {old!r} in {data!r}"
        file.write_bytes(data.replace(old.encode(), new.encode()))

    def _file(self, paper: Paper) -> Path:
        root = _away(paper.root) if self.shut and self.shut[0] == paper.root else paper.root
        return root / paper.path


def _away(root: Path) -> Path:
    return root.with_suffix(".away")


ACTS = {
    "tick": 8,
    "assign": 8,
    "reword": 4,
    "add": 3,
    "cut": 3,
    "write": 1.5,
    "rename": 1,
    "shred": 1,
    "unshred": 0.7,
    "erase": 0.5,
    "break": 0.5,
    "close": 0.2,
}
"""What people do, and how often."""

ACTING: dict[str, Callable[[Town], None]] = {name: getattr(Town, f"_{name}") for name in ACTS}
