"""What pmtrack writes into Jira, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Fields, Issue, Status
from pmtrack.trackers.base import CreatesMany, Missing
from pmtrack.trackers.jira import adf
from support.jira import Transition, Workflow
from support.jira_shop import ASKING, FIELDS, PROJECT, Shop, draft, open_shop, to

LINK = "https://wiki.acme.example/checkout#L12"


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture
def center() -> Iterator[Shop]:
    with open_shop(cloud=False) as opened:
        yield opened


@pytest.fixture(params=["cloud", "cloud 2", "center"])
def every(request: pytest.FixtureRequest) -> Iterator[tuple[Shop, dict[str, Any]]]:
    """Each kind of Jira, and what is configured for it."""
    with open_shop(cloud=request.param != "center") as opened:
        yield opened, {"api": 2 if request.param == "cloud 2" else 3}


def words(shop: Shop, issue: Issue) -> str:
    told = shop.hub.issue(issue.ref.id).values.get("description")
    return told if isinstance(told, str) else adf.words(told)


class TestCreating:
    def test_one_request_makes_the_issue_and_one_looks_at_it(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.listing("")
        tracker.create(draft())
        shop.requests()
        tracker.create(draft(ident="B"))
        assert shop.requests() == ["POST issue 201", "GET issue/10007 200"]

    def test_the_marker_is_a_property_in_the_same_request(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        assert dict(shop.hub.issue(made.ref.id).properties) == {
            "pmtrack": {"v": 1, "ident": "01J0", "path": "2026/checkout.md", "digest": draft().marker.digest}
        }
        assert "01J0" not in words(shop, made)

    def test_on_data_center_the_marker_stands_in_the_description_until_the_property_is_put(self, center: Shop) -> None:
        made = center.connect().create(draft())
        assert center.hub.issue(made.ref.id).properties["pmtrack"]["ident"] == "01J0"
        assert "{anchor:pmtrack-v1-01J0-" in words(center, made)

    def test_a_property_that_fails_is_no_failure_where_the_description_has_the_marker(self, center: Shop) -> None:
        tracker = center.connect()
        center.hub.faults.next("PUT", "/properties/pmtrack", _refused())
        made = tracker.create(draft())
        assert made.marker == draft().marker
        assert "carries its marker in its description only" in center.said[0]

    def test_a_property_that_fails_is_an_unknown_outcome_where_nothing_else_has_the_marker(self, center: Shop) -> None:
        center.person().take_off_screen("description")
        center.hub.faults.next("PUT", "/properties/pmtrack", _refused())
        with pytest.raises(UnknownOutcome):
            center.connect().create(draft())

    def test_the_template_is_rendered_in_each_form(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        made = shop.connect(**given).create(draft(words="Use `retries` **now**", notes=("Owner as written: Ana",)))
        told = words(shop, made)
        assert "From the postmortem Checkout outage (" in told
        assert "2026/checkout.md" in told
        assert "Owner as written: Ana" in told
        if given["api"] == 3 and shop.hub.cloud:
            assert "Use retries now" in told
        else:
            assert "Use {{retries}} {*}now{*}" in told

    def test_a_template_of_ones_own(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        (shop.folder / "issue.md.j2").write_text("# {{ path }}\n\n{% for note in notes %}- {{ note }}\n{% endfor %}")
        made = shop.connect(template="issue.md.j2", **given).create(draft(notes=("one", "two {x}")))
        nodes = given["api"] == 3 and shop.hub.cloud
        told = "2026/checkout.md\none\ntwo {x}" if nodes else "h1. 2026/checkout.md\n\n* one\n* two \\{x\\}"
        assert words(shop, made).startswith(told)

    def test_a_long_text_is_shortened_so_that_jira_takes_it(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        made = shop.connect(**given).create(draft(words="\\{*" * 10_000))
        assert 300 < len(words(shop, made)) <= 32_767

    def test_labels_and_components_of_the_draft_are_given(self, shop: Shop) -> None:
        shop.hub.add_component(PROJECT, "Payments")
        made = shop.connect().create(draft(labels=("team:payments", "two words"), components=("payments", "Nobody")))
        values = shop.values(made)
        assert values["labels"] == ("postmortem", "team:payments", "two-words")
        assert len(values["components"]) == 1
        assert shop.said == ["there is no component 'Nobody' for new issues in OPS: it is left out"]

    def test_a_remote_link_leads_to_the_postmortem_once(self, shop: Shop) -> None:
        made = shop.connect().create(draft(link=LINK))
        (link,) = shop.hub.issue(made.ref.id).links
        assert (link.global_id, link.what["object"]) == ("pmtrack=01J0", {"url": LINK, "title": "Checkout outage"})

    def test_a_link_that_fails_is_told_and_is_no_failure(self, shop: Shop) -> None:
        shop.hub.revoke("bot", PROJECT, "LINK_ISSUES")
        assert shop.connect().create(draft(link=LINK)).fields == FIELDS
        assert "OPS-1 did not get its link to the postmortem" in shop.said[0]

    def test_without_an_address_there_is_no_link(self, shop: Shop) -> None:
        made = shop.connect().create(draft(link="postmortems/2026/checkout.md"))
        assert shop.hub.issue(made.ref.id).links == ()

    def test_link_only_repeats_nothing_of_the_document(self, shop: Shop) -> None:
        made = shop.connect(body="link-only").create(draft(words="secret words", notes=("more",), link=LINK))
        told = words(shop, made)
        assert "secret" not in told
        assert "more" not in told
        assert "2026/checkout.md" in told
        assert shop.hub.issue(made.ref.id).links[0].what["object"]["title"] == "2026/checkout.md"

    def test_redacted_words_are_blackened_everywhere(self, shop: Shop) -> None:
        shop.hub.add_field("Origin", on=PROJECT)
        tracker = shop.connect(redact=["importer", "Checkout"], fields={"Origin": "{postmortem}"})
        made = tracker.create(draft(link=LINK))
        everything = repr(shop.hub.issue(made.ref.id)).replace("2026/checkout.md", "").replace(LINK, "")
        assert "importer" not in everything
        assert "Checkout" not in everything

    def test_done_at_once(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = Workflow.strict()
        made = shop.connect().create(draft(replace(FIELDS, status=Status.DONE)))
        assert made.fields.status is Status.DONE

    def test_what_cannot_be_closed_after_its_creation_is_an_unknown_outcome(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = Workflow(transitions=())
        with pytest.raises(UnknownOutcome, match=r"OPS-1: no transition leads to done \(there are: none"):
            shop.connect().create(draft(replace(FIELDS, status=Status.DONE)))

    def test_what_is_sent_is_told_after_every_wait(self, shop: Shop) -> None:
        tracker = shop.connect()
        assert isinstance(tracker, CreatesMany)
        tracker.whoami()
        told: list[tuple[int, float]] = []
        for _ in range(2):
            shop.requests()
            tracker.create_many([draft(ident="A")], lambda: told.append((len(shop.hub.log), shop.seconds())))
        assert told[1][0] == 0
        tracker.create(draft(ident="B"), lambda: told.append((0, 0)))
        assert len(told) == 3


class TestPriority:
    def test_it_is_mapped_to_the_projects_own_scheme(self, shop: Shop) -> None:
        project = shop.hub.project(PROJECT)
        project.priorities[:] = ["Blocker", "Major", "Minor"]
        for name in project.priorities:
            shop.hub.priorities.ensure(name)
        made = shop.connect().create(draft())
        assert (shop.values(made)["priority"], made.fields.priority) == ("Major", "P1")

    def test_names_of_ones_own(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).priorities[:] = ["Dringend", "Normal"]
        shop.hub.priorities.ensure("Dringend")
        shop.hub.priorities.ensure("Normal")
        made = shop.connect(priorities={"P1": "Dringend"}).create(draft())
        assert (shop.values(made)["priority"], made.fields.priority) == ("Dringend", "P1")

    def test_one_that_the_scheme_lacks_is_a_label(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).priorities[:] = ["Medium", "Low"]
        made = shop.connect().create(draft())
        assert made.fields.priority == "P1"
        assert shop.values(made)["labels"] == ("postmortem", "P1")
        assert shop.values(made)["priority"] == "Low"

    def test_a_person_who_sets_jiras_own_is_heard(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).priorities[:] = ["Medium", "Low"]
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().edit(made.ref.key, priority="Medium")
        assert tracker.fetch([made.ref.id])[made.ref.id].fields.priority == "P2"  # type: ignore[union-attr]

    def test_none_stays_none_although_jira_has_a_default(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft(replace(FIELDS, priority=None)))
        assert (shop.values(made)["priority"], made.fields.priority) == ("Medium", None)
        given = tracker.update(made.ref, to("priority", None, "P2"), draft())
        assert (shop.values(made)["priority"], given.fields.priority) == ("Medium", "P2")

    def test_where_no_screen_has_it_jiras_own_says_nothing(self, shop: Shop) -> None:
        shop.person().take_off_screen("priority")
        made = shop.connect().create(draft())
        assert made.fields.priority == "P1"
        assert shop.values(made)["labels"] == ("postmortem", "P1")


class TestWhatIsOnNoScreen:
    OFF = ("duedate", "priority", "labels", "assignee")

    def test_it_is_kept_in_the_description_and_read_back(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        shop.person().take_off_screen(*self.OFF)
        tracker = shop.connect(**given)
        wanted = replace(FIELDS, owners=(shop.account("ana"),))
        made = tracker.create(draft(wanted))
        assert made.fields == wanted
        assert tracker.listing("").issues == (made,)
        assert sorted(shop.said) == [
            "the due date is on no screen for new issues in OPS: it stands in the description",
            "the owner is on no screen for new issues in OPS: it stands in the description",
            "the priority is on no screen for new issues in OPS: it stands in the description",
        ]

    def test_it_is_said_once(self, shop: Shop) -> None:
        shop.person().take_off_screen("duedate")
        tracker = shop.connect()
        for ident in "AB":
            tracker.create(draft(ident=ident))
        assert len(shop.said) == 1

    def test_it_changes_there_and_goes_again(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        shop.person().take_off_screen(*self.OFF)
        tracker = shop.connect(**given)
        made = tracker.create(draft())
        before = words(shop, made)
        later = tracker.update(made.ref, to("due", FIELDS.due, date(2027, 1, 2)), draft())
        assert later.fields == replace(FIELDS, due=date(2027, 1, 2))
        changes = [FieldChange("due", date(2027, 1, 2), None), FieldChange("priority", "P1", None)]
        assert tracker.update(made.ref, changes, draft()).fields == Fields(FIELDS.title, Status.OPEN)
        assert "Due" in before
        assert "Due" not in words(shop, made)

    def test_what_people_wrote_around_it_stays(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        shop.person().take_off_screen(*self.OFF)
        tracker = shop.connect(**given)
        made = tracker.create(draft())
        body = shop.hub.issue(made.ref.id).values["description"]
        note: Any = {"type": "rule"}
        longer = (
            f"h1. Mine\r\n{body}\r\nand more"
            if isinstance(body, str)
            else {**body, "content": [note, *body["content"]]}
        )
        shop.person().edit(made.ref.key, description=longer)
        tracker.update(made.ref, to("due", FIELDS.due, date(2027, 1, 2)), draft())
        now = shop.hub.issue(made.ref.id).values["description"]
        if isinstance(now, str):
            assert now == longer.replace("2026-12-01", "2027-01-02")
        else:
            assert now["content"][:-1] == longer["content"][:-1]

    def test_a_person_edits_it_there(self, shop: Shop) -> None:
        shop.person().take_off_screen("duedate")
        tracker = shop.connect(api=2)
        made = tracker.create(draft())
        body = shop.hub.issue(made.ref.id).values["description"]
        shop.person().edit(made.ref.key, description=body.replace("2026-12-01", "2027-02-03"))
        assert tracker.listing("").issues[0].fields.due == date(2027, 2, 3)
        shop.person().edit(made.ref.key, description=body.replace("2026-12-01", "soon"))
        assert tracker.listing("").broken == {
            made.ref.id: "OPS-1: 'soon' is no due date: write it as 2026-12-01",
        }
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}

    def test_a_field_that_only_the_edit_screen_lacks_is_an_error_that_names_it(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).edit.discard("summary")
        tracker = shop.connect()
        made = tracker.create(draft())
        with pytest.raises(TrackerError, match="OPS-1: summary cannot be edited: put it on the project's edit screen"):
            tracker.update(made.ref, to("title", FIELDS.title, "New"), draft())


class TestFurtherFields:
    def test_each_kind_takes_its_form(self, shop: Shop) -> None:
        text = shop.hub.add_field("Origin", on=PROJECT)
        long = shop.hub.add_field("Story", "textarea", on=PROJECT)
        number = shop.hub.add_field("Points", "number", on=PROJECT)
        option = shop.hub.add_field("Severity", "option", "SEV1", "SEV2", on=PROJECT)
        labels = shop.hub.add_field("Tags", "array", on=PROJECT)
        given = {
            "Origin": "{source}/{path}:{line} {unknown}",
            long.id: "{postmortem}",
            "points": 3,
            "Severity": "SEV2",
            "Tags": ["pm", "{priority}"],
        }
        values = shop.values(shop.connect(fields=given).create(draft()))
        assert values[text.id] == "postmortems/2026/checkout.md:12 {unknown}"
        assert adf.words(values[long.id]) == "Checkout outage"
        assert (values[number.id], values[option.id]["value"], values[labels.id]) == (3, "SEV2", ["pm", "P1"])

    def test_one_that_is_on_no_screen_is_left_out_and_said(self, shop: Shop) -> None:
        shop.connect(fields={"Nowhere": "x"}).create(draft())
        assert shop.said == ["the field 'Nowhere' is on no screen for new issues in OPS: left out"]

    def test_a_value_that_does_not_fit_is_one_sentence(self, shop: Shop) -> None:
        shop.hub.add_field("Points", "number", on=PROJECT)
        with pytest.raises(TrackerError, match=r"shop.fields: 'Points' cannot be filled: it takes a number, not"):
            shop.connect(fields={"Points": "many"}).create(draft())

    def test_a_required_field_is_named_before_anything_is_made(self, shop: Shop) -> None:
        shop.hub.add_field("Severity", "option", "SEV1", on=PROJECT, required=True)
        with pytest.raises(TrackerError, match="a new Task in OPS needs Severity: fill it by fields"):
            shop.connect().whoami()
        assert shop.connect(fields={"Severity": "SEV1"}).whoami() == shop.account("bot")
        assert shop.writes() == []


class TestEpics:
    def test_every_postmortem_has_one_epic(self, shop: Shop) -> None:
        tracker = shop.connect(epics=True)
        one, two = (tracker.create(draft(ident=ident)) for ident in "AB")
        assert shop.values(one)["parent"] == shop.values(two)["parent"]
        epics = [
            issue for issue in shop.hub.issues(PROJECT) if shop.hub.types[issue.values["issuetype"]].name == "Epic"
        ]
        assert [issue.values["summary"] for issue in epics] == ["Checkout outage"]

    def test_it_is_found_again_though_search_lags(self, shop: Shop) -> None:
        shop.hub.search_lag = timedelta(minutes=3)
        shop.connect(epics=True).create(draft(ident="A"))
        shop.connect(epics=True).create(draft(ident="B"))
        assert len({issue.values.get("parent") for issue in shop.hub.issues(PROJECT)}) == 2

    def test_it_is_no_item_of_ours(self, shop: Shop) -> None:
        tracker = shop.connect(epics=True)
        made = tracker.create(draft())
        assert [issue.ref for issue in tracker.listing("").issues if issue.marker] == [made.ref]

    def test_an_epic_of_unknown_outcome_is_looked_for_and_not_made_twice(self, shop: Shop) -> None:
        from support.jira import faults

        tracker = shop.connect(epics=True)
        shop.hub.faults.next("POST", "/issue", faults.late(9))
        for _ in range(2):
            with pytest.raises(TrackerError, match="the postmortem's epic may be there or not") as caught:
                tracker.create(draft())
            assert not isinstance(caught.value, UnknownOutcome)
        shop.later(seconds=16)
        tracker.create(draft())
        assert len(shop.hub.issues(PROJECT)) == 2

    def test_where_there_is_no_place_for_one_the_issue_stands_alone(self, center: Shop) -> None:
        center.person().take_off_screen("parent")
        center.connect(epics=True).create(draft())
        assert center.said == ["issues in OPS have no place for an epic: they stand alone"]


class TestStatus:
    def test_several_steps_with_a_resolution(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = Workflow.strict()
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.requests()
        done = tracker.update(made.ref, to("status", Status.OPEN, Status.DONE), draft())
        assert (done.fields.status, shop.values(made)["resolution"]) == (Status.DONE, "Done")
        assert [line for line in shop.writes() if "transitions" in line] == ["POST issue/10006/transitions 204"] * 3

    def test_what_a_resolution_calls_off_is_cancelled(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = ASKING
        tracker = shop.connect()
        made = tracker.create(draft())
        off = tracker.update(made.ref, to("status", Status.OPEN, Status.CANCELLED), draft())
        assert (off.fields.status, shop.values(made)["resolution"]) == (Status.CANCELLED, "Won't Do")
        shop.person().transition(made.ref.key, "To Do")
        shop.person().transition(made.ref.key, "Done", "Duplicate")
        assert tracker.listing("").issues[0].fields.status is Status.CANCELLED

    def test_names_of_resolutions_are_ones_own(self, shop: Shop) -> None:
        shop.hub.resolutions.ensure("Vergebens")
        shop.hub.project(PROJECT).workflow = ASKING
        tracker = shop.connect(cancelled=["Vergebens"])
        made = tracker.create(draft())
        tracker.update(made.ref, to("status", Status.OPEN, Status.CANCELLED), draft())
        assert shop.values(made)["resolution"] == "Vergebens"

    def test_no_way_is_told_with_what_there_is(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.requests()
        with pytest.raises(TrackerError) as caught:
            tracker.update(made.ref, to("status", Status.OPEN, Status.CANCELLED), draft())
        assert "OPS-1: no transition leads to cancelled (there are:" in str(caught.value)

    def test_no_way_at_all_leaves_the_issue_where_it_was(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = Workflow(transitions=(Transition(1, "Back", "To Do", ("Done",)),))
        tracker = shop.connect()
        made = tracker.create(draft())
        with pytest.raises(TrackerError, match=r"no transition leads to done \(there are: none") as caught:
            tracker.update(made.ref, to("status", Status.OPEN, Status.DONE), draft())
        assert not isinstance(caught.value, UnknownOutcome)

    def test_a_required_field_of_a_transition_comes_from_the_configuration(self, shop: Shop) -> None:
        field = shop.hub.add_field("Cause")
        close = Transition(31, "Close", "Done", screen=(field.id,), required=(field.id,), resolution="Done")
        shop.hub.project(PROJECT).workflow = Workflow(transitions=(close,))
        made = shop.connect().create(draft())
        with pytest.raises(TrackerError, match=r"there are: Close \(to Done\), which needs Cause"):
            shop.connect().update(made.ref, to("status", Status.OPEN, Status.DONE), draft())
        shop.connect(fields={"Cause": "{path}"}).update(made.ref, to("status", Status.OPEN, Status.DONE), draft())
        assert shop.values(made)[field.id] == "2026/checkout.md"


class TestReading:
    def test_an_unchanged_world_costs_one_request_and_the_cursor_stands(
        self, every: tuple[Shop, dict[str, Any]]
    ) -> None:
        shop, given = every
        shop.connect(**given).create(draft())
        cursor = shop.connect(**given).listing("").cursor
        for _ in range(3):
            shop.later(hours=5)
            shop.requests()
            found = shop.connect(**given).listing(cursor)
            assert (found.cursor, len(found.issues)) == (cursor, 1)
            assert len(shop.requests()) == 1

    def test_after_a_bulk_the_answer_is_short_again(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        tracker = shop.connect(**given)
        for at in range(0, 150, 50):
            tracker.create_many([draft(ident=f"I{number}") for number in range(at, at + 50)])
        first = shop.connect(**given).listing("")
        assert len(first.issues) == 150
        shop.later(hours=1)
        second = shop.connect(**given).listing(first.cursor)
        shop.later(hours=1)
        shop.requests()
        third = shop.connect(**given).listing(second.cursor)
        assert (third.issues, third.cursor, len(shop.requests())) == ((), second.cursor, 1)
        shop.person().edit("OPS-7", summary="New")
        assert [issue.ref.key for issue in shop.connect(**given).listing(third.cursor).issues] == ["OPS-7"]

    def test_what_search_learns_late_is_still_seen(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        other = tracker.create(draft(ident="B"))
        shop.later(minutes=1)
        cursor = shop.connect().listing("").cursor
        shop.hub.search_lag = timedelta(minutes=8)
        shop.person().edit(made.ref.key, summary="Early")
        shop.later(minutes=7)
        shop.hub.search_lag = timedelta()
        shop.person().edit(other.ref.key, summary="Late")
        cursor = shop.connect().listing(cursor).cursor
        assert {issue.fields.title for issue in shop.connect().listing(cursor).issues} == {"Early", "Late"}

    def test_what_we_wrote_ourselves_is_seen_at_once(self, shop: Shop) -> None:
        shop.hub.search_lag = timedelta(minutes=3)
        tracker = shop.connect()
        made = tracker.create(draft())
        assert tracker.listing("").issues == (made,)

    @pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
    def test_the_time_zone_of_the_account_does_not_matter(self, shop: Shop, zone: str) -> None:
        shop.hub.users[shop.hub.account("bot")].zone = zone
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        shop.later(hours=2)
        shop.person().edit(made.ref.key, summary="New")
        assert [issue.fields.title for issue in shop.connect().listing(cursor).issues] == ["New"]

    @pytest.mark.parametrize("minutes", [-30, -5, 5, 30])
    def test_the_servers_clock_may_go_wrong(self, shop: Shop, minutes: int) -> None:
        shop.hub.skew = timedelta(minutes=minutes)
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        shop.later(hours=2)
        shop.person().edit(made.ref.key, summary="New")
        shop.later(minutes=20)
        assert [issue.fields.title for issue in shop.connect().listing(cursor).issues] == ["New"]

    def test_only_what_is_needed_is_asked_for(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        shop.person().comment(made.ref.key, adf.document([adf.paragraph("Hello")]))
        raw = shop.connect()._news.everything('project = "OPS" ORDER BY key ASC')[made.ref.id]
        assert "comment" not in raw["fields"]
        assert raw["properties"].keys() == {"pmtrack"}

    def test_another_project_in_the_configuration_is_read_from_its_beginning(self, shop: Shop) -> None:
        shop.connect().create(draft())
        cursor = shop.connect().listing("").cursor
        shop.hub.add_project("NEW", people="bot ana")
        assert shop.connect(project="NEW").listing(cursor).issues == ()

    def test_a_renamed_project_is_followed(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        shop.person().rename_project("NEU")
        found = shop.connect().listing(cursor)
        assert [(issue.ref.id, issue.ref.key) for issue in found.issues] == [(made.ref.id, "NEU-1")]
        assert shop.connect().understands("OPS-1") == "OPS-1"
        shop.requests()
        shop.connect().listing(found.cursor)
        assert len(shop.requests()) == 1

    def test_issues_of_others_with_our_marker_are_not_ours(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        shop.person().copy(made.ref.key)
        ours, copy = shop.connect().listing("").issues
        assert (ours.ours, copy.ours, copy.marker) == (True, False, made.marker)
        assert shop.connect(accounts=[shop.account("ana")]).listing("").issues[1].ours


class TestPeople:
    def test_who_closed_and_who_reassigned(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        tracker = shop.connect(**given)
        made = tracker.create(draft())
        shop.person("bo").transition(made.ref.key, "Done")
        shop.person("ana").assign(made.ref.key, "person")
        shop.person("ana").label(made.ref.key, "P3")
        told = tracker.who(made.ref, ["status", "owners", "priority", "title"])
        assert {name: who.actor for name, who in told.items()} == {
            "status": shop.account("bo"),
            "owners": shop.account("ana"),
            "priority": shop.account("ana"),
        }
        assert str(told["status"].evidence).startswith(f"{made.ref.url}#changehistory-")

    def test_of_a_long_history_the_newest_is_known(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        for number in range(250):
            shop.person("bo").edit(made.ref.key, summary=f"Title {number}")
        shop.person("ana").edit(made.ref.key, summary="Last")
        assert tracker.who(made.ref, ["title"])["title"].actor == shop.account("ana")

    def test_an_address_means_its_account(self, every: tuple[Shop, dict[str, Any]]) -> None:
        shop, given = every
        tracker = shop.connect(**given)
        assert tracker.normalise(replace(FIELDS, owners=("ana@example.org",))).owners == (shop.account("ana"),)
        shop.requests()
        made = tracker.create(draft(replace(FIELDS, owners=("Ana@Example.org",))))
        assert made.fields.owners == (shop.account("ana"),)
        assert len([line for line in shop.requests() if "assignable" in line]) == 1, "only whether they can be assigned"

    def test_a_part_of_an_address_or_a_name_means_nobody(self, shop: Shop) -> None:
        tracker = shop.connect()
        for words in ("an@", "Ana B.", "ana@example.com"):
            made = tracker.create(draft(replace(FIELDS, owners=(words,))))
            assert made.fields.owners == ()

    def test_mails_are_kept_back_where_we_may(self, shop: Shop) -> None:
        for admin, told in ((False, ""), (True, "notifyUsers=false")):
            if admin:
                shop.hub.grant("bot", PROJECT, "ADMINISTER_PROJECTS")
            tracker = shop.connect()
            made = tracker.create(draft())
            tracker.update(made.ref, to("priority", "P1", "P2"), draft())
            (put,) = [entry for entry in shop.hub.log if entry.method == "PUT"]
            assert put.query == told
            shop.hub.log.clear()

    def test_what_people_added_stays(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        person = shop.person()
        person.label(made.ref.key, "mine")
        person.edit(made.ref.key, description=adf.document([adf.paragraph("All mine")]))
        shop.requests()
        changes = [FieldChange("priority", "P1", "P0"), FieldChange("due", FIELDS.due, None)]
        tracker.update(made.ref, changes, draft())
        values = shop.values(made)
        assert (values["labels"], values["description"]) == (("postmortem", "mine"), "All mine")
        assert len([line for line in shop.writes() if line.startswith("PUT")]) == 1

    def test_a_comment_of_somebody_else_with_our_words_is_theirs(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().comment(made.ref.key, adf.document([adf.paragraph("No"), adf.paragraph("pmtrack: removed")]))
        tracker.comment(made.ref, "removed", "It left. @bo <b>now</b>")
        assert [adf.words(one.body) for one in shop.hub.issue(made.ref.id).comments] == [
            "No\npmtrack: removed",
            "It left. @\u200bbo <\u200bb>now<\u200b/b>\npmtrack: removed",
        ]


def _refused() -> Any:
    from support.jira import faults

    return faults.refused(403, "No")
