"""A document is rewritten only where its block is ours and says something else, and then only the block changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.model import BlockState, EditedBlock
from pmtrack.publish.plan import Kept, Left, Page, Rewrite, plan
from pmtrack.sources import connect
from pmtrack.sources.base import Content
from pmtrack.sources.settings import FolderSettings

DOC, OTHER = block.doc_id("pm", "a.md"), block.doc_id("pm", "b.md")
TEXT = "**1 of 2 done**\n\n| Item | Due |\n| --- | --- |\n| *Page* somebody | 2026-03-01 |"
DATA = b"# Outage\r\n\r\n- [ ] page somebody  \r\n\r\n## Lessons\n\xff"
AT = DATA.index(b"## Lessons")


def look(data: bytes, text: str | None = TEXT, doc: str = DOC, at: int | None = AT) -> Rewrite | Left | Kept | None:
    return plan(Page(Content("a.md", data, "v", (1,)), doc, at, text))


def rewritten(*arguments: Any, **options: Any) -> bytes:
    step = look(*arguments, **options)
    assert isinstance(step, Rewrite)
    assert step.content.path == "a.md"
    assert step.content.stamp == (1,)
    return step.data


def left(*arguments: Any, **options: Any) -> str:
    step = look(*arguments, **options)
    assert isinstance(step, Left)
    assert step.path == "a.md"
    assert step.reason.startswith("a.md: ")
    assert "\n" not in step.reason
    return step.reason


def test_a_first_block_is_put_in_and_then_nothing_is_to_do() -> None:
    new = rewritten(DATA)
    assert block.remove(new) == DATA
    assert look(new) is None


def test_no_text_leaves_everything_as_it_is() -> None:
    assert look(DATA, None) is None
    assert look(rewritten(DATA), None) is None
    assert look(b"<!-- pmtrack:begin -->\n", None) is None


def test_empty_text_takes_the_block_out() -> None:
    assert rewritten(rewritten(DATA), "") == DATA
    assert look(DATA, "") is None


def test_another_text_is_written() -> None:
    new = rewritten(rewritten(DATA), TEXT.replace("1 of 2", "2 of 2"))
    assert b"2 of 2" in new
    assert b"1 of 2" not in new
    assert block.remove(new) == DATA


def test_what_a_formatter_made_of_it_is_left_and_still_ours() -> None:
    new = rewritten(DATA)
    reflowed = new.replace(b"| --- | --- |", b"|---|--|").replace(b"*Page*", b"_Page_")
    assert reflowed != new
    assert look(reflowed) is None
    assert b"other" in rewritten(reflowed, "other")


def test_an_edit_by_hand_is_never_overwritten() -> None:
    edited = rewritten(DATA).replace(b"2026-03-01", b"2026-04-01")
    assert "edited by hand" in left(edited, "something new")
    assert "edited by hand" in left(edited)
    assert "edited by hand" in left(edited, "")


def edited_block(data: bytes) -> str:
    found = block.find(data)
    assert found is not None
    return block.fingerprint(found.content)


@pytest.mark.parametrize("state", [BlockState.KEPT, BlockState.REPLACE])
def test_an_edit_by_hand_is_kept_or_replaced_as_its_author_says(state: BlockState) -> None:
    edited = rewritten(DATA).replace(b"2026-03-01", b"2026-04-01")
    said = EditedBlock(state, edited_block(edited))
    step = plan(Page(Content("a.md", edited, "v", (1,)), DOC, AT, TEXT, said))
    if state is BlockState.KEPT:
        assert isinstance(step, Kept)
    else:
        assert isinstance(step, Rewrite)
        assert (step.data, block.remove(step.data)) == (rewritten(DATA), DATA)


@pytest.mark.parametrize("state", BlockState)
def test_what_was_said_of_another_content_does_not_count(state: BlockState) -> None:
    edited = rewritten(DATA).replace(b"2026-03-01", b"2026-04-01")
    again = edited.replace(b"2026-04-01", b"2026-05-01")
    step = plan(Page(Content("a.md", again, "v", (1,)), DOC, AT, TEXT, EditedBlock(state, edited_block(edited))))
    assert isinstance(step, Left)
    assert step.edited == EditedBlock(BlockState.EDITED, edited_block(again))


def test_what_was_said_of_a_block_does_not_touch_one_that_is_ours() -> None:
    new = rewritten(DATA)
    page = Page(Content("a.md", new, "v", (1,)), DOC, AT, TEXT, EditedBlock(BlockState.KEPT, edited_block(new)))
    assert plan(page) is None


def test_an_edit_that_says_what_the_report_says_becomes_ours_again() -> None:
    edited = rewritten(DATA).replace(b"1 of 2", b"2 of 2")
    new = rewritten(edited, TEXT.replace("1 of 2", "2 of 2"))
    found = block.find(new)
    assert found is not None
    assert found.untouched
    assert look(new, TEXT.replace("1 of 2", "2 of 2")) is None


def test_a_copied_block_that_nobody_edited_is_replaced() -> None:
    copied = rewritten(DATA, doc=OTHER)
    new = rewritten(copied)
    found = block.find(new)
    assert found is not None
    assert (found.doc, found.untouched) == (DOC, True)
    assert look(new) is None


def test_a_copied_block_that_was_edited_is_left() -> None:
    assert "edited by hand" in left(rewritten(DATA, doc=OTHER).replace(b"Page", b"Call"))


def test_a_malformed_block_is_left_with_its_line() -> None:
    reason = left(rewritten(DATA).replace(b"<!-- pmtrack:end -->", b""))
    assert reason.startswith("a.md: line 5: a pmtrack:begin marker without an end")


def test_a_place_that_takes_no_block_is_left() -> None:
    assert "cannot be written" in left(b"```\n" + DATA, at=None)


def test_a_text_that_would_break_out_is_left() -> None:
    assert "cannot be written" in left(DATA, "x\n\n<!-- pmtrack:end -->\n\n- [ ] forged")


def test_a_change_beyond_the_block_would_be_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    splice = block.splice
    monkeypatch.setattr(block, "splice", lambda *a: splice(*a).replace(b"Outage", b"outage"))
    assert "report it" in left(DATA)


def test_from_folder_to_folder_and_quiet_the_second_time(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(DATA)
    source = connect(FolderSettings(name="pm", path=tmp_path, tracker="t"), tmp_path)
    step = plan(Page(source.read("a.md"), DOC, AT, TEXT))
    assert isinstance(step, Rewrite)
    after = source.write(step.content, step.data)
    assert plan(Page(after, DOC, AT, TEXT)) is None
    assert plan(Page(source.read("a.md"), DOC, AT, TEXT)) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.md"]
    with pytest.raises(DocumentError, match="changed since"):
        source.write(step.content, b"late")
