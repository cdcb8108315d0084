"""What goes wrong between pmtrack and GitHub, by the numbers of the list of faults that a serious test must try.

| fault | tests; `test_fault_NN_...` where it has a number of its own |
| --- | --- |
| 6-9 lost, cut and late answers | `TestCreatingOnce`; `test_github_sync`, `test_github_family` |
| 10 limits in a batch: 403, 429, without a time, 200 with errors | `TestLimits` |
| 12, 13 short, repeated and failed pages; changes while paging | `TestLists` |
| 14 a 304 with old news; 15 a Link header to another host, or to another page | `TestLists` |
| 16 a token that expires; a permission that is missing, or lost in a run (403, or 404 for all) | `TestAccess` |
| 17 a repository renamed, transferred, archived, without issues, made private, hidden, replaced | `TestAccess` |
| 18 an issue transferred, out of sight, deleted, locked, a discussion, a duplicate of one elsewhere | `TestIssues` |
| 20 who left, who cannot be assigned, who leaves between check and create | `TestPeopleAndNames` |
| 21 a label, a field, an option of a field that is renamed or deleted | `TestPeopleAndNames` |
| 37 a bookmark, an intention of another version | `TestCreatingOnce`; `test_github_tracker`, `test_github_sync` |
| 38 hostile words in titles, bodies, comments, labels, types, milestones, parents | here; `test_github_neutral` |
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import FieldChange, Issue, Status
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github import client as clients
from pmtrack.trackers.github.tracker import GitHubTracker
from pmtrack.trackers.settings import Credential, Limits
from support.github import Person, faults
from support.github.model import Moved
from support.github.wire import Answer
from support.github_shop import FIELDS, REPOSITORY, Shop, draft, open_shop

TO_P0 = [FieldChange("priority", "P1", "P0")]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def posts(shop: Shop) -> int:
    return len(shop.hub.log.matching("POST", "/issues"))


class TestCreatingOnce:
    """Faults 6 to 9."""

    def test_the_librarys_own_retry_is_off(self, shop: Shop) -> None:
        assert shop.connect().client.retries is None

    @pytest.mark.parametrize(
        "fault",
        [
            faults.error(500),
            faults.error_after(502),
            faults.error_after(503),
            faults.dropped(),
            faults.dropped_after(),
            faults.late(9),
            faults.cut(),
            faults.not_json(201),
        ],
        ids=lambda fault: fault.name,
    )
    def test_an_unknown_outcome_is_one_post_and_says_so(self, shop: Shop, fault: faults.Fault) -> None:
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("POST", "/issues", fault)
        with pytest.raises(UnknownOutcome, match="the next run look"):
            tracker.create(draft())
        assert posts(shop) == 1
        shop.later(seconds=15)
        found = shop.connect().since("")
        made = fault.name not in ("error 500", "dropped")
        assert [issue.marker for issue in found] == [draft().marker] * made

    def test_an_answer_after_our_time_out_is_unknown(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(clients, "TIMEOUT", 1)
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("POST", "/issues", faults.slow(2))
        with pytest.raises(UnknownOutcome):
            tracker.create(draft())
        assert posts(shop) == 1

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
    def test_a_refusal_is_certain(self, shop: Shop, status: int) -> None:
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("POST", "/issues", faults.refused(status, "No"))
        with pytest.raises(TrackerError) as caught:
            tracker.create(draft())
        assert not isinstance(caught.value, UnknownOutcome)
        assert posts(shop) == 1
        assert shop.hub.issues(REPOSITORY) == []

    @pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1"])
    def test_where_nobody_listens_nothing_was_done(self, shop: Shop, url: str) -> None:
        tracker = shop.connect(base_url=url)
        tracker._home.take(1, REPOSITORY)
        with pytest.raises(TrackerError, match=r"GitHub cannot be reached .the connection was refused.") as caught:
            tracker.client.write(clients.Kind.CREATE, "POST", "/repositories/1/issues", {"title": "x"})
        assert not isinstance(caught.value, UnknownOutcome)

    def test_a_failure_after_the_issue_is_there_is_no_refusal(self, shop: Shop) -> None:
        shop.hub.faults.next("PATCH", "/issues/1", faults.refused(422, "Validation Failed"))
        with pytest.raises(UnknownOutcome):
            shop.connect().create(draft(replace(FIELDS, status=Status.DONE)))
        assert posts(shop) == 1

    def test_nothing_that_can_fail_stands_between_the_answer_and_its_record(self, shop: Shop) -> None:
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("GET", "/user", faults.refused(401), times=9)
        made = tracker.create(draft(replace(FIELDS, priority=None)))
        assert made.ours
        assert shop.requests()[-1] == "POST /issues 201"

    def test_a_create_is_looked_for_only_where_we_can_see(self, shop: Shop) -> None:
        tracker = shop.connect()
        tracker.create(draft())
        del shop.hub.repo(REPOSITORY).roles["bot"]
        with pytest.raises(TrackerError, match="is not there, or the token cannot see it"):
            tracker.since(tracker.high_mark())

    @pytest.mark.parametrize("mark", ["", "x", "v2:1006:1", '{"v":2,"number":1}', "0/0", "1006/x", "-1"])
    def test_fault_37_a_mark_of_another_version_is_looked_behind_from_the_beginning(
        self, shop: Shop, mark: str
    ) -> None:
        made = shop.connect().create(draft())
        assert [issue.ref for issue in shop.connect().since(mark)] == [made.ref]

    def test_a_label_whose_answer_is_lost_made_no_issue(self, shop: Shop) -> None:
        shop.hub.faults.next("POST", "/labels", faults.dropped_after())
        with pytest.raises(TrackerError, match="the label 'postmortem' may be there or not") as caught:
            shop.connect().create(draft())
        assert not isinstance(caught.value, UnknownOutcome)
        assert shop.connect().create(draft()).fields == FIELDS

    @pytest.mark.parametrize("fault", [faults.error_after(502), faults.dropped_after()], ids=lambda fault: fault.name)
    def test_an_update_is_sent_once_too(self, shop: Shop, fault: faults.Fault) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.hub.faults.next("PATCH", "/issues/1", fault)
        with pytest.raises(UnknownOutcome):
            tracker.update(made.ref, TO_P0, draft())
        assert len(shop.hub.log.matching("PATCH", "/issues/1")) == 1


class TestLimits:
    """Fault 10."""

    @pytest.mark.parametrize("status", [403, 429])
    def test_fault_10_a_secondary_limit_in_a_batch_shuts_the_account_for_as_long_as_it_says(
        self, shop: Shop, status: int
    ) -> None:
        tracker = shop.connect(label="", priorities={})
        tracker.create(draft())
        shop.hub.faults.next("POST", "/issues", faults.limited(status, 300))
        with pytest.raises(TrackerError, match="GitHub's limit is used up for 5 minutes") as caught:
            tracker.create(draft(ident="B"))
        assert caught.value.retry_after == 300
        with pytest.raises(TrackerError, match="limit") as again:
            tracker.listing("")
        assert again.value.retry_after == 300
        shop.later(seconds=300)
        tracker.create(draft(ident="B"))
        assert [issue.title for issue in shop.hub.issues(REPOSITORY)] == [FIELDS.title] * 2

    def test_fault_10_an_error_in_an_answer_of_200_is_a_limit_too(self, shop: Shop) -> None:
        """As GraphQL says it, or something on the way that speaks like it."""
        told = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
        limited = faults.Fault("200 with errors", lambda _hub, _request, _process: Answer(200, told))
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("POST", "/issues", limited)
        with pytest.raises(TrackerError, match="GitHub's limit is used up for 60 s") as caught:
            tracker.create(draft())
        assert not isinstance(caught.value, UnknownOutcome)
        assert shop.hub.issues(REPOSITORY) == []

    def test_fault_10_the_next_process_remembers_it(self, shop: Shop) -> None:
        shop.hub.faults.next("GET", "/issues", faults.limited(403, 300))
        with pytest.raises(TrackerError, match="used up for 5 minutes"):
            shop.connect().listing("")
        shop.later(seconds=100)
        with pytest.raises(TrackerError, match="used up for 4 minutes") as caught:
            shop.connect().listing("")
        assert caught.value.retry_after == 200
        shop.later(seconds=200)
        assert shop.connect().listing("").issues == ()

    def test_fault_10_without_a_time_it_is_a_minute_and_visible(self, shop: Shop) -> None:
        tracker = shop.connect(label="", priorities={})
        shop.hub.faults.next("POST", "/issues", faults.limited(403, None))
        with pytest.raises(TrackerError) as caught:
            tracker.create(draft())
        assert caught.value.retry_after == 60
        tracker.create(draft())
        assert shop.said == ["waiting 60 s for GitHub's limit"]

    def test_fault_10_a_read_waits_for_a_short_limit_and_goes_on(self, shop: Shop) -> None:
        shop.hub.faults.next("GET", "/issues", faults.limited(429, 42))
        assert shop.connect().listing("").issues == ()
        assert (shop.said, shop.slept) == (["waiting 42 s for GitHub's limit"], [42])

    def test_fault_10_the_primary_limit_is_obeyed_before_it_refuses(self, shop: Shop) -> None:
        shop.hub.limits.amounts["core"] = 5
        tracker = shop.connect()
        for _ in range(4):
            tracker.fetch(["#1"])
        with pytest.raises(TrackerError, match="limit is used up for") as caught:
            tracker.listing("")
        assert 3500 < (caught.value.retry_after or 0) <= 3600
        assert [entry.status for entry in shop.hub.log].count(403) == 0

    def test_a_day_of_creations_is_never_refused(self, shop: Shop) -> None:
        tracker = shop.connect(label="", priorities={}, patience=3600)
        for number in range(600):
            tracker.create(draft(replace(FIELDS, owners=()), ident=f"{number}"))
        assert {entry.status for entry in shop.hub.log} <= {200, 201, 404}
        assert shop.hub.limits.hasty == []
        assert shop.said == ["waiting 3126 s for GitHub's limit"]

    def test_what_an_earlier_run_created_counts(self, shop: Shop) -> None:
        limits = Limits(creations_per_hour=10)
        first = shop.connect(label="", priorities={}, limits=limits.model_dump())
        for number in range(9):
            first.create(draft(ident=f"{number}"))
        again = shop.connect(label="", priorities={}, limits=limits.model_dump())
        with pytest.raises(TrackerError, match="limit is used up for 60 minutes"):
            again.create(draft(ident="X"))


class TestLists:
    """Faults 12 to 15."""

    @pytest.fixture(autouse=True)
    def _many(self, shop: Shop) -> None:
        for number in range(230):
            shop.person().open(f"Issue {number}")
            shop.later(minutes=1)

    @pytest.mark.parametrize(
        ("fault", "says"),
        [
            (faults.page_repeated(), "showed the same page twice"),
            (faults.page_short(40), "a page with entries missing"),
            (faults.page_short(0, page=2), "a page with entries missing"),
            (faults.not_json(), "was cut or is no list"),
            (faults.refused(404), "acme/shop is not there, or the token cannot see it"),
        ],
        ids=lambda value: getattr(value, "name", None),
    )
    def test_half_an_answer_is_an_error(self, shop: Shop, fault: faults.Fault, says: str) -> None:
        shop.hub.faults.next("GET", "/issues", fault)
        with pytest.raises(TrackerError, match=says):
            shop.connect().listing("")
        assert len(shop.connect().listing("").issues) == 230

    @pytest.mark.parametrize("host", ["http://127.0.0.2:9", "https://127.0.0.1", "http://evil.example"])
    def test_fault_15_a_link_to_another_host_is_an_error_and_never_followed(self, shop: Shop, host: str) -> None:
        shop.hub.faults.next("GET", "/issues", faults.foreign_link(host))
        with pytest.raises(TrackerError, match="leads to another host"):
            shop.connect().listing("")
        assert shop.requests()[1:] == ["GET /issues 200"]
        assert len(shop.connect().listing("").issues) == 230

    @pytest.mark.parametrize("page", ["1", "3", "x", "20000"])
    def test_fault_15_a_link_to_the_wrong_page_is_an_error(self, shop: Shop, page: str) -> None:
        def act(_hub: object, request: object, process: Callable[[object], Answer]) -> Answer:
            whole = process(request)
            return replace(
                whole, headers={**whole.headers, "Link": whole.headers["Link"].replace("page=2", f"page={page}")}
            )

        shop.hub.faults.next("GET", "/issues", faults.Fault("wrong Link", act))  # type: ignore[arg-type]
        with pytest.raises(TrackerError, match="does not lead to its next page"):
            shop.connect().listing("")

    @pytest.mark.parametrize("fault", [faults.error(500), faults.cut(), faults.dropped()], ids=lambda fault: fault.name)
    def test_a_page_that_fails_is_read_again_and_then_an_error(self, shop: Shop, fault: faults.Fault) -> None:
        shop.hub.faults.next("GET", "/issues", fault, times=2)
        assert len(shop.connect().listing("").issues) == 230
        assert shop.slept == [1, 3]
        shop.hub.faults.next("GET", "/issues", fault, times=3)
        with pytest.raises(TrackerError, match=r"GitHub (cannot be reached|does not work at the moment)"):
            shop.connect().listing("")

    def test_entries_that_are_hidden_from_us_do_not_stop_it(self, shop: Shop) -> None:
        """A page that is always short is no accident: GitHub hides what some accounts wrote."""
        shop.hub.faults.next("GET", "/issues", faults.page_short(99), times=2)
        assert len(shop.connect().listing("").issues) == 229

    def test_an_issue_that_changes_while_we_read_is_taken_as_it_is_last(self, shop: Shop) -> None:
        person = shop.person()

        def act(hub: object, request: object, process: Callable[[object], object]) -> object:
            first = process(request)
            person.close(1)
            return first

        shop.hub.faults.next("GET", "/issues", faults.Fault("closed meanwhile", act))  # type: ignore[arg-type]
        found = {issue.ref.key: issue.fields.status for issue in shop.connect().listing("").issues}
        assert (len(found), found["#1"]) == (230, Status.DONE), "nor is one lost that slipped to another page"

    def test_a_list_that_never_stands_still_is_an_error(self, shop: Shop) -> None:
        person = shop.person()

        def act(hub: object, request: object, process: Callable[[object], object]) -> object:
            first = process(request)
            person.edit(next(oldest), title="Edited")
            return first

        oldest = iter(range(1, 100))
        restless = faults.Fault("changed meanwhile", act)  # type: ignore[arg-type]
        shop.hub.faults.next("GET", "/issues", restless, times=30)
        with pytest.raises(TrackerError, match="kept changing while it was read"):
            shop.connect().listing("")

    def test_fault_14_a_304_with_old_news_is_made_good_by_the_next_one(self, shop: Shop) -> None:
        cursor = shop.connect().listing("").cursor
        shop.person().close(1)
        shop.hub.faults.next("GET", "/issues", faults.stale())
        assert shop.connect().listing(cursor).cursor == cursor
        assert "#1" in {issue.ref.key for issue in shop.connect().listing(cursor).issues}


class TestAccess:
    """Faults 16 and 17."""

    def test_fault_16_a_token_that_expires_in_a_run_is_one_sentence(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.hub.tokens[shop.token].revoked = True
        says = "GitHub does not accept the token: put a valid one into PMTRACK_SHOP_TOKEN"
        for act in (
            lambda: tracker.listing(""),
            lambda: tracker.fetch([made.ref.id]),
            lambda: tracker.update(made.ref, TO_P0, draft()),
            lambda: tracker.comment(made.ref, "removed", "x"),
            lambda: shop.connect().whoami(),
        ):
            with pytest.raises(TrackerError, match=says) as caught:
                act()
            assert caught.value.permanent
            assert shop.token not in str(caught.value)

    def test_fault_16_a_missing_permission_is_named(self, shop: Shop) -> None:
        weak = shop.hub.add_token("bot", "personal", issues="read").value
        tracker = shop.connect(environment={"PMTRACK_SHOP_TOKEN": weak}, label="", priorities={})
        headers = {"X-Accepted-GitHub-Permissions": "issues=write"}
        refused = faults.refused(403, "Resource not accessible by personal access token")

        def act(hub: object, request: object, process: object) -> object:
            answer = refused.act(hub, request, process)  # type: ignore[arg-type]
            return replace(answer, headers=headers)

        shop.hub.faults.next("POST", "/issues", faults.Fault("named", act))  # type: ignore[arg-type]
        with pytest.raises(TrackerError, match="give it the permission issues=write"):
            tracker.create(draft())
        with pytest.raises(TrackerError, match=r"personal access token.: give it read and write access to issues"):
            tracker.create(draft())

    @pytest.mark.parametrize(("status", "says"), [(404, "or the token cannot see it"), (403, "give it read and write")])
    def test_fault_16_a_permission_that_is_lost_in_a_run_proves_no_absence(
        self, shop: Shop, status: int, says: str
    ) -> None:
        """GitHub is documented to say 403 then; 404 for everything was met."""
        token = shop.hub.add_token("bot", "personal", issues="write")
        tracker = shop.connect(environment={"PMTRACK_SHOP_TOKEN": token.value})
        made = tracker.create(draft())
        token.permissions = {"metadata": "read"}
        shop.hub.lost_permission = status
        for act in (lambda: tracker.listing(""), lambda: tracker.since(tracker.high_mark())):
            with pytest.raises(TrackerError, match=says):
                act()
        with pytest.raises(TrackerError, match="give it read and write") as caught:
            tracker.create(draft(ident="B"))
        assert not isinstance(caught.value, UnknownOutcome)
        if status == 404:
            assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}

    def test_fault_17_a_repository_that_is_made_private_is_no_deletion(self, shop: Shop) -> None:
        shop.person().make_public()
        tracker = shop.connect(allow_public=True)
        made = tracker.create(draft())
        del shop.hub.repo(REPOSITORY).roles["bot"]
        cursor = tracker.listing("").cursor
        shop.person().make_private()
        with pytest.raises(TrackerError, match="acme/shop is not there, or the token cannot see it"):
            tracker.listing(cursor)
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}
        assert tracker.high_mark()

    def test_fault_17_lost_sight_of_the_repository_is_no_deletion(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        del shop.hub.repo(REPOSITORY).roles["bot"]
        again = shop.connect()
        with pytest.raises(TrackerError, match="acme/shop is not there, or the token cannot see it: check its name"):
            again.listing(cursor)
        assert again.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}

    def test_fault_16_a_reader_is_told_before_anything_is_dropped_in_silence(self, shop: Shop) -> None:
        shop.hub.repo(REPOSITORY).roles["bot"] = "read"
        with pytest.raises(TrackerError, match="the account may only read acme/shop: give it the role Triage or Write"):
            shop.connect().whoami()
        with pytest.raises(TrackerError, match="may only read"):
            shop.connect().create(draft())
        assert shop.hub.log.writes() == []

    def test_fault_16_what_is_dropped_in_silence_is_noticed(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        shop.hub.add_label(REPOSITORY, "P0")
        shop.hub.repo(REPOSITORY).roles["bot"] = "read"  # the author may still edit
        with pytest.raises(UnknownOutcome, match="GitHub did not take priority of #1: give the account the role"):
            shop.connect().update(made.ref, TO_P0, draft())

    @pytest.mark.parametrize(
        ("attribute", "value", "says"),
        [
            ("archived", True, "acme/shop is archived: unarchive it"),
            ("issues_on", False, "issues are switched off in acme/shop: switch them on in its settings"),
        ],
    )
    def test_fault_17_an_archived_repository_or_one_without_issues(
        self, shop: Shop, attribute: str, value: bool, says: str
    ) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.later(seconds=400)
        setattr(shop.hub.repo(REPOSITORY), attribute, value)
        for act in (
            lambda: tracker.create(draft(ident="B")),
            lambda: tracker.update(made.ref, TO_P0, draft()),
            lambda: tracker.comment(made.ref, "removed", "x"),
            lambda: shop.connect().whoami(),
        ):
            with pytest.raises(TrackerError, match=says) as caught:
                act()
            assert caught.value.permanent

    @pytest.mark.parametrize("new", ["acme/store", "globex/shop"])
    def test_fault_17_a_renamed_or_transferred_repository_is_followed(self, shop: Shop, new: str) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        repo = shop.hub.repo(REPOSITORY)
        shop.hub.add_user(new.split("/", maxsplit=1)[0], "Organization")
        shop.hub.names[new] = repo.id
        repo.owner, repo.name = new.split("/")
        shop.hub.log.clear()
        again = shop.connect()
        assert again.listing(cursor).issues[0].ref.id == made.ref.id
        assert f'"name":"{new}"' in again.listing("").cursor
        assert again.understands(f"{new}#1") == again.understands(f"{REPOSITORY}#1") == made.ref.id
        assert again.update(made.ref, TO_P0, draft()).fields.priority == "P0"
        assert shop.connect().create(draft(ident="B")).ref.key == "#2", "without a cursor by the old name"
        assert {entry.status for entry in shop.hub.log} <= {200, 201, 204, 301, 304, 404}

    def test_fault_17_another_repository_by_the_old_name_is_not_ours(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        cursor = tracker.listing("").cursor
        old = shop.hub.repo(REPOSITORY)
        del shop.hub.repos[old.id]
        shop.hub.add_repo(REPOSITORY, people="bot ana")
        Person.at(shop.hub, "ana", REPOSITORY).open("A stranger")
        again = shop.connect()
        with pytest.raises(TrackerError, match="is not there, or the token cannot see it"):
            again.listing(cursor)
        assert again.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}


class TestIssues:
    """Fault 18."""

    @pytest.fixture
    def moved(self, shop: Shop) -> tuple[GitHubTracker, Issue]:
        tracker = shop.connect()
        made = tracker.create(draft())
        other = shop.hub.add_repo("acme/other", people="bot ana")
        person = Person.at(shop.hub, "ana", "acme/other")
        person.open("Filler")
        issue = shop.person().look(1)
        other.put(2, replace(issue, id=9999, number=2, labels=()), shop.hub.now())
        shop.hub.repo(REPOSITORY).put(1, Moved(other.id, 2), shop.hub.now())
        return tracker, made

    def test_fault_18_a_transferred_issue_is_followed_by_its_id(
        self, shop: Shop, moved: tuple[GitHubTracker, Issue]
    ) -> None:
        tracker, made = moved
        found = tracker.fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert (found.ref.id, found.ref.key) == (made.ref.id, "acme/other#2")
        assert found.ref.url == "https://github.com/acme/other/issues/2"
        answer = tracker.update(made.ref, [FieldChange("title", FIELDS.title, "New")], draft())
        assert answer.fields.title == "New"
        tracker.comment(made.ref, "removed", "It left.")
        assert [one.body[:8] for one in Person.at(shop.hub, "ana", "acme/other").look(2).comments] == ["It left."]

    def test_fault_18_where_it_went_out_of_sight_nothing_is_concluded(
        self, shop: Shop, moved: tuple[GitHubTracker, Issue]
    ) -> None:
        tracker, made = moved
        del shop.hub.repo("acme/other").roles["bot"]
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}
        with pytest.raises(TrackerError, match="#1 cannot be read now: check that the token may see it"):
            tracker.comment(made.ref, "removed", "x")

    def test_fault_18_a_deleted_issue_is_gone_and_nothing_is_written(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().delete(1)
        shop.requests()
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.GONE}
        for act in (
            lambda: tracker.update(made.ref, TO_P0, draft()),
            lambda: tracker.comment(made.ref, "removed", "It left."),
        ):
            with pytest.raises(TrackerError, match="#1 was deleted: remove the item, or let it have") as caught:
                act()
            assert caught.value.permanent
        assert {line.split()[0] for line in shop.requests()} == {"GET"}
        assert [shop.number(issue) for issue in tracker.since("")] == []

    def test_fault_18_a_duplicate_of_an_issue_elsewhere_counts_as_cancelled(self, shop: Shop) -> None:
        """GitHub shows the reason, and of an issue that we may not see nothing else."""
        made = shop.connect().create(draft())
        shop.person().close(1, "duplicate")
        found = shop.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.status is Status.CANCELLED
        answer = shop.connect().update(made.ref, TO_P0, draft())
        assert (answer.fields.status, shop.person().look(1).state_reason) == (Status.CANCELLED, "duplicate")

    def test_fault_18_a_discussion_is_not_a_deletion(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().convert_to_discussion(1)
        assert tracker.fetch([made.ref.id]) == {made.ref.id: Missing.UNKNOWN}

    def test_fault_18_a_duplicate_counts_as_cancelled(self, shop: Shop) -> None:
        tracker = shop.connect()
        made, other = tracker.create(draft()), tracker.create(draft(ident="B"))
        shop.person().close_as_duplicate(1, shop.number(other))
        found = tracker.fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.status is Status.CANCELLED

    def test_fault_18_a_locked_issue_says_so_where_we_may_not_comment(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().lock(1)
        shop.hub.repo(REPOSITORY).roles["bot"] = "triage"
        with pytest.raises(TrackerError, match="#1 is locked: unlock it, or give the account write access"):
            tracker.comment(made.ref, "removed", "It left.")


class TestPeopleAndNames:
    """Faults 20 and 21."""

    def test_fault_20_an_assignee_who_left_stays_until_somebody_changes_it(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        del shop.hub.repo(REPOSITORY).roles["ana"]
        answer = shop.connect().update(made.ref, TO_P0, draft())
        assert answer.fields.owners == ("ana",)

    def test_fault_20_an_assignee_who_leaves_between_check_and_create_is_a_plain_refusal(self, shop: Shop) -> None:
        tracker = shop.connect(label="", priorities={})
        tracker.create(draft())
        del shop.hub.repo(REPOSITORY).roles["ana"]
        with pytest.raises(
            TrackerError, match=r"GitHub does not take it .Validation Failed: assignees invalid"
        ) as caught:
            tracker.create(draft(ident="B"))
        assert not isinstance(caught.value, UnknownOutcome)
        made = shop.connect(label="", priorities={}).create(draft(ident="B"))
        assert made.fields.owners == ()

    def test_fault_20_who_cannot_be_assigned_is_said_and_the_issue_is_made(self, shop: Shop) -> None:
        del shop.hub.repo(REPOSITORY).roles["ana"]
        made = shop.connect().create(draft())
        assert made.fields.owners == ()
        assert shop.said == ["ana cannot be assigned in acme/shop: add them there, or mend people.toml"]
        assert "ana cannot be assigned" in (shop.person().look(1).body or "")

    def test_fault_21_a_renamed_label_is_no_priority_any_more(self, shop: Shop) -> None:
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.person().rename_label("P1", "later")
        found = tracker.fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.priority is None
        shop.connect().update(made.ref, [FieldChange("priority", None, "P1")], draft())
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem", "later", "P1"]

    def test_fault_21_a_deleted_label_is_made_again_when_it_is_needed(self, shop: Shop) -> None:
        made = shop.connect().create(draft())
        shop.person().delete_label("P1")
        answer = shop.connect().update(made.ref, [FieldChange("priority", None, "P1")], draft())
        assert answer.fields.priority == "P1"

    def test_a_label_that_somebody_makes_at_the_same_moment_is_fine(self, shop: Shop) -> None:
        exists = {"resource": "Label", "code": "already_exists", "field": "name"}
        shop.hub.faults.next("POST", "/labels", faults.refused(422, "Validation Failed", exists))
        assert shop.connect().create(draft()).fields == FIELDS

    def test_a_label_that_we_may_not_make_is_named(self, shop: Shop) -> None:
        shop.hub.faults.next("POST", "/labels", faults.refused(404))
        with pytest.raises(TrackerError, match="the label 'postmortem' cannot be made in acme/shop: make it by hand"):
            shop.connect().create(draft())
        assert posts(shop) == 0

    def test_fault_21_a_field_of_the_organisation_that_is_deleted_leaves_date_and_priority_writable(
        self, shop: Shop
    ) -> None:
        shop.hub.add_field("acme", "Due date", "date")
        shop.hub.repo(REPOSITORY).fields_on = True
        tracker = shop.connect()
        made = tracker.create(draft())
        shop.hub.fields["acme"].clear()
        found = shop.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.due is None
        answer = shop.connect().update(made.ref, [FieldChange("due", None, FIELDS.due)], draft())
        assert answer.fields.due == FIELDS.due

    def test_fault_21_a_field_of_the_organisation_that_is_renamed_leaves_the_date_writable(self, shop: Shop) -> None:
        shop.hub.add_field("acme", "Due date", "date")
        shop.hub.repo(REPOSITORY).fields_on = True
        made = shop.connect().create(draft())
        shop.hub.fields["acme"] = [replace(one, name="Deadline") for one in shop.hub.fields["acme"]]
        answer = shop.connect().update(made.ref, [FieldChange("due", None, FIELDS.due)], draft())
        assert answer.fields.due == FIELDS.due
        assert "Due: 2026-12-01" in (shop.person().look(1).body or "")

    @pytest.mark.parametrize(("after", "expected"), [("Major", "Major"), ("P0", "P0")])
    def test_fault_21_an_option_that_is_renamed_is_shown_as_it_is(self, shop: Shop, after: str, expected: str) -> None:
        shop.hub.add_field("acme", "Priority", "single_select", "Urgent", "High")
        shop.hub.repo(REPOSITORY).fields_on = True
        made = shop.connect().create(draft())
        (field,) = shop.hub.fields["acme"]
        shop.hub.fields["acme"] = [replace(field, options=("Urgent", after))]
        shop.person().set_field(1, "Priority", after)
        found = shop.connect().fetch([made.ref.id])[made.ref.id]
        assert isinstance(found, Issue)
        assert found.fields.priority == expected
        answer = shop.connect().update(made.ref, [FieldChange("priority", expected, "P0")], draft())
        assert answer.fields.priority == "P0"


class TestApps:
    def credential(self, shop: Shop, pem: str | None = None) -> tuple[Credential, dict[str, str]]:
        self.app = shop.hub.add_app()
        given = Credential(app_id=self.app.id, installation_id=self.app.installation)
        return given, {"PMTRACK_ACME_PRIVATE_KEY": self.app.pem if pem is None else pem}

    def test_an_app_writes_as_its_bot_and_its_token_is_renewed_in_time(self, shop: Shop) -> None:
        credential, environment = self.credential(shop)
        tracker = shop.connect(credential=credential, environment=environment)
        made = tracker.create(draft())
        assert len(shop.hub.log.matching("POST", "/access_tokens")) == 1
        assert (made.ours, tracker.whoami(), shop.person().look(1).author) == (True, "pmtrack[bot]", "pmtrack[bot]")

    def test_an_app_has_no_role_and_writes_all_the_same(self, shop: Shop) -> None:
        """GitHub shows an installation `push: false` and the like, whatever it may do with issues."""
        credential, environment = self.credential(shop)

        def act(hub: object, request: object, process: Callable[[object], object]) -> object:
            answer = process(request)
            none = dict.fromkeys(("admin", "maintain", "push", "triage", "pull"), False)
            return replace(answer, body={**answer.body, "permissions": none})  # type: ignore[attr-defined, type-var]

        shop.hub.faults.next("GET", f"/repos/{REPOSITORY}", faults.Fault("no role", act))  # type: ignore[arg-type]
        assert shop.connect(credential=credential, environment=environment).create(draft()).fields == FIELDS

    def test_a_key_that_is_none_is_one_sentence(self, shop: Shop) -> None:
        credential, environment = self.credential(shop, "no key at all")
        with pytest.raises(TrackerError, match="PMTRACK_ACME_PRIVATE_KEY is no private key of an App") as caught:
            shop.connect(credential=credential, environment=environment).listing("")
        assert "no key at all" not in str(caught.value)

    def test_a_wrong_app_or_installation_is_one_sentence(self, shop: Shop) -> None:
        credential, environment = self.credential(shop)
        wrong = credential.model_copy(update={"installation_id": 7})
        with pytest.raises(TrackerError, match=r"App \d+ has no installation 7: check both numbers"):
            shop.connect(credential=wrong, environment=environment).listing("")
        wrong = credential.model_copy(update={"app_id": 7})
        with pytest.raises(TrackerError, match="GitHub does not accept the key of App 7"):
            shop.connect(credential=wrong, environment=environment).whoami()

    def test_an_app_without_the_permission_is_told_beforehand(self, shop: Shop) -> None:
        app = shop.hub.add_app(issues="read")
        credential = Credential(app_id=app.id, installation_id=app.installation)
        tracker = shop.connect(credential=credential, environment={"PMTRACK_ACME_PRIVATE_KEY": app.pem})
        with pytest.raises(TrackerError, match=r"give (its installation the permission issues=write|it the role)"):
            tracker.whoami()

    @pytest.mark.parametrize(("scopes", "fine"), [("", True), ("repo, gist", True), ("gist, read:org", False)])
    def test_a_classic_token_without_the_scope_is_told_beforehand(self, shop: Shop, scopes: str, fine: bool) -> None:
        def act(hub: object, request: object, process: Callable[[object], object]) -> object:
            return replace(process(request), headers={"X-OAuth-Scopes": scopes})  # type: ignore[type-var]

        shop.hub.faults.next("GET", "/user", faults.Fault("scopes", act))  # type: ignore[arg-type]
        tracker = shop.connect()
        if fine:
            assert tracker.whoami() == "bot"
        else:
            with pytest.raises(TrackerError, match="PMTRACK_SHOP_TOKEN may not write issues: give it the scope repo"):
                tracker.whoami()

    def test_a_token_request_that_is_lost_sent_no_create(self, shop: Shop) -> None:
        credential, environment = self.credential(shop)
        tracker = shop.connect(credential=credential, environment=environment)
        tracker._home.take(shop.hub.names[REPOSITORY], REPOSITORY)
        shop.hub.faults.next("POST", "/access_tokens", faults.dropped())
        with pytest.raises(TrackerError, match="GitHub cannot be reached") as caught:
            tracker.client.write(clients.Kind.CREATE, "POST", f"{tracker._home.path}/issues", {"title": "x"})
        assert not isinstance(caught.value, UnknownOutcome)


def test_no_secret_reaches_a_log_or_an_error(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    app = shop.hub.add_app()
    credential = Credential(app_id=app.id, installation_id=app.installation)
    tracker = shop.connect(credential=credential, environment={"PMTRACK_ACME_PRIVATE_KEY": app.pem})
    tracker.create(draft())
    shop.hub.faults.next("GET", "/issues", faults.error(500), times=3)
    with pytest.raises(TrackerError):
        tracker.listing("")
    secrets = list(shop.hub.tokens) + app.pem.splitlines()[1:-1]
    assert not [secret for secret in secrets if secret in caplog.text]
    assert app.pem.splitlines()[1] not in repr(tracker.client.account)


HOSTILE = (
    "@org/team @ana #123 GH-1 org/repo#1 fixes #1 0a1b2c3d4e5f <img src=x onerror=y> <!-- x --> \x1b[31m\x00\u202e "
    "https://github.com/o/r/issues/7 ![x](https://x.example/p.png) [y](javascript:z) ```\n~~~ " + "x" * 500
)


def test_fault_38_hostile_words_make_an_issue_that_calls_nobody(shop: Shop) -> None:
    tracker = shop.connect()
    hostile = replace(FIELDS, title=HOSTILE)
    made = tracker.create(draft(hostile, words=HOSTILE))
    assert made.fields == tracker.normalise(hostile)
    tracker.comment(made.ref, "removed", HOSTILE)
    issue = shop.person().look(1)
    for text in (issue.title, issue.body or "", issue.comments[0].body):
        assert "@org" not in text
        assert "#123" not in text
        assert "<img" not in text
        assert "https://github.com/o/r/issues/7" not in text
        assert not set(text) & set("\x1b\x00\u202e")
    assert len(issue.title) <= 256
    assert json.dumps(issue.body).count("<!--") == 3


def test_fault_38_hostile_labels_types_and_milestones_are_one_harmless_line(shop: Shop) -> None:
    tracker = shop.connect(type=HOSTILE, milestone=HOSTILE, parents=True)
    tracker.create(replace(draft(), labels=(HOSTILE, "a,b"), postmortem=HOSTILE))
    assert [len(name) <= 50 and name.isprintable() and "," not in name for name in shop.hub.label_names(REPOSITORY, 2)]
    for number in (1, 2):
        text = f"{shop.person().look(number).title} {shop.person().look(number).body}"
        assert not [word for word in ("@org", "#123", "<img", "https://github.com/o/r/issues/7") if word in text]
    assert shop.connect().listing("").broken == {}
