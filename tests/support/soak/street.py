"""People who edit documents and issues while real processes of pmtrack are at work, and a server that has its faults.

Each item has somebody who changes it: its author in the document, the team in the issue, or both. What either said last
is written down, so that in the end it is known what both sides have to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from random import Random

from support.github import Hub, Person, faults
from support.simulation.authors import HEAD, PHRASES, TAIL, Line

REPOSITORY = "acme/shop"
DUES = (date(2099, 1, 5), date(2099, 3, 1), date(2099, 7, 9))
LOGINS = ("ana", "bo")
PRIORITIES = ("P0", "P1", "P2", "P3")
CELL = re.compile(r"in cell (\d+)")
BROKEN = "\n<!-- pmtrack:begin v1 -->\n"

FAULTS: tuple[tuple[str, str, Callable[[], faults.Fault]], ...] = (
    ("POST", "/issues", faults.dropped_after),
    ("POST", "/issues", faults.error_after),
    ("POST", "/issues", faults.dropped),
    ("POST", "/issues", lambda: faults.late(2)),
    ("PATCH", "/issues/*", faults.error_after),
    ("PATCH", "/issues/*", faults.dropped_after),
    ("PATCH", "/issues/*", lambda: faults.error(500)),
    ("GET", "/issues", faults.error),
    ("GET", "/issues", faults.cut),
    ("GET", "/issues", faults.not_json),
    ("GET", "/issues", lambda: faults.limited(403, 2)),
    ("GET", "/issues/*", faults.dropped),
    ("GET", "/issues", lambda: faults.slow(1)),
)


@dataclass(slots=True, eq=False)
class Job:
    """An item.

    Attributes:
        number: in its words. line: what stands in the document. author, team: whether they change it.
        closed, title, assigned: what the team said last.
    """

    number: int
    file: Path
    line: Line
    author: bool
    team: bool
    cut: bool = False
    closed: bool | None = None
    title: str | None = None
    assigned: str | None = None


@dataclass(slots=True)
class Street:
    """Attributes:
    most: so many items there may ever be.
    """

    hub: Hub
    folders: list[Path]
    chance: Random
    most: int = 40
    jobs: list[Job] = field(default_factory=list)
    broken: dict[Path, bytes] = field(default_factory=dict)

    def begin(self, documents: int, lines: int) -> None:
        for number in range(documents):
            file = self.folders[number % len(self.folders)] / f"outage-{number}.md"
            made = [self._job(file, number * lines + at) for at in range(lines)]
            text = "\n".join([*HEAD, *(str(job.line) for job in made), *TAIL])
            file.write_text(text, encoding="utf-8")

    def act(self) -> None:
        """One person does one thing, where it can be done."""
        acting = (self._author, self._author, self._team, self._team, self._add, self._cut, self._break, self._fault)
        self.chance.choices(acting, (8, 8, 8, 8, 2, 1, 0.7, 5))[0]()

    def rest(self) -> None:
        """Nothing is broken any more."""
        self.hub.faults.clear()
        for file in list(self.broken):
            self._mend(file)

    @property
    def numbers(self) -> Mapping[int, int]:
        """An item's number -> that of its issue, for those that are there."""
        return {int(found[1]): issue.number for issue in self._issues() if (found := CELL.search(issue.title))}

    def twins(self) -> list[str]:
        """Titles of issues of which there are two for one item."""
        seen: dict[str, list[str]] = {}
        for issue in self._issues():
            seen.setdefault(CELL.findall(issue.title)[0], []).append(issue.title)
        return [title for titles in seen.values() if len(titles) > 1 for title in titles]

    def _issues(self) -> Iterator[object]:
        return iter(self.hub.issues(REPOSITORY))  # type: ignore[return-value]

    # ------------------------------------------------------------ authors

    def _author(self) -> None:
        jobs = [job for job in self.jobs if job.author and not job.cut and job.file not in self.broken]
        job = self.chance.choice(jobs)
        changes = {
            "done": not job.line.done,
            "due": self.chance.choice(DUES),
            "words": job.line.words.removesuffix(" soon") + ("" if job.line.words.endswith(" soon") else " soon"),
        }
        name = self.chance.choice([*changes])
        self._swap(job, replace(job.line, **{name: changes[name]}))

    def _add(self) -> None:
        files = {job.file for job in self.jobs} - self.broken.keys()
        if len(self.jobs) < self.most and files:
            job = self._job(self.chance.choice(sorted(files)), len(self.jobs))
            there = next((one for one in self.jobs if one.file == job.file and one is not job and not one.cut), None)
            if there is None:
                job.cut = True
                return
            self._write(job.file, f"{there.line}\n", f"{there.line}\n{job.line}\n")

    def _cut(self) -> None:
        jobs = [job for job in self.jobs if not job.cut and job.file not in self.broken]
        if len(jobs) > len(self.jobs) * 0.8:
            job = self.chance.choice(jobs)
            self._write(job.file, f"{job.line}\n", "")
            job.cut = True

    def _break(self) -> None:
        """A document holds a block without an end, or is mended again."""
        if self.broken:
            self._mend(self.chance.choice(sorted(self.broken)))
            return
        file = self.chance.choice(self.jobs).file
        self.broken[file] = file.read_bytes()
        _save(file, self.broken[file] + BROKEN.encode())

    def _mend(self, file: Path) -> None:
        text = file.read_bytes()
        _save(file, text.replace(BROKEN.encode(), b""))
        del self.broken[file]

    def _job(self, file: Path, number: int) -> Job:
        words = f"{PHRASES[number % len(PHRASES)]} in cell {number:03}"
        job = Job(number, file, Line(words), author=number % 3 != 1, team=number % 3 != 0)
        self.jobs.append(job)
        return job

    def _swap(self, job: Job, new: Line) -> None:
        self._write(job.file, f"{job.line}\n", f"{new}\n")
        job.line = new

    def _write(self, file: Path, old: str, new: str) -> None:
        text = file.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file}: the author's line is not there once: {old!r} in {text!r}"
        _save(file, text.replace(old, new).encode())

    # ------------------------------------------------------------ the team, and the server

    def _team(self) -> None:
        there = self.numbers
        jobs = [job for job in self.jobs if job.team and job.number in there]
        if not jobs:
            return
        job = self.chance.choice(jobs)
        person, number = Person.at(self.hub, self.chance.choice(LOGINS), REPOSITORY), there[job.number]
        self.chance.choice((self._close, self._assign, self._rename))(job, person, number)

    def _close(self, job: Job, person: Person, number: int) -> None:
        job.closed = person.look(number).state == "open"
        if job.closed:
            person.close(number)
        else:
            person.reopen(number)

    def _assign(self, job: Job, person: Person, number: int) -> None:
        job.assigned = self.chance.choice(LOGINS)
        person.assign(number, job.assigned)

    def _rename(self, job: Job, person: Person, number: int) -> None:
        """Of what its author does not reword."""
        if not job.author:
            job.title = f"{self.chance.choice(('Soon', 'Later', 'Now'))}: {job.line.words}"
            person.edit(number, title=job.title)

    def _fault(self) -> None:
        verb, path, fault = self.chance.choice(FAULTS)
        self.hub.faults.next(verb, path, fault())


def _save(file: Path, data: bytes) -> None:
    """As editors do: the file is the old one or the new one, never half."""
    other = file.with_name(f".{file.name}~")
    other.write_bytes(data)
    other.replace(file)
