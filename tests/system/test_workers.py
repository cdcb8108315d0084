"""Several workers on one PostgreSQL behind a transaction pooler: frozen, killed, without a database for a moment."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from support import pg
from support.github import Hub, serve
from support.github.faults import DROPPED, Fault
from support.github.wire import Answer, Request
from support.pooler import pooled
from support.receivers import Mailbox, Webhook, mail_server, webhook
from support.scratch import Scratch, finish

SOURCES, REPOSITORIES, ITEMS = 30, 5, 2
SETTINGS = ["fsync=off", "max_connections=60"]
PATIENCE = 150
CONTENT_A_MINUTE = 45

DOCUMENT = """\
# Outage of part {name}

Date: 2026-11-02

## Action items

- [ ] Add an alert on the queue of part {name} (owner: Ana, P1, due 2099-12-01)
- [ ] Write the runbook for part {name}
"""
CONFIG = """\
store = "{store}"
people = "people.toml"
[service]
sync_every = "3s"
lease = "4s"
listen = ""
log = "json"
[sync]
brake = {{ creates = 1000, others = 1000 }}
[digest]
day = "{day}"
at = "00:00"
to = ["mailto:all@acme.example", "webhook:all"]
[digest.smtp]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "pmtrack@acme.example"
[credentials.acme]
limits = {{ writes_per_second = 20, creations_per_minute = {content}, settle_seconds = 1 }}
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


@dataclass
class Cluster:
    """Workers that share a store, and the servers that they talk to."""

    sources: int
    scratch: Scratch
    hub: Hub
    box: Mailbox
    hook: Webhook
    server: pg.Server
    environment: dict[str, str]
    workers: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[str]:
        log = (self.scratch.folder / f"worker-{len(self.workers)}.log").open("w", encoding="utf-8")
        with log:
            process = self.scratch.start("serve", environment=self.environment, stderr=log)
        self.workers.append(process)
        return process

    def logs(self) -> list[dict[str, str]]:
        texts = [path.read_text(encoding="utf-8") for path in sorted(self.scratch.folder.glob("worker-*.log"))]
        return [json.loads(line) for text in texts for line in text.splitlines() if line.startswith("{")]

    def titles(self) -> Counter[str]:
        return Counter(issue.title for number in range(REPOSITORIES) for issue in self.hub.issues(f"acme/r{number}"))

    def ask(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.server.url("store")) as connection:
            return connection.execute(query.encode()).fetchall()

    def until(self, happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not happened():
            assert time.monotonic() < end, f"it took too long: {self.logs()[-20:]}"
            time.sleep(0.1)

    def kill(self) -> None:
        for process in self.workers:
            process.kill()
            process.communicate()

    def restart_the_database(self) -> None:
        pg.stop(self.server.folder)
        time.sleep(1)
        pg.start(self.server.folder, SETTINGS)

    def is_settled(self) -> bool:
        linked = self.ask("SELECT count(*) FROM links WHERE ref IS NOT NULL")
        return linked == [(self.sources * ITEMS,)] and self.ask("SELECT count(*) FROM intentions") == [(0,)]


@pytest.fixture
def cluster(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Cluster]:
    with made(tmp_path, request.param) as found:
        yield found


@contextmanager
def made(folder: Path, sources: int) -> Iterator[Cluster]:
    hub = Hub()
    for number in range(REPOSITORIES):
        hub.add_repo(f"acme/r{number}", people="bot ana")
    hub.limits.amounts["content a minute"] = CONTENT_A_MINUTE
    with ExitStack() as held:
        server = held.enter_context(database())
        box, hook = held.enter_context(mail_server(folder)), held.enter_context(webhook())
        url = held.enter_context(serve(hub))
        store = held.enter_context(pooled(server.url("store")))
        work = folder / "work"
        work.mkdir()
        (work / "people.toml").write_text('[[person]]\nname = "Ana"\ngithub = "ana"\n', encoding="utf-8")
        documents = {f"s{n}/a.md": DOCUMENT.format(name=f"N{n}") for n in range(sources)}
        scratch = Scratch.make(work, documents, configuration(store, url, box.port, sources))
        secrets = {"PMTRACK_ACME_TOKEN": hub.add_token("bot").value, "PMTRACK_ALL_URL": hook.url}
        cluster = Cluster(sources, scratch, hub, box, hook, server, secrets)
        held.callback(cluster.kill)
        yield cluster


def configuration(store: str, url: str, port: int, sources: int) -> str:
    """Sources whose issues go to five repositories by one account; a digest that is due."""
    day = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%A").lower()
    parts = [CONFIG.format(store=store, day=day, port=port, content=CONTENT_A_MINUTE)]
    parts += [SOURCE.format(name=f"s{n}", tracker=f"r{n % REPOSITORIES}") for n in range(sources)]
    parts += [TRACKER.format(name=f"r{n}", url=url) for n in range(REPOSITORIES)]
    return "".join(parts)


@contextmanager
def database() -> Iterator[pg.Server]:
    """A server of this test's own, since it is restarted."""
    folder = Path(tempfile.mkdtemp(prefix="pmtrack-workers-"))
    folder.chmod(0o755)
    server = pg.Server(folder)
    try:
        pg.start(folder, SETTINGS)
        server.ask("CREATE DATABASE store")
        yield server
    finally:
        pg.stop(folder)
        shutil.rmtree(folder)


@pytest.mark.parametrize("cluster", [SOURCES], indirect=True)
def test_three_workers_share_thirty_sources_whatever_happens_to_them(cluster: Cluster) -> None:
    first, second, third = (cluster.start() for _ in range(3))
    cluster.until(lambda: cluster.titles().total() >= 8)
    first.send_signal(signal.SIGSTOP)
    cluster.until(lambda: cluster.titles().total() >= 14)
    second.kill()
    cluster.until(lambda: cluster.titles().total() >= 20)
    cluster.restart_the_database()
    cluster.until(lambda: cluster.titles().total() >= 26)
    first.send_signal(signal.SIGCONT)
    cluster.until(cluster.is_settled)
    cluster.until(lambda: len(cluster.box.mails) >= 1 and len(cluster.hook.got) >= 1)
    time.sleep(4)  # more rounds, in which nothing may happen

    for process in (first, third):
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert finish(process).code == 0
        assert time.monotonic() - began < 10

    assert set(cluster.titles().values()) == {1}, cluster.titles().most_common(3)
    assert cluster.titles().total() == SOURCES * ITEMS
    synced = {line["source"] for line in cluster.logs() if line["event"] == "synced"}
    assert synced == {f"s{number}" for number in range(SOURCES)}
    assert [entry for entry in cluster.hub.log if entry.status in (403, 429)] == []
    assert Counter(mail["To"] for mail in cluster.box.mails) == {"all@acme.example": 1}
    assert len(cluster.hook.got) == 1
    bugs = [line for line in cluster.logs() if "bug" in line["event"]]
    assert bugs == []
    assert_nothing_to_do(cluster)


def assert_nothing_to_do(cluster: Cluster) -> None:
    files = cluster.scratch.contents()
    writes = len(cluster.hub.log.writes())
    answer = cluster.scratch.run("sync", "--format", "json", environment=cluster.environment)
    assert (answer.code, answer.json["changes"]) == (0, []), answer
    assert len(cluster.hub.log.writes()) == writes
    assert {k: v for k, v in cluster.scratch.contents().items() if ".log" not in k} == {
        k: v for k, v in files.items() if ".log" not in k
    }


def held_up(seconds: float) -> Fault:
    """The request is on its way for so long, and nobody hears of it before."""

    def act(hub: Hub, request: Request, _process: Callable[[Request], Answer]) -> Answer:
        hub.later.append((hub.now() + timedelta(seconds=seconds), request))
        return replace(DROPPED, wait=seconds)

    return Fault("held up", act)


@pytest.mark.parametrize("cluster", [1], indirect=True)
def test_what_a_frozen_worker_asked_for_comes_late_and_is_reported(cluster: Cluster) -> None:
    """It froze over its request; another took over, waited, found nothing, and made the issue."""
    cluster.hub.faults.next("POST", "/issues", held_up(20))
    first = cluster.start()
    cluster.until(lambda: bool(cluster.hub.later))
    first.send_signal(signal.SIGSTOP)
    assert cluster.titles().total() == 0
    second = cluster.start()
    cluster.until(lambda: bool(cluster.hub.later) and cluster.is_settled())
    cluster.until(lambda: not cluster.hub.later and cluster.titles().total() == ITEMS + 1)
    first.send_signal(signal.SIGCONT)
    cluster.until(lambda: any("the marker of an item" in line.get("problem", "") for line in cluster.logs()))
    time.sleep(6)  # both go on
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert finish(process).code == 0

    assert sorted(cluster.titles().values()) == [1] * (ITEMS - 1) + [2]
    assert [line for line in cluster.logs() if "bug" in line["event"]] == []
    assert_nothing_to_do(cluster)
