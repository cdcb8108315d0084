"""Whether a run of one source costs more because the store holds very many others.

    .venv/bin/python benchmarks/scale.py [--sources N] [--items N] [--rounds N]

A real PostgreSQL. One source of 100 documents and 1,000 items is synced against the stand-in for GitHub; then the store
is filled with as many more sources of the same size, each with a tracker of its own, by copying its rows. Timed, side
by side, are a quiet run of the first source and one in which one of its items was ticked, with only this source in the
store and with all of them: the ratio should be 1. With them the look of an idle worker at what is due, and `status`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from pmtrack.app import App, Scope
from pmtrack.config import Config, load
from support import pg
from support.github import Hub, serve

DOCUMENTS, ITEMS = 100, 10
TOKEN = "PMTRACK_R0_TOKEN"
HEAD = 'store = "{store}"\n[sync]\nbrake = {{ creates = 100000, others = 100000 }}\n'
SOURCE = '[[sources]]\nname = "s{at}"\npath = "s{at}"\ntracker = "r{at}"\n'
TRACKER = """\
[trackers.r{at}]
kind = "github"
repository = "acme/r{at}"
base_url = "{url}"
label = ""
priorities = {{}}
[trackers.r{at}.limits]
writes_per_second = 10000
creations_per_minute = 1000000
creations_per_hour = 1000000
settle_seconds = 1
"""

COPIES: Mapping[str, Mapping[str, str]] = {
    "documents": {"source": "'s' || n"},
    "items": {"ident": "ident || '-' || n", "source": "'s' || n"},
    "links": {"ident": "ident || '-' || n", "tracker": "'r' || n", "issue_id": "issue_id || '-' || n"},
    "cursors": {"name": "regexp_replace(name, '0$', n::text)"},
    "leases": {"name": "regexp_replace(name, '0$', n::text)"},
}
"""Table -> what is another value in a copy."""


def fill(server: pg.Server, database: str, count: int) -> None:
    """Copy the rows of the first source so many times."""
    for table, changed in COPIES.items():
        query = f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1"
        names = [name for (name,) in server.ask(query, database)]
        values = ", ".join(changed.get(name, f'"{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        server.ask(
            f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table}, generate_series(1, {count - 1}) AS n "
            "ON CONFLICT DO NOTHING",
            database,
        )
    server.ask("VACUUM ANALYZE", database)


def write(folder: Path, tick: int = -1) -> None:
    """The documents of the first source; of one document one item more may be ticked."""
    (folder / "s0").mkdir(exist_ok=True)
    for at in range(DOCUMENTS):
        items = "".join(
            f"- [{'x' if at == 0 and number <= tick else ' '}] Add alert {number} of part {at}\n"
            for number in range(ITEMS)
        )
        path, text = folder / "s0" / f"{at}.md", f"# Outage {at}\n\nDate: 2026-11-02\n\n## Action items\n\n{items}"
        if not path.exists() or (tick >= 0 and at == 0):
            path.write_text(text, encoding="utf-8")


def configured(folder: Path, store: str, url: str, sources: int) -> Config:
    text = HEAD.format(store=store)
    text += "".join(SOURCE.format(at=at) + TRACKER.format(at=at, url=url) for at in range(sources))
    (folder / "pmtrack.toml").write_text(text, encoding="utf-8")
    return load(folder / "pmtrack.toml")


def least(rounds: int, work: Callable[[int], object]) -> float:
    """Seconds of the quickest."""
    times = []
    for number in range(rounds):
        began = time.perf_counter()
        work(number)
        times.append(time.perf_counter() - began)
    return min(times)


def figures(app: App, folder: Path, rounds: int, ticks: int) -> dict[str, float]:
    scope = Scope(source="s0", yes=True)
    app.sync(scope)

    def ticked(number: int) -> None:
        write(folder, ticks + number)
        assert app.sync(scope).summary["closed"] == 1

    def look(_number: int) -> None:
        with app.store() as store:
            store.leases("bench", alone=False).standings()
            store.woken()

    return {
        "quiet run": least(rounds, lambda _number: app.sync(scope)),
        "run with one tick": least(rounds, ticked),
        "look at what is due": least(rounds, look),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with ExitStack() as held:
        place, folder = (Path(held.enter_context(tempfile.TemporaryDirectory(prefix="pmtrack-"))) for _ in range(2))
        place.chmod(0o755)
        server = pg.Server(place)
        pg.start(place, ["shared_buffers=512MB"])
        held.callback(pg.stop, place)
        server.ask("CREATE DATABASE store")
        hub = Hub(spec=None)
        hub.limits.amounts |= dict.fromkeys(("core", "content a minute", "content an hour", "points a minute"), 10**7)
        hub.add_repo("acme/r0", people="bot")
        url = held.enter_context(serve(hub))
        os.environ[TOKEN] = hub.add_token("bot").value
        write(folder)
        store = server.url("store")
        App(configured(folder, store, url, 1)).sync(Scope(yes=True))
        alone = figures(App(configured(folder, store, url, 1)), folder, options.rounds, 0)
        began = time.perf_counter()
        fill(server, "store", options.sources)
        asked = "SELECT count(*), pg_size_pretty(pg_database_size('store')) FROM items"
        items, size = server.ask(asked, "store")[0]
        print(f"{items:,} items of {options.sources:,} sources, {size}, filled in {time.perf_counter() - began:.0f} s")
        among = figures(App(configured(folder, store, url, options.sources)), folder, options.rounds, options.rounds)
        for name, seconds in alone.items():
            line = f"alone {seconds * 1000:7.0f} ms   among all {among[name] * 1000:7.0f} ms"
            print(f"{name:<22} {line}   ratio {among[name] / seconds:.2f}")


if __name__ == "__main__":
    main()
