"""Who is meant by the words in a document."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pmtrack.people import Directory, Person, Team

LISA = Person("Lisa Meier", aliases=("Lisa", "Lisa (QA)", "@lisa"), github="lisa-m", jira="5b10a284:4c20")
BO = Person("Bo Chen", aliases=("bo",))
PAYMENTS = Team("payments", aliases=("Payments team", "@acme/payments"), lead="Lisa Meier")
EVE = Person("Eve Holt", aliases=("eve",), email="eve@acme.example")
DIRECTORY = Directory((LISA, BO, EVE), (PAYMENTS, Team("ops")))


@pytest.mark.parametrize(
    "words",
    ["Lisa Meier", "lisa", "LISA", "@lisa", "@ Lisa", " Lisa  Meier ", "lisameier", "Lisa(QA)", "Lisa\u00a0Meier"],
)
def test_case_spaces_and_the_at_sign_do_not_matter(words: str) -> None:
    assert DIRECTORY.person(words) is LISA


@pytest.mark.parametrize("words", ["", "@", "Lis", "Lisa M", "payments", "lisa-m"])
def test_other_words_name_nobody(words: str) -> None:
    """An account is no alias: the word for a login in a document may be somebody else's name."""
    assert DIRECTORY.person(words) is None


@pytest.mark.parametrize("words", ["payments", "payments TEAM", "@acme/payments"])
def test_a_team_is_found_by_its_names(words: str) -> None:
    assert DIRECTORY.team(words) is PAYMENTS
    assert DIRECTORY.person(words) is None


@pytest.mark.parametrize(
    ("words", "kind", "account"),
    [
        ("@lisa", "github", "lisa-m"),
        ("@lisa", "jira", "5b10a284:4c20"),
        ("@lisa", "files", "Lisa Meier"),
        ("eve", "jira", "eve@acme.example"),  # her account is found by this
        ("bo", "github", "Bo Chen"),  # no account is known: the name is what is left
        ("Payments team", "files", "payments"),
        ("Payments team", "github", "lisa-m"),  # a team has no account of its own
        ("Payments team", "jira", "5b10a284:4c20"),
        ("ops", "github", ""),
        ("ops", "files", "ops"),
        (" Somebody Else ", "files", "Somebody Else"),
        ("  ", "files", ""),
    ],
)
def test_the_account_is_the_one_of_the_kind_of_tracker(words: str, kind: str, account: str) -> None:
    assert DIRECTORY.account(words, kind) == account


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("lisa-m", "Lisa Meier"),
        ("LISA-M", "Lisa Meier"),
        ("5b10a284:4c20", "Lisa Meier"),
        ("Lisa (QA)", "Lisa Meier"),
        ("@acme/payments", "payments"),
        ("mallory", "mallory"),
    ],
)
def test_an_account_is_shown_by_its_name(account: str, shown: str) -> None:
    assert DIRECTORY.shown(account) == shown


@pytest.mark.parametrize("kind", ["files", "github", "jira"])
@pytest.mark.parametrize("words", ["Lisa", "bo", "mallory"])
def test_the_way_there_and_back_ends_at_one_name(words: str, kind: str) -> None:
    assert DIRECTORY.shown(DIRECTORY.account(words, kind)) == DIRECTORY.shown(words)


GONE = date(2026, 9, 30)


@pytest.mark.parametrize(
    ("words", "day", "account"),
    [
        ("Tom", GONE, "tokafor"),  # the last day
        ("Tom", GONE + timedelta(1), "lisa-m"),
        ("Tom (DBA)", GONE + timedelta(1), "lisa-m"),
        ("Kim", GONE + timedelta(1), "lisa-m"),  # left too, before Tom did
        ("Lisa", GONE + timedelta(1), "lisa-m"),
        ("Uma", GONE + timedelta(1), "uma"),  # nobody took over
        ("Pat", GONE + timedelta(1), "pat"),  # nobody knows the successor
        ("Ida", GONE + timedelta(1), "ida"),  # two who took over from each other
        ("Jo", GONE + timedelta(1), "jo"),
    ],
)
def test_whoever_took_over_is_meant_after_the_last_day(words: str, day: date, account: str) -> None:
    left = {"until": GONE}
    people = (
        LISA,
        Person("Tom Okafor", ("Tom", "Tom (DBA)"), "tokafor", successor="Lisa", **left),
        Person("Kim", github="kim", until=GONE - timedelta(9), successor="Tom"),
        Person("Uma", github="uma", **left),
        Person("Pat", github="pat", successor="Nobody", **left),
        Person("Ida", github="ida", successor="Jo", **left),
        Person("Jo", github="jo", successor="Ida", **left),
    )
    assert Directory(people).as_of(day).account(words, "github") == account


@pytest.mark.parametrize(
    ("directory", "problems"),
    [
        (DIRECTORY, []),
        (Directory((Person("Ana", aliases=("ana", "@Ana")),)), []),
        (
            Directory((Person("Ana Ruiz", aliases=("Ana",)), Person("Ana Blum", aliases=("@ana",)))),
            ["'ana' means Ana Blum and Ana Ruiz: leave it to one of them"],
        ),
        (
            Directory((Person("Sam"),), (Team("ops", aliases=("sam",)),)),
            ["'sam' means Sam and ops: leave it to one of them"],
        ),
        (Directory((Person("Sam"), Person("Sam"))), ["'sam' means Sam and Sam: leave it to one of them"]),
    ],
)
def test_a_name_that_means_two_is_a_problem(directory: Directory, problems: list[str]) -> None:
    assert directory.problems() == problems
