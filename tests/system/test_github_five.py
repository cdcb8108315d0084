"""The five example postmortems and a repository, by `config/github.toml` with nothing but its address changed.

The real command speaks over a real socket, at the pace that GitHub asks for: a second between two writes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from support.github import Hub, Person, serve
from support.github.apps import App
from support.scratch import Answer, Scratch

ROOT = Path(__file__).parents[2]
REPOSITORY = "acme/shop"
BY_HAND = ("P0", "customer")
"""Labels that people bring in."""
FIRST, EDITED = "the first sync", "the sync after edits on both sides"
ISSUES = 18
"""Of the 23 items; the other five were done before anybody kept an issue of them."""

CHECKOUT, BADGES, REMINDERS, GAP = (
    "2026-09-14-checkout-latency.md",
    "2026-09-29-badge-readers.md",
    "2026-10-21-double-reminders.md",
    "2026-11-03-sensor-gap.md",
)
TICKED, OWNED, REWORDED, DROPPED, POSTPONED, RENAMED, RAISED, BOTH, DONE, ASSIGNED = (
    "Alert on the p95",
    "Look taxes up once",
    "Move certificate reminders",
    "Page when the batch",
    "Rewrite the settlement statement",
    "Measure the batch",
    "Drop a reminder that was sent",
    "Alert when two senders",
    "Give each queue",
    "Send farmers a message",
)


@dataclass(frozen=True)
class Team:
    """Everybody's folder and repository.

    Attributes:
        secrets: what the command finds in its environment. runs: by name, what was said, and what the server was asked.
    """

    scratch: Scratch
    hub: Hub
    secrets: Mapping[str, str]
    runs: dict[str, tuple[Answer, list[Any]]] = field(default_factory=dict)

    def run(self, *arguments: str) -> Answer:
        answer = self.scratch.run(*arguments, environment=self.secrets)
        assert (answer.code, answer.err) == (0, ""), answer
        return answer

    def sync(self, name: str) -> None:
        """One run, with what it asked of the server."""
        before = len(self.hub.log)
        answer = self.run("sync", "--yes", "--format", "json")
        self.runs[name] = answer, list(self.hub.log[before:])

    def counts(self, name: str) -> dict[str, int]:
        return {word: count for word, count in self.runs[name][0].json["summary"].items() if count}

    def writes(self, name: str) -> Counter[str]:
        """What changed something, by method and the end of the address."""
        told = self.runs[name][1]
        return Counter(f"{one.method} {one.path.partition('/issues')[2]}" for one in told if one.method != "GET")

    def number(self, words: str) -> int:
        (found,) = [issue.number for issue in self.hub.issues(REPOSITORY) if issue.title.startswith(words)]
        return found

    def status(self) -> Any:
        return self.run("status", "--format", "json").json

    def row(self, number: int) -> Any:
        (found,) = [row for row in self.status()["items"] if row["ticket"] and row["ticket"]["key"] == f"#{number}"]
        return found


@contextmanager
def team(folder: Path, documents: str = "*.md", *, as_app: bool = False) -> Iterator[Team]:
    """A repository of people, a copy of the examples, and the configuration as it is shipped."""
    hub = Hub()
    hub.add_repo(REPOSITORY, people="pmtrack-bot lisa-m tokafor ana")
    with serve(hub) as url:
        texts = {path.name: path.read_text("utf-8") for path in (ROOT / "examples/postmortems").glob(documents)}
        scratch = Scratch.make(folder, texts, _config(url))
        (folder / "people.toml").write_bytes((ROOT / "config/people.toml").read_bytes())
        secrets = {"PMTRACK_ACME_PRIVATE_KEY": _app(hub).pem} if as_app else {"PMTRACK_SHOP_TOKEN": _token(hub)}
        yield Team(scratch, hub, secrets)


def _config(url: str) -> str:
    shipped = (ROOT / "config/github.toml").read_text("utf-8")
    address = 'base_url = "https://api.github.com"'
    assert shipped.count(address) == 1
    return shipped.replace(address, f'base_url = "{url}"')


def _token(hub: Hub) -> str:
    return hub.add_token("pmtrack-bot").value


def _app(hub: Hub) -> App:
    """The one whose numbers stand in the configuration."""
    app = hub.add_app("pmtrack", "acme")
    app.id, app.installation = 1234, 5678
    hub.apps = {app.id: app}
    return app


def edit_documents(scratch: Scratch) -> None:
    """A tick, an owner, other words, and a row that says it is done."""
    scratch.edit(f"- [ ] {TICKED}", f"- [x] {TICKED}", CHECKOUT)
    scratch.edit(f"{OWNED} for a whole basket (Owner: Ivo Castellan)", f"{OWNED} for a basket (Owner: Lisa)", CHECKOUT)
    scratch.edit(f"{REWORDED} to the facilities rota", f"{REWORDED} to the rota of all facilities", BADGES)
    row = next(line for line in scratch.read(REMINDERS).splitlines() if BOTH in line)
    scratch.edit(row, f"{row.rpartition(' | ')[0]} | Done |", REMINDERS)


def edit_issues(team: Team) -> None:
    """What people do on the page: two closes and one that is not planned, and each field once."""
    lisa = Person.at(team.hub, "lisa-m", REPOSITORY)
    lisa.close(team.number(DROPPED), "not_planned")
    lisa.close(team.number(BOTH))
    lisa.close(team.number(DONE))
    lisa.assign(team.number(ASSIGNED), "lisa-m")
    lisa.unlabel(team.number(RAISED), "P1")
    lisa.label(team.number(RAISED), *BY_HAND)
    postponed = team.number(POSTPONED)
    lisa.edit(postponed, body=re.sub(r"Due: \S+", "Due: 2020-01-02", lisa.look(postponed).body or ""))
    lisa.edit(team.number(RENAMED), title="Measure it every month")


@dataclass
class Story:
    """What a team went through, and what was so at each stage.

    Attributes:
        numbers: of the issues, by the words that they began with. quiet: whether no byte changed, by run.
    """

    team: Team
    checked: str = ""
    numbers: dict[str, int] = field(default_factory=dict)
    same: dict[str, bool] = field(default_factory=dict)

    def live(self) -> None:
        self.checked = self.team.run("check").out
        self.team.sync(FIRST)
        self._rest("second", "third")
        words = (TICKED, OWNED, REWORDED, DROPPED, POSTPONED, RENAMED, RAISED, BOTH, DONE, ASSIGNED)
        self.numbers = {one: self.team.number(one) for one in words}
        edit_documents(self.team.scratch)
        edit_issues(self.team)
        self.team.sync(EDITED)
        self._rest("after", "last")

    def _rest(self, *names: str) -> None:
        for name in names:
            files, rows = self.team.scratch.files(), self.team.scratch.rows()
            self.team.sync(name)
            self.same[name] = (files, rows) == (self.team.scratch.files(), self.team.scratch.rows())

    def issue(self, words: str) -> Any:
        return self.team.hub.issue(REPOSITORY, self.numbers[words])

    def row(self, words: str) -> Any:
        return self.team.row(self.numbers[words])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with team(tmp_path_factory.mktemp("five")) as made:
        told = Story(made)
        told.live()
        yield told


def test_the_configuration_as_shipped_is_fine(story: Story) -> None:
    assert "is fine: 1 source, 1 tracker" in story.checked


def test_every_open_item_becomes_an_issue_and_every_document_its_report(story: Story) -> None:
    assert story.team.counts(FIRST) == {"created": ISSUES, "documents written": 5}
    posts = Counter(one.path.rpartition("/")[2] for one in story.team.runs[FIRST][1] if one.method != "GET")
    assert posts == {"issues": ISSUES, "labels": len(story.team.hub.repo(REPOSITORY).labels) - len(BY_HAND)}


def test_writes_are_a_second_apart_and_no_limit_is_met(story: Story) -> None:
    """A second on the way out; they arrive a few milliseconds sooner or later."""
    times = [one.at for one in story.team.runs[FIRST][1] if one.method != "GET"]
    assert (times[-1] - times[0]).total_seconds() > 0.98 * (len(times) - 1)
    assert story.team.hub.bans == []
    assert story.team.hub.violations == []


@pytest.mark.parametrize("name", ["second", "third", "after", "last"])
def test_a_run_with_nothing_to_do_changes_nothing_anywhere(story: Story, name: str) -> None:
    assert story.team.counts(name) == {}
    assert story.team.writes(name) == {}
    assert story.same[name], "a byte of a document or a row changed"


@pytest.mark.parametrize("name", ["third", "last"])
def test_soon_all_that_is_asked_is_whether_anything_changed(story: Story, name: str) -> None:
    asked = story.team.runs[name][1]
    assert [(one.method, one.path.rpartition("/")[2], one.status) for one in asked] == [("GET", "issues", 304)]


def test_edits_of_a_document_reach_the_issue_in_one_request_each(story: Story) -> None:
    ticked, owned, reworded = story.issue(TICKED), story.issue(OWNED), story.issue(REWORDED)
    assert (ticked.state, ticked.state_reason) == ("closed", "completed")
    assert (owned.title, owned.assignees) == ("Look taxes up once for a basket", ("lisa-m",))
    assert reworded.title == "Move certificate reminders to the rota of all facilities"
    wanted = [f"PATCH /{story.numbers[words]}" for words in (TICKED, OWNED, REWORDED)]
    assert story.team.writes(EDITED) == Counter(wanted)


def test_edits_of_an_issue_are_reported_and_stay(story: Story) -> None:
    told = {words: story.row(words) for words in (DROPPED, POSTPONED, RENAMED, RAISED, DONE, ASSIGNED)}
    assert (told[DROPPED]["status"], told[DONE]["status"]) == ("cancelled", "done")
    assert (told[POSTPONED]["due"], told[RAISED]["priority"]) == ("2020-01-02", "P0")
    assert told[ASSIGNED]["owner"] == "Lisa Meier"
    assert story.issue(RENAMED).title == "Measure it every month"
    labels = story.team.hub.label_names(REPOSITORY, story.numbers[RAISED])
    assert sorted(labels) == ["P0", "customer", "in progress", "postmortem"]


def test_what_is_closed_on_both_sides_is_done_and_nobody_writes_it(story: Story) -> None:
    assert story.row(BOTH)["status"] == "done"
    assert story.issue(BOTH).closed_by == "lisa-m"
    assert "PATCH /" + str(story.numbers[BOTH]) not in story.team.writes(EDITED)


def test_the_numbers_of_status_are_those_of_the_documents_and_the_repository(story: Story) -> None:
    totals = story.team.status()["totals"]
    closed = Counter(issue.state_reason for issue in story.team.hub.issues(REPOSITORY) if issue.state == "closed")
    assert closed == {"completed": 3, "not_planned": 1}
    without = 5  # items that were done before the first run
    wanted = {"items": 23, "open": 13, "in_progress": 1, "done": without + 3, "cancelled": 1}
    assert {name: totals[name] for name in wanted} == wanted
    assert {name: totals[name] for name in ("no_owner", "no_due", "held", "failed")} == {
        "no_owner": 9,
        "no_due": 6,
        "held": 0,
        "failed": 0,
    }


def test_the_digest_says_the_same(story: Story) -> None:
    told, digest = story.team.status(), story.team.run("digest").out
    late = [row for row in told["items"] if row["status"] in ("open", "in_progress") and _is_late(row, told)]
    assert len(late) == told["totals"]["overdue"]
    counts = f"23 items: 13 open, 1 in progress, 8 done, 1 cancelled, {len(late)} overdue"
    assert counts in digest
    assert f"## Overdue ({len(late)})" in digest
    overdue = digest.partition("## Overdue")[2].partition("\n## ")[0]
    assert all(row["text"].split()[0] in overdue for row in late)
    assert POSTPONED in overdue
    assert DROPPED not in overdue


def _is_late(row: Any, told: Any) -> bool:
    return bool(row["due"]) and date.fromisoformat(row["due"]) < date.fromisoformat(told["as_of"])


def test_an_app_does_the_same_as_a_person(tmp_path: Path) -> None:
    """The configuration names one; its key comes through the environment."""
    with team(tmp_path, GAP, as_app=True) as made:
        made.run("check")
        made.sync(FIRST)
        assert made.counts(FIRST) == {"created": 4, "documents written": 1}
        assert {issue.author for issue in made.hub.issues(REPOSITORY)} == {"pmtrack[bot]"}
        files = made.scratch.files()
        made.sync("second")
        made.sync("third")
        assert made.counts("third") == {}
        assert [one.status for one in made.runs["third"][1] if one.method == "GET"] == [304]
        assert made.scratch.files() == files
