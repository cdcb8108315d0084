"""The managed block: found where it can be trusted, written where it can stand, and nothing around it ever touched."""

from __future__ import annotations

import codecs
import time
from contextlib import suppress

import pytest

from pmtrack.documents import block
from pmtrack.errors import DocumentError

DOC = "1f0c9a2e"
TEXT = """**Action items: 1 of 3 done, 1 overdue**

| Item | Owner | Due | Issue |
| :--- | --- | ---: | --- |
| Page the *right* team | Ada | 2026-03-01 | [#7](issues/0007.md) |
| Cap the retries \\| queue | | | |

Overdue:

- Page the right team, since 2026-03-02
- Two _more_ words

1. first
2. second"""

DOCUMENT = b"# Outage\n\n## Action items\n\n- [ ] page somebody\n\n## Lessons\n\nMany.\n"
AT = DOCUMENT.index(b"## Lessons")


def written(data: bytes = DOCUMENT, text: str = TEXT, at: int | None = AT) -> bytes:
    return block.splice(data, text, DOC, at)


def test_is_found_again_untouched() -> None:
    found = block.find(written())
    assert found is not None
    assert (found.doc, found.content, found.untouched) == (DOC, TEXT, True)
    assert found.sha == block.fingerprint(TEXT)


def test_span_is_the_lines_from_marker_to_marker() -> None:
    data = written()
    found = block.find(data)
    assert found is not None
    mine = data[found.span.start : found.span.end]
    assert mine.startswith(b"<!-- pmtrack:begin v1 doc=1f0c9a2e sha=")
    assert mine.endswith(b"<!-- pmtrack:end -->")


def test_goes_behind_the_last_words_before_its_place_with_one_blank_line() -> None:
    before, _, after = written().partition(b"<!-- pmtrack:begin")
    assert before == DOCUMENT[: AT - 1] + b"\n"
    assert after.endswith(b"<!-- pmtrack:end -->\n\n## Lessons\n\nMany.\n")


def test_goes_to_the_end_where_no_place_is_named() -> None:
    assert written(at=None).endswith(
        b"Many.\n\n" + b"<!-- pmtrack:begin" + written(at=None).split(b"<!-- pmtrack:begin")[1]
    )
    assert written(at=None).endswith(b"<!-- pmtrack:end -->\n")


@pytest.mark.parametrize("data", [DOCUMENT, b"\n \n" + DOCUMENT, b""])
def test_goes_to_the_top_where_no_words_are_before_its_place(data: bytes) -> None:
    new = written(data, at=0)
    assert new.startswith(b"<!-- pmtrack:begin")
    assert new.endswith(b"end -->\n" + data)
    assert block.remove(new) == data


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("rest", [DOCUMENT, b"\n" + DOCUMENT, b""])
def test_a_byte_order_mark_stays_in_front(at: int, rest: bytes) -> None:
    new = written(codecs.BOM_UTF8 + rest, at=at)
    assert new.startswith(codecs.BOM_UTF8 + b"<!-- pmtrack:begin")
    assert new.endswith(b"end -->\n" + rest)
    assert block.remove(new) == codecs.BOM_UTF8 + rest


def test_a_block_that_was_moved_close_to_words_leaves_their_line_end() -> None:
    found = block.find(written())
    assert found is not None
    mine = written()[found.span.start : found.span.end]
    assert block.remove(b"a\n" + mine + b"\nb\n") == b"a\nb\n"
    assert block.remove(b"a\r\n" + mine + b"\r\nb\r\n") == b"a\r\nb\r\n"
    assert block.remove(b"a\n\n" + mine + b"\n\nb\n") == b"a\n\nb\n"


def test_a_file_without_last_newline_stays_one() -> None:
    data = b"- [ ] page somebody"
    new = written(data, at=len(data))
    assert new.startswith(b"- [ ] page somebody\n\n<!-- pmtrack:begin")
    assert new.endswith(b"<!-- pmtrack:end -->")
    assert block.remove(new) == data


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_takes_the_line_end_of_the_document(line_end: bytes) -> None:
    data = DOCUMENT.replace(b"\n", line_end)
    new = written(data, at=data.index(b"## Lessons"))
    assert new.replace(line_end, b"").count(b"\n") == new.replace(line_end, b"").count(b"\r") == 0
    assert block.remove(new) == data
    found = block.find(new)
    assert found is not None
    assert (found.content, found.untouched) == (TEXT, True)


def test_a_mixed_document_gets_what_ends_most_of_its_lines() -> None:
    assert b"end -->\r\n" in written(b"a\r\nb\r\nc\n", at=None)
    assert b"end -->\n" in written(b"a\r\nb\nc\n", at=None)


def test_is_replaced_where_the_author_moved_it() -> None:
    body = written()
    found = block.find(body)
    assert found is not None
    moved = body[found.span.start : found.span.end] + b"\n" + DOCUMENT
    new = block.splice(moved, "Something else.", DOC, AT)
    assert new.endswith(b"end -->\n" + DOCUMENT)
    assert new.startswith(b"<!-- pmtrack:begin")
    assert b"Something else." in new
    assert b"right" not in new


def test_another_text_and_back_is_the_same_file() -> None:
    assert block.splice(block.splice(written(), "x", DOC, None), TEXT, DOC, 0) == written()


def test_doc_id_tells_documents_and_sources_apart() -> None:
    ids = {block.doc_id("a", "b/c"), block.doc_id("a/b", "c"), block.doc_id("a", "b/d"), block.doc_id("a", "")}
    assert len(ids) == 4
    assert all(len(name) == 8 and int(name, 16) >= 0 for name in ids)


REFLOWS = {
    "padded cells": lambda t: t.replace("| Ada |", "|  Ada          |").replace("| Item |", "|    Item   |"),
    "tight cells": lambda t: t.replace(" | ", "|"),
    "dashes": lambda t: t.replace("| :--- | --- | ---: | --- |", "|:------------|------|------:|-|"),
    "more blank lines": lambda t: t.replace("\n\n", "\n\n\n"),
    "no blank lines": lambda t: t.replace(":\n\n-", ":\n-"),
    "underscores": lambda t: t.replace("*right*", "_right_").replace("**Action", "__Action").replace("due**", "due__"),
    "asterisks": lambda t: t.replace("_more_", "*more*"),
    "bullets": lambda t: t.replace("\n- ", "\n* "),
    "plus bullets": lambda t: t.replace("\n- ", "\n+   "),
    "all ones": lambda t: t.replace("2. second", "1. second"),
    "trailing spaces": lambda t: t.replace("\n", "  \n"),
    "wrapped": lambda t: t.replace("team, since", "team,\n  since"),
    "escaped": lambda t: t.replace("#7", "\\#7"),
    "CRLF": lambda t: t.replace("\n", "\r\n"),
    "indented list": lambda t: t.replace("\n- ", "\n  - "),
}


@pytest.mark.parametrize("name", REFLOWS)
def test_what_a_formatter_does_is_no_edit(name: str) -> None:
    inside = REFLOWS[name](TEXT)
    assert inside != TEXT
    found = block.find(written().replace(TEXT.encode(), inside.encode()))
    assert found is not None
    assert found.untouched


def test_entities_that_a_formatter_wrote_as_escapes_are_no_edit() -> None:
    entities, escapes = r"| a &#124; b &lt;c&gt; &#91;d] &#92; | e |", r"| a \| b \<c> \[d\] \\ | e |"
    assert block.fingerprint(entities) == block.fingerprint(escapes)
    assert block.fingerprint(entities) != block.fingerprint(entities.replace("&#124;", "|"))


EDITS = {
    "a word": ("Ada", "Bob"),
    "a tick": ("1 of 3", "2 of 3"),
    "a date": ("2026-03-01", "2026-03-10"),
    "a new line": ("Overdue:", "Overdue:\n\nNot true!"),
    "a row less": ("| Cap the retries \\| queue | | | |\n", ""),
    "an address": ("issues/0007.md", "issues/0008.md"),
    "a word in another cell": ("| Ada | 2026", "| | Ada 2026"),
    "a cell split": ("retries \\| queue", "retries | queue"),
    "alignment": ("| :--- |", "| :---: |"),
    "case": ("Page the right", "page the right"),
    "struck out": ("Page the *right* team", "~~Page the *right* team~~"),
    "a bullet less": ("- Two _more_ words\n", ""),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_a_person_does_is_an_edit(name: str) -> None:
    old, new = EDITS[name]
    assert old in TEXT
    found = block.find(written().replace(old.encode(), new.encode()))
    assert found is not None
    assert not found.untouched


def test_a_shorter_sha_is_as_good() -> None:
    sha = block.fingerprint(TEXT)
    found = block.find(written().replace(sha.encode(), sha[:8].encode()))
    assert found is not None
    assert (found.sha, found.untouched) == (sha[:8], True)


BEGIN = "<!-- pmtrack:begin v1 doc=1f0c9a2e sha=0123456789abcdef -->"
END = "<!-- pmtrack:end -->"
MALFORMED = {
    "no end": (f"a\n\n{BEGIN}\n\nx\n", 3, "without an end"),
    "no begin": (f"a\n\nx\n\n{END}\n", 5, "without a begin"),
    "nested": (f"{BEGIN}\n\n{BEGIN}\n\n{END}\n\n{END}\n", 3, "a second pmtrack:begin"),
    "two blocks": (f"{BEGIN}\n\nx\n\n{END}\n\n{BEGIN}\n\nx\n\n{END}\n", 7, "a second pmtrack block"),
    "two ends": (f"{BEGIN}\n\nx\n\n{END}\n\n{END}\n", 7, "without a begin"),
    "end first": (f"{END}\n\n{BEGIN}\n", 1, "without a begin"),
    "in a fence": (f"a\n\n```\n{BEGIN}\n\n{END}\n```\n", 4, "code block"),
    "in an open fence": (f"~~~\na\n\n{BEGIN}\n\n{END}\n", 4, "code block"),
    "end in a fence": (f"{BEGIN}\n\n```\n{END}\n```\n", 4, "code block"),
    "indented as code": (f"a\n\n    {BEGIN}\n\n    {END}\n", 3, "code block"),
    "in a comment": (f"a\n\n<!--\n{BEGIN}\n\n{END}\n-->\n", 4, "comment"),
    "in a quote": (f"a\n\n> {BEGIN}\n>\n> x\n>\n> {END}\n", 3, "quote"),
    "in a list": (f"- a\n\n  {BEGIN}\n\n  x\n\n  {END}\n", 3, "list"),
    "as list items": (f"- {BEGIN}\n- x\n- {END}\n", 1, "list"),
    "in preformatted text": (f"<pre>\n\n{BEGIN}\n\nx\n\n{END}\n</pre>\n", 3, "other HTML"),
    "glued to HTML": (f"<details>\n{BEGIN}\n\nx\n\n{END}\n", 2, "other HTML"),
    "without attributes": (f"<!-- pmtrack:begin -->\n\nx\n\n{END}\n", 1, "damaged"),
    "attributes edited": (f"{BEGIN.replace('sha=0', 'sha=x')}\n\nx\n\n{END}\n", 1, "damaged"),
    "words behind the begin": (f"{BEGIN} hello\n\nx\n\n{END}\n", 1, "damaged"),
    "words behind the end": (f"{BEGIN}\n\nx\n\n{END} hello\n", 5, "damaged"),
    "newer": (f"{BEGIN.replace('v1', 'v2')}\n\nx\n\n{END}\n", 1, "newer pmtrack"),
}


@pytest.mark.parametrize("name", MALFORMED)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_block_that_cannot_be_trusted_is_one_sentence_with_its_line(name: str, line_end: str) -> None:
    text, line, words = MALFORMED[name]
    data = text.replace("\n", line_end).encode()
    with pytest.raises(DocumentError) as caught:
        block.find(data)
    sentence = str(caught.value)
    assert sentence.startswith(f"line {line}: ")
    assert words in sentence
    assert "\n" not in sentence
    with pytest.raises(DocumentError):
        block.splice(data, "x", DOC, None)
    with pytest.raises(DocumentError):
        block.remove(data)
    with pytest.raises(DocumentError, match=rf"^a/b\.md: line {line}: "):
        block.find(data, "a/b.md")


@pytest.mark.parametrize("name", MALFORMED)
def test_blank_hides_the_markers_of_a_malformed_block_too(name: str) -> None:
    data = MALFORMED[name][0].encode()
    view = block.blank(data)
    assert len(view) == len(data)
    assert b"pmtrack" not in view
    assert [at for at, byte in enumerate(view) if byte == 10] == [at for at, byte in enumerate(data) if byte == 10]


def test_blank_without_an_end_hides_the_marker_line_only() -> None:
    assert block.blank(f"a\n{BEGIN}\n- [ ] b\n".encode()) == b"a\n" + b" " * len(BEGIN) + b"\n- [ ] b\n"


def test_blank_hides_everything_between_the_markers() -> None:
    view = block.blank(written())
    found = block.find(written())
    assert found is not None
    assert not view[found.span.start : found.span.end].strip()
    assert view.replace(b" ", b"") == written()[: found.span.start].replace(b" ", b"") + view[
        found.span.start : found.span.end
    ].replace(b" ", b"") + written()[found.span.end :].replace(b" ", b"")


def test_a_marker_that_is_only_spoken_of_is_none() -> None:
    data = b"Write `<!-- pmtrack:end -->` or so, see <!-- pmtrack:begin --> in the handbook.\n"
    assert block.find(data) is None
    assert block.blank(data) == data


@pytest.mark.parametrize(
    "content", [f"x\n\n{END}\n\ny", f"{BEGIN}\nx", "```\nnever closed", "<!-- never closed", "<pre>"]
)
def test_content_that_would_break_the_block_is_refused(content: str) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        written(text=content)


@pytest.mark.parametrize("before", [b"```\ncode\n", b"<!-- draft\n", b"<script>\n"])
def test_a_place_where_no_block_can_stand_is_refused(before: bytes) -> None:
    with pytest.raises(DocumentError, match="cannot be written"):
        written(before + DOCUMENT, at=None)


def test_odd_characters_in_the_content_settle() -> None:
    content = "a\0b \ud800 c\r\nd\re \ufeff"
    data = written(text=content)
    assert b"\0" not in data
    found = block.find(data)
    assert found is not None
    assert found.untouched
    assert block.fingerprint(found.content) == block.fingerprint(content)


HOSTILE = (b"<!-- pmtrack:", b"> " * 8, b"- " * 8 + b"<!-- pmtrack:begin", b"\r", BEGIN.encode() + b"\n", b"|-", b"_*")


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_documents_take_linear_time(part: bytes) -> None:
    """Two megabytes of what is dear to a careless pattern: minutes, were it quadratic."""
    data = b"pmtrack:\n" + part * (2_000_000 // len(part))
    began = time.perf_counter()
    assert len(block.blank(data)) == len(data)
    with suppress(DocumentError):
        block.find(data)
    block.fingerprint(data.decode())
    assert time.perf_counter() - began < 5
