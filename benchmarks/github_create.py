"""What the first sync with GitHub costs, side by side with PyGithub merely creating as many issues.

    python benchmarks/github_create.py [--repositories 4] [--issues 250] [--rounds 3] [--rich]

1,000 new items in 4 repositories by default, on the stand-in, over a real socket, in a process of its own. The limits
are lifted in the configuration and on the server: github.com itself would let one account make 500 issues an hour. With
--rich every item has an owner, a priority and a due date. Each round has new repositories, a new store and new
documents. Both sides send the same bodies, and PyGithub has its throttle and its retry off.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from github_hub import (
    LIFTED,
    Hub,
    Server,
    Taken,
    Team,
    hub_of,
    pygithub,
    report,
    report_ratio,
    timed,
    write_documents,
)

from pmtrack.store.database import Store

ITEMS = 5
READS = 5
"""Requests a repository that only read: itself, its issues, the organisation's fields, its labels, its people."""
TABLE = "| Action | Owner | Priority | Due |\n|---|---|---|---|"


def main() -> None:
    chosen = options()
    ours, theirs = [], []
    rounds = [[f"x{number}y{place}" for place in range(chosen.repositories)] for number in range(chosen.rounds)]
    with hub_of(partial(fill, [name for names in rounds for name in names])) as server:
        for names in rounds:
            ours.append(create(server, names, chosen.issues, rich=chosen.rich))
            tell(server.take(), len(names) * chosen.issues, len(names))
            theirs.append(timed(partial(create_plainly, server, names, chosen.issues)))
            server.take()
    report("pmtrack, first sync", ours)
    report("PyGithub, creating", theirs)
    report_ratio("pmtrack / PyGithub", ours, theirs)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repositories", type=int, default=4)
    parser.add_argument("--issues", type=int, default=250, help="in each of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rich", action="store_true", help="items with owner, priority and due date")
    return parser.parse_args()


def fill(names: Sequence[str], hub: Hub) -> None:
    for name in names:
        for kind in (ours_of(name), theirs_of(name)):
            hub.add_repo(f"acme/{kind}", people="bot ana bo")


def ours_of(name: str) -> str:
    return f"{name}-pmtrack"


def theirs_of(name: str) -> str:
    return f"{name}-pygithub"


def lines(document: int, *, rich: bool) -> list[str]:
    words = [f"Add alert {document * ITEMS + item} to the queue" for item in range(ITEMS)]
    if not rich:
        return [f"- [ ] {line}" for line in words]
    rows = [
        f"| {line} | {'ana' if at % 2 else 'bo'} | P{at % 4} | 2026-12-{at + 1:02} |" for at, line in enumerate(words)
    ]
    return [TABLE, *rows]


def create(server: Server, names: Sequence[str], issues: int, *, rich: bool) -> float:
    """Seconds of the first sync; the next one has to find everything done."""
    with tempfile.TemporaryDirectory() as folder, Store.open("sqlite:///pmtrack.db", Path(folder)) as store:
        base, places = Path(folder), [ours_of(name) for name in names]
        for place in places:
            write_documents(base / "postmortems" / place, issues // ITEMS, partial(lines, rich=rich))
        team = Team(base, server, places, LIFTED)
        seconds = timed(lambda: team.run(store))
        linked = sum(store.linked_count(place) for place in places)
        if linked != len(places) * issues:
            raise SystemExit(f"only {linked} of the items have an issue")
    return seconds


def tell(taken: Taken, issues: int, repositories: int) -> None:
    """How many requests beyond one for each issue: those that make a label, and those that only read."""
    made, sent, read = taken.count("POST", "/issues"), taken.count("POST"), taken.count("GET")
    if made != issues or read > READS * repositories:
        raise SystemExit(f"{made} creating requests for {issues} items, and {read} that read: {taken.told}")
    beyond = f"{(sent - made) / repositories:.1f} for labels and {read / repositories:.1f} that read"
    print(f"{made} creating requests for {issues} items; besides, a repository: {beyond}")
    print(f"  requests: {taken.told}; the server's own part: {taken.seconds:.3f} s")


def create_plainly(server: Server, names: Sequence[str], issues: int) -> None:
    client = pygithub(server)
    for name in names:
        repository = client.get_repo(f"acme/{theirs_of(name)}")
        for number in range(issues):
            text = f"Add alert {number} to the queue\n\nFrom the postmortem (`{number // ITEMS:04}.md`, line 7).\n"
            repository.create_issue(f"Add alert {number} to the queue", body=text, labels=["postmortem"])


if __name__ == "__main__":
    main()
