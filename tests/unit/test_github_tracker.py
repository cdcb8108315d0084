"""What teams do with GitHub Issues, and what pmtrack does with that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Fields, Issue, IssueRef, Status
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github.cursor import parse
from support.github import Person, faults
from support.github_shop import FIELDS, REPOSITORY, Shop, draft, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def change(name: str, before: object, after: object) -> list[FieldChange]:
    return [FieldChange(name, before, after)]


class TestCreating:
    def test_a_new_issue_has_everything_in_one_request(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        assert made.fields == FIELDS
        assert (made.ref.key, made.ref.url) == ("#1", f"https://github.com/{REPOSITORY}/issues/1")
        assert [line for line in shop.requests() if not line.startswith("GET")] == [
            "POST /labels 201",
            "POST /labels 201",
            "POST /issues 201",
        ]
        issue = shop.person().look(1)
        assert issue.body == (
            "Add retries to the importer\n\n"
            "From the postmortem Checkout outage (`2026/checkout.md`, line 12).\n\n"
            "<!-- pmtrack:fields -->\nDue: 2026-12-01\n<!-- /pmtrack:fields -->\n\n"
            f"<!-- pmtrack:item v1 01J0 {draft().marker.digest} 2026/checkout.md -->"
        )

    def test_labels_are_made_once_with_colours_and_those_of_the_team_stay(self, shop: Shop) -> None:
        shop.hub.add_label(REPOSITORY, "p1", "123456")
        tracker = shop.connect(label="pm: action")
        tracker.create(draft())
        tracker.create(draft(ident="B"))
        assert {label.name: label.color for label in shop.hub.repo(REPOSITORY).labels.values()} == {
            "p1": "123456",
            "pm: action": "5319e7",
        }
        assert shop.connect().listing("").issues[0].fields.priority == "P1"

    def test_names_are_the_teams(self, shop: Shop) -> None:
        tracker = shop.connect(label="", in_progress="wip", priorities={"P1": "sev/high"})
        made = tracker.create(draft(replace(FIELDS, status=Status.IN_PROGRESS)))
        assert shop.hub.label_names(REPOSITORY, 1) == ["sev/high", "wip"]
        assert made.fields == replace(FIELDS, status=Status.IN_PROGRESS)
        assert tracker.normalise(replace(FIELDS, priority="P3")).priority is None

    def test_who_cannot_be_assigned_is_named_in_the_issue(self, shop: Shop) -> None:
        made = shop.connect().create(draft(replace(FIELDS, owners=("ana", "zoe"))))
        assert made.fields.owners == ("ana",)
        assert "zoe cannot be assigned in acme/shop: add them there" in (shop.person().look(1).body or "")
        assert shop.said == ["zoe cannot be assigned in acme/shop: add them there, or mend people.toml"]

    def test_labels_and_people_are_asked_about_once_a_run(self, shop: Shop) -> None:
        tracker = shop.connect()
        for ident in "ABC":
            tracker.create(draft(replace(FIELDS, owners=("ana", "bo", f"zoe-{ident}", f"yan-{ident}")), ident=ident))
        asked = [line for line in shop.requests() if "/labels" in line or "/assignees" in line]
        assert asked == [
            "GET /assignees 200",
            "GET /assignees/yan-A 404",
            "GET /labels 200",
            "POST /labels 201",
            "POST /labels 201",
        ]

    def test_what_a_first_page_leaves_open_is_asked_singly(self, shop: Shop) -> None:
        for number in range(100):
            shop.hub.add_label(REPOSITORY, f"label {number}")
            Person.at(shop.hub, "bo", REPOSITORY).give_role(f"person-{number}", "write")
        shop.hub.add_label(REPOSITORY, "PostMortem")
        Person.at(shop.hub, "bo", REPOSITORY).give_role("Zoe", "write")
        made = shop.connect().create(draft(replace(FIELDS, owners=("Zoe", "nobody"))))
        assert made.fields.owners == ("Zoe",)
        assert [line for line in shop.requests() if "/labels" in line or "/assignees" in line] == [
            "GET /assignees 200",
            "GET /assignees/nobody 404",
            "GET /assignees/Zoe 204",
            "GET /labels 200",
            "GET /labels/postmortem 200",
            "GET /labels/P1 404",
            "POST /labels 201",
        ]

    def test_a_short_list_of_people_costs_no_owner(self, shop: Shop) -> None:
        shop.hub.faults.next("GET", "/assignees", faults.page_short(1, link=False))
        assert shop.connect().create(draft(replace(FIELDS, owners=("ana", "bo")))).fields.owners == ("ana", "bo")

    def test_a_short_list_of_labels_costs_a_refusal(self, shop: Shop) -> None:
        shop.connect().create(draft())
        shop.hub.faults.next("GET", "/labels", faults.page_short(0))
        assert shop.connect().create(draft(ident="B")).fields == FIELDS
        assert "POST /labels 422" in shop.requests()

    def test_a_public_repository_has_to_be_allowed(self, shop: Shop) -> None:
        shop.hub.repo(REPOSITORY).private = False
        for act in (lambda: shop.connect().create(draft()), lambda: shop.connect().whoami()):
            with pytest.raises(TrackerError, match="acme/shop is public, and everybody would read") as caught:
                act()
            assert caught.value.permanent
        assert shop.hub.log.writes() == []
        assert shop.connect(allow_public=True).create(draft()).fields == FIELDS

    def test_a_link_only_issue_repeats_nothing(self, shop: Shop) -> None:
        shop.connect(body="link-only").create(draft(words="secret words"))
        body = shop.person().look(1).body or ""
        assert body.startswith("From the postmortem (`2026/checkout.md`, line 12).")
        assert "secret" not in body

    def test_words_are_blackened_in_title_and_body(self, shop: Shop) -> None:
        tracker = shop.connect(redact=["importer"])
        made = tracker.create(draft())
        assert made.fields.title == "Add retries to the █████" == tracker.normalise(FIELDS).title
        assert "importer" not in (shop.person().look(1).body or "")

    def test_a_closed_one_is_closed_at_once(self, shop: Shop) -> None:
        made = shop.connect().create(draft(replace(FIELDS, status=Status.CANCELLED)))
        assert made.fields.status is Status.CANCELLED
        assert shop.person().look(1).state_reason == "not_planned"


class TestUpdating:
    def test_what_people_added_stays(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        person = shop.person()
        person.label(1, "customer", "P9")
        person.edit(1, body=f"Note by Ana\r\n{person.look(1).body}\r\nand after it")
        after = Fields("New title", Status.IN_PROGRESS, ("ana", "bo"), "P0", date(2027, 1, 1))
        changes = [FieldChange(name, getattr(FIELDS, name), getattr(after, name)) for name in Fields.__slots__]
        assert tracker.update(made.ref, changes, draft(after)).fields == after
        issue = person.look(1)
        assert set(shop.hub.label_names(REPOSITORY, 1)) == {"postmortem", "customer", "P9", "P0", "in progress"}
        assert (issue.body or "").startswith("Note by Ana\r\nAdd retries")
        assert (issue.body or "").endswith("-->\r\nand after it")

    def test_it_takes_one_look_and_one_write(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.requests()
        tracker.update(made.ref, change("title", FIELDS.title, "New"), draft(replace(FIELDS, title="New")))
        assert shop.requests() == ["GET /issues/1 200", "PATCH /issues/1 200"]

    def test_two_priorities_by_people_stay_while_only_the_status_changes(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().label(1, "P3")
        tracker.update(made.ref, change("status", Status.OPEN, Status.IN_PROGRESS), draft())
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem", "P1", "P3", "in progress"]

    def test_nobody_who_is_assigned_is_taken_away_by_another_field(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().assign(1, "ana", "bo")
        tracker.update(made.ref, change("priority", "P1", "P2"), draft())
        assert shop.person().look(1).assignees == ("ana", "bo")

    def test_a_new_owner_who_cannot_be_assigned_is_told_in_a_comment_once(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        for _ in range(2):
            answer = tracker.update(made.ref, change("owners", ("ana",), ("ana", "zoe")), draft())
        assert answer.fields.owners == ("ana",)
        (comment,) = shop.person().look(1).comments
        assert "zoe cannot be assigned in acme/shop" in comment.body

    def test_the_case_of_a_login_is_no_change(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft(replace(FIELDS, owners=("ANA",))))
        before = len(shop.hub.log.writes())
        assert tracker.update(made.ref, change("owners", ("AnA",), ("aNa",)), draft()).fields.owners == ("ana",)
        assert len(shop.hub.log.writes()) == before

    def test_another_reason_for_being_closed_needs_it_open_first(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft(replace(FIELDS, status=Status.DONE)))
        answer = tracker.update(made.ref, change("status", Status.DONE, Status.CANCELLED), draft())
        assert answer.fields.status is Status.CANCELLED
        assert shop.person().look(1).state_reason == "not_planned"

    def test_an_adopted_issue_keeps_its_body_and_gets_no_marker(self, shop: Shop) -> None:
        person = shop.person()
        person.open("Somebody's issue", "Their words")
        tracker = shop.connect()
        (issue,) = tracker.listing("").issues
        answer = tracker.update(issue.ref, change("due", None, date(2026, 12, 1)), draft())
        assert answer.fields.due == date(2026, 12, 1)
        assert (person.look(1).body or "").startswith("Their words\n\n<!-- pmtrack:fields -->\nDue: 2026-12-01\n")
        tracker.update(issue.ref, change("title", "Somebody's issue", "Ours"), draft())
        tracker.update(issue.ref, change("due", date(2026, 12, 1), None), draft())
        assert (person.look(1).title, person.look(1).body) == ("Ours", "Their words")

    def test_a_date_that_is_none_is_said_and_the_issue_left_alone(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        person = shop.person()
        person.edit(1, body=(person.look(1).body or "").replace("2026-12-01", "next week"))
        found = shop.connect().listing("")
        assert found.broken == {made.ref.id: "#1: 'next week' is no due date: write it as 2026-12-01"}
        assert shop.connect().listing(found.cursor).broken == found.broken, "until it is mended"
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}
        with pytest.raises(TrackerError, match="#1: 'next week' is no due date"):
            tracker.update(made.ref, change("priority", "P1", "P0"), draft())

    def test_a_pull_request_is_never_written_to(self, shop: Shop) -> None:
        shop.person().pull_request("A change")
        tracker = shop.connect()
        assert tracker.fetch(["#1"]) == {"#1": Missing.UNKNOWN}
        with pytest.raises(TrackerError, match="#1 is a pull request: name an issue"):
            tracker.update(IssueRef("shop", "1", "#1", ""), change("priority", None, "P0"), draft())
        assert shop.hub.log.writes() == []


class TestReading:
    def test_nothing_new_is_one_request_and_the_same_cursor(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        cursor = tracker.listing("").cursor
        shop.requests()
        fresh = shop.connect()
        assert fresh.listing(cursor).cursor == cursor
        assert shop.requests() == ["GET /issues 304"]
        assert fresh.high_mark() == f"{shop.hub.names[REPOSITORY]}/1"

    def test_a_long_list_is_read_page_by_page_and_then_only_its_end(self, shop: Shop) -> None:
        person = shop.person()
        for number in range(250):
            person.open(f"Issue {number}")
            shop.later(minutes=1)
        found = shop.connect().listing("")
        assert len(found.issues) == 250
        assert [line.split()[1] for line in shop.requests()] == [f"/repos/{REPOSITORY}", *["/issues"] * 4]
        mark = parse(found.cursor)
        assert mark is not None
        assert (mark.high, bool(mark.etag)) == (250, True)
        assert shop.connect().listing(found.cursor).cursor == found.cursor
        assert shop.requests() == ["GET /issues 304"]
        person.close(7)
        again = shop.connect().listing(found.cursor)
        assert {issue.ref.key for issue in again.issues} == {"#7", *(f"#{number}" for number in range(235, 251))}
        assert shop.requests() == ["GET /issues 200"]

    def test_every_issue_changed_in_a_quarter_of_an_hour_still_ends(self, shop: Shop) -> None:
        person = shop.person()
        for number in range(120):
            person.open(f"Issue {number}")
        found = shop.connect().listing("")
        assert len(found.issues) == 120
        assert shop.connect().listing(found.cursor).cursor == found.cursor
        person.close(1)
        assert "#1" in {issue.ref.key for issue in shop.connect().listing(found.cursor).issues}

    def test_pull_requests_are_left_out_and_counted(self, shop: Shop) -> None:
        person = shop.person()
        person.open("One")
        person.pull_request("Two")
        tracker = shop.connect()
        assert [issue.ref.key for issue in tracker.listing("").issues] == ["#1"]
        assert tracker.high_mark().endswith("/2")

    def test_since_looks_behind_a_row_of_discussions_and_of_those_that_we_may_not_see(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        mark = tracker.high_mark()
        person = shop.person()
        for number in range(2, 12):
            person.open("Talk")
            person.convert_to_discussion(number)
        last = tracker.create(draft(ident="B"))
        shop.requests()
        assert [issue.ref for issue in shop.connect().since(mark)] == [last.ref]
        asked = [line for line in shop.requests() if line.startswith("GET /issues")]
        assert len(asked) == 11 + 3 + 2, "each number, three behind them, and twice where the list ends"

    def test_since_costs_four_requests_where_nothing_is(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        shop.hub.list_lag = timedelta(minutes=8)
        shop.requests()
        assert tracker.since(tracker.high_mark()) == []
        assert shop.requests() == ["GET /issues/2 404", "GET /issues/3 404", "GET /issues/4 404", "GET /issues 200"]

    def test_since_looks_behind_pull_requests_deleted_ones_and_a_discussion(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        mark = tracker.high_mark()
        person = shop.person()
        person.pull_request("Two")
        person.open("Three")
        person.delete(3)
        person.open("Four")
        person.convert_to_discussion(4)
        last = tracker.create(draft(ident="B"))
        assert list(shop.connect().since(mark)) == [last]

    def test_a_marker_counts_on_our_own_issue_and_on_those_of_our_earlier_accounts(self, shop: Shop) -> None:
        shop.connect().create(draft())
        shop.person("bo").copy(1)
        shop.person("person").open("No marker")
        ours = {issue.ref.key: issue.ours for issue in shop.connect().listing("").issues}
        assert ours == {"#1": True, "#2": False, "#3": False}
        ours = {issue.ref.key: issue.ours for issue in shop.connect(accounts=["BO"]).listing("").issues}
        assert ours == {"#1": True, "#2": True, "#3": False}

    def test_a_list_that_lags_is_caught_up_by_the_overlap(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        shop.later(minutes=1)
        shop.hub.list_lag = timedelta(minutes=8)
        assert tracker.listing("").issues == ()
        cursor = tracker.listing("").cursor
        shop.later(minutes=9)
        assert [issue.ref.key for issue in tracker.listing(cursor).issues] == ["#1"]

    @pytest.mark.parametrize("text", ["", "x", "{}", "[]", '{"v":2}', '{"v":1,"repository":"x"}', "null"])
    def test_fault_37_a_cursor_of_another_version_is_read_from_the_beginning(self, shop: Shop, text: str) -> None:
        made = shop.connect().create(draft())
        assert shop.connect().listing(text).issues == (made,)

    def test_another_repository_in_the_configuration_starts_anew_and_keeps_old_links(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        cursor = shop.connect().listing("").cursor
        shop.hub.add_repo("acme/other", people="bot")
        other = shop.connect(repository="acme/other")
        found = other.listing(cursor)
        assert found.issues == ()
        assert other.fetch([made.ref.id])[made.ref.id].ref.id == made.ref.id  # type: ignore[union-attr]

    def test_who_did_it_is_told_from_the_events(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person("bo").label(1, "P0")
        shop.person("person").assign(1)
        shop.requests()
        told = tracker.who(made.ref, ["priority", "owners", "due"])
        assert {name: who.actor for name, who in told.items()} == {"priority": "bo", "owners": "person"}
        assert (told["owners"].evidence or "").startswith(f"https://github.com/{REPOSITORY}/issues/1#event-")
        assert shop.requests() == ["GET /issues/1/events 200"]


class TestNativeFields:
    @pytest.fixture(autouse=True)
    def _fields(self, shop: Shop) -> None:
        shop.hub.add_field("acme", "target DATE", "date")
        shop.hub.add_field("acme", "Effort", "number")
        shop.hub.add_field("acme", "Priority", "single_select", "Urgent", "High", "Medium", "Low")
        shop.hub.repo(REPOSITORY).fields_on = True

    def test_they_are_used_where_they_exist(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        assert made.fields == FIELDS
        issue = shop.person().look(1)
        assert sorted(map(str, issue.values.values())) == ["2026-12-01", "High"]
        assert "Due:" not in (issue.body or "")
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem"]

    def test_a_person_sets_and_clears_them(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        person = shop.person()
        person.set_field(1, "target DATE", "2027-02-03")
        person.set_field(1, "Priority", None)
        found = shop.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert (found.fields.due, found.fields.priority) == (date(2027, 2, 3), None)

    def test_other_fields_stay(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().set_field(1, "Effort", 5)
        bare = [*change("due", FIELDS.due, None), *change("priority", "P1", "P4")]
        answer = tracker.update(made.ref, bare, draft())
        assert (answer.fields.due, answer.fields.priority) == (None, "P4")
        assert list(shop.person().look(1).values.values()) == [5]
        assert "P4" in shop.hub.label_names(REPOSITORY, 1), "there is no option that means it"

    def test_the_organisation_is_asked_once(self, shop: Shop) -> None:
        tracker = shop.connect()
        for ident in "AB":
            made = tracker.create(draft(ident=ident))
        tracker.update(made.ref, change("priority", "P1", "P0"), draft())
        assert shop.requests().count("GET /orgs/acme/issue-fields 200") == 1

    @pytest.mark.parametrize("verb", ["create", "update"])
    def test_values_that_are_dropped_in_silence_go_elsewhere(self, shop: Shop, verb: str) -> None:
        shop.hub.repo(REPOSITORY).fields_on = False
        tracker = shop.connect()
        if verb == "create":
            made = tracker.create(draft())
        else:
            made = tracker.create(draft(Fields(FIELDS.title, Status.OPEN, ("ana",))))
            changes = [*change("due", None, FIELDS.due), *change("priority", None, "P1")]
            made = tracker.update(made.ref, changes, draft())
        assert made.fields == FIELDS
        assert "Due: 2026-12-01" in (shop.person().look(1).body or "")
        assert "P1" in shop.hub.label_names(REPOSITORY, 1)

    def test_a_date_goes_where_a_person_set_one_though_we_may_not_list_the_fields(self, shop: Shop) -> None:
        shop.hub.faults.next("GET", "/orgs/acme/issue-fields", faults.refused(404), times=9)
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().set_field(1, "target DATE", "2027-02-03")
        changes = change("due", date(2027, 2, 3), date(2027, 3, 4))
        assert tracker.update(made.ref, changes, draft()).fields.due == date(2027, 3, 4)
        assert list(shop.person().look(1).values.values()) == ["2027-03-04"]

    def test_a_look_that_fails_after_the_write_is_no_refusal(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        look = faults.Fault("passes", lambda _hub, request, process: process(request))
        for fault in (look, faults.error(500), faults.error(500), faults.error(500)):
            shop.hub.faults.next("GET", "/issues/1", fault)
        with pytest.raises(UnknownOutcome, match="does not work at the moment"):
            tracker.update(made.ref, change("due", FIELDS.due, date(2027, 1, 1)), draft())
        assert "2027-01-01" in shop.person().look(1).values.values()

    def test_they_can_be_left_alone(self, shop: Shop) -> None:
        shop.connect(due_fields=[], priority_fields=[]).create(draft())
        assert shop.person().look(1).values == {}
        assert not [line for line in shop.requests() if "issue-fields" in line]


class TestComments:
    def test_one_for_each_purpose_even_behind_a_hundred(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        for number in range(105):
            shop.person().comment(1, f"Comment {number}")
        tracker.comment(made.ref, "removed", "It left.")
        tracker.comment(made.ref, "removed", "It left again, @ana.")
        tracker.comment(made.ref, "removed", "It left again, @ana.")
        comments = shop.person().look(1).comments
        assert len(comments) == 106
        assert comments[-1].body == "It left again, @\u200bana.\n\n<!-- pmtrack:comment removed -->"

    def test_a_comment_of_somebody_else_with_our_marker_is_not_ours(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().comment(1, "Mine\n\n<!-- pmtrack:comment removed -->")
        tracker.comment(made.ref, "removed", "It left.")
        assert [comment.author for comment in shop.person().look(1).comments] == ["ana", "bot"]


def test_a_repository_of_a_person_has_no_organisation(shop: Shop) -> None:
    shop.hub.add_user("lisa")
    shop.hub.add_repo("lisa/notes", people="bot ana")
    made = shop.connect(repository="lisa/notes").create(draft())
    assert made.fields == FIELDS
    assert Person.at(shop.hub, "ana", "lisa/notes").look(1).title == FIELDS.title
