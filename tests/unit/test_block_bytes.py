"""Over bytes of every kind: what is outside the block stays as it is, and what was put in can be taken out."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import block
from pmtrack.errors import DocumentError
from pmtrack.publish.plan import Page, Rewrite, plan
from pmtrack.sources.base import Content

DOC = "1f0c9a2e"
BOM = b"\xef\xbb\xbf"
PIECES = (
    *(b"\n", b"\n", b"\r\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n", b" ", b"\t", b"a", b"a  "),
    *(b"- [ ] x", b"# h", b"| a | b |", b"|---|---|", b"> q", b"    code", b"1. n", b"***", b"===", b"</details>"),
    *(
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\x80\xbf",
        b"\x0b",
        b"\x0c",
        "\u201a\u00fa\u00d6 \u2705\u2028".encode(),
        BOM,
    ),
)
OPENERS = (b"```", b"~~~", b"<!--", b"-->", b"<pre>", b"<details>", b"\0")

documents = st.builds(
    lambda start, parts: start + b"".join(parts),
    st.sampled_from([b"", b"", BOM]),
    st.lists(st.sampled_from(PIECES), max_size=16),
)
wild = st.lists(st.sampled_from((*PIECES, *OPENERS)), max_size=16).map(b"".join)
places = st.one_of(st.none(), st.integers(0, 60))
texts = st.lists(
    st.sampled_from(
        ["word", "*a*", "| a | b |", "|---|:-:|", "- b", "1. c", "\n", "\n\n", "\r\n", " ", "\\|", "\u2705"]
    ),
    min_size=1,
    max_size=12,
).map("".join)
thorough = settings(max_examples=700, deadline=None, derandomize=True, database=None)


@thorough
@given(documents, texts, places)
def test_what_was_put_in_can_be_taken_out(data: bytes, text: str, at: int | None) -> None:
    new = block.splice(data, text, DOC, at)
    assert block.remove(new) == data
    found = block.find(new)
    assert found is not None
    assert found.untouched
    assert block.fingerprint(found.content) == block.fingerprint(text)


@thorough
@given(wild, texts, places)
def test_a_document_that_cannot_take_it_is_refused_or_gives_it_back(data: bytes, text: str, at: int | None) -> None:
    try:
        new = block.splice(data, text, DOC, at)
    except DocumentError:
        return
    assert block.remove(new) == data


@thorough
@given(documents, texts, texts, places)
def test_only_the_bytes_of_the_block_change(data: bytes, first: str, second: str, at: int | None) -> None:
    old = block.splice(data, first, DOC, at)
    new = block.splice(old, second, DOC, at)
    before, after = block.find(old), block.find(new)
    assert before is not None
    assert after is not None
    assert new[: after.span.start] == old[: before.span.start]
    assert new[after.span.end :] == old[before.span.end :]


@thorough
@given(documents, texts, places)
def test_a_second_look_finds_nothing_to_do(data: bytes, text: str, at: int | None) -> None:
    first = plan(Page(Content("a.md", data, ""), DOC, at, text))
    if not text.strip():
        return
    assert isinstance(first, Rewrite)
    assert plan(Page(Content("a.md", first.data, ""), DOC, at, text)) is None


@thorough
@given(
    st.lists(st.sampled_from((*PIECES, *OPENERS, b"<!-- pmtrack:begin v1 -->", b"<!-- pmtrack:end -->")), max_size=16)
)
def test_blank_never_raises_and_keeps_length_and_line_ends(parts: list[bytes]) -> None:
    data = b"".join(parts)
    view = block.blank(data)
    assert len(view) == len(data)
    assert all(a == b or a == 32 for a, b in zip(view, data, strict=True))
    assert [byte for byte in view if byte in b"\r\n"] == [byte for byte in data if byte in b"\r\n"]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200), places)
def test_any_bytes_are_taken_or_refused(data: bytes, at: int | None) -> None:
    try:
        assert block.remove(block.splice(data, "text", DOC, at)) == data
    except DocumentError:
        assert block.blank(data) is not None


def test_real_documents_are_given_back_byte_for_byte(shared: Path) -> None:
    paths = sorted((shared / "corpus").rglob("*.md"))
    assert len(paths) > 50
    for path in paths:
        data = path.read_bytes()
        for at in (None, *(data.find(b"\n#", at) + 1 for at in range(0, len(data), max(1, len(data) // 20)))):
            try:
                new = block.splice(data, "**1 open**\n\n| a | b |\n| --- | --- |\n| c | d |", DOC, at)
            except DocumentError:
                continue
            assert block.remove(new) == data, path


def test_every_real_document_takes_a_block_where_extraction_puts_it(shared: Path) -> None:
    from pmtrack.documents import extract

    for path in sorted((shared / "corpus").rglob("*.md")):
        data = path.read_bytes()
        found = extract(data, path.name)
        if found.block_at is None:
            continue
        new = block.splice(data, "**1 open**", DOC, found.block_at)
        again = extract(new, path.name)
        assert [item.fields for item in again.items] == [item.fields for item in found.items], path
        assert [item.section for item in again.items] == [item.section for item in found.items], path
