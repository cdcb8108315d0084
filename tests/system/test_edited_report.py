"""A report block that a person edited: shown until they say whether it stays or is written anew."""

from __future__ import annotations

import csv
import io

import pytest

from support.scratch import Scratch, assert_quiet

WORDS = "all done, honestly"
ID = "postmortems:outage.md"


@pytest.fixture
def edited(synced: Scratch) -> Scratch:
    """Somebody wrote into the report, and a sync has seen it."""
    synced.edit("0 of 3 done", WORDS)
    answer = synced.run("sync")
    assert answer.code == 1
    assert "review --keep-block outage.md" in answer.err
    assert "review --replace-block outage.md" in answer.err
    return synced


def waiting(scratch: Scratch) -> list[str]:
    return [one["id"] for one in scratch.run("review", "--format", "json").json["waiting"]]


def test_it_is_told_in_every_run_and_by_review(edited: Scratch) -> None:
    assert edited.run("sync").code == 1
    assert waiting(edited) == [ID]
    assert "edited by hand: keep it, or replace it" in edited.run("review").out
    assert WORDS in edited.block()
    assert_quiet(edited)


def test_kept_it_is_not_told_again_until_it_is_edited_again(edited: Scratch) -> None:
    assert "decided on 1 document" in edited.run("review", "--keep-block", "outage.md").out
    edited.sync()
    assert_quiet(edited)
    assert (waiting(edited), WORDS in edited.block()) == ([], True)
    edited.edit("- [ ] Write", "- [x] Write")
    edited.sync()
    assert WORDS in edited.block(), "also when the report would say something else"
    assert_quiet(edited)
    edited.edit(WORDS, "more words")
    assert "edited by hand" in edited.run("sync").err
    assert (waiting(edited), "more words" in edited.block()) == ([ID], True)


def test_replaced_it_is_written_anew_by_the_next_sync(edited: Scratch) -> None:
    edited.run("review", "--replace-block", ID)
    assert WORDS in edited.block(), "the next sync does it"
    assert "documents written 1" in edited.sync().out
    assert (waiting(edited), "0 of 3 done" in edited.block()) == ([], True)
    assert_quiet(edited)


def test_what_was_kept_can_be_replaced_later(edited: Scratch) -> None:
    edited.run("review", "--keep-block", "outage.md")
    edited.sync()
    edited.run("review", "--replace-block", "outage.md")
    assert "documents written 1" in edited.sync().out
    assert "0 of 3 done" in edited.block()
    assert_quiet(edited)


def test_words_that_came_after_the_decision_are_not_overwritten(edited: Scratch) -> None:
    edited.run("review", "--replace-block", "outage.md")
    edited.edit(WORDS, "something else by now")
    assert "edited by hand" in edited.run("sync").err
    assert "something else by now" in edited.block()


def test_a_sheet_decides_it_as_well(edited: Scratch) -> None:
    edited.run("review", "--export", "triage.csv")
    sheet = edited.folder / "triage.csv"
    (row,) = csv.DictReader(io.StringIO(sheet.read_text(encoding="utf-8")))
    sheet.write_text(f"id,decision\n{row['id']},replace\n", encoding="utf-8")
    assert "decided on 1 document" in edited.run("review", "--import", "triage.csv").out
    edited.sync()
    assert "0 of 3 done" in edited.block()


def test_a_block_that_is_taken_out_is_forgotten(edited: Scratch) -> None:
    edited.edit(edited.block(), "")
    edited.sync()
    assert (waiting(edited), "0 of 3 done" in edited.block()) == ([], True)
    assert_quiet(edited)


@pytest.mark.parametrize(
    ("path", "words"), [("nosuch.md", "there is no document"), ("outage.md", "was not edited by hand")]
)
def test_there_has_to_be_one(synced: Scratch, path: str, words: str) -> None:
    answer = synced.run("review", "--replace-block", path)
    assert (answer.code, len(answer.complaints)) == (1, 1)
    assert words in answer.err
