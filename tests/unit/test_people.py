"""Who is meant by the words in a document."""

from __future__ import annotations

import pytest

from pmtrack.people import Directory, Person, Team

LISA = Person("Lisa Meier", aliases=("Lisa", "Lisa (QA)", "@lisa"), github="lisa-m", jira="5b10a284:4c20")
BO = Person("Bo Chen", aliases=("bo",))
PAYMENTS = Team("payments", aliases=("Payments team", "@acme/payments"), lead="Lisa Meier")
DIRECTORY = Directory((LISA, BO), (PAYMENTS,))


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
        ("bo", "github", "Bo Chen"),  # no account is known: the name is what is left
        ("Payments team", "files", "payments"),
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
@pytest.mark.parametrize("words", ["Lisa", "bo", "Payments team", "mallory"])
def test_the_way_there_and_back_ends_at_one_name(words: str, kind: str) -> None:
    assert DIRECTORY.shown(DIRECTORY.account(words, kind)) == DIRECTORY.shown(words)


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
