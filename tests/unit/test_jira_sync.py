"""From postmortems to Jira and back, with everything in between as people use it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pmtrack.app import App, Scope
from pmtrack.config import load
from support.jira import Hub, Person, Transition, faults, serve
from support.jira_shop import welcome

POSTMORTEM = """\
# Checkout outage

Date: 2026-11-02

## Action items

| Action | Owner | Priority | Due | Status |
|---|---|---|---|---|
| Add retries to the importer | Ana | P1 | 2026-12-01 | open |
| Page [~bo] when {panel} opens | Bo | P2 | 2026-12-15 | open |
| Alert on queue depth | Zoe | P0 | 2026-12-08 | open |
"""
RETRIES, PAGE, ALERT = "Add retries to the importer", "Page [~bo] when {panel} opens", "Alert on queue depth"
PEOPLE = """\
[[person]]
name = "Ana Berg"
aliases = ["Ana"]
jira = "ana"
[[person]]
name = "Bo Lind"
aliases = ["Bo"]
jira = "bo"
"""
CONFIG = """\
people = "people.toml"
[[sources]]
name = "postmortems"
kind = "folder"
path = "postmortems"
tracker = "ops"
[trackers.ops]
kind = "jira"
project = "OPS"
url = "{url}"
limits = {{ writes_per_second = 1000, creations_per_minute = 10000, creations_per_hour = 100000, settle_seconds = 0 }}
"""


class Place:
    """A team's folder and its project."""

    def __init__(self, folder: Path, hub: Hub, url: str) -> None:
        self.folder, self.hub = folder, hub
        (folder / "postmortems").mkdir()
        self.document = folder / "postmortems" / "checkout.md"
        self.document.write_text(POSTMORTEM)
        (folder / "people.toml").write_text(PEOPLE)
        (folder / "pmtrack.toml").write_text(CONFIG.format(url=url))

    @property
    def app(self) -> App:
        return App(load(self.folder / "pmtrack.toml"))

    def sync(self) -> dict[str, int]:
        run = self.app.sync(Scope(yes=True))
        self.problems = run.problems
        return {word: count for word, count in run.summary.items() if count}

    def change(self, old: str, new: str) -> None:
        text = self.document.read_text()
        assert old in text
        self.document.write_text(text.replace(old, new))

    def owner(self, item: str) -> str:
        """Whom the report in the document shows."""
        block = self.document.read_text().partition("pmtrack:begin")[2]
        (row,) = [line.split("|") for line in block.splitlines() if line.startswith(f"| {item}")]
        return row[2].strip()

    def key(self, item: str) -> str:
        (found,) = [self.hub.key(one) for one in self.hub.issues("OPS") if one.values["summary"] == item]
        return found

    def status(self, item: str) -> str:
        return {row.text: str(row.status) for row in self.app.report().rows}[item]

    def requests(self) -> list[str]:
        """What was asked since the last look."""
        told = [f"{entry.method} {entry.path.split('/', 4)[-1]} {entry.status}" for entry in self.hub.log]
        self.hub.log.clear()
        return told


@pytest.fixture(params=[True, False], ids=["cloud", "center"])
def both(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    hub = Hub(cloud=request.param)
    hub.add_project("OPS", people="bot person")
    hub.add_project("OLD", people="bot person")
    welcome(hub, "OPS", ("ana", "bo", "kim"))
    hub.users["kim" if hub.cloud else "JIRAUSER-kim"].display_name = "Kim Dahl"
    token = hub.add_token("bot")
    monkeypatch.setenv("PMTRACK_OPS_TOKEN", token.value)
    if hub.cloud:
        monkeypatch.setenv("PMTRACK_OPS_EMAIL", token.email)
    with serve(hub) as url:
        yield Place(tmp_path, hub, url)


@pytest.fixture
def person(both: Place) -> Person:
    return Person.at(both.hub, "person", "OPS")


def test_items_become_issues_and_a_second_run_asks_once_and_writes_nothing(both: Place) -> None:
    assert both.sync() == {"created": 3, "documents written": 1}
    assert both.problems == []
    assert [line for line in both.requests() if line.startswith("POST issue")] == ["POST issue/bulk 201"]
    made = both.hub.fields(both.key(RETRIES))
    assert (made["assignee"], made["priority"], made["duedate"]) == ("ana", "High", "2026-12-01")
    zoe = both.hub.fields(both.key(ALERT))
    assert "assignee" not in zoe
    assert "Zoe" in zoe["description"]
    before = both.document.read_bytes()
    assert both.sync() == {}
    assert both.requests() == ["POST search/jql 200" if both.hub.cloud else "GET search 200"]
    assert both.document.read_bytes() == before


def test_what_people_do_in_the_issue_comes_back(both: Place, person: Person) -> None:
    both.sync()
    person.transition(both.key(RETRIES), "Done")
    person.assign(both.key(PAGE), "ana")
    person.label(both.key(ALERT), "customer")
    assert both.sync()["documents written"] == 1
    assert both.status(RETRIES) == "done"
    assert both.owner("Page") == "Ana Berg"
    assert both.sync() == {}
    assert both.hub.fields(both.key(ALERT))["labels"] == ("postmortem", "customer")


def test_what_people_do_in_the_document_goes_there(both: Place, person: Person) -> None:
    both.sync()
    key = both.key(RETRIES)
    person.label(key, "customer")
    both.change("P1 | 2026-12-01 | open", "P0 | 2027-01-01 | done")
    assert both.sync()["closed"] == 1
    said = both.hub.fields(key)
    assert (said["status"], said["priority"], said["duedate"]) == ("Done", "Highest", "2027-01-01")
    assert said["labels"] == ("postmortem", "customer")
    assert both.sync() == {}


def test_an_item_that_left_its_document_is_told_once(both: Place, person: Person) -> None:
    both.sync()
    key = both.key(ALERT)
    both.change("| Alert on queue depth | Zoe | P0 | 2026-12-08 | open |\n", "")
    both.sync()
    assert both.sync() == {}
    assert len(person.look(key).comments) == 1
    assert both.hub.fields(key)["status"] == "To Do"


LOST = [
    faults.error_after(502),
    faults.dropped_after(),
    faults.cut(),
    faults.not_json(201),
    faults.half_done(2),
    faults.half_done(1, status=502),
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: fault.name)
@pytest.mark.parametrize("lag", [0, 8])
def test_a_bulk_whose_answer_is_lost_makes_no_second_issue(both: Place, fault: faults.Fault, lag: int) -> None:
    both.hub.search_lag = timedelta(minutes=lag)
    both.hub.faults.next("POST", "/issue/bulk", fault)
    assert both.sync() == {"failed": 3, "documents written": 1}
    assert "the next run looks" in " ".join(both.problems)
    both.sync()
    both.sync()
    assert both.sync() == {}
    assert sorted(one.values["summary"] for one in both.hub.issues("OPS")) == sorted([RETRIES, PAGE, ALERT])


def test_what_no_priority_means_outlives_a_lost_answer(both: Place) -> None:
    """Jira gives every issue a priority; on Data Center only a second request says that it means nothing."""
    both.change("Ana | P1 |", "Ana |  |")
    both.hub.faults.next("POST", "/issue/bulk", faults.dropped_after())
    both.sync()
    both.sync()
    assert both.sync() == {}
    assert {row.text: row.priority for row in both.app.report().rows}[RETRIES] is None
    both.change("Ana |  |", "Ana | P3 |")
    assert both.sync()["updated"] == 1
    assert both.hub.fields(both.key(RETRIES))["priority"] == "Low"
    assert both.sync() == {}


def test_several_changes_are_read_again_together(both: Place, person: Person) -> None:
    """Search lags; Data Center has no such request."""
    both.sync()
    for item, words in ((RETRIES, "Add a retry"), (PAGE, "Page Bo"), (ALERT, "Alert somebody")):
        person.edit(both.key(item), summary=words)
    both.requests()
    both.sync()
    asked = [line for line in both.requests() if "search" not in line]
    assert asked == ["POST issue/bulkfetch 200"] if both.hub.cloud else len(asked) == 3


def test_nothing_is_closed_only_to_be_opened(both: Place) -> None:
    """From in progress, the only way back leads over done."""
    ways = (("Start", "In Progress", "To Do"), ("Close", "Done", "In Progress"), ("Reopen", "To Do", "Done"))
    steps = (Transition(number, name, to, (at,)) for number, (name, to, at) in enumerate(ways, start=1))
    both.hub.project("OPS").workflow.transitions = tuple(steps)
    both.change("2026-12-01 | open", "2026-12-01 | in progress")
    both.sync()
    both.change("2026-12-01 | in progress", "2026-12-01 | open")
    both.sync()
    assert "no transition leads to open (there are: Close (to Done))" in " ".join(both.problems)
    assert both.hub.fields(both.key(RETRIES))["status"] == "In Progress"


def test_a_moved_issue_is_followed(both: Place, person: Person) -> None:
    both.sync()
    moved = person.move(both.key(RETRIES), "OLD")
    both.change("P1 | 2026-12-01 | open", "P1 | 2026-12-01 | done")
    assert both.sync()["closed"] == 1
    assert both.hub.fields(moved)["status"] == "Done"
    assert moved in both.document.read_text()
    assert both.sync() == {}
    assert len(both.hub.issues("OPS")) + len(both.hub.issues("OLD")) == 3


def test_a_lost_store_makes_no_second_issue(both: Place) -> None:
    both.sync()
    for path in both.folder.glob("pmtrack.db*"):
        path.unlink()
    both.sync()
    assert len(both.hub.issues("OPS")) == 3
    assert both.sync() == {}


def test_a_copy_of_an_issue_by_a_person_is_nobodys(both: Place, person: Person) -> None:
    both.sync()
    person.transition(person.copy(both.key(RETRIES)), "Done")
    assert both.sync() == {}
    assert both.hub.fields(both.key(RETRIES))["status"] == "To Do"


def test_an_owner_who_cannot_be_assigned_is_still_the_owner_in_the_report(both: Place, person: Person) -> None:
    both.sync()
    assert both.owner(ALERT) == "Zoe"
    both.change("| Zoe | P0", "| Yan | P0")
    assert both.sync() == {"updated": 1, "documents written": 1}  # a comment says who was meant
    assert both.sync() == {}
    assert both.owner(ALERT) == "Yan"
    person.assign(both.key(ALERT), "ana")
    both.sync()
    assert both.owner(ALERT) == "Ana Berg"
    assert both.sync() == {}


def test_an_owner_whom_nobody_named_is_called_as_jira_calls_them(both: Place, person: Person) -> None:
    both.sync()
    person.assign(both.key(ALERT), "kim")
    both.sync()
    assert both.owner(ALERT) == "Kim Dahl"
    assert {row.text: row.owners for row in both.app.report().rows}[ALERT] == ("Kim Dahl",)
    assert both.sync() == {}
    both.change("| Ana | P1", "| Bo | P1")
    both.sync()
    assert both.owner(ALERT) == "Kim Dahl", "also by a run that hears nothing of the issue"


def test_check_says_what_is_missing_and_writes_nothing(both: Place) -> None:
    assert list(both.app.check()) == []
    both.hub.project("OPS").archived = True
    assert list(both.app.check()) == ["trackers.ops: project OPS is archived: restore it, or name another project"]
    assert [line for line in both.requests() if line[:3] != "GET" and "search" not in line] == []


def test_what_holds_for_every_item_is_said_once(both: Place) -> None:
    both.hub.revoke("bot", "OPS", "CREATE_ISSUES")
    both.sync()
    (problem,) = both.problems
    assert "the account lacks permissions in OPS: give it Create issues" in problem
    assert both.hub.issues("OPS") == []
