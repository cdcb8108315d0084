"""`pmtrack explain`: every reason that an item can have for its date, its owner and its state."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pmtrack.documents import normal_priority
from pmtrack.model import Acceptance, DueSource, Event, Row, Side, State, Status
from pmtrack.people import Directory, Person, Team
from pmtrack.policy import Policy
from pmtrack.reports.digest_sections import Pause
from pmtrack.reports.explain import STATES, Case, as_text, explain
from pmtrack.reports.remind import Calendar, Reminding, Rounds
from support.rows import DOCUMENT, HOLD, TODAY, conflict, linked, report, row

WRITTEN = replace(DOCUMENT, written=date(2026, 11, 3), severity="SEV1", first_seen=date(2026, 11, 4))
POLICY = Policy({"P1": 14}, {"sev1": 30}, {"lab": Policy({"P1": 2})})
PEOPLE = Directory(
    (
        Person("Ana Ruiz", aliases=("Ana",), email="ana@acme.example"),
        Person("Tom Okafor", aliases=("Tom",), until=date(2026, 9, 30), successor="Ana Ruiz"),
    ),
    (Team("payments", aliases=("Payments team",), lead="Ana Ruiz"),),
)
HOW = Reminding((7, 1), 7)


def case(
    of: Row, *events: Event, how: Reminding = HOW, pause: Pause | None = None, policy: Policy = POLICY, quiet: str = ""
) -> Case:
    made = report(of)
    (shown,) = (*made.rows, *made.aside)
    rounds = Rounds({"": how}, PEOPLE)
    calendar = Calendar(quiet=frozenset({quiet}))
    return Case(of, shown, events, TODAY, UTC, policy, rounds, calendar, normal_priority, pause)


def said(topic: str, *given: object, **more: object) -> list[str]:
    return explain(case(*given, **more))[topic]  # type: ignore[arg-type]


def changed(name: str, before: str | None, after: str | None, side: Side = Side.TRACKER, **more: object) -> Event:
    made = Event(datetime(2026, 11, 19, 9, tzinfo=UTC), "I10", "changed", name, before, after, side)
    return replace(made, **more)  # type: ignore[arg-type]


def dated(due: date | None, source: DueSource | None, **more: object) -> Row:
    return linked(due=due, document=more.pop("document", WRITTEN), link={"due_source": source}, **more)  # type: ignore[arg-type]


def test_a_date_that_the_document_states() -> None:
    assert said("due", dated(date(2026, 12, 1), DueSource.EXPLICIT)) == ["2026-12-01, as the document states it"]


def test_a_date_that_a_horizon_gives() -> None:
    assert said("due", dated(date(2026, 12, 1), DueSource.HORIZON, horizon="Next month")) == [
        "2026-12-01, since the document says “Next month”, counted from 2026-11-03, the postmortem's date"
    ]


@pytest.mark.parametrize(
    ("document", "base"),
    [
        (WRITTEN, "2026-11-03, the postmortem's date"),
        (replace(WRITTEN, written=None, incident_date=date(2026, 11, 3)), "2026-11-03, the incident's date"),
    ],
)
def test_a_date_that_the_policy_gives(document: object, base: str) -> None:
    assert said("due", dated(date(2026, 11, 17), DueSource.POLICY, document=document)) == [
        f"2026-11-17, by the policy: priority P1 has 14 days from {base}",
        "so it has been overdue since 2026-11-18, 4 days",
    ]


def test_a_policy_by_severity_and_one_of_a_source() -> None:
    assert "severity SEV1 has 30 days" in said("due", dated(date(2026, 12, 3), DueSource.POLICY, priority=None))[0]
    lab = replace(WRITTEN, source="lab")
    assert (
        "by the policy of source lab: priority P1 has 2 days"
        in said("due", dated(date(2026, 11, 5), DueSource.POLICY, document=lab))[0]
    )


def test_an_imported_postmortem_counts_from_when_it_was_seen() -> None:
    old = replace(WRITTEN, written=date(2025, 1, 1))
    of = dated(date(2026, 11, 16), DueSource.POLICY, document=old)
    assert (
        "from 2026-11-02, when it was first seen, since the postmortem of 2025-01-01 was imported later"
        in said("due", of)[0]
    )


def test_a_change_of_the_policy_moves_nothing_and_is_told() -> None:
    told = said("due", dated(date(2026, 11, 30), DueSource.POLICY))
    assert told[1] == "by today's policy it would be 2026-11-17; a change of the policy moves no issue"


def test_a_policy_that_is_no_more() -> None:
    told = said("due", dated(date(2026, 11, 30), DueSource.POLICY), policy=Policy())
    assert told == [
        "2026-11-30, by a policy that is no more",
        "by today's policy it would be none; a change of the policy moves no issue",
    ]


def test_a_date_that_somebody_set_in_the_issue() -> None:
    moved = changed("due", "2026-12-01", "2026-12-24", actor="Ana", evidence="event 7")
    assert said("due", dated(date(2026, 12, 24), DueSource.TRACKER), moved) == [
        "2026-12-24, as it was set in the issue on 2026-11-19 by Ana Ruiz in the issue (event 7)",
        "moved from 2026-12-01 to 2026-12-24 on 2026-11-19 by Ana Ruiz in the issue (event 7)",
    ]


def test_no_date_says_what_to_do() -> None:
    bare = replace(WRITTEN, severity=None)
    assert said("due", dated(None, None, document=bare, priority="P4")) == [
        "none: the document states none, and the policy has no rule for priority P4 or severity none: "
        "add one to [policy], or write a date"
    ]


def test_an_item_without_an_issue_is_told_what_the_issue_will_get() -> None:
    told = said("due", row(due=None, document=WRITTEN))
    assert told[-1].startswith("an issue that is made for it gets 2026-11-17, by the policy: priority P1 has 14 days")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Ana", "the document names “Ana”, who is Ana Ruiz"),
        ("Tom", "the document names “Tom”, who is Tom Okafor, who left on 2026-09-30 and handed over to Ana Ruiz"),
        ("Payments team", "the document names “Payments team”, the team payments, whose lead is Ana Ruiz"),
        ("DevOps", "the document names “DevOps”, who is nobody in people.toml: the issue has nobody assigned"),
    ],
)
def test_an_owner_is_traced_from_the_words(words: str, sentence: str) -> None:
    assert said("owner", linked(owners=(words,)))[1].startswith(sentence)


def test_an_owner_who_was_set_in_the_issue() -> None:
    told = said("owner", linked(owners=()), changed("owners", None, "ana-r"))
    assert told == [
        "nobody: neither the document nor the issue names anybody",
        "the issue was given to ana-r on 2026-11-19 by somebody not known in the issue",
    ]


def test_a_status_says_who_changed_it() -> None:
    assert said("status", linked()) == ["open since it was first read"]
    event = changed("status", "open", "done", Side.DOCUMENT, actor="bo")
    assert said("status", linked(status=Status.DONE), event) == ["done on 2026-11-19 by bo in the document"]


@pytest.mark.parametrize(
    ("of", "state"),
    [
        (linked(), State.LINKED), (row(), State.NOT_CREATED), (row(hold=HOLD), State.HELD),
        (row(acceptance=Acceptance.PROPOSED), State.PROPOSED), (linked(present=False), State.REMOVED),
        (linked(link={"error": "the board said no"}), State.FAILED), (row(ticket="OPS-7"), State.FOLLOWED),
        (linked(conflicts=(conflict("I10"),)), State.CONFLICT),
    ],
)  # fmt: skip
def test_every_state_is_explained(of: Row, state: State) -> None:
    told = said("state", of)
    assert told[0] == f"{state.value}: {STATES[state]}"
    if state is State.FAILED:
        assert told[1] == "the board said no"
    if state is State.HELD:
        assert told[1] == HOLD.sentence


def test_states_are_all_explained() -> None:
    assert STATES.keys() == set(State)


@pytest.mark.parametrize(
    ("of", "more", "told"),
    [
        (linked(due=TODAY + timedelta(days=8)), {}, "next on 2026-11-22 to mailto:ana@acme.example"),
        (linked(due=TODAY + timedelta(days=8)), {"quiet": "sunday"}, "next on 2026-11-23 to mailto:ana@acme.example"),
        (linked(due=TODAY - timedelta(days=1)), {}, "next on 2026-11-28 to mailto:ana@acme.example"),
        (linked(due=TODAY, owners=("Bo",)), {}, "next on 2026-11-22 to nobody, since its owners have no address"),
        (
            linked(due=TODAY - timedelta(days=1)), {"how": Reminding((1,))},
            "none comes any more; its owners are mailto:ana@acme.example",
        ),
        (linked(due=None), {}, "none: it has no due date"),
        (linked(status=Status.DONE), {}, "none: it is closed"),
        (linked(), {"how": Reminding()}, "none: [policy.reminders] is not set"),
        (linked(), {"pause": Pause(date(2026, 12, 1), "later")}, "snoozed, until 2026-12-01: later"),
        (linked(), {"pause": Pause(None, "not worth it")}, "called off, not worth it"),
    ],
)  # fmt: skip
def test_the_next_reminder_is_told(of: Row, more: dict[str, object], told: str) -> None:
    assert said("reminders", of, **more) == [told]


def test_it_is_text_with_a_line_for_each_sentence() -> None:
    given = case(dated(date(2026, 11, 17), DueSource.POLICY))
    lines = as_text(given, explain(given)).splitlines()
    assert lines[0] == "Alert on refusals (2026/outage.md:10, issue 0010, id I10)"
    assert lines[1].startswith("due:       2026-11-17, by the policy")
    assert lines[2].startswith("           so it has been overdue")
    assert [line.partition(":")[0] for line in lines if line[0] != " "][1:] == [
        "due",
        "owner",
        "status",
        "state",
        "reminders",
    ]
