"""Lives: people at work in the document and on GitHub, a network that fails, and pmtrack in between. At the end all is
quiet, and every item has one issue. A life is replayed by its number.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from test_github_sync import Place

from pmtrack.trackers.github import client as clients
from support.github import Hub, Person, faults, serve

FAULTS = [
    faults.error(502),
    faults.error_after(502),
    faults.dropped(),
    faults.dropped_after(),
    faults.cut(),
    faults.not_json(200),
    faults.stale(),
]
CELLS = {
    1: ["Ana", "Bo", "Zoe", ""],
    2: ["P0", "P1", "P2", ""],
    3: ["2026-12-01", "2027-03-03", ""],
    4: ["open", "done", "in progress", "cancelled"],
}
LABELS = ["P0", "P1", "in progress", "mine"]


class Life:
    """One life, in steps."""

    def __init__(self, place: Place, number: int) -> None:
        self.place, self.hub, self.chance = place, place.hub, random.Random(number)
        self.person = Person.at(place.hub, "ana", "acme/shop")

    def author(self) -> None:
        """Changes one cell of the table."""
        text, *block = self.place.document.read_text().split("<!-- pmtrack:begin")
        lines = text.split("\n")
        rows = [at for at, line in enumerate(lines) if re.match(r"\| (?!Action|-)", line)]
        at, column = self.chance.choice(rows), self.chance.choice(list(CELLS))
        cells = [cell.strip() for cell in lines[at].strip("|").split("|")]
        cells[column] = self.chance.choice(CELLS[column])
        lines[at] = f"| {' | '.join(cells)} |"
        self.place.document.write_text("<!-- pmtrack:begin".join(["\n".join(lines), *block]))

    def owner(self) -> None:
        """Does something with an issue in the page."""
        issues = self.hub.issues("acme/shop")
        if not issues:
            return
        issue, person, chance = self.chance.choice(issues), self.person, self.chance
        body = issue.body or ""
        is_open = issue.state == "open"
        deeds: list[Callable[[int], object]] = [
            person.close if is_open else person.reopen,
            lambda n: person.close(n, "not_planned") if is_open else person.comment(n, "hm"),
            lambda n: person.label(n, chance.choice(LABELS)),
            lambda n: person.unlabel(n, chance.choice(LABELS)),
            lambda n: person.assign(n, *chance.choice([(), ("ana",), ("ana", "bo")])),
            lambda n: person.edit(n, body=body.replace("\n", "\r\n") + "\r\nseen"),
            lambda n: person.edit(n, body=body.replace("2026-12-01", "2028-01-01")),
            lambda n: person.edit(n, title=f"{issue.title} more"),
            person.copy,
            lambda n: person.delete(n) if chance.random() < 0.3 else None,
            lambda n: person.convert_to_discussion(n) if chance.random() < 0.3 else None,
            lambda _n: person.pull_request("A change"),
        ]
        chance.choice(deeds)(issue.number)

    def step(self) -> None:
        for _ in range(self.chance.randint(0, 3)):
            self.chance.choice([self.author, self.owner])()
        if self.chance.random() < 0.6:
            self.hub.faults.next(self.chance.choice(["GET", "POST", "PATCH"]), "*", self.chance.choice(FAULTS))
        self.place.sync()


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(clients, "PAUSES", (0.0, 0.0))
    hub = Hub()
    hub.add_repo("acme/shop", people="bot ana bo")
    if request.param % 2:
        hub.add_field("acme", "Due date", "date")
        hub.add_field("acme", "Priority", "single_select", "Urgent", "High", "Medium", "Low")
    monkeypatch.setenv("PMTRACK_SHOP_TOKEN", hub.add_token("bot").value)
    with serve(hub) as url:
        yield Place(tmp_path, hub, url)


@pytest.mark.parametrize(("place", "number"), [(number, number) for number in range(6)], indirect=["place"])
def test_a_life_ends_quietly_with_one_issue_for_each_item(place: Place, number: int) -> None:
    life = Life(place, number)
    for _ in range(6):
        life.step()
    place.hub.faults.waiting.clear()
    for _ in range(3):
        place.sync()
    before = len(place.hub.log.writes())
    assert place.sync() == {}
    assert len(place.hub.log.writes()) == before
    ours = [issue.body or "" for issue in place.hub.issues("acme/shop") if issue.author == "bot"]
    idents = Counter(ident for body in ours for ident in re.findall(r"pmtrack:item v1 (\S+)", body))
    assert set(idents.values()) <= {1}
