"""The GitHub Action on pull requests: what it says, to whom, and that it says it once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.github import Person
from support.workflow import BOT, LOCK, REPOSITORY, STORE, Workflow, on_this_machine

NEW = """\
# Cards again

Date: 2026-04-07

## Action items

- [ ] Add an alert on the card refusals (due 2099-12-01)
- [ ] Improve monitoring @everyone <img src=x>
"""


@pytest.fixture
def workflow(tmp_path: Path) -> Iterator[Workflow]:
    with on_this_machine(tmp_path) as made:
        yield made


@pytest.fixture
def number(workflow: Workflow) -> int:
    """A branch with a second postmortem; there was no sync yet."""
    workflow.push("cards", {"again.md": NEW}, base="main")
    return Person.at(workflow.hub, "ana", REPOSITORY).pull_request("Write down what happened to cards")


def comments(workflow: Workflow, number: int) -> list[str]:
    return [one.body for one in workflow.hub.issue(REPOSITORY, number).comments]


def test_it_says_in_one_comment_what_merging_would_do(workflow: Workflow, number: int) -> None:
    workflow.run("push")
    (issue,) = [one.number for one in workflow.hub.issues(REPOSITORY) if one.title.startswith("Add")]
    before = workflow.ref(STORE)
    ran = workflow.preview("cards", number=number)
    assert (ran.code, ran.warnings) == (0, []), ran.log
    assert (workflow.ref(STORE), workflow.ref(LOCK)) == (before, ""), "the store is only looked at"
    (said,) = comments(workflow, number)
    for words in (
        "merging creates 2 issues",
        "| **nobody** | 2099-12-01 |",
        '"Improve monitoring',
        "asked for 2 times since March",
        f"(https://github.com/acme/postmortems/issues/{issue})",
    ):
        assert words in said, said
        assert words in ran.summary
    assert "@everyone" not in said
    assert "<img" not in said
    assert len(workflow.hub.issues(REPOSITORY)) == 2, "nothing was made"


def test_the_second_time_it_writes_nothing_and_then_it_edits(workflow: Workflow, number: int) -> None:
    workflow.preview("cards", number=number)
    writes = len([one for one in workflow.hub.log if one.method != "GET"])
    workflow.preview("cards", number=number)
    assert len([one for one in workflow.hub.log if one.method != "GET"]) == writes
    workflow.push("cards", {"again.md": NEW.replace("(due", "(owner: Bo, due")})
    workflow.preview("cards", number=number)
    (said,) = comments(workflow, number)
    assert "| Bo | 2099-12-01 |" in said
    workflow.push("cards", {"again.md": None})
    workflow.preview("cards", number=number)
    (said,) = comments(workflow, number)
    assert "merging changes nothing that concerns action items" in said


def test_a_change_without_action_items_gets_no_comment(workflow: Workflow, number: int) -> None:
    workflow.push("words", {"README.md": "# Postmortems\n"}, base="main")
    ran = workflow.preview("words", number=number)
    assert ran.code == 0
    assert comments(workflow, number) == []
    assert "changes nothing" in ran.summary


def test_a_comment_of_somebody_else_is_left_alone(workflow: Workflow, number: int) -> None:
    Person.at(workflow.hub, "bo", REPOSITORY).comment(number, "mine\n<!-- pmtrack:preview -->\n")
    workflow.preview("cards", number=number)
    first, second = workflow.hub.issue(REPOSITORY, number).comments
    assert (first.author, first.body.startswith("mine")) == ("bo", True)
    assert second.author == BOT


def test_a_strangers_pull_request_has_the_summary_only(workflow: Workflow, number: int) -> None:
    """Its token may only read, and it has no secrets."""
    token = workflow.add_token(issues="read", contents="read")
    ran = workflow.preview("cards", fork=True, number=number, token=token, PMTRACK_SHOP_TOKEN="")
    assert ran.code == 0, ran.log
    assert "merging creates 2 issues" in ran.summary
    assert "may only read" in ran.warnings[0]
    assert comments(workflow, number) == []


def test_a_strangers_pull_request_needs_no_database(workflow: Workflow, number: int) -> None:
    config = workflow.read("main", "pmtrack.toml").replace("sqlite:///pmtrack.db", "postgresql://127.0.0.1:9/none")
    workflow.push("cards", {"pmtrack.toml": config})
    ran = workflow.preview("cards", fork=True, number=number, comment="false", store_branch="")
    assert ran.code == 0, ran.log
    assert "merging creates" in ran.summary


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_however_deep_the_checkout_is(workflow: Workflow, number: int, depth: int) -> None:
    """With the comment switched off."""
    ran = workflow.preview("cards", number=number, depth=depth, comment="false")
    assert "merging creates 2 issues" in ran.summary, ran.log
    assert comments(workflow, number) == []
