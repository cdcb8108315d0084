"""`pmtrack serve` as a process that is killed and started again, among people and a server with its faults."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

from support import canary
from support.github import Hub, serve
from support.scratch import Scratch
from support.soak.street import REPOSITORY, Street

WARM = 12
"""After so many syncs the last process has all that it needs, and is to hold as much as in the end."""

COMMANDS = 15.0
"""Seconds between two commands beside the daemon."""

QUIET, LONGEST = 5.0, 120.0
"""Seconds without a change that are quiet, and those until it has to be."""

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
        lines = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}\n")]

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
    kills: when the daemon is killed; what is started after the last time lives until the end.
    beside: commands that run beside the daemon. samples: (seconds since the beginning, what the daemon held).
    warm: when the last process was, 0 as long as it is not.
    """

    hub: Hub
    street: Street
    daemon: Daemon
    chance: Random
    kills: tuple[float, ...]
    beside: list[tuple[str, subprocess.Popen[str]]] = field(default_factory=list)
    samples: list[tuple[float, Sample]] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    warm: float = 0.0

    def live(self, seconds: float) -> None:
        began, kills, beside = time.monotonic(), list(self.kills), COMMANDS
        asked_to_reload = False
        while (now := time.monotonic() - began) < seconds or self._needs_longer(now, seconds):
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

    def _needs_longer(self, now: float, seconds: float) -> bool:
        """On a machine that has other things to do: the last process has to be warm for a while."""
        return now < 3 * seconds and (not self.warm or now < self.warm + seconds / 4)

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
        if not self.warm and self.daemon.starts > len(self.kills) and self.daemon.syncs() >= WARM:
            self.warm = now
        for path in ("/healthz", "/readyz", "/metrics"):
            canary.heard(path, _fetch(self.daemon.address + path))

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


def _fetch(url: str) -> bytes:
    """What is answered there; it may say that it is not ready, while the server fails."""
    try:
        with urlopen(url, timeout=10) as answer:
            return bytes(answer.read())
    except HTTPError as refused:
        with refused:
            if refused.code == 503:
                return refused.read()
            raise


@contextmanager
def day(folder: Path, kills: tuple[float, ...]) -> Iterator[Day]:
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
        made = Day(hub, street, daemon, chance, kills)
        held.callback(lambda: [process.kill() for _, process in made.beside])
        held.callback(lambda: daemon.process and daemon.kill())
        daemon.start()
        yield made
