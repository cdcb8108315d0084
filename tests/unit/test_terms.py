"""A document's words as a tracker says them, and what a new issue is to say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from pmtrack.model import DueSource, Fields, Status
from pmtrack.people import Directory, Person
from pmtrack.policy import Policy
from pmtrack.sync.terms import Terms, stated
from pmtrack.trackers.base import tidy
from support.worlds import DOCUMENT, TODAY, item

ANA = Person("Ana Ruiz", aliases=("Ana",), github="ana-r", jira="557058:a")
TERMS = Terms(Directory((ANA,)), Policy(due={"P0": 7}, severity={"sev1": 14}))
BARE = Fields("Add memory alerts")
WRITTEN = date(2026, 11, 20)


class TestSaid:
    @pytest.mark.parametrize(("kind", "account"), [("github", "ana-r"), ("jira", "557058:a"), ("files", "Ana Ruiz")])
    def test_a_person_has_the_name_that_this_kind_of_tracker_knows(self, kind: str, account: str) -> None:
        assert TERMS.said(replace(BARE, owners=("Ana",)), kind, tidy).owners == (account,)

    def test_who_is_nobody_we_know_keeps_their_words_and_an_empty_name_is_nobody(self) -> None:
        assert TERMS.said(replace(BARE, owners=("Zoe", "  ", "Ana")), "github", tidy).owners == ("Zoe", "ana-r")

    @pytest.mark.parametrize(
        ("words", "priority"), [("High", "P1"), ("p0", "P0"), ("as the moon", "as the moon"), ("", None), (None, None)]
    )
    def test_a_priority_is_told_in_one_notation_and_other_words_as_they_are(
        self, words: str | None, priority: str | None
    ) -> None:
        assert TERMS.said(replace(BARE, priority=words), "files", tidy).priority == priority

    def test_no_priority_is_no_word(self) -> None:
        """The tracker is asked for nothing that the document does not say."""
        assert TERMS.said(BARE, "files", lambda fields: fields).priority is None

    @pytest.mark.parametrize("status", [None, *Status])
    def test_only_a_status_that_is_written_is_said(self, status: Status | None) -> None:
        """The tracker calls everything open; an author who wrote a bullet has not reopened anything."""
        assert TERMS.said(replace(BARE, status=status), "files", tidy).status == status

    def test_the_tracker_has_its_own_words_for_a_status(self) -> None:
        def two_states(fields: Fields) -> Fields:
            return replace(fields, status=Status.DONE if fields.status and fields.status.closed else Status.OPEN)

        assert TERMS.said(replace(BARE, status=Status.IN_PROGRESS), "files", two_states).status is Status.OPEN

    def test_whatever_the_tracker_cannot_hold_is_said_as_it_would_hold_it(self) -> None:
        assert TERMS.said(Fields("  Add\n memory  alerts "), "files", tidy).title == "Add memory alerts"


class TestWanted:
    def test_a_new_issue_is_open_unless_the_document_says_more(self) -> None:
        assert TERMS.wanted(BARE, None, DOCUMENT, TODAY)[0].status is Status.OPEN
        started = replace(BARE, status=Status.IN_PROGRESS)
        assert TERMS.wanted(started, None, DOCUMENT, TODAY)[0].status is Status.IN_PROGRESS

    def test_what_is_written_goes_before_the_policy(self) -> None:
        dated = replace(BARE, priority="P0", due=date(2026, 12, 24))

        assert TERMS.wanted(dated, DueSource.HORIZON, DOCUMENT, TODAY) == (
            replace(dated, status=Status.OPEN),
            DueSource.HORIZON,
        )

    def test_the_policy_counts_from_the_postmortem(self) -> None:
        wanted, source = TERMS.wanted(replace(BARE, priority="P0"), None, DOCUMENT, TODAY)

        assert (wanted.due, source) == (date(2026, 11, 27), DueSource.POLICY)

    def test_without_its_own_date_it_counts_from_the_incident_and_else_from_today(self) -> None:
        urgent = replace(BARE, priority="P0")
        undated = replace(DOCUMENT, written=None)

        assert TERMS.wanted(urgent, None, replace(undated, incident_date=date(2026, 11, 1)), TODAY)[0].due == date(
            2026, 11, 8
        )
        assert TERMS.wanted(urgent, None, undated, TODAY)[0].due == date(2026, 11, 28)

    def test_an_old_postmortem_counts_from_the_day_on_which_it_was_first_seen(self) -> None:
        imported = replace(DOCUMENT, written=date(2024, 1, 1))

        assert TERMS.wanted(replace(BARE, priority="P0"), None, imported, TODAY)[0].due == date(2026, 11, 28)

    def test_the_severity_of_the_incident_counts_where_the_priority_says_nothing(self) -> None:
        wanted, source = TERMS.wanted(BARE, None, replace(DOCUMENT, severity="SEV-1"), TODAY)

        assert (wanted.due, source) == (date(2026, 12, 4), DueSource.POLICY)

    def test_a_source_may_have_a_policy_of_its_own(self) -> None:
        terms = replace(TERMS, policy=replace(TERMS.policy, sources={DOCUMENT.source: Policy(due={"P0": 2})}))
        said = replace(BARE, priority="P0")

        assert terms.wanted(said, None, DOCUMENT, TODAY)[0].due == WRITTEN + timedelta(days=2)
        assert terms.wanted(said, None, replace(DOCUMENT, source="other"), TODAY)[0].due == WRITTEN + timedelta(days=7)

    def test_no_rule_gives_no_date_and_no_reason_for_one(self) -> None:
        assert TERMS.wanted(BARE, None, DOCUMENT, TODAY) == (replace(BARE, status=Status.OPEN), None)


class TestStated:
    def test_a_date_is_a_date_whatever_else_is_said(self) -> None:
        dated = replace(BARE, due=date(2026, 12, 24))

        assert stated(item(dated, horizon="Next week"), DOCUMENT, TODAY) == (dated, DueSource.EXPLICIT)

    def test_a_horizon_is_counted_from_the_postmortem(self) -> None:
        assert stated(item(BARE, horizon="in 7 days"), DOCUMENT, TODAY) == (
            replace(BARE, due=date(2026, 11, 27)),
            DueSource.HORIZON,
        )

    def test_without_its_own_date_from_the_incident_and_else_from_the_day_it_was_first_seen(self) -> None:
        undated = replace(DOCUMENT, written=None)
        soon = item(BARE, horizon="in 7 days")

        assert stated(soon, replace(undated, incident_date=date(2026, 11, 1)), TODAY)[0].due == date(2026, 11, 8)
        assert stated(soon, undated, TODAY)[0].due == date(2026, 11, 28)
        assert stated(soon, replace(DOCUMENT, written=date(2024, 1, 1)), TODAY)[0].due == date(2026, 11, 28)

    @pytest.mark.parametrize("words", ["Long-term", None])
    def test_a_horizon_that_means_no_day_gives_none(self, words: str | None) -> None:
        assert stated(item(BARE, horizon=words), DOCUMENT, TODAY) == (BARE, None)
