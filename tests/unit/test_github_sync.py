"""From postmortems to GitHub and back, with everything in between as people use it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from pmtrack.app import App, Scope
from pmtrack.config import load
from support.github import Hub, Person, faults, serve

POSTMORTEM = """\
# Checkout outage

Date: 2026-11-02

## Action items

| Action | Owner | Priority | Due | Status |
|---|---|---|---|---|
| Add retries to the importer | Ana | P1 | 2026-12-01 | open |
| Page @acme/oncall when #12 happens | Bo | P2 | 2026-12-15 | open |
| Alert on queue depth | Zoe | P0 | 2026-12-08 | open |
"""
PEOPLE = """\
[[person]]
name = "Ana Berg"
aliases = ["Ana"]
github = "ana"
[[person]]
name = "Bo Lind"
aliases = ["Bo"]
github = "bo"
"""
CONFIG = """\
people = "people.toml"
[[sources]]
name = "postmortems"
kind = "folder"
path = "postmortems"
tracker = "shop"
[trackers.shop]
kind = "github"
repository = "acme/shop"
base_url = "{url}"
limits = {{ writes_per_second = 1000, creations_per_minute = 10000, creations_per_hour = 100000, settle_seconds = 0 }}
"""


class Place:
    """A team's folder and its repository."""

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

    def owner(self, item: str) -> str:
        """Whom the report in the document shows."""
        block = self.document.read_text().partition("pmtrack:begin")[2]
        (row,) = [line.split("|") for line in block.splitlines() if line.startswith(f"| {item}")]
        return row[2].strip()

    def requests(self) -> list[str]:
        """What was asked since the last look."""
        told = [f"{entry.method} {entry.path} {entry.status}" for entry in self.hub.log]
        self.hub.log.clear()
        return told


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    hub = Hub()
    hub.add_repo("acme/shop", people="bot ana bo")
    monkeypatch.setenv("PMTRACK_SHOP_TOKEN", hub.add_token("bot").value)
    with serve(hub) as url:
        yield Place(tmp_path, hub, url)
    assert hub.bans == []


@pytest.fixture
def person(place: Place) -> Person:
    return Person.at(place.hub, "ana", "acme/shop")


def test_items_become_issues_and_a_second_run_asks_once_and_writes_nothing(place: Place) -> None:
    assert place.sync() == {"created": 3, "documents written": 1}
    assert place.problems == []
    asked = [line for line in place.requests() if line.startswith("GET")]
    assert len(asked) == 5 + 1, "repository, issues, people, the organisation's fields, labels; and Zoe, to be sure"
    made = {issue.title: issue for issue in place.hub.issues("acme/shop")}
    assert made["Add retries to the importer"].assignees == ("ana",)
    assert place.hub.label_names("acme/shop", 1) == ["postmortem", "P1"]
    zoe = made["Alert on queue depth"]
    assert zoe.assignees == ()
    assert "Zoe" in (zoe.body or "")
    before = place.document.read_bytes()
    place.sync()
    place.requests()
    assert place.sync() == {}
    repository = place.hub.repo("acme/shop").id
    assert place.requests() == [f"GET /repositories/{repository}/issues 304"]
    assert place.document.read_bytes() == before


def test_what_people_do_in_the_issue_comes_back(place: Place, person: Person) -> None:
    place.sync()
    person.close(1)
    person.assign(2, "ana")
    person.label(3, "customer")
    assert place.sync()["documents written"] == 1
    items = {item.text: item for item in place.app.report().rows}
    assert items["Add retries to the importer"].status == "done"
    assert place.sync() == {}
    assert place.hub.label_names("acme/shop", 3) == ["postmortem", "P0", "customer"]


def test_what_people_do_in_the_document_goes_there(place: Place, person: Person) -> None:
    place.sync()
    person.label(1, "customer")
    person.edit(1, body=(person.look(1).body or "").replace("\n", "\r\n") + "\r\nSeen by Ana.")
    text = place.document.read_text()
    place.document.write_text(text.replace("P1 | 2026-12-01 | open", "P0 | 2027-01-01 | done"))
    assert place.sync()["closed"] == 1
    issue = person.look(1)
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert place.hub.label_names("acme/shop", 1) == ["postmortem", "customer", "P0"]
    assert "Due: 2027-01-01" in (issue.body or "")
    assert (issue.body or "").endswith("\r\nSeen by Ana.")
    assert place.sync() == {}


def test_an_item_that_left_its_document_is_told_once(place: Place, person: Person) -> None:
    place.sync()
    lines = place.document.read_text().splitlines(keepends=True)
    place.document.write_text("".join(line for line in lines if not line.startswith("| Alert on queue depth")))
    place.sync()
    place.sync()
    assert [("no longer in" in one.body, "pmtrack:comment removed" in one.body) for one in person.look(3).comments] == [
        (True, True)
    ]
    assert place.sync() == {}


@pytest.mark.parametrize("fault", [faults.error_after(502), faults.dropped_after(), faults.cut(), faults.not_json(201)])
def test_a_create_whose_answer_is_lost_makes_one_issue(place: Place, fault: faults.Fault) -> None:
    place.hub.faults.next("POST", "/issues", fault)
    place.sync()
    assert "the next run looks" in " ".join(place.problems)
    place.sync()
    assert place.sync() == {}
    assert sorted(issue.title for issue in place.hub.issues("acme/shop"))[0] == "Add retries to the importer"
    assert len(place.hub.issues("acme/shop")) == 3
    assert len(place.hub.log.matching("POST", "/issues")) == 3


def with_parents(place: Place) -> None:
    config = place.folder / "pmtrack.toml"
    config.write_text(config.read_text() + "parents = true\n")


def children(place: Place) -> list[tuple[str, ...]]:
    """The titles under each issue that has any."""
    issues = place.hub.issues("acme/shop")
    titles = {issue.id: issue.title for issue in issues}
    return [tuple(sorted(titles[child] for child in issue.children)) for issue in issues if issue.children]


EVERY_ITEM = ("Add retries to the importer", "Alert on queue depth", "Page @\u200bacme/oncall when #\u200b12 happens")


def test_items_go_under_one_issue_for_their_postmortem(place: Place, person: Person) -> None:
    with_parents(place)
    assert place.sync() == {"created": 3, "documents written": 1}
    assert children(place) == [EVERY_ITEM]
    assert place.sync() == {}
    person.close(1)
    assert place.sync() == {}, "it is no item's issue, whatever becomes of it"
    row = "| Add a test | Ana | P2 | 2026-12-20 | open |\n"
    place.document.write_text(place.document.read_text().replace("| Alert on", row + "| Alert on"))
    assert place.sync()["created"] == 1
    assert children(place) == [tuple(sorted((*EVERY_ITEM, "Add a test")))]
    for path in place.folder.glob("pmtrack.db*"):
        path.unlink()
    place.sync()
    assert place.sync() == {}
    assert len(place.hub.issues("acme/shop")) == 5, "nor does a lost store make a second one"


@pytest.mark.parametrize("fault", [faults.error_after(502), faults.dropped_after(), faults.cut(), faults.not_json(201)])
@pytest.mark.parametrize("lag", [0, 8])
def test_a_parent_whose_answer_is_lost_is_made_once(place: Place, fault: faults.Fault, lag: int) -> None:
    with_parents(place)
    place.hub.list_lag = timedelta(minutes=lag)
    place.hub.faults.next("POST", "/issues", fault)
    assert place.sync() == {"failed": 3, "documents written": 1}
    assert len(place.hub.issues("acme/shop")) == 1
    place.sync()
    place.sync()
    assert place.sync() == {}
    assert children(place) == [EVERY_ITEM]
    assert len(place.hub.issues("acme/shop")) == 4


def test_fault_37_another_version_in_the_middle_of_a_create_makes_one_issue(place: Place) -> None:
    place.hub.list_lag = timedelta(minutes=8)
    place.hub.faults.next("POST", "/issues", faults.dropped_after())
    place.sync()
    with closing(sqlite3.connect(place.folder / "pmtrack.db")) as store, store:
        store.execute("update intentions set high_mark = 'v2:17'")
        store.execute("update cursors set cursor = '{\"v\":2}'")
    place.sync()
    assert place.sync() == {}
    assert len(place.hub.issues("acme/shop")) == 3
    assert len(place.hub.log.matching("POST", "/issues")) == 3


def test_a_list_that_lags_hides_no_create_whose_answer_was_lost(place: Place) -> None:
    place.hub.list_lag = timedelta(minutes=8)
    place.hub.faults.next("POST", "/issues", faults.dropped_after())
    place.sync()
    place.sync()
    assert place.sync() == {}
    assert len(place.hub.issues("acme/shop")) == 3


@pytest.mark.parametrize(
    "fault", [faults.error_after(502), faults.error(502), faults.cut()], ids=lambda fault: fault.name
)
def test_an_update_whose_answer_is_lost_ends_as_the_document_says(
    place: Place, person: Person, fault: faults.Fault
) -> None:
    place.sync()
    place.document.write_text(place.document.read_text().replace("P1 | 2026-12-01 | open", "P1 | 2026-12-01 | done"))
    place.hub.faults.next("PATCH", "/issues/1", fault)
    place.sync()
    place.sync()
    assert place.sync() == {}
    assert (person.look(1).state, person.look(1).state_reason) == ("closed", "completed")
    assert "done" in place.document.read_text()


def test_a_date_on_both_sides_and_a_status_by_a_person_settle(place: Place, person: Person) -> None:
    place.sync()
    body = (person.look(1).body or "").replace("2026-12-01", "2027-05-05")
    person.edit(1, body=body.replace("\n", "\r\n"))
    place.document.write_text(place.document.read_text().replace("2026-12-01", "2027-06-06"))
    place.sync()
    place.sync()
    assert place.sync() == {}
    assert "Due: 2027-05-05" in (person.look(1).body or ""), "the tracker wins, and the other date is a conflict"


def test_a_lost_store_makes_no_second_issue(place: Place) -> None:
    place.sync()
    for path in place.folder.glob("pmtrack.db*"):
        path.unlink()
    place.sync()
    assert len(place.hub.issues("acme/shop")) == 3
    assert place.sync() == {}


def test_a_copy_of_an_issue_by_a_person_is_nobodys(place: Place, person: Person) -> None:
    place.sync()
    person.copy(1)
    person.close(4)
    assert place.sync() == {}
    assert person.look(1).state == "open"


def test_a_renamed_repository_is_followed_and_links_stay(place: Place, person: Person) -> None:
    place.sync()
    place.hub.names["acme/store"] = place.hub.names["acme/shop"]
    place.hub.repo("acme/shop").name = "store"
    person.close(2)
    place.sync()
    assert place.problems == []
    items = {item.text: item for item in place.app.report().rows}
    assert items["Alert on queue depth"].status == "open"
    assert place.sync() == {}
    assert len(place.hub.issues("acme/store")) == 3


def test_check_says_what_is_missing_and_writes_nothing(place: Place) -> None:
    assert list(place.app.check()) == []
    place.hub.repo("acme/shop").archived = True
    assert list(place.app.check()) == ["trackers.shop: acme/shop is archived: unarchive it, or name another repository"]
    assert place.hub.log.writes() == []


def test_in_a_public_repository_creating_waits_until_it_is_allowed(place: Place) -> None:
    place.hub.repo("acme/shop").private = False
    assert place.sync() == {"held": 3, "documents written": 1}
    assert place.problems == []
    assert "held" in place.document.read_text()
    assert place.sync() == {"held": 3}
    place.requests()
    assert place.sync() == {"held": 3}
    repository = place.hub.repo("acme/shop").id
    assert place.requests() == [f"GET /repositories/{repository}/issues 304", f"GET /repositories/{repository} 200"]
    assert place.hub.log.writes() == []
    config = place.folder / "pmtrack.toml"
    config.write_text(config.read_text() + "allow_public = true\n")
    assert place.sync() == {"created": 3, "documents written": 1}
    assert place.sync() == {}


def test_an_owner_who_cannot_be_assigned_is_still_the_owner_in_the_report(place: Place, person: Person) -> None:
    place.sync()
    assert place.owner("Alert on queue depth") == "Zoe"
    place.document.write_text(place.document.read_text().replace("| Zoe | P0", "| Yan | P0"))
    assert place.sync() == {"updated": 1, "documents written": 1}  # a comment says who was meant
    assert place.sync() == {}
    assert place.owner("Alert on queue depth") == "Yan"
    person.assign(3, "ana")
    place.sync()
    assert place.owner("Alert on queue depth") == "Ana Berg"
    assert place.sync() == {}


def test_a_repository_that_becomes_public_keeps_what_it_has_in_step(place: Place, person: Person) -> None:
    place.sync()
    place.hub.repo("acme/shop").private = False
    person.close(1)
    place.document.write_text(place.document.read_text() + "\n- [ ] Rotate the keys\n")
    assert place.sync()["documents written"] == 1
    assert len(place.hub.issues("acme/shop")) == 3


def test_what_holds_for_every_item_is_said_once(place: Place) -> None:
    place.hub.repo("acme/shop").archived = True
    assert place.sync() == {"failed": 1, "documents written": 1}
    (problem,) = place.problems
    assert "acme/shop is archived: unarchive it, or name another repository" in problem
    assert place.hub.log.writes() == []


def test_without_a_token_one_sentence_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PMTRACK_SHOP_TOKEN")
    place.sync()
    assert place.problems == [
        "there is no PMTRACK_SHOP_TOKEN in the environment: set it, or PMTRACK_SHOP_TOKEN_FILE to a file"
    ]
    assert place.hub.log == []
