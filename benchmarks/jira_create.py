"""What the first sync with Jira costs, side by side with the `jira` library merely creating as many issues in bulk.

    python benchmarks/jira_create.py [--projects 4] [--issues 250] [--rounds 3] [--rich] [--links] [--data-center]

1,000 new items in 4 projects by default, on the stand-in, over a real socket, in a process of its own. The limits are
lifted in the configuration and on the server. With --rich every item has an owner, a priority and a due date; with
--links documents have an address, so that every issue gets a remote link. Each round has new projects, a new store and
new documents. The library sends 50 issues in a request too, with a description each, and asks for none of them
afterwards.

It fails where issues take more than one bulk request for each 50, or anything else more than is said beside it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from jira_hub import Hub, Server, Taken, Team, expect, hub_of, library, report, report_ratio, timed, write_documents

from pmtrack.store.database import Store
from support.jira_shop import welcome

ITEMS, AT_ONCE = 5, 50
READS = 8
"""Requests a project that only read: which Jira, who we are, the project, what is there, whether we may look, what
we may do, its types and the screen for new issues; and one for each owner."""
TABLE = "| Action | Owner | Priority | Due |\n|---|---|---|---|"
OWNERS = ("ana", "bo")


def main() -> None:
    chosen = options()
    ours, theirs = [], []
    rounds = [[f"X{number}Y{place}" for place in range(chosen.projects)] for number in range(chosen.rounds)]
    with hub_of(partial(fill, [name for names in rounds for name in names]), cloud=not chosen.data_center) as server:
        for names in rounds:
            ours.append(create(server, names, chosen))
            tell(server.take(), names, chosen)
            theirs.append(timed(partial(create_plainly, server, names, chosen.issues)))
            server.take()
    report("pmtrack, first sync", ours)
    report("the library, creating", theirs)
    report_ratio("pmtrack / the library", ours, theirs)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=4)
    parser.add_argument("--issues", type=int, default=250, help="in each of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rich", action="store_true", help="items with owner, priority and due date")
    parser.add_argument("--links", action="store_true", help="documents that have an address")
    parser.add_argument("--data-center", action="store_true", help="Data Center in place of Cloud")
    return parser.parse_args()


def fill(names: Sequence[str], hub: Hub) -> None:
    for name in names:
        for key in (name, plain(name)):
            hub.add_project(key, people="bot")
            welcome(hub, key, OWNERS)


def plain(name: str) -> str:
    return f"{name}PLAIN"


def lines(document: int, *, rich: bool) -> list[str]:
    words = [f"Add alert {document * ITEMS + item} to the queue" for item in range(ITEMS)]
    if not rich:
        return [f"- [ ] {line}" for line in words]
    rows = [f"| {line} | {OWNERS[at % 2]} | P{at % 4} | 2026-12-{at + 1:02} |" for at, line in enumerate(words)]
    return [TABLE, *rows]


def create(server: Server, names: Sequence[str], chosen: argparse.Namespace) -> float:
    """Seconds of the first sync; the next one has to find everything done."""
    with tempfile.TemporaryDirectory() as folder, Store.open("sqlite:///pmtrack.db", Path(folder)) as store:
        base = Path(folder)
        for name in names:
            write_documents(base / "postmortems" / name, chosen.issues // ITEMS, partial(lines, rich=chosen.rich))
        team = Team(base, server, names, "https://docs.acme.example/{path}#L{line}" if chosen.links else "")
        server.take()
        seconds = timed(lambda: team.run(store))
        linked = sum(store.linked_count(name) for name in names)
        if linked != len(names) * chosen.issues:
            raise SystemExit(f"only {linked} of the items have an issue")
    return seconds


def tell(taken: Taken, names: Sequence[str], chosen: argparse.Namespace) -> None:
    """How many requests, and why; more than promised is an error."""
    count, projects = chosen.issues * len(names), len(names)
    bulks, singles = taken.count("POST", "/issue/bulk"), taken.count("POST", "/issue")
    markers, links = taken.count("PUT", "/properties/pmtrack"), taken.count("POST", "/remotelink")
    reads = len(taken.requests) - bulks - singles - markers - links
    expect("issues", bulks + singles, -(-chosen.issues // AT_ONCE) * projects)
    expect("markers", markers, count if chosen.data_center else 0)
    expect("links", links, count if chosen.links else 0)
    expect("reads", reads, (READS + len(OWNERS)) * projects)
    print(f"{count} issues in {projects} projects: {bulks} bulk requests")
    print(f"  markers: {markers} (Data Center takes no property in a create; Cloud does)")
    print(f"  links: {links} (a create takes none; only where a document has an address)")
    print(f"  reads: {reads / projects:.1f} a project; all requests: {taken.told}")
    print(f"  the server's own part: {taken.seconds:.3f} s")


def create_plainly(server: Server, names: Sequence[str], issues: int) -> None:
    client = library(server)
    for name in names:
        usual = {"project": {"key": plain(name)}, "issuetype": {"name": "Task"}, "labels": ["postmortem"]}
        words = [f"Add alert {number} to the queue" for number in range(issues)]
        told = [f"{line}\n\nFrom the postmortem ({at // ITEMS:04}.md, line 7)." for at, line in enumerate(words)]
        rows = [{**usual, "summary": line, "description": text} for line, text in zip(words, told, strict=True)]
        for at in range(0, issues, AT_ONCE):
            client.create_issues(rows[at : at + AT_ONCE], prefetch=False)


if __name__ == "__main__":
    main()
