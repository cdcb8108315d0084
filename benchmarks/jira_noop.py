"""What a sync with Jira costs when nothing or little happened, side by side with the `jira` library merely searching.

    python benchmarks/jira_noop.py [--projects 20] [--issues 500] [--changed 1000] [--rounds 5] [--data-center]

10,000 linked issues in 20 projects by default, on the stand-in, over a real socket, in a process of its own. They are
not created through the interface: the hub has them from the start with our markers, and a first sync with an empty
store finds them again. Then nothing changes; then people change the titles of so many issues of one more project. The
library reads the same fields of all issues, since it keeps no bookmark.

Search lags, so that what it says of an issue that seems to have changed is read once more: on Cloud a hundred in a
request, on Data Center one by one. It fails where a run with nothing to do takes more than one request for a project,
or a run with changes more pages of a search, and more requests to read them again, than one for each hundred.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from jira_hub import (
    Hub,
    Server,
    Taken,
    Team,
    expect,
    hub_of,
    library,
    report,
    report_ratio,
    timed,
    write_documents,
)

from pmtrack.model import Draft, Fields, Marker, Status
from pmtrack.store.database import Store
from pmtrack.text import digest
from pmtrack.trackers import body
from pmtrack.trackers.jira import region, shape
from support.jira.changes import change, status_id
from support.jira.model import Issue, Project

ITEMS, PAGE = 5, 100
AGE, APART = timedelta(days=30), timedelta(minutes=30)
BUSY = "BUSY"
"""The project in which people change something."""
OURS, THEIRS = "pmtrack, no-op sync", "the library, searching"


def main() -> None:
    chosen = options()
    sizes = {f"R{number:02}": chosen.issues for number in range(chosen.projects)} | {BUSY: chosen.changed}
    with (
        tempfile.TemporaryDirectory() as folder,
        hub_of(partial(fill, sizes), cloud=not chosen.data_center) as server,
        Store.open("sqlite:///pmtrack.db", Path(folder)) as store,
    ):
        for name, issues in sizes.items():
            write_documents(Path(folder) / "postmortems" / name, issues // ITEMS, partial(lines, name))
        names = [name for name in sizes if name != BUSY]
        team, busy = Team(Path(folder), server, names), Team(Path(folder), server, [BUSY])
        for one in (team, busy):
            first_sync(one, store)
        measure(team, store, chosen.rounds)
        change_all(busy, store, chosen.changed, chosen.rounds)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=20)
    parser.add_argument("--issues", type=int, default=500, help="in each of them")
    parser.add_argument("--changed", type=int, default=1000, help="issues of one more project")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data-center", action="store_true", help="Data Center in place of Cloud")
    return parser.parse_args()


# ---------------------------------------------------------------- what there is


def title(name: str, number: int) -> str:
    return f"Add alert {number} to service {name}"


def lines(name: str, document: int) -> list[str]:
    return [f"- [ ] {title(name, document * ITEMS + item)}" for item in range(ITEMS)]


def fill(sizes: dict[str, int], hub: Hub) -> None:
    for name, issues in sizes.items():
        project = hub.add_project(name, people="bot")
        for number in range(issues):
            made = written(hub, project, number)
            with hub.at(made.created):
                hub.put(made.id, made)


def written(hub: Hub, project: Project, number: int) -> Issue:
    """The issue as pmtrack would have made it."""
    words, document, name = title(project.key, number), number // ITEMS, project.key
    at = datetime.now(UTC) - AGE + number * APART / 2
    marker = Marker(f"{name}-{number}", f"{document:04}.md", digest(words))
    draft = Draft(marker, Fields(words, Status.OPEN), words, f"Postmortem {document}", name, line=7 + number % ITEMS)
    usual = hub.priorities.ensure("Medium")
    values = {
        "summary": words,
        "issuetype": project.types[2],
        "status": status_id(hub, project),
        "priority": usual,
        "reporter": hub.account("bot"),
        "labels": ("postmortem",),
        "description": region.composed(body.markdown(draft), {}, None if hub.cloud else marker, nodes=hub.cloud),
    }
    noted = {shape.PROPERTY: shape.property_value(marker, str(usual))}
    place = hub.new_id(), project.id, project.next_number()
    return Issue(*place, hub.account("bot"), at, at, values, category_at=at, properties=noted)


# ---------------------------------------------------------------- what is measured


def first_sync(team: Team, store: Store) -> None:
    seconds = timed(lambda: team.run(store))
    linked = sum(store.linked_count(name) for name in team.names)
    print(f"{linked} issues in {len(team.names)} projects, all linked: found again in {seconds:.1f} s")
    print(f"  requests: {team.server.take().told}")
    team.run(store)  # what the first one has left: nothing
    team.server.take()


def measure(team: Team, store: Store, rounds: int) -> None:
    """All in turn, so that what else the machine does meets each of them."""
    works: dict[str, Callable[[], float]] = {
        OURS: lambda: timed(lambda: team.run(store)),
        THEIRS: lambda: timed(lambda: search_all(team.server, team.names)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in works}
    taken: dict[str, Taken] = {}
    for _ in range(rounds):
        for name, work in works.items():
            seconds[name].append(work())
            taken[name] = team.server.take()
        expect("a sync without news", len(taken[OURS].requests), len(team.names))
    for name in works:
        report(name, seconds[name])
        print(f"  requests: {taken[name].told}; the server's own part: {taken[name].seconds:.3f} s")
    report_ratio(f"pmtrack / {THEIRS}", seconds[OURS], seconds[THEIRS])


def change_all(team: Team, store: Store, changed: int, rounds: int) -> None:
    """People change every issue of one project, and a sync takes that up."""
    seconds: list[float] = []
    theirs: list[float] = []
    for number in range(rounds):
        team.server.do(partial(rename, number))
        seconds.append(timed(lambda: check(team.run(store), changed)))
        taken = team.server.take()
        pages = -(-changed // PAGE)
        expect("changes", len(taken.requests), pages + (pages if team.server.email else changed))
        theirs.append(timed(lambda: search_all(team.server, team.names)))
        team.server.take()
    searched = taken.count("POST", "/search/jql") + taken.count("GET", "/search")
    again = len(taken.requests) - searched
    print(f"{changed} changed issues of one project: {searched} pages, and {again} requests that read them again")
    report("pmtrack, taking them up", seconds)
    report(THEIRS, theirs)


def check(done: object, changed: int) -> None:
    counts = getattr(getattr(done, "outcome", None), "counts", {})
    if counts.get("note", 0) != changed:
        raise SystemExit(f"the sync took up {dict(counts)}, and {changed} issues were changed")


def rename(number: int, hub: Hub) -> None:
    project = hub.project(BUSY)
    for issue in hub.issues(BUSY):
        change(hub, issue, project.lead, {"summary": f"{title(BUSY, issue.number - 1)}, take {number}"})


def search_all(server: Server, names: Sequence[str]) -> int:
    client, fields = library(server), ",".join(shape.FIELDS)
    count = 0
    for name in names:
        query = f'project = "{name}" ORDER BY key ASC'
        if server.email:
            found = client.enhanced_search_issues(query, maxResults=0, fields=fields, properties=shape.PROPERTY)
        else:
            found = client.search_issues(query, maxResults=False, fields=fields, properties=shape.PROPERTY)
        count += len(found)
    return count


if __name__ == "__main__":
    main()
