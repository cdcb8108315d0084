"""What goes wrong between pmtrack and Jira, by the numbers of the list of faults that a serious test must try."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Issue, Status
from pmtrack.trackers.base import Missing
from pmtrack.trackers.jira import client as clients
from pmtrack.trackers.jira import jql
from pmtrack.trackers.jira.tracker import JiraTracker
from support.jira import Person, Transition, Workflow, faults
from support.jira import jql as server
from support.jira_shop import ASKING, FIELDS, PROJECT, Shop, draft, open_shop, to

TO_P0 = to("priority", "P1", "P0")
UNKNOWN = [
    faults.error(500),
    faults.error_after(502),
    faults.error_after(503),
    faults.dropped(),
    faults.dropped_after(),
    faults.late(9),
    faults.cut(),
    faults.not_json(201),
]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


@pytest.fixture(params=[True, False], ids=["cloud", "center"])
def both(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with open_shop(cloud=request.param) as opened:
        yield opened


def ready(shop: Shop, **changes: Any) -> JiraTracker:
    """A tracker that has asked all that it asks once."""
    tracker = shop.connect(**changes)
    tracker.whoami()
    shop.requests()
    return tracker


class TestCreatingOnce:
    """Faults 6 to 9."""

    def test_the_librarys_own_retry_is_off(self, shop: Shop) -> None:
        assert shop.connect().client.retries == 0

    def test_every_request_has_a_time_out(self, shop: Shop) -> None:
        assert shop.connect().client._jira._session.timeout == clients.TIMEOUT == (5, 30)

    @pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault.name)
    def test_an_unknown_outcome_is_one_post_and_says_so(self, both: Shop, fault: Any) -> None:
        tracker = ready(both)
        both.hub.faults.next("POST", "/issue", fault)
        with pytest.raises(UnknownOutcome, match="the next run look"):
            tracker.create(draft())
        assert len([line for line in both.requests() if line.startswith("POST issue ")]) == 1
        both.later(seconds=15)
        both.hub.search_lag = timedelta(minutes=5)
        found = both.connect().since("")
        assert [issue.marker for issue in found] == [draft().marker] * (fault.name not in ("error 500", "dropped"))

    @pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault.name)
    def test_a_bulk_of_unknown_outcome_may_have_made_any_of_them(self, both: Shop, fault: Any) -> None:
        tracker = ready(both)
        both.hub.faults.next("POST", "/issue/bulk", fault)
        with pytest.raises(UnknownOutcome, match="the next run look"):
            tracker.create_many([draft(ident=ident) for ident in "ABC"])
        assert len([line for line in both.requests() if line.startswith("POST issue/bulk ")]) == 1
        both.later(seconds=15)
        made = 0 if fault.name in ("error 500", "dropped") else 3
        assert len(both.connect().since("")) == made

    def test_an_answer_after_our_time_out_is_unknown(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clients, "TIMEOUT", (1, 1))
        tracker = ready(shop)
        shop.hub.faults.next("POST", "/issue", faults.slow(2))
        with pytest.raises(UnknownOutcome):
            tracker.create(draft())
        assert len(shop.writes()) == 1

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
    def test_a_refusal_is_certain(self, shop: Shop, status: int) -> None:
        tracker = ready(shop)
        shop.hub.faults.next("POST", "/issue", faults.refused(status, "No"))
        with pytest.raises(TrackerError) as caught:
            tracker.create(draft())
        assert not isinstance(caught.value, UnknownOutcome)

    def test_a_look_that_fails_after_a_create_changes_nothing(self, shop: Shop) -> None:
        tracker = ready(shop)
        shop.hub.faults.next("GET", "/issue/*", faults.error(502), times=None)
        made = tracker.create(draft())
        assert (made.ref.key, made.fields, made.marker, made.ours) == ("OPS-1", FIELDS, draft().marker, True)

    def test_direct_reads_find_what_search_does_not_know(self, both: Shop) -> None:
        tracker = ready(both)
        first = tracker.create(draft(ident="A"))
        mark = tracker.high_mark()
        both.hub.search_lag = timedelta(minutes=12)
        both.hub.faults.next("POST", "/issue", faults.dropped_after())
        with pytest.raises(UnknownOutcome):
            tracker.create(draft(ident="B"))
        new = both.connect()
        assert [issue.marker.ident for issue in new.since(mark) if issue.marker] == ["B"]
        assert first.ref.key == mark == "OPS-1"

    def test_a_gap_in_the_numbers_hides_nothing(self, shop: Shop) -> None:
        tracker = ready(shop)
        shop.hub.project(PROJECT).numbers = 4
        made = tracker.create(draft())
        assert list(shop.connect().since("")) == [made]


class TestFault10:
    """429 in the middle of a batch, with and without Retry-After."""

    @pytest.mark.parametrize("date", [False, True])
    def test_fault_10_a_refusal_of_a_read_is_waited_for(self, shop: Shop, date: bool) -> None:
        tracker = ready(shop)
        shop.hub.faults.next("POST", "/search/jql", faults.limited(7, date=date))
        assert tracker.listing("").issues == ()
        assert sum(shop.slept) == pytest.approx(7, abs=1.1)

    @pytest.mark.parametrize("date", [False, True])
    def test_fault_10_a_refused_write_is_left_to_the_next_run(self, both: Shop, date: bool) -> None:
        tracker = ready(both)
        both.hub.faults.next("POST", "/issue", faults.limited(600, date=date))
        with pytest.raises(TrackerError, match="limit is used up for 10 minutes") as caught:
            tracker.create(draft())
        assert (isinstance(caught.value, UnknownOutcome), caught.value.retry_after) == (False, 600)
        with pytest.raises(TrackerError, match="limit is used up"):
            both.connect().listing("")
        both.later(seconds=600)
        assert both.connect().create(draft()).ref.key == "OPS-1"

    def test_fault_10_without_a_time_it_is_a_minute(self, shop: Shop) -> None:
        tracker = ready(shop, patience=10)
        shop.hub.faults.next("POST", "/issue/bulk", faults.limited(None))
        with pytest.raises(TrackerError) as caught:
            tracker.create_many([draft()])
        assert caught.value.retry_after == 60

    def test_fault_10_a_limit_of_one_issue_stops_no_other(self, shop: Shop) -> None:
        tracker = ready(shop)
        made, other = tracker.create(draft()), tracker.create(draft(ident="B"))
        shop.hub.faults.next("PUT", f"/issue/{made.ref.id}", faults.limited(None, reason="jira-per-issue-on-write"))
        with pytest.raises(TrackerError, match="the issue was written to too often just now: the next run") as caught:
            tracker.update(made.ref, TO_P0, draft())
        assert caught.value.retry_after is None
        assert tracker.update(other.ref, TO_P0, draft(ident="B")).fields.priority == "P0"

    def test_fault_10_a_thousand_items_at_the_ceiling_without_a_refusal(self, shop: Shop) -> None:
        tracker = ready(shop, api=2)  # nodes are checked one by one, which takes the stand-in ten seconds
        before = shop.clock.now
        for at in range(0, 1000, 50):
            tracker.create_many([draft(ident=f"I{number}") for number in range(at, at + 50)])
        assert len(shop.hub.issues(PROJECT)) == 1000
        assert {entry.status for entry in shop.hub.log} == {201}
        assert len(shop.hub.log) == 20
        assert shop.clock.now - before < timedelta(seconds=2)

    def test_fault_10_many_writes_to_one_issue_keep_its_limits(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft())
        for number in range(120):
            before, after = f"P{number % 2}", f"P{(number + 1) % 2}"
            if number:
                tracker.update(made.ref, to("priority", before, after), draft())
            else:
                tracker.update(made.ref, to("priority", "P1", "P1"), draft())
                tracker.update(made.ref, to("priority", "P1", after), draft())
        assert 429 not in {entry.status for entry in shop.hub.log}
        assert shop.slept

    def test_fault_10_writes_to_many_issues_keep_the_burst_limit(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create_many([draft(ident=f"I{number}") for number in range(50)])
        for _ in range(3):
            for issue in made:
                assert isinstance(issue, Issue)
                now = tracker.fetch([issue.ref.id])[issue.ref.id]
                assert isinstance(now, Issue)
                other = "P0" if now.fields.priority == "P1" else "P1"
                tracker.update(issue.ref, to("priority", now.fields.priority, other), draft())
        assert 429 not in {entry.status for entry in shop.hub.log}


class TestFault12:
    """The list answers 500, cut, one page short, one page twice."""

    @pytest.mark.parametrize(
        "fault",
        [faults.error(500), faults.cut(), faults.not_json(), faults.page_short(), faults.page_repeated()],
        ids=lambda fault: fault.name,
    )
    @pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "center"])
    def test_nothing_is_taken_from_half_an_answer(self, fault: Any, cloud: bool) -> None:
        with open_shop(cloud=cloud) as shop:
            tracker = ready(shop, api=2)
            for at in range(0, 250, 50):
                tracker.create_many([draft(ident=f"I{number}") for number in range(at, at + 50)])
            method, path = ("POST", "/search/jql") if cloud else ("GET", "/search")
            shop.hub.faults.next(method, path, fault, times=None if "error" in fault.name or "cut" in fault.name else 1)
            with pytest.raises(TrackerError):
                tracker.listing("")

    def test_an_issue_that_changes_while_the_list_is_read_is_in_it_once(self, both: Shop) -> None:
        tracker = ready(both, api=2)
        for at in range(0, 250, 50):
            tracker.create_many([draft(ident=f"I{number}") for number in range(at, at + 50)])
        method, path = ("POST", "/search/jql") if both.hub.cloud else ("GET", "/search")
        change = faults.meanwhile(lambda: both.person().edit("OPS-3", summary="Changed"))
        both.hub.faults.next(method, path, change, skip=1)
        assert len(tracker.listing("").issues) == 250


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.text(), st.sampled_from(['" OR project is not EMPTY', "\\", '\\" OR 1=1', "a\nb\r\u2028c", '"'])))
def test_fault_14_no_value_in_a_query_is_more_than_a_value(value: str) -> None:
    """The server's own parser finds one project and one type, whatever they are called."""
    query = server.parse(jql.of_type(value, value))
    clauses = query.where.parts  # type: ignore[union-attr]
    assert [clause.field for clause in clauses] == ["project", "issuetype"]
    assert [len(clause.values) for clause in clauses] == [1, 1]


def test_fault_14_what_is_read_stale_once_is_read_again(shop: Shop) -> None:
    """The index shows an old state: the overlap brings the new one, and a write looks at the issue itself."""
    tracker = ready(shop)
    made = tracker.create(draft())
    shop.later(minutes=1)
    cursor = tracker.listing("").cursor
    shop.hub.search_lag = timedelta(minutes=5)
    shop.later(minutes=10)
    shop.person().edit(made.ref.key, summary="New")
    stale = shop.connect().listing(cursor)
    assert [issue.fields.title for issue in stale.issues] == [FIELDS.title]
    with pytest.raises(TrackerError, match="title was changed a moment ago"):
        shop.connect().update(made.ref, to("title", FIELDS.title, "Ours"), draft())
    shop.later(minutes=6)
    assert [issue.fields.title for issue in shop.connect().listing(stale.cursor).issues] == ["New"]


class TestFault16:
    """The token expires, or loses a permission, in the middle of a run."""

    @pytest.mark.parametrize("silent", [False, True])
    def test_fault_16_a_token_that_expires_stops_the_run(self, both: Shop, silent: bool) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.hub.bad_token_is_anonymous = silent and both.hub.cloud
        both.token.revoked = True
        for act in (
            lambda: tracker.listing(""),
            lambda: tracker.fetch([made.ref.id]),
            lambda: tracker.create(draft()),
            lambda: tracker.since(""),
        ):
            with pytest.raises(TrackerError, match="put a valid one into PMTRACK_SHOP_TOKEN") as caught:
                act()
            assert caught.value.retry_after == 0

    def test_fault_16_a_project_that_is_not_seen_any_more_is_no_deletion(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.hub.revoke("bot", PROJECT)
        with pytest.raises(TrackerError, match="project OPS is not there, or the account may not see it"):
            both.connect().fetch([made.ref.id])
        with pytest.raises(TrackerError):
            both.connect().listing("")

    def test_fault_16_a_lost_permission_is_named(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft())
        shop.hub.revoke("bot", PROJECT, "EDIT_ISSUES")
        with pytest.raises(TrackerError, match="give the account the permission Edit issues"):
            tracker.update(made.ref, TO_P0, draft())
        shop.hub.revoke("bot", PROJECT, "CREATE_ISSUES")
        with pytest.raises(TrackerError, match="give it the permission Create issues there"):
            tracker.create(draft(ident="B"))
        with pytest.raises(TrackerError, match="lacks permissions in OPS: give it Create issues, Edit issues"):
            shop.connect().whoami()
        assert shop.hub.issues(PROJECT)[0].values["priority"] == 2

    def test_fault_16_a_captcha_is_said_as_one(self, shop: Shop) -> None:
        def act(*_: Any) -> Any:
            told = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://acme.example/login"}
            return replace(faults.refused(403, "Basic Authentication Failure").act(*_), headers=told)

        shop.hub.faults.next("GET", "/serverInfo", faults.Fault("captcha", act))
        with pytest.raises(TrackerError, match="wants a CAPTCHA of this account: log in once in a browser"):
            shop.connect().whoami()

    def test_fault_16_the_kind_of_token_is_checked(self, both: Shop) -> None:
        email = {} if both.hub.cloud else {"PMTRACK_SHOP_EMAIL": "bot@example.org"}
        environment = {"PMTRACK_SHOP_TOKEN": both.token.value, **email}
        said = r"Jira Cloud: put the e-mail .* into PMTRACK_SHOP_EMAIL" if both.hub.cloud else "Data Center: leave"
        with pytest.raises(TrackerError, match=said):
            both.connect(environment=environment).whoami()


class TestFault17:
    """The project is archived; the interface is gone, or kept for reading."""

    def test_an_archived_project(self, both: Shop) -> None:
        both.person().archive()
        for act in (both.connect().whoami, lambda: both.connect().create(draft())):
            with pytest.raises(TrackerError, match="project OPS is archived: restore it, or name another project"):
                act()

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            (faults.refused(503, "Jira is in read-only mode."), "read-only at the moment: wait until its maintenance"),
            (faults.refused(410, "The requested API has been removed."), "has switched this part of its interface off"),
            (faults.error(502), "Jira does not work at the moment (502)|may have done it or not"),
            (faults.refused(302, "x"), "url leads to another address"),
        ],
        ids=["read-only", "gone", "outage", "elsewhere"],
    )
    def test_the_server_as_a_whole(self, shop: Shop, fault: Any, says: str) -> None:
        tracker = ready(shop)
        shop.hub.faults.next("POST", "/search/jql", fault, times=None)
        shop.hub.violations.clear()
        with pytest.raises(TrackerError, match=says.replace("(", r"\(").replace(")", r"\)")):
            tracker.listing("")
        shop.hub.violations.clear()


class TestFault19:
    """An issue moved, another type, a workflow without the way, a field required by now, a bulk half failed."""

    def test_fault_19_a_moved_issue_is_followed(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.hub.add_project("PLAT", people="bot ana")
        both.person().move(made.ref.key, "PLAT")
        found = both.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert (found.ref.id, found.ref.key, found.marker) == (made.ref.id, "PLAT-1", made.marker)
        after = both.connect().update(made.ref, TO_P0, draft())
        assert (after.ref.key, after.fields.priority) == ("PLAT-1", "P0")
        both.connect().comment(made.ref, "removed", "It left.")

    def test_fault_19_a_move_does_not_hide_what_was_made(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.hub.add_project("PLAT", people="bot ana")
        both.person().move(made.ref.key, "PLAT")
        assert [issue.ref.id for issue in both.connect().since("")] == [made.ref.id]

    def test_fault_19_another_issue_type(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft())
        shop.person().change_type(made.ref.key, "Bug")
        assert tracker.update(made.ref, TO_P0, draft()).fields.priority == "P0"

    def test_fault_19_a_workflow_that_lost_the_way(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).workflow = Workflow.strict()
        tracker = ready(shop)
        one, two = (tracker.create(draft(ident=ident)) for ident in "AB")
        tracker.update(one.ref, to("status", Status.OPEN, Status.DONE), draft())
        only = Transition(11, "Start work", "In Progress", ("To Do",))
        shop.hub.project(PROJECT).workflow.transitions = (only,)
        with pytest.raises(UnknownOutcome, match=r"OPS-2: no transition leads to done \(there are: none"):
            tracker.update(two.ref, to("status", Status.OPEN, Status.DONE), draft())

    def test_fault_19_a_field_that_is_required_by_now(self, both: Shop) -> None:
        field = both.hub.add_field("Severity", "option", "SEV1", "SEV2", on=PROJECT)
        tracker = ready(both)
        both.person().require(field.id)
        with pytest.raises(TrackerError, match=r"Severity is required.*fill it by fields = \{...\} at the tracker"):
            tracker.create(draft())
        assert both.connect(fields={"Severity": "SEV1"}).create(draft()).ref.key == "OPS-1"

    def test_fault_19_of_a_bulk_some_fail_and_the_others_are_there(self, both: Shop) -> None:
        tracker = ready(both)
        drafts = [draft(ident=ident) for ident in "ABCD"]
        drafts[1] = draft(replace(FIELDS, due=FIELDS.due), ident="B")
        send = tracker.client.write

        def spoilt(kind: Any, verb: str, path: str, body: Any, **more: Any) -> Any:
            if path.endswith("bulk"):
                body["issueUpdates"][1]["fields"]["duedate"] = "soon"
                body["issueUpdates"][3]["fields"]["priority"] = {"id": "999"}
            return send(kind, verb, path, body, **more)

        tracker.client.write = spoilt  # type: ignore[method-assign]
        done = tracker.create_many(drafts)
        assert [type(one) for one in done] == [Issue, TrackerError, Issue, TrackerError]
        assert [one.marker.ident for one in done if isinstance(one, Issue) and one.marker] == ["A", "C"]
        assert "Error parsing date string: soon" in str(done[1])
        assert {issue.marker.ident for issue in tracker.listing("").issues if issue.marker} == {"A", "C"}

    def test_fault_19_of_a_bulk_all_fail(self, both: Shop) -> None:
        tracker = ready(both)
        both.person().take_off_screen("duedate")
        done = tracker.create_many([draft(ident=ident) for ident in "AB"])
        assert [type(one) for one in done] == [TrackerError, TrackerError]
        again = tracker.create_many([draft(ident=ident) for ident in "AB"])
        assert [type(one) for one in again] == [Issue, Issue], "the screens were read anew"

    def test_fault_19_of_a_bulk_only_the_first_were_made(self, both: Shop) -> None:
        tracker = ready(both)
        both.hub.faults.next("POST", "/issue/bulk", faults.half_done(2))
        with pytest.raises(UnknownOutcome):
            tracker.create_many([draft(ident=ident) for ident in "ABCD"])
        assert {issue.marker.ident for issue in both.connect().since("") if issue.marker} == {"A", "B"}

    def test_fault_19_a_deleted_issue(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.person().delete(made.ref.key)
        assert both.connect().fetch([made.ref.id]) == {made.ref.id: Missing.GONE}


class TestFault20:
    """The owner left, or cannot be assigned."""

    def test_fault_20_the_issue_is_made_without_them_and_says_so(self, both: Shop) -> None:
        account = both.account("bo")
        both.person().deactivate("bo")
        tracker = ready(both)
        made = tracker.create(draft(replace(FIELDS, owners=(account,))))
        assert made.fields.owners == ()
        sentence = f"{account} cannot be assigned in OPS (has the owner left?): mend people.toml, or add them there"
        assert both.said == [sentence]
        assert "has the owner left?" in str(both.values(made)["description"]).replace("\\", "")

    def test_fault_20_an_update_goes_on_with_the_rest_and_tells_it_in_a_comment(self, both: Shop) -> None:
        account = both.account("bo")
        tracker = ready(both)
        made = tracker.create(draft())
        both.person().deactivate("bo")
        changes = [FieldChange("owners", (), (account,)), *TO_P0]
        after = tracker.update(made.ref, changes, draft())
        assert (after.fields.owners, after.fields.priority) == ((), "P0")
        assert len(both.hub.issue(made.ref.id).comments) == 1

    def test_fault_20_one_who_left_after_we_asked_is_a_refusal_that_names_them(self, shop: Shop) -> None:
        account = shop.account("bo")
        tracker = ready(shop)
        tracker.create(draft(replace(FIELDS, owners=(account,))))
        shop.person().deactivate("bo")
        with pytest.raises(TrackerError, match="cannot be assigned issues"):
            tracker.create(draft(replace(FIELDS, owners=(account,)), ident="B"))
        assert tracker.create(draft(replace(FIELDS, owners=(account,)), ident="B")).fields.owners == ()

    def test_fault_20_an_assignee_who_left_stays(self, both: Shop) -> None:
        account = both.account("bo")
        tracker = ready(both)
        made = tracker.create(draft(replace(FIELDS, owners=(account,))))
        both.person().deactivate("bo")
        assert both.connect().update(made.ref, TO_P0, draft()).fields.owners == (account,)


class TestFault21:
    """A priority or a field is renamed or deleted, and a label taken away."""

    def test_fault_21_a_renamed_priority_is_one_of_its_own(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.person().rename_priority("High", "Ganz wichtig")
        found = both.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.priority == "Ganz wichtig"
        known = both.connect(priorities={"P1": "Ganz wichtig"}).fetch([made.ref.id])[made.ref.id]
        assert isinstance(known, Issue)
        assert known.fields.priority == "P1"

    def test_fault_21_a_priority_that_is_gone_is_a_label(self, both: Shop) -> None:
        tracker = ready(both)
        tracker.create(draft(ident="A"))
        both.hub.project(PROJECT).priorities.remove("High")
        with pytest.raises(TrackerError, match="The priority selected is invalid"):
            tracker.create(draft(ident="B"))
        assert tracker.create(draft(ident="B")).fields.priority == "P1"

    def test_fault_21_a_field_that_left_the_screen(self, both: Shop) -> None:
        tracker = ready(both)
        made = tracker.create(draft())
        both.person().take_off_screen("duedate")
        with pytest.raises(TrackerError, match="cannot be set"):
            tracker.create(draft(ident="B"))
        assert tracker.create(draft(ident="B")).fields == FIELDS
        assert tracker.fetch([made.ref.id])[made.ref.id] == made

    def test_fault_21_a_label_taken_away_says_no_priority(self, shop: Shop) -> None:
        shop.hub.project(PROJECT).priorities[:] = ["Low"]
        tracker = ready(shop)
        made = tracker.create(draft())
        shop.person().unlabel(made.ref.key, "P1")
        assert tracker.listing("").issues[0].fields.priority is None

    def test_fault_21_a_property_taken_away_is_an_issue_without_a_marker(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft())
        shop.person().remove_property(made.ref.key, "pmtrack")
        (found,) = tracker.listing("").issues
        assert (found.marker, found.ours, found.fields) == (None, False, made.fields)


class TestFault37:
    """Another version in the middle of something: its bookmarks and its markers."""

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"v":2}', '{"v":1,"since":"yesterday"}', "2026-11-21T10:00:00Z"])
    def test_fault_37_a_bookmark_of_another_version_means_from_the_beginning(self, both: Shop, text: str) -> None:
        made = ready(both).create(draft())
        assert both.connect().listing(text).issues == (made,)

    def test_fault_37_a_marker_of_another_version_is_none(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft())
        with shop.hub.lock:
            from support.jira import changes

            changes.quietly(shop.hub, shop.hub.issue(made.ref.id), properties={"pmtrack": {"v": 2, "ident": "01J0"}})
        (found,) = tracker.listing("").issues
        assert (found.marker, found.fields) == (None, made.fields)

    def test_fault_37_an_update_in_between_keeps_what_the_property_says(self, shop: Shop) -> None:
        tracker = ready(shop)
        made = tracker.create(draft(replace(FIELDS, priority=None)))
        changes = to("title", FIELDS.title, "New")
        new = draft(replace(FIELDS, priority=None, title="New"))
        assert shop.connect().update(made.ref, changes, new).fields.priority is None


class TestFault38:
    """Hostile text everywhere."""

    WORDS = "[~ana] {html}<b>x</b>{html} !http://evil/x.png! h1. A @ana <script>1</script> [x](javascript:alert(1))"

    def test_fault_38_nothing_acts_in_markup(self) -> None:
        with open_shop(cloud=False) as shop:
            made = ready(shop).create(draft(words=f"{self.WORDS}\n\nh1. B\n\n----\n\n* {{code}}", notes=(self.WORDS,)))
            told = str(shop.values(made)["description"])
            for trigger in ("[~", "{html", "!http", "\nh1.", "|javascript", "{code"):
                assert trigger not in told.replace("\\{", "").replace("\\[", "").replace("\\!", ""), trigger

    def test_fault_38_nodes_hold_words_only(self, shop: Shop) -> None:
        made = ready(shop).create(draft(words=self.WORDS, notes=(self.WORDS,)))
        told = json.dumps(shop.hub.issue(made.ref.id).values["description"])
        kinds = set(_kinds(json.loads(told)))
        assert kinds <= {"doc", "paragraph", "text", "code", "hardBreak", "link"}
        assert '"href": "javascript' not in told

    def test_fault_38_no_secret_is_in_any_error_or_log(self, both: Shop, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        tracker = both.connect()
        both.hub.faults.next("GET", "*", faults.error(503), times=None)
        both.hub.faults.next("POST", "*", faults.dropped(), times=None)
        said = [repr(tracker.client.account)]
        for act in (tracker.whoami, lambda: tracker.listing(""), lambda: tracker.create(draft())):
            with pytest.raises(TrackerError) as caught:
                act()
            said.append(f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}")
        secrets = [both.token.value, *([both.token.email] if both.token.email else [])]
        assert [word for word in secrets if word in caplog.text + " ".join(said)] == []

    def test_fault_38_junk_in_place_of_an_answer_is_one_sentence(self, shop: Shop) -> None:
        for junk in (
            b"null",
            b"[]",
            b"5",
            b'"x"',
            b"{}",
            b'{"issues": 5}',
            b'{"issues": [{}], "isLast": true}',
            b"\xff",
        ):
            fault = faults.Fault("junk", lambda *_, junk=junk: faults.Answer(200, junk, {}))
            tracker = ready(shop)
            shop.hub.faults.next("POST", "/search/jql", fault)
            with pytest.raises(TrackerError, match=r"next run reads it again|makes no sense"):
                tracker.listing("")
            shop.hub.violations.clear()


def _kinds(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield str(node["type"])
        for child in (*node.get("content", ()), *node.get("marks", ())):
            yield from _kinds(child)


def test_a_person_beside_us(shop: Shop) -> None:
    """A person assigns at the moment of our write: what we did not write stays theirs."""
    shop.hub.project(PROJECT).workflow = ASKING
    tracker = ready(shop)
    made = tracker.create(draft())
    Person.at(shop.hub, "ana", PROJECT).assign(made.ref.key, "ana")
    after = tracker.update(made.ref, TO_P0, draft())
    assert after.fields.owners == (shop.account("ana"),)


def test_a_person_between_our_write_and_our_look(shop: Shop) -> None:
    """What we did not write is no matter of ours, whatever it says by then."""
    tracker = ready(shop)
    made = tracker.create(draft())
    change = faults.meanwhile(lambda: shop.person().edit(made.ref.key, summary="Theirs"))
    shop.hub.faults.next("PUT", f"/issue/{made.ref.id}", change)
    after = tracker.update(made.ref, TO_P0, draft())
    assert (after.fields.title, after.fields.priority) == ("Theirs", "P0")


def test_what_jira_does_not_take_is_an_unknown_outcome(shop: Shop) -> None:
    """An automation puts the priority back at once."""
    tracker = ready(shop)
    made = tracker.create(draft())
    shop.hub.faults.next("PUT", f"/issue/{made.ref.id}", faults.Fault("kept", lambda *_: faults.Answer(204)))
    with pytest.raises(UnknownOutcome, match="Jira did not take priority of OPS-1 as it was told"):
        tracker.update(made.ref, TO_P0, draft())


def test_on_data_center_a_title_changes_though_no_screen_has_the_description() -> None:
    with open_shop(cloud=False) as shop:
        tracker = ready(shop)
        made = tracker.create(draft())
        shop.hub.project(PROJECT).edit.discard("description")
        new = draft(replace(FIELDS, title="New"))
        assert tracker.update(made.ref, to("title", FIELDS.title, "New"), new).marker == new.marker
