"""What a sync with GitHub costs when nothing happened, side by side with PyGithub merely listing the same issues.

    python benchmarks/github_noop.py [--repositories 20] [--issues 500] [--rounds 7] [--peers PYTHON]

10,000 linked issues in 20 repositories by default, on the stand-in, over a real socket, in a process of its own. They
are not created through the interface: the hub has them from the start with our markers, and a first sync with an empty
store finds them again. PYTHON is that of an environment with bugwarrior and perceval; see `github_peers.py` for what
they do there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from github_hub import Hub, Server, Taken, Team, hub_of, pygithub, report, report_ratio, timed, write_documents
from github_peers import Peers

from pmtrack.model import Draft, Fields, Marker, Status
from pmtrack.store.database import Store
from pmtrack.text import digest
from pmtrack.trackers import body
from pmtrack.trackers.github import region
from support.github.model import Issue

ITEMS = 5
AGE, APART = timedelta(days=30), timedelta(minutes=30)
LISTING = "PyGithub, listing"


def main() -> None:
    chosen = options()
    names = [f"r{number:02}" for number in range(chosen.repositories)]
    with tempfile.TemporaryDirectory() as folder, hub_of(partial(fill, names, chosen.issues)) as server:
        base = Path(folder)
        for name in names:
            write_documents(base / "postmortems" / name, chosen.issues // ITEMS, partial(lines, name))
        with Store.open("sqlite:///pmtrack.db", base) as store, Peers.at(chosen.peers, server, names) as peers:
            team = Team(base, server, names)
            first_sync(team, store)
            measure(team, store, peers, chosen.rounds)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=20)
    parser.add_argument("--issues", type=int, default=500, help="in each of them")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--peers", default="", metavar="PYTHON")
    return parser.parse_args()


# ---------------------------------------------------------------- what there is


def title(name: str, number: int) -> str:
    return f"Add alert {number} to service {name}"


def lines(name: str, document: int) -> list[str]:
    return [f"- [ ] {title(name, document * ITEMS + item)}" for item in range(ITEMS)]


def fill(names: Sequence[str], issues: int, hub: Hub) -> None:
    start = datetime.now(UTC) - AGE
    for name in names:
        repo = hub.add_repo(f"acme/{name}", people="bot")
        label = hub.add_label(repo.full_name, "postmortem").id
        for number in range(issues):
            at = start + number * APART
            words, text = title(name, number), written(name, number)
            made = Issue(hub.new_id(), number + 1, words, "bot", at, at, body=text, labels=(label,))
            repo.put(made.number, made, at)


def written(name: str, number: int) -> str:
    """The body that pmtrack would have given the issue."""
    words, document = title(name, number), number // ITEMS
    marker = Marker(f"{name}-{number}", f"{document:04}.md", digest(words))
    fields = Fields(words, Status.OPEN)
    draft = Draft(marker, fields, words, f"Postmortem {document}", name, line=7 + number % ITEMS)
    return region.composed(body.markdown(draft), None, marker)


# ---------------------------------------------------------------- what is measured


def first_sync(team: Team, store: Store) -> None:
    team.server.take()  # the peers' own first run
    seconds = timed(lambda: team.run(store))
    linked = sum(store.linked_count(name) for name in team.names)
    print(f"{linked} issues in {len(team.names)} repositories, all linked: found again in {seconds:.1f} s")
    print(f"  requests: {team.server.take().told}")
    team.run(store)  # what the first one has left: nothing
    print(f"  requests of the next run: {team.server.take().told}")


def measure(team: Team, store: Store, peers: Peers, rounds: int) -> None:
    """All in turn, so that what else the machine does meets each of them."""
    works: dict[str, Callable[[], float]] = {
        "pmtrack, no-op sync": lambda: timed(lambda: team.run(store)),
        LISTING: lambda: timed(lambda: list_all(team.server, team.names)),
        **peers.works,
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    reading: list[float] = []
    taken: dict[str, Taken] = {}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(work())
            taken[name] = team.server.take()
        reading.append(team.reading)
    for name in works:
        report(name, seconds[name])
        print(f"  requests: {taken[name].told}; the server's own part: {taken[name].seconds:.3f} s")
    report("pmtrack, reading the trackers", reading)
    for name in list(works)[1:]:
        report_ratio(f"pmtrack's reading / {name}", reading, seconds[name])
    report_ratio(f"pmtrack's whole sync / {LISTING}", seconds["pmtrack, no-op sync"], seconds[LISTING])


def list_all(server: Server, names: Sequence[str]) -> int:
    client = pygithub(server)
    repositories = (client.get_repo(f"acme/{name}") for name in names)
    return sum(1 for repository in repositories for _ in repository.get_issues(state="all"))


if __name__ == "__main__":
    main()
