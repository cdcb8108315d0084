"""Two minutes of real processes: the daemon is killed and started again while everybody works and the server has faults.

In the end all goes quiet: one issue for each item, no edit is lost, and the daemon holds no more than it did. It mostly
waits; `PMTRACK_SOAK_SECONDS=1800` has it go on for longer.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from support import canary
from support.github import Hub, serve
from support.scratch import Scratch, finish
from support.soak.street import REPOSITORY, Street

SECONDS = float(os.environ.get("PMTRACK_SOAK_SECONDS", "120"))
KILLS = tuple(at * SECONDS / 120 for at in (6, 12, 18, 24))
"""When the daemon is killed; the one that is started after the last of them lives until the end."""

WARM = 12
"""After so many syncs the last one has all that it needs, and is to hold as much as in the end."""

COMMANDS = 15.0
"""Seconds between two commands beside the daemon."""

QUIET, LONGEST = 5.0, 120.0
"""Seconds without a change that are quiet, and those until it has to be."""

MORE = 0.10
"""So much more memory it may have in the end."""

CONFIG = """\
timezone = "UTC"
store = "sqlite:///pmtrack.db"
people = "people.toml"

[service]
sync_every = "1s"
listen = "127.0.0.1:0"
log = "json"

[[sources]]
name = "pm"
path = "postmortems"
tracker = "shop"

[[sources]]
name = "more"
path = "more"
tracker = "shop"

[sync]
brake = {{ creates = 100, others = 100, percent = 100 }}

[trackers.shop]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
limits = {{ writes_per_second = 4, settle_seconds = 5 }}
"""

PEOPLE = """\
[[person]]
name = "Ana"
github = "ana"

[[person]]
name = "Bo"
github = "bo"
"""


@dataclass(frozen=True)
class Sample:
    """What a process holds. Attributes: memory: bytes."""

    memory: int
    files: int
    threads: int


@dataclass
class Daemon:
    """`pmtrack serve`, started as often as it dies."""

    scratch: Scratch
    secrets: dict[str, str]
    log: Path
    process: subprocess.Popen[str] | None = None
    starts: int = 0

    def start(self) -> None:
        self.starts += 1
        with self.log.open("a", encoding="utf-8") as log:
            self.process = self.scratch.start("serve", environment=self.secrets, stderr=log)
        self.until(lambda: len(self.events("listening")) == self.starts)

    def until(self, happened: Any, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert self.process, "it was not started"
            assert self.process.poll() is None, self.tail()
            assert time.monotonic() < end, f"it took too long: {self.tail()}"
            time.sleep(0.1)

    def tail(self) -> str:
        return self.log.read_text(encoding="utf-8")[-3000:]

    def lines(self) -> list[dict[str, Any]]:
        """Those that are whole: a killed process may leave half of one."""
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.startswith("{") and line.endswith("}\n"):
                found.append(json.loads(line))
        return found

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines() if line["event"] == event]

    def syncs(self) -> int:
        """How many this process did."""
        words = [line["event"] for line in self.lines()]
        return words[len(words) - 1 - words[::-1].index("listening") :].count("synced")

    @property
    def address(self) -> str:
        return f"http://{self.events('listening')[-1]['address']}"

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.communicate()

    def send(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def sample(self) -> Sample:
        assert self.process
        place = Path(f"/proc/{self.process.pid}")
        pages = int((place / "statm").read_text().split()[1])
        return Sample(pages * os.sysconf("SC_PAGE_SIZE"), *(len(list((place / n).iterdir())) for n in ("fd", "task")))


@dataclass
class Day:
    """Attributes:
    beside: commands that run beside the daemon. samples: (seconds since the beginning, what the daemon held).
    warm: when the last process was, 0 as long as it is not.
    """

    hub: Hub
    street: Street
    daemon: Daemon
    chance: Random
    beside: list[tuple[str, subprocess.Popen[str]]] = field(default_factory=list)
    samples: list[tuple[float, Sample]] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    warm: float = 0.0

    def live(self, seconds: float) -> None:
        began, kills, beside = time.monotonic(), list(KILLS), COMMANDS
        asked_to_reload = False
        while (now := time.monotonic() - began) < seconds:
            self.street.act()
            self._deliver()
            if kills and now > kills[0]:
                kills.pop(0)
                self.daemon.kill()
                self.daemon.start()
            if now > beside:
                beside += COMMANDS
                self._command()
            if now > seconds / 2 and not asked_to_reload:
                asked_to_reload = True
                self.daemon.send(signal.SIGHUP)
            self._look(now)
            time.sleep(self.chance.uniform(0.2, 0.8))

    def _deliver(self) -> None:
        """Webhooks come in any order, once, twice or never."""
        with self.hub.lock:
            waiting = self.hub.hooks.lose()
        self.hub.hooks.url = f"{self.daemon.address}/webhooks/github"
        for delivery in self.chance.sample(waiting, len(waiting)):
            for _ in range(self.chance.choice((0, 1, 1, 1, 2))):
                self.delivered.append(self.hub.hooks.send(delivery))

    def _command(self) -> None:
        for words in ("sync", "status"):
            self.beside.append((words, self.daemon.scratch.start(words, environment=self.daemon.secrets)))

    def _look(self, now: float) -> None:
        self.samples.append((now, self.daemon.sample()))
        if not self.warm and self.daemon.starts > len(KILLS) and self.daemon.syncs() >= WARM:
            self.warm = now
        for path in ("/healthz", "/readyz", "/metrics"):
            try:
                with urlopen(self.daemon.address + path, timeout=10) as answer:
                    canary.heard(path, answer.read())
            except URLError as error:  # not ready, while the server fails
                assert "503" in str(error), error

    def rest(self) -> None:
        """Nobody acts and nothing fails any more: it has to become quiet."""
        self.street.rest()
        self._deliver()
        began, before, since = time.monotonic(), None, 0.0
        while time.monotonic() - began < LONGEST:
            now = self._all()
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > QUIET and self._is_done():
                return
            time.sleep(0.5)
        raise AssertionError(f"not quiet after {LONGEST} s: {self.daemon.tail()}")

    def _all(self) -> tuple[Any, ...]:
        with self.hub.lock:
            writes = len(self.hub.log.writes())
        rows = self.daemon.scratch.rows()
        return writes, [file.read_bytes() for file in self._files()], rows

    def _is_done(self) -> bool:
        """Both sources were read without a problem since everything works again."""
        done = self.daemon.events("synced")[-2:]
        return {line["source"] for line in done} == {"pm", "more"} and not any(line["failed"] for line in done)

    def _files(self) -> list[Path]:
        return [file for folder in self.street.folders for file in sorted(folder.glob("*.md"))]


@contextmanager
def day(folder: Path) -> Iterator[Day]:
    hub, chance = Hub(), Random(7)
    hub.add_repo(REPOSITORY, people="bot ana bo")
    secret = canary.secret("hook-")
    with serve(hub) as url, ExitStack() as held:
        scratch = Scratch.make(folder, documents={"README.txt": "no postmortem\n"}, config=CONFIG.format(url=url))
        (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
        (folder / "more").mkdir()
        street = Street(hub, [folder / "postmortems", folder / "more"], chance)
        street.begin(documents=6, lines=4)
        token = hub.add_token("bot").value
        secrets = {"PMTRACK_SHOP_TOKEN": token, "PMTRACK_SHOP_WEBHOOK_SECRET": secret}
        hub.hooks.to("http://127.0.0.1:9", secret)
        daemon = Daemon(scratch, secrets, folder / "log.jsonl")
        made = Day(hub, street, daemon, chance)
        held.callback(lambda: [process.kill() for _, process in made.beside])
        held.callback(lambda: daemon.process and daemon.kill())
        daemon.start()
        yield made


def test_two_minutes_of_everything(tmp_path: Path) -> None:
    with day(tmp_path) as lived:
        lived.live(SECONDS)
        last = [lived.daemon.sample() for _ in range(5)]
        lived.rest()
        it_holds_no_more_than_before(lived, last)
        one_issue_for_each_item(lived)
        no_edit_is_lost(lived)
        the_commands_beside_it_did_well(lived)
        it_ends_when_it_is_told_to(lived)
        the_log_is_clean(lived)


def it_holds_no_more_than_before(lived: Day, last: list[Sample]) -> None:
    assert lived.warm, f"it did not sync {WARM} times: {lived.daemon.tail()}"
    warm = [sample for at, sample in lived.samples if at >= lived.warm][:10]
    before, after = (statistics.median(one.memory for one in some) for some in (warm, last))
    print(f"{before / 2**20:.0f} MB, {after / 2**20:.0f} MB in the end; {warm[0]}, {last[0]}")
    assert after < before * (1 + MORE), f"{before / 2**20:.0f} MB became {after / 2**20:.0f} MB"
    for name in ("files", "threads"):
        most = max(getattr(one, name) for one in warm)
        assert min(getattr(one, name) for one in last) <= most, f"more {name} than {most}: {last}"


def one_issue_for_each_item(lived: Day) -> None:
    assert lived.street.twins() == []
    there = lived.street.numbers
    left = [job.line.words for job in lived.street.jobs if job.number not in there and not (job.cut or job.line.done)]
    assert left == []


def no_edit_is_lost(lived: Day) -> None:
    told = {row["text"]: row for row in lived.daemon.scratch.status()["items"]}
    there, issues = lived.street.numbers, {issue.number: issue for issue in lived.hub.issues(REPOSITORY)}
    for job in lived.street.jobs:
        if job.cut or job.number not in there:
            continue
        issue, row = issues[there[job.number]], told[job.line.words]
        says = (issue.title, issue.state == "closed", *issue.assignees)
        assert row["state"] in ("linked", "conflict"), row
        assert (row["status"] == "done") == (issue.state == "closed"), (row, says)
        if job.author:
            assert issue.title == job.line.words, (row, says)
            assert row["due"] == (job.line.due and job.line.due.isoformat()), (row, says)
        if job.author and not job.team:
            assert (issue.state == "closed") == job.line.done, (row, says)
        if job.team and not job.author and job.closed is not None:
            assert (issue.state == "closed") == job.closed, (row, says)
        assert issue.title == (job.title or job.line.words), (row, says)
        assert job.assigned is None or issue.assignees == (job.assigned,), (row, says)
        assert job.assigned is None or row["owner"] == job.assigned.capitalize(), (row, says)


def the_commands_beside_it_did_well(lived: Day) -> None:
    answers = [(words, finish(process)) for words, process in lived.beside]
    for words, answer in answers:
        assert answer.code in ((0, 1) if words == "sync" else (0,)), answer
        assert answer.complaints == answer.err.splitlines() or "waiting" in answer.err, answer
    assert any(answer.code == 0 for words, answer in answers if words == "sync") or len(answers) < 6, answers


def it_ends_when_it_is_told_to(lived: Day) -> None:
    began = time.monotonic()
    lived.daemon.send(signal.SIGTERM)
    assert lived.daemon.process
    assert finish(lived.daemon.process).code == 0
    assert time.monotonic() - began < 10


def the_log_is_clean(lived: Day) -> None:
    bugs = [line for line in lived.daemon.lines() if "bug" in line["event"] or "exception" in line]
    assert bugs == []
    assert lived.daemon.starts == len(KILLS) + 1
    assert lived.daemon.events("configuration taken")
    assert lived.daemon.lines()[-1]["event"] == "stopped"
    assert 202 in lived.delivered, lived.delivered


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-s"]))
