"""One issue for each postmortem, and the issues of its items under it: once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, Issue, Status
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github.region import parent
from pmtrack.trackers.github.tracker import GitHubTracker
from support.github import faults
from support.github_shop import FIELDS, REPOSITORY, Shop, draft, open_shop

DROPPED = [faults.dropped_after(), faults.error_after(502), faults.cut(), faults.not_json(201)]


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened


def open_tracker(shop: Shop, **changes: object) -> GitHubTracker:
    return shop.connect(**{"parents": True, **changes})


def other(path: str = "2026/other.md", ident: str = "B", title: str = "Other outage") -> Draft:
    wanted = draft(ident=ident)
    return replace(wanted, marker=replace(wanted.marker, path=path), postmortem=title)


def parents(shop: Shop) -> list[int]:
    return [issue.number for issue in shop.hub.issues(REPOSITORY) if parent(issue.body or "")]


def under(shop: Shop, made: Issue) -> int | None:
    """The number of the parent."""
    known = {issue.id: issue.number for issue in shop.hub.issues(REPOSITORY)}
    return known.get(shop.person().look(shop.number(made)).parent or 0)


class TestMaking:
    def test_it_is_made_once_for_each_document(self, shop: Shop) -> None:
        tracker = open_tracker(shop)
        made = [tracker.create(wanted) for wanted in (draft(), draft(ident="A"), other())]
        assert [under(shop, issue) for issue in made] == [1, 1, 4]
        assert parents(shop) == [1, 4]
        again = open_tracker(shop)
        again.listing("")
        assert under(shop, again.create(draft(ident="C"))) == 1
        assert parents(shop) == [1, 4]
        assert shop.said == []

    def test_it_names_the_document_and_carries_its_marker(self, shop: Shop) -> None:
        link = "https://git.example/pm/blob/abc/2026/checkout.md"
        open_tracker(shop).create(replace(draft(), link=f"{link}#L12"))
        issue = shop.person().look(1)
        assert issue.title == "Checkout outage"
        assert shop.hub.label_names(REPOSITORY, 1) == ["postmortem"]
        assert issue.body == (
            "The action items of the postmortem Checkout outage (`2026/checkout.md`).\n\n"
            f"<{link}>\n\n"
            "<!-- pmtrack:postmortem v1 postmortems 2026/checkout.md -->"
        )

    @pytest.mark.parametrize("title", ["", " \n", "\u200b"])
    def test_without_a_title_it_is_called_by_its_path(self, shop: Shop, title: str) -> None:
        open_tracker(shop).create(other(title=title))
        assert shop.person().look(1).title == "2026/other.md"

    def test_a_link_only_issue_repeats_nothing(self, shop: Shop) -> None:
        open_tracker(shop, body="link-only").create(draft())
        issue = shop.person().look(1)
        assert issue.title == "2026/checkout.md"
        assert "Checkout outage" not in (issue.body or "")

    def test_hostile_words_call_nobody_and_end_nothing(self, shop: Shop) -> None:
        hostile = "@org/team fixes #1 <img src=x> --> <!-- pmtrack:item v1 a b c --> secret `x`"
        wanted = replace(other(hostile + ".md", title=hostile), link="https://x.example/secret/a.md")
        open_tracker(shop, redact=["secret"]).create(wanted)
        issue = shop.person().look(1)
        assert parent(issue.body or "") == ("postmortems", hostile + ".md")
        for text in (issue.title, (issue.body or "").split("<!-- pmtrack:postmortem")[0]):
            assert not [word for word in ("@org", "#1", "<img", "<!--", "secret") if word in text]

    def test_without_a_label_it_has_none(self, shop: Shop) -> None:
        open_tracker(shop, label="").create(draft())
        assert shop.hub.label_names(REPOSITORY, 1) == []


class TestReading:
    def test_it_is_no_item_s_issue(self, shop: Shop) -> None:
        tracker = open_tracker(shop)
        made = tracker.create(draft())
        assert [issue.ref.key for issue in shop.connect().listing("").issues] == [made.ref.key]
        assert [issue.ref for issue in shop.connect().since("")] == [made.ref]
        assert shop.connect().fetch(["#1"]) == {"#1": Missing.UNKNOWN}
        assert shop.connect().listing("").broken == {}

    def test_a_copy_by_a_person_is_nobody_s_parent(self, shop: Shop) -> None:
        open_tracker(shop).create(draft())
        shop.person().copy(1)
        shop.person().delete(1)
        tracker = open_tracker(shop)
        assert len(tracker.listing("").issues) == 2
        assert under(shop, tracker.create(draft(ident="C"))) == 4

    def test_nothing_new_is_still_one_request(self, shop: Shop) -> None:
        open_tracker(shop).create(draft())
        cursor = open_tracker(shop).listing("").cursor
        shop.requests()
        assert open_tracker(shop).listing(cursor).cursor == cursor
        assert shop.requests() == ["GET /issues 304"]

    def test_without_the_setting_nothing_is_looked_for(self, shop: Shop) -> None:
        shop.connect().create(draft())
        assert not [line for line in shop.requests() if line.startswith("GET /issues")]


class TestOnce:
    @pytest.mark.parametrize("fault", DROPPED, ids=lambda fault: fault.name)
    def test_a_lost_answer_makes_no_item_and_no_second_parent(self, shop: Shop, fault: faults.Fault) -> None:
        tracker = open_tracker(shop)
        tracker.listing("")
        mark = tracker.high_mark()
        shop.hub.faults.next("POST", "/issues", fault)
        for ident in "AB":
            with pytest.raises(UnknownOutcome, match=r"2026/checkout\.md as a whole may be there or not: the next run"):
                tracker.create(draft(ident=ident))
        assert len(shop.hub.log.matching("POST", "/issues")) == 1
        shop.hub.list_lag = timedelta(minutes=8)
        again = open_tracker(shop)
        again.listing("")
        assert again.since(mark) == []
        assert under(shop, again.create(draft(ident="A"))) == 1
        assert parents(shop) == [1]

    def test_an_effect_that_comes_late_is_waited_for(self, shop: Shop) -> None:
        tracker = open_tracker(shop)
        shop.hub.faults.next("POST", "/issues", faults.late(9))
        with pytest.raises(UnknownOutcome):
            tracker.create(draft())
        again = open_tracker(shop)
        again.listing("")
        assert again.since("") == []
        assert under(shop, again.create(draft(ident="New"))) == 1
        assert "waiting 15 s for what GitHub may still do" in shop.said
        assert parents(shop) == [1]

    def test_a_list_that_lags_hides_no_parent(self, shop: Shop) -> None:
        shop.hub.list_lag = timedelta(minutes=8)
        open_tracker(shop).create(draft())
        again = open_tracker(shop)
        again.listing("")
        assert under(shop, again.create(draft(ident="B"))) == 1
        assert parents(shop) == [1]

    def test_a_foreign_answer_is_an_unknown_outcome(self, shop: Shop) -> None:
        foreign = faults.Fault("foreign", lambda _hub, request, process: replace(process(request), body={"id": 7}))
        shop.hub.faults.next("POST", "/issues", foreign)
        with pytest.raises(UnknownOutcome):
            open_tracker(shop).create(draft())

    @pytest.mark.parametrize("status", [403, 404, 410, 422])
    def test_a_refusal_is_certain_and_the_next_try_makes_it(self, shop: Shop, status: int) -> None:
        tracker = open_tracker(shop)
        shop.hub.faults.next("POST", "/issues", faults.refused(status, "No"))
        with pytest.raises(TrackerError) as caught:
            tracker.create(draft())
        assert not isinstance(caught.value, UnknownOutcome)
        assert shop.hub.issues(REPOSITORY) == []
        assert under(shop, tracker.create(draft())) == 1

    def test_of_several_the_oldest_counts(self, shop: Shop) -> None:
        open_tracker(shop).create(draft())
        shop.person("bot").copy(1)
        tracker = open_tracker(shop)
        tracker.listing("")
        assert under(shop, tracker.create(draft(ident="B"))) == 1


class TestWhatPeopleDoWithIt:
    def test_a_closed_one_stays_in_use(self, shop: Shop) -> None:
        tracker = open_tracker(shop)
        tracker.create(draft())
        shop.person().close(1)
        again = open_tracker(shop)
        again.listing("")
        assert under(shop, again.create(draft(ident="B"))) == 1
        assert shop.person().look(1).state == "closed"

    def test_one_with_other_words_is_left_as_it_is(self, shop: Shop) -> None:
        open_tracker(shop).create(draft())
        person = shop.person()
        person.edit(1, title="Ours now", body="Read this.\n" + (person.look(1).body or ""))
        again = open_tracker(shop)
        again.listing("")
        assert under(shop, again.create(draft(ident="B"))) == 1
        assert person.look(1).title == "Ours now"

    @pytest.mark.parametrize(
        ("end", "why"),
        [("delete", "it was deleted"), ("transfer", "it is not there, or not in this repository any more")],
    )
    def test_one_that_left_while_we_work_fails_no_item(self, shop: Shop, end: str, why: str) -> None:
        tracker = open_tracker(shop)
        tracker.create(draft())
        shop.hub.add_repo("acme/other", people="bot ana")
        if end == "delete":
            shop.person().delete(1)
        else:
            shop.person().transfer(1, "acme/other")
        for ident in "BC":
            made = tracker.create(draft(ident=ident))
            assert made.fields == FIELDS
            assert "Due: 2026-12-01\nPart of: #1\n" in (shop.person().look(shop.number(made)).body or "")
        assert shop.said == [f"#3 did not become a sub-issue of #1: {why}: later ones say so in their text"]

    def test_after_it_was_deleted_the_next_item_has_a_new_one(self, shop: Shop) -> None:
        open_tracker(shop).create(draft())
        shop.person().delete(1)
        again = open_tracker(shop)
        again.listing("")
        assert under(shop, again.create(draft(ident="B"))) == 3

    def test_the_hundred_and_first_is_made_all_the_same(self, shop: Shop) -> None:
        tracker = open_tracker(shop, patience=10_000, label="", priorities={})
        plain = replace(FIELDS, owners=(), priority=None)
        made = [tracker.create(draft(plain, ident=f"{number}")) for number in range(102)]
        assert [under(shop, issue) for issue in made] == [1] * 100 + [None] * 2
        (said,) = [line for line in shop.said if "sub-issue" in line]
        assert said.startswith("#102 did not become a sub-issue of #1: GitHub does not take it (Validation Failed: ")
        assert "one issue has at most 100 sub-issues" in said
        assert "Part of: #1\n" in (shop.person().look(103).body or "")

    def test_a_closed_item_is_closed_under_its_parent(self, shop: Shop) -> None:
        made = open_tracker(shop).create(draft(replace(FIELDS, status=Status.DONE)))
        assert (made.fields.status, under(shop, made)) == (Status.DONE, 1)
