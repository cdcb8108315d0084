"""After an upgrade: the real command on a store that an earlier version left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.scratch import Scratch, assert_quiet

SIDES = ("document", "issue", "agreed")
LINE = "was read by an earlier version: `pmtrack plan --reextract` shows what this one reads otherwise"


@pytest.fixture
def upgraded(synced: Scratch) -> Scratch:
    """The earlier version saw no owner of the first item, and the last item not at all."""
    issue = synced.issue("Rotate the gateway")
    first, _, last = [ident for (ident,) in synced.store.ask("SELECT ident FROM items ORDER BY position")]
    for table, column in (("items", "item"), ("items", "stated"), *(("links", n) for n in SIDES)):
        ((text,),) = synced.store.ask(f"SELECT {column} FROM {table} WHERE ident = '{first}'")
        earlier = _without_owner(text).replace("'", "''")
        synced.store.change(f"UPDATE {table} SET {column} = '{earlier}' WHERE ident = '{first}'")
    synced.store.change(*(f"DELETE FROM {table} WHERE ident = '{last}'" for table in ("links", "items")))
    synced.store.change("UPDATE documents SET extractor = '0-1234abcd'")
    issue.unlink()
    synced.edit_issue("Add an alert", "owner: Ana\n", "")
    synced.sync()
    return synced


def _without_owner(text: str) -> str:
    value: dict[str, Any] = json.loads(text)
    value.get("fields", value)["owners"] = []
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def test_nothing_is_written_and_one_line_says_why(upgraded: Scratch) -> None:
    before = upgraded.files()
    answer = upgraded.sync()
    assert answer.out.splitlines()[-2] == f"1 document {LINE}"
    assert upgraded.files() == before
    assert_quiet(upgraded)
    assert f"1 document {LINE}" in upgraded.run("status").out
    assert upgraded.run("sync", "--format", "json").json["outdated"] == 1


def test_the_plan_shows_what_is_read_otherwise_and_writes_nothing(upgraded: Scratch) -> None:
    files, rows = upgraded.files(), upgraded.rows()
    answer = upgraded.run("plan", "--reextract")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines() == [
        "read otherwise     outage.md:11  Add an alert on card refusals  (owners: none -> Ana)",
        "new item           outage.md:13  Rotate the gateway certificate",
        "nothing was done: `pmtrack sync --reextract` takes this as what the documents say",
    ]
    found = upgraded.run("plan", "--reextract", "--format", "json", "--check")
    assert found.code == 4
    assert found.json["differences"][0] == {
        "kind": "read otherwise",
        "source": "postmortems",
        "postmortem": "outage.md",
        "line": 11,
        "text": "Add an alert on card refusals",
        "fields": {"owners": {"before": [], "after": ["Ana"]}},
    }
    assert (upgraded.files(), upgraded.rows()) == (files, rows)


def test_said_so_it_is_the_documents_word_once(upgraded: Scratch) -> None:
    answer = upgraded.sync("--reextract")
    assert answer.out.splitlines()[-1].startswith("created 1, updated 1,")
    assert "earlier version" not in answer.out
    assert upgraded.row("Add an alert")["owner"] == "Ana"
    assert upgraded.run("plan", "--reextract").out == "nothing is read otherwise\n"
    assert_quiet(upgraded)


def test_one_ticked_box_is_one_change(upgraded: Scratch) -> None:
    upgraded.edit("- [ ] Write the runbook", "- [x] Write the runbook")
    assert upgraded.sync().out.splitlines()[-1].startswith("created 0, updated 0, closed 1,")
    assert len(upgraded.run("plan", "--reextract", "--format", "json").json["differences"]) == 2
    assert_quiet(upgraded)


def test_a_document_that_cannot_be_read_is_said(upgraded: Scratch) -> None:
    (upgraded.postmortems / "outage.md").rename(upgraded.folder / "away.md")
    answer = upgraded.run("plan", "--reextract")
    assert (answer.code, len(answer.complaints)) == (1, 1)
    assert "outage.md is not there any more" in answer.err


def test_a_document_that_changed_is_left_to_the_next_sync(upgraded: Scratch) -> None:
    upgraded.edit("- [ ] Write", "- [x] Write")
    assert upgraded.run("plan", "--reextract").out == "nothing is read otherwise\n"


def test_of_one_document_only(upgraded: Scratch) -> None:
    assert upgraded.run("plan", "--reextract", "--postmortem", "nosuch.md").out == "nothing is read otherwise\n"
    upgraded.sync("--reextract", "--postmortem", "nosuch.md")
    assert len(upgraded.run("plan", "--reextract", "--format", "json").json["differences"]) == 2
