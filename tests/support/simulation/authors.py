"""The people who write the postmortems: they only ever touch their own lines, by their own words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from pmtrack.text import normal as normal_form
from support.simulation.terrain import OracleError, Shelf, Terrain

normal = lru_cache(maxsize=4096)(normal_form)

PHRASES = (
    "Add an alert on the depth of the mail queue",
    "Write a runbook about payment gateways",
    "Rotate certificates before they expire",
    "Replace cron by something that retries",
    "Limit how often search clients reconnect",
    "Measure kernel memory on build workers",
    "Rehearse failover between both regions",
    "Describe who may restart Kafka",
    "Remove hard-coded quotas everywhere",
    "Back up ledgers every night",
    "Shorten timeouts towards image services",
    "Page somebody when disks fill",
    "Teach newcomers our escalation path",
    "Compress logs after seven days",
    "Verify checksums during uploads",
    "Split one big table by customer",
    "Cache exchange rates for an hour",
    "Refuse deployments on Friday evening",
    "Trace requests across proxies",
    "Buy spare power supplies",
    "Drop unused indexes",
    "Upgrade OpenSSL on bastion hosts",
    "Throttle partners that flood us",
    "Translate error pages into Spanish",
    "Move feature flags out of code",
    "Shrink containers for faster starts",
    "Automate rollback of migrations",
    "Publish status updates within minutes",
    "Encrypt traffic inside clusters",
    "Simulate packet loss weekly",
)
"""So unlike that none is taken for another one; `soon` at the end leaves each what it was."""
OWNERS = ("Ana", "Bo", "Cy", "Dee")
PRIORITIES = ("P0", "P1", "P2", "P3")
DUES = (date(2026, 11, 9), date(2026, 12, 1), date(2099, 1, 5))


HEAD = ("# Outage of a service", "", "Date: 2026-11-01", "", "## Summary", "", "It broke.  ", "", "## Action items", "")
TAIL = ("", "## Lessons", "", "Sundays.", "")


@dataclass(frozen=True, slots=True)
class Line:
    """One action item as its author wrote it."""

    words: str
    done: bool = False
    owner: str | None = None
    priority: str | None = None
    due: date | None = None
    ticket: str | None = None

    def __str__(self) -> str:
        owner = f"owner: {self.owner}" if self.owner else ""
        said = [owner, self.priority or "", f"due {self.due}" if self.due else ""]
        tail = ", ".join(part for part in said if part)
        ticket = f" ({self.ticket})" if self.ticket else ""
        return f"- [{'x' if self.done else ' '}] {self.words}{f' ({tail})' if tail else ''}{ticket}"


@dataclass(slots=True, eq=False)
class Paper:
    """A document in its author's mind."""

    path: str
    lines: list[Line]
    end: bytes = b"\n"

    def text(self) -> bytes:
        body = [*HEAD, *map(str, self.lines), *TAIL]
        return self.end.join(line.encode() for line in body)


def _stem(line: Line) -> str:
    """Its words without what rewording adds."""
    return normal(line.words).removesuffix(" soon")


@dataclass(slots=True)
class Authors:
    """Attributes:
    tickets: what the issues are called that people opened themselves.
    said: normal form of an item's words -> how many items were ever given them.
    bin: lines that were removed, with their document, and whether the same words there are the same item for sure.
    archive: documents that were removed. unseen: words that stand where no run has seen them yet; astray: those of
        them that came there from another document by themselves.
    """

    terrain: Terrain
    shelf: Shelf
    tickets: Callable[[], list[str]] = list
    papers: list[Paper] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    bin: list[tuple[Paper, bool, Line]] = field(default_factory=list)
    archive: list[tuple[Paper, bytes, list[bool]]] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)
    astray: set[str] = field(default_factory=set)
    _named: int = 0

    def begin(self, papers: int, lines: int) -> None:
        """The first documents."""
        for number in range(papers):
            paper = Paper(f"outage-{number}.md", [], b"\r\n" if number == 1 else b"\n")
            self.papers.append(paper)
            for _ in range(self.terrain.chance.randint(1, lines)):
                paper.lines.append(self._line())
            self.shelf.texts[paper.path] = paper.text()

    def act(self) -> None:
        """One person does one thing."""
        before = dict(self.shelf.texts)
        name = self.terrain.chance.choices(NAMES, WEIGHTS)[0]
        getattr(self, f"_{name}")()
        if before != self.shelf.texts:
            self.terrain.reached[f"author: {name}"] += 1

    def half_seen(self) -> None:
        """A document could not be read, and that may be the one where a line is now, or the one that it left.

        A line is the same item only where one run sees both; a renamed document is the same one all the same.
        """
        self.said.update(self.astray)
        self.astray.clear()

    def seen(self, words: set[str]) -> None:
        """A run has read everything, with these words where they were when it began."""
        self.unseen -= words
        self.astray -= words

    def words(self) -> set[str]:
        """What stands in the documents."""
        return {normal(line.words) for paper in self.papers for line in paper.lines}

    def forgotten(self, before: set[str]) -> None:
        """The store is not what it was: for sure, no run has seen anything where it is or was.

        Args:
            before: the words that the store knows. A line that was reworded since, and moved as well, was both at once
                for the store, and that makes another item.
        """
        words = self.words()
        self.said.update(words - before)
        self.unseen |= words
        self.astray |= words
        self.bin = [(paper, False, line) for paper, _, line in self.bin]
        self.archive = [(paper, data, [False] * len(sure)) for paper, data, sure in self.archive]

    # ------------------------------------------------------------ words in a line

    def _tick(self) -> None:
        if spot := self._spot():
            paper, index = spot
            self._say(paper, index, replace(paper.lines[index], done=not paper.lines[index].done))

    def _assign(self) -> None:
        chance = self.terrain.chance
        if spot := self._spot():
            paper, index = spot
            name, values = chance.choice((("owner", OWNERS), ("priority", PRIORITIES), ("due", DUES)))
            self._say(paper, index, replace(paper.lines[index], **{name: chance.choice((*values, None))}))

    def _reword(self) -> None:
        """A few words more or less: the same item."""
        if spot := self._spot():
            paper, index = spot
            old = paper.lines[index].words
            new = old.removesuffix(" soon") if old.endswith(" soon") else f"{old} soon"
            self._say_anew(paper, index, replace(paper.lines[index], words=new))

    def _replace(self) -> None:
        """Other words altogether: another item, or not; who knows?"""
        if spot := self._spot():
            paper, index = spot
            self._say_anew(paper, index, replace(paper.lines[index], words=self._words()))

    # ------------------------------------------------------------ whole lines

    def _add(self) -> None:
        if self.papers:
            paper = self.terrain.chance.choice(self.papers)
            self._insert(paper, self._line())

    def _refer(self) -> None:
        """An item that names the issue which somebody opened for it before."""
        tickets = self.tickets()
        if self.papers and tickets:
            paper = self.terrain.chance.choice(self.papers)
            self._insert(paper, replace(self._line(), ticket=self.terrain.chance.choice(tickets)))

    def _twin(self) -> None:
        """The same words in another document: another item."""
        if len(self.papers) > 1 and (spot := self._spot()):
            paper, index = spot
            other = self.terrain.chance.choice([p for p in self.papers if p is not paper])
            if self._free(other, paper.lines[index].words):
                self._count(paper.lines[index].words)
                self._doubt([paper.lines[index]])
                self._insert(other, paper.lines[index])

    def _cut(self) -> None:
        if spot := self._spot():
            paper, index = spot
            self.bin.append((paper, normal(paper.lines[index].words) not in self.unseen, paper.lines[index]))
            self._remove(paper, index)

    def _restore(self) -> None:
        """Back into the document where it stood: the same item as before, unless the document got another name."""
        there = [at for at, (paper, _, _) in enumerate(self.bin) if paper in self.papers]
        if there:
            paper, sure, line = self.bin.pop(self.terrain.chance.choice(there))
            if self._free(paper, line.words):
                self._displace([line], sure=sure)
                self._insert(paper, line)

    def _reorder(self) -> None:
        if spot := self._spot():
            paper, index = spot
            line = paper.lines[index]
            self._remove(paper, index)
            self._insert(paper, line)

    def _move(self) -> None:
        """To another document, in one go."""
        if len(self.papers) > 1 and (spot := self._spot()):
            paper, index = spot
            other = self.terrain.chance.choice([p for p in self.papers if p is not paper])
            line = paper.lines[index]
            if self._free(other, line.words):
                self._displace([line])
                self._confuse(line, paper, other)
                self.astray.add(normal(line.words))
                self._remove(paper, index)
                self._insert(other, line)

    def _confuse(self, moved: Line, *papers: Paper) -> None:
        """A line that looks like this one, where it was or where it comes to, may be taken for it, reworded."""
        like = [line for paper in papers for line in paper.lines if _stem(line) == _stem(moved) and line is not moved]
        self.said.update({normal(line.words) for line in (moved, *like)} if like else ())

    # ------------------------------------------------------------ whole documents

    def _rename(self) -> None:
        if self.papers:
            paper = self.terrain.chance.choice(self.papers)
            self._named += 1
            old, paper.path = paper.path, f"renamed-{self._named}.md"
            self._displace(paper.lines)
            self.bin = [(of, sure and of is not paper, line) for of, sure, line in self.bin]
            self.shelf.texts[paper.path] = self.shelf.texts.pop(old)
            self.terrain.tell(f"author: {old} is now {paper.path}")

    def _doubt(self, lines: Sequence[Line]) -> None:
        """Where like words were lost and came up elsewhere before a run saw it, nothing tells which is which.

        When what was lost comes back, it may be new.
        """
        stems = set(map(_stem, lines))
        self.bin = [(paper, sure and _stem(line) not in stems, line) for paper, sure, line in self.bin]
        self.archive = [
            (paper, data, [one and _stem(line) not in stems for one, line in zip(sure, paper.lines, strict=True)])
            for paper, data, sure in self.archive
        ]

    def _shred(self) -> None:
        if len(self.papers) > 1:
            paper = self.terrain.chance.choice(self.papers)
            self.papers.remove(paper)
            sure = [normal(line.words) not in self.unseen for line in paper.lines]
            self.archive.append((paper, self.shelf.texts.pop(paper.path), sure))
            self.terrain.tell(f"author: deleted {paper.path}")

    def _unshred(self) -> None:
        if self.archive:
            paper, data, sure = self.archive.pop(self.terrain.chance.randrange(len(self.archive)))
            self.papers.append(paper)
            self.shelf.texts[paper.path] = data
            for line, was_seen in zip(paper.lines, sure, strict=True):
                self._displace([line], sure=was_seen)
            self.terrain.tell(f"author: put {paper.path} back")

    def _erase(self) -> None:
        """The block, which is not theirs."""
        for paper in self.papers:
            before, begin, rest = self.shelf.texts[paper.path].partition(b"<!-- pmtrack:begin")
            _, end, after = rest.partition(b"pmtrack:end -->")
            if begin and end:
                self.shelf.texts[paper.path] = before + after.removeprefix(paper.end)
                return

    # ------------------------------------------------------------ how it is done

    def _spot(self) -> tuple[Paper, int] | None:
        spots = [(paper, index) for paper in self.papers for index in range(len(paper.lines))]
        return self.terrain.chance.choice(spots) if spots else None

    def _words(self) -> str:
        """Words that nobody used before, or at least none of these documents does now."""
        chance = self.terrain.chance
        fresh = [words for words in PHRASES if not self.said[normal(words)]]
        words = chance.choice(fresh or PHRASES)
        while any(not self._free(paper, words) for paper in self.papers):
            words = f"{words}, {chance.choice(PHRASES).lower()}"
        return words

    def _line(self) -> Line:
        chance = self.terrain.chance
        line = Line(
            self._words(),
            done=chance.random() < 0.1,
            owner=chance.choice((*OWNERS, None)),
            priority=chance.choice((*PRIORITIES, None)),
            due=chance.choice((*DUES, None)),
        )
        self._count(line.words)
        return line

    def _free(self, paper: Paper, words: str) -> bool:
        return all(normal(line.words) != normal(words) for line in paper.lines)

    def _count(self, words: str) -> None:
        self.said[normal(words)] += 1

    def _displace(self, lines: list[Line], *, sure: bool = True) -> None:
        """Lines come to another place: the same items, unless no run saw where they were before."""
        for words in (normal(line.words) for line in lines):
            if words in self.unseen or not sure:
                self.said[words] += 1
            self.unseen.add(words)
        self._doubt(lines)

    def _say_anew(self, paper: Paper, index: int, new: Line) -> None:
        if self._free(paper, new.words):
            self._count(new.words)
            self._say(paper, index, new)

    def _say(self, paper: Paper, index: int, new: Line) -> None:
        self._swap(paper, f"{paper.lines[index]}\n", f"{new}\n")
        paper.lines[index] = new

    def _remove(self, paper: Paper, index: int) -> None:
        self._swap(paper, f"{paper.lines[index]}\n", "")
        del paper.lines[index]

    def _insert(self, paper: Paper, line: Line) -> None:
        index = self.terrain.chance.randint(0, len(paper.lines))
        if index < len(paper.lines):
            self._swap(paper, f"{paper.lines[index]}\n", f"{line}\n{paper.lines[index]}\n")
        else:
            before = f"{paper.lines[-1]}\n" if paper.lines else "## Action items\n\n"
            self._swap(paper, before, f"{before}{line}\n")
        paper.lines.insert(index, line)

    def _swap(self, paper: Paper, old: str, new: str) -> None:
        data = self.shelf.texts[paper.path]
        was, now = (part.encode().replace(b"\n", paper.end) for part in (old, new))
        if data.count(was) != 1:
            raise OracleError(f"{paper.path}: the author's line is not there once: {old!r} in {data!r}")
        self.shelf.texts[paper.path] = data.replace(was, now)
        self.terrain.tell(f"author: {paper.path}: {old.strip()!r} -> {new.strip()!r}")


ACTS = {
    "tick": 6,
    "assign": 5,
    "reword": 4,
    "replace": 1,
    "add": 2,
    "refer": 0.7,
    "twin": 1,
    "cut": 2,
    "restore": 3,
    "reorder": 2,
    "move": 2,
    "rename": 1,
    "shred": 0.5,
    "unshred": 1,
    "erase": 0.5,
}
"""What people do, and how often."""
NAMES, WEIGHTS = list(ACTS), list(ACTS.values())
