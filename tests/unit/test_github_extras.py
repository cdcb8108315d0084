"""What a new issue gets besides its fields, and what is said and kept where GitHub does not take it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import FieldChange
from pmtrack.trackers.github.edits import creation
from pmtrack.trackers.github.names import COLOURS, Names, Native
from pmtrack.trackers.settings import GitHubSettings
from support.github import changes, faults
from support.github.wire import Answer, Request
from support.github_shop import FIELDS, REPOSITORY, Shop, draft, open_shop

NAMES = Names.of(GitHubSettings(kind="github", repository=REPOSITORY))
ROLE = "give the account the role Triage or Write in acme/shop; its text says it"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def dropping(*names: str) -> faults.Fault:
    """GitHub drops these in silence, as it does for an account without push access."""

    def act(_hub: object, request: Request, process: Callable[[Request], Answer]) -> Answer:
        sent = {name: value for name, value in json.loads(request.body or b"{}").items() if name not in names}
        return process(replace(request, body=json.dumps(sent).encode()))

    return faults.Fault("drops", act)  # type: ignore[arg-type]


def milestone(shop: Shop, title: str = "Q4") -> int:
    return changes.add_milestone(shop.hub, shop.hub.repo(REPOSITORY), shop.person().doer, title).number


def body(shop: Shop, number: int = 1) -> str:
    return shop.person().look(number).body or ""


class TestLabels:
    def test_those_of_a_team_and_a_kind_are_made_where_they_are_missing(self, shop: Shop) -> None:
        shop.hub.add_label(REPOSITORY, "Team-Payments", "123456")
        made = shop.connect().create(replace(draft(), labels=("team-payments", "mitigate")))
        assert made.fields == FIELDS
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem", "P1", "Team-Payments", "mitigate"]
        assert {label.name: label.color for label in shop.hub.repo(REPOSITORY).labels.values()}["mitigate"] == (
            COLOURS["further"]
        )
        assert shop.said == []

    def test_they_are_never_touched_again(self, shop: Shop) -> None:
        tracker = shop.connect()
        wanted = replace(draft(), labels=("team",))
        made = tracker.create(wanted)
        shop.person().unlabel(1, "team")
        tracker.update(made.ref, [FieldChange("priority", "P1", "P0")], wanted)
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem", "P0"]

    @pytest.mark.parametrize(
        ("words", "expected"),
        [
            (("team: payments",), ("team: payments",)),
            (("a, b",), ("a b",)),
            (("two\nlines\x1b[31m", " ", ""), ("two lines",)),
            (("P1", "p0", "In Progress", "POSTMORTEM"), ()),
            (("one", "One"), ("One",)),
            (("\u200b", "\u200ba"), ("a",)),
            (("x" * 60,), ("x" * 49 + "…",)),
        ],
    )
    def test_they_are_cleaned_and_mean_nothing_else(self, words: tuple[str, ...], expected: tuple[str, ...]) -> None:
        assert NAMES.further(words) == expected

    def test_words_are_blackened_in_them_too(self, shop: Shop) -> None:
        shop.connect(redact=["acme"]).create(replace(draft(), labels=("team-acme",)))
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem", "P1", "team-█████"]

    def test_they_travel_in_the_one_request(self) -> None:
        sent = creation(FIELDS, "Text", draft().marker, NAMES, Native(), further=("team",))
        assert sent["labels"] == ["postmortem", "P1", "team"]

    def test_labels_and_people_that_are_dropped_in_silence_are_said_and_kept(self, shop: Shop) -> None:
        shop.hub.faults.next("POST", "/issues", dropping("labels", "assignees"), times=2)
        tracker = shop.connect(priorities={})
        wanted = replace(draft(replace(FIELDS, priority=None)), labels=("team",))
        made = tracker.create(wanted)
        assert (made.fields.owners, made.fields.due) == ((), FIELDS.due)
        lines = "Due: 2026-12-01\nLabels: postmortem, team\nAssignees: ana\n"
        assert lines in body(shop)
        assert shop.said == [
            f"#1: GitHub did not take the labels postmortem, team: {ROLE}",
            f"#1: GitHub did not take the assignees ana: {ROLE}",
        ]
        tracker.create(replace(wanted, marker=replace(wanted.marker, ident="B")))
        assert len(shop.said) == 2, "once a run"
        assert lines in body(shop, 2)


class TestMilestoneAndType:
    def test_they_are_set_where_they_are_asked_for(self, shop: Shop) -> None:
        number = milestone(shop)
        tracker = shop.connect(milestone="Q4", type="task")
        for ident in "AB":
            tracker.create(draft(ident=ident))
        issue = shop.person().look(2)
        assert (issue.milestone, issue.kind) == (number, "Task")
        asked = [line for line in shop.requests() if "/milestones" in line or "/issue-types" in line]
        assert asked == ["GET /milestones 200", "GET /issue-types 200"]
        assert shop.said == []
        assert "Milestone" not in body(shop, 2)

    def test_one_that_does_not_exist_fails_no_issue(self, shop: Shop) -> None:
        tracker = shop.connect(milestone="Q9 @ana #1", type="Epic")
        for ident in "AB":
            assert tracker.create(draft(ident=ident)).fields == FIELDS
        assert shop.said == [
            "there is no open milestone 'Q9 @ana #1' in acme/shop: "
            "make it, or name another; new issues say it in their text",
            "there is no issue type 'Epic' in acme/shop: make it, or name another; new issues say it in their text",
        ]
        assert "Due: 2026-12-01\nMilestone: Q9 @\u200bana #\u200b1\nType: Epic\n" in body(shop, 2)
        assert [line for line in shop.requests() if line.startswith("PATCH")] == []

    def test_what_is_dropped_in_silence_is_noticed_and_then_left_out(self, shop: Shop) -> None:
        milestone(shop)
        shop.hub.faults.next("POST", "/issues", dropping("milestone", "type"), times=2)
        tracker = shop.connect(milestone="Q4", type="Task")
        made = tracker.create(draft())
        tracker.create(draft(ident="B"))
        assert made.fields == FIELDS
        assert shop.said == [
            f"#1: GitHub did not take the milestone 'Q4': {ROLE}",
            f"#1: GitHub did not take the issue type 'Task': {ROLE}",
        ]
        for number in (1, 2):
            assert "Due: 2026-12-01\nMilestone: Q4\nType: Task\n" in body(shop, number)
        writes = [line for line in shop.requests() if line.startswith("P") and "/labels" not in line]
        assert writes == ["POST /issues 201", "PATCH /issues/1 200", "POST /issues 201"]

    @pytest.mark.parametrize("field", ["milestone", "type"])
    def test_what_is_refused_is_asked_for_without(self, shop: Shop, field: str) -> None:
        milestone(shop)
        error = {"resource": "Issue", "code": "invalid", "field": field}
        shop.hub.faults.next("POST", "/issues", faults.refused(422, "Validation Failed", error))
        made = shop.connect(milestone="Q4", type="Task").create(draft())
        assert made.fields == FIELDS
        assert len(shop.hub.issues(REPOSITORY)) == 1
        assert f"(Validation Failed: {field} invalid): name another" in shop.said[0]
        assert f"\n{field.capitalize()}: " in body(shop)

    def test_another_refusal_is_one(self, shop: Shop) -> None:
        milestone(shop)
        error = {"resource": "Issue", "code": "invalid", "field": "title"}
        shop.hub.faults.next("POST", "/issues", faults.refused(422, "Validation Failed", error))
        with pytest.raises(TrackerError, match="title invalid"):
            shop.connect(milestone="Q4").create(draft())
        assert len(shop.hub.log.matching("POST", "/issues")) == 1

    def test_a_server_that_lists_no_types_is_taken_at_its_word(self, shop: Shop) -> None:
        shop.hub.faults.next("GET", "/issue-types", faults.refused(404))
        shop.connect(type="Bug").create(draft())
        assert shop.person().look(1).kind == "Bug"

    def test_a_line_that_could_not_be_written_is_no_failure(self, shop: Shop) -> None:
        milestone(shop)
        shop.hub.faults.next("POST", "/issues", dropping("milestone"))
        shop.hub.faults.next("PATCH", "/issues/1", faults.refused(403, "No"))
        assert shop.connect(milestone="Q4").create(draft()).fields == FIELDS
        assert len(shop.said) == 1

    def test_what_is_kept_survives_later_dates(self, shop: Shop) -> None:
        tracker = shop.connect(type="Epic")
        made = tracker.create(draft())
        answer = tracker.update(made.ref, [FieldChange("due", FIELDS.due, None)], draft())
        assert answer.fields.due is None
        assert "Type: Epic" in body(shop)
        assert shop.connect().listing("").broken == {}


class TestOneParent:
    def test_a_new_issue_goes_under_it(self, shop: Shop) -> None:
        parent = shop.person().open("Reliability")
        made = shop.connect(parent=parent).create(draft())
        assert shop.person().look(shop.number(made)).parent == shop.person().look(parent).id
        assert "Part of" not in body(shop, 2)
        assert shop.said == []

    def test_one_that_is_not_there_is_said_once_and_kept_without_a_reference(self, shop: Shop) -> None:
        tracker = shop.connect(parent=99)
        for ident in "AB":
            made = tracker.create(draft(ident=ident))
            assert made.fields == FIELDS
            assert "Due: 2026-12-01\nPart of: #\u200b99\n" in body(shop, shop.number(made))
        assert shop.said == [
            "#1 did not become a sub-issue of #99: it is not there, or not in this repository any more: "
            "later ones say so in their text"
        ]
        assert len(shop.hub.log.matching("POST", "/issues/99/sub_issues")) == 1

    @pytest.mark.parametrize("fault", [faults.dropped_after(), faults.error_after(502), faults.not_json(201)])
    def test_a_lost_answer_is_read_back(self, shop: Shop, fault: faults.Fault) -> None:
        parent = shop.person().open("Reliability")
        shop.hub.faults.next("POST", "/sub_issues", fault)
        made = shop.connect(parent=parent).create(draft())
        assert shop.said == []
        assert "Part of" not in body(shop, shop.number(made))
        assert shop.requests()[-1] == "GET /issues/2/parent 200"

    @pytest.mark.parametrize("fault", [faults.dropped(), faults.error(502), faults.refused(403, "Forbidden")])
    def test_what_was_not_done_is_kept(self, shop: Shop, fault: faults.Fault) -> None:
        parent = shop.person().open("Reliability")
        shop.hub.faults.next("POST", "/sub_issues", fault)
        made = shop.connect(parent=parent).create(draft())
        assert len(shop.said) == 1
        assert shop.said[0].startswith("#2 did not become a sub-issue of #1: ")
        assert "Part of: #\u200b1\n" in body(shop, shop.number(made))

    def test_one_parent_is_enough(self) -> None:
        given: Any = {"kind": "github", "repository": REPOSITORY}
        with pytest.raises(ValueError, match="an issue has one parent: take out parent = N, or parents = true"):
            GitHubSettings(parent=1, parents=True, **given)
