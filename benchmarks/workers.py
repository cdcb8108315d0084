"""How much faster one, two and three workers are on one PostgreSQL: a full run over 30 sources.

    .venv/bin/python benchmarks/workers.py [--sources N] [--items N] [--latency SECONDS] [--changed N]

Real `pmtrack serve` processes, a real PostgreSQL, and the stand-in for GitHub, which answers each request after a wait
as a network has it. Timed are, side by side:

- first: every source is read, and its issues are made, with limits that nobody reaches;
- quiet: nothing has changed, and every source is due;
- bound: as `first`, where the account may write no more often than one worker can: more of them do not help.

A run is over when the last source has been synced. The time until the processes are up is not in it: they are started
before the configuration gets its sources.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support import pg
from support.github import Hub, serve
from support.github.faults import slow

REPOSITORIES = 5
QUIET_RUNS = 3
SETTINGS = ["fsync=off", "max_connections=60"]

DOCUMENT = "# Outage of part {name}\n\nDate: 2026-11-02\n\n## Action items\n\n{items}"
HEAD = """\
store = "{store}"
[service]
sync_every = "1h"
listen = ""
log = "json"
[sync]
brake = {{ creates = 100000, others = 100000 }}
[credentials.acme]
[credentials.acme.limits]
writes_per_second = {rate}
creations_per_minute = 100000
creations_per_hour = 100000
settle_seconds = 1
[trackers.none]
kind = "files"
path = "issues"
[[sources]]
name = "empty"
path = "empty"
tracker = "none"
"""
SOURCE = '[[sources]]\nname = "{name}"\npath = "postmortems/{name}"\ntracker = "{tracker}"\n'
TRACKER = """\
[trackers.{name}]
kind = "github"
repository = "acme/{name}"
base_url = "{url}"
credential = "acme"
label = ""
priorities = {{}}
"""


@dataclass(frozen=True, slots=True)
class Team:
    """A team with so many sources, each with so many items."""

    folder: Path
    hub: Hub
    url: str
    store: str
    sources: int
    items: int

    def write(self, rate: float) -> None:
        """The documents, and a configuration without sources yet."""
        (self.folder / "empty").mkdir(parents=True)
        for name in self.names:
            place = self.folder / "postmortems" / name
            place.mkdir(parents=True)
            items = "".join(f"- [ ] Add alert {number} of part {name}\n" for number in range(self.items))
            (place / "a.md").write_text(DOCUMENT.format(name=name, items=items), encoding="utf-8")
        self.config.write_text(HEAD.format(store=self.store, rate=rate), encoding="utf-8")

    @property
    def config(self) -> Path:
        return self.folder / "pmtrack.toml"

    @property
    def names(self) -> list[str]:
        return [f"s{number}" for number in range(self.sources)]

    def name_the_sources(self) -> None:
        """From now on there is something to do."""
        text = self.config.read_text(encoding="utf-8")
        text += "".join(SOURCE.format(name=name, tracker=f"r{at % REPOSITORIES}") for at, name in enumerate(self.names))
        text += "".join(TRACKER.format(name=f"r{at}", url=self.url) for at in range(REPOSITORIES))
        self.config.write_text(text, encoding="utf-8")


@contextmanager
def workers(team: Team, count: int) -> Iterator[None]:
    """So many that are up and have nothing to do."""
    environment = {**os.environ, "PMTRACK_ACME_TOKEN": team.hub.add_token("bot").value}
    logs = [team.folder / f"{number}.log" for number in range(count)]
    processes = []
    for log in logs:
        with log.open("w") as file:
            command = [sys.executable, "-m", "pmtrack", "--config", str(team.config), "serve"]
            processes.append(subprocess.Popen(command, env=environment, stderr=file))
    try:
        while not all("serving" in log.read_text() for log in logs):
            time.sleep(0.1)
        time.sleep(2)
        yield
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait() for process in processes] == [0] * count


def until_synced(server: pg.Server, database: str, names: Sequence[str], since: float) -> float:
    """Seconds until the last source had been synced after that moment."""
    query = f"SELECT count(*) FROM cursors WHERE name LIKE 'source:s%' AND last_success > to_timestamp({since})"
    while server.ask(query, database)[0][0] < len(names):
        time.sleep(0.05)
    return time.time() - since


def measure(server: pg.Server, count: int, options: argparse.Namespace, rate: float) -> tuple[float, float]:
    """Seconds of a first and of a quiet full run."""
    database = server.make("template0")
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        hub = Hub(spec=None)
        hub.limits.amounts |= dict.fromkeys(("core", "content a minute", "content an hour", "points a minute"), 10**6)
        for number in range(REPOSITORIES):
            hub.add_repo(f"acme/r{number}", people="bot")
        for method in ("GET", "POST", "PATCH"):
            hub.faults.next(method, "*", slow(options.latency), times=None)
        url = held.enter_context(serve(hub))
        team = Team(folder, hub, url, server.url(database), options.sources, options.items)
        team.write(rate)
        held.enter_context(workers(team, count))
        began = time.time()
        team.name_the_sources()
        first = until_synced(server, database, team.names, began)
        made = sum(len(hub.issues(f"acme/r{number}")) for number in range(REPOSITORIES))
        assert made == options.sources * options.items, made
        return first, min(quiet_run(server, database, team.names) for _ in range(QUIET_RUNS))


def quiet_run(server: pg.Server, database: str, names: Sequence[str]) -> float:
    """Seconds of a run in which nothing has changed; what else the machine does makes it only longer."""
    time.sleep(2)
    began = time.time()
    server.ask("UPDATE leases SET began = began - 7200 WHERE name LIKE 'source:%'", database)
    return until_synced(server, database, names, began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=30)
    parser.add_argument("--items", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds that each answer takes")
    parser.add_argument("--rate", type=float, default=2.0, help="writes a second of the bound run")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="pmtrack-workers-"))
    folder.chmod(0o755)
    server = pg.Server(folder)
    pg.start(folder, SETTINGS)
    print(f"{options.sources} sources, {options.items} items each, {options.latency} s an answer; seconds:")
    print(f"{'workers':>7} {'first':>8} {'quiet':>8} {'bound':>8}")
    try:
        for count in (1, 2, 3):
            first, quiet = measure(server, count, options, rate=10_000)
            bound, _ = measure(server, count, options, rate=options.rate)
            print(f"{count:>7} {first:>8.1f} {quiet:>8.1f} {bound:>8.1f}", flush=True)
    finally:
        pg.stop(folder)


if __name__ == "__main__":
    main()
