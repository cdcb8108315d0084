"""Whatever the bytes: an answer, in time, whose offsets hold in the original."""

from __future__ import annotations

import html
import random
import re
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.documents import extract
from pmtrack.documents.mojibake import repair
from pmtrack.documents.view import view
from pmtrack.model import Postmortem

_PIECES = st.sampled_from(
    [
        *(b"# Action items\n", b"## Timeline\n", b"**Tasks:**\n", b"- [ ] ", b"- [x] ", b"* ", b"1. ", b"  "),
        *(b"| Action | Owner | Due |\n|---|---|---|\n", b"| a | b | 2026-01-02 |\n", b"\n", b"\r\n", b"\r"),
        *(b"Add an alert", b" (Owner: Anna, Due: 2026-12-01)", b" @bob", b" [t](https://x.example/issues/3)"),
        *(
            b"```\n",
            b"> ",
            b"<p>",
            b"<!-- ",
            b"-->",
            b"\xff\xfe",
            b"\xe2\x80",
            b"\x00",
            b"---\n",
            b"a: b\n",
            b"\\# x\n",
        ),
        *("• ".encode(), "\t• Alert\n".encode(), b"\t- ", b"##Actions\n", b"```md\n", b" | ", b"Anna: ", b"Bo to "),
        *(b"~~", b"**", b"`", b"(", b"[", b"]", b"We will add it. "),
        *("✅ Done".encode().decode("mac_roman").encode(), "é対策📅".encode()),
    ]
)
_DOCUMENTS = st.one_of(
    st.binary(max_size=400),
    st.lists(_PIECES, max_size=40).map(b"".join),
    st.lists(_PIECES, max_size=40).map(lambda pieces: b"\xef\xbb\xbf" + b"".join(pieces)),
)
_QUICK = settings(deadline=None, max_examples=300, derandomize=True)


def _lines(data: bytes) -> list[int]:
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    return starts


@_QUICK
@given(_DOCUMENTS)
def test_any_bytes_give_items_whose_places_are_right(data: bytes) -> None:
    """No exception; spans lie inside the document on their lines; the block goes to a line start or the end."""
    found = extract(data, "some/where.md")
    starts = _lines(data)
    for item in found.items:
        assert 0 <= item.span.start <= item.span.end <= len(data)
        assert starts[item.line - 1] <= item.span.start
        assert item.line == len(starts) or item.span.start <= starts[item.line]
        assert item.fields.title
        assert 0 < item.confidence <= 1
    assert (found.block_at is None) == (not found.items)
    assert found.block_at is None or found.block_at in (*starts, len(data))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


@_QUICK
@given(_DOCUMENTS)
def test_every_word_of_an_item_stands_at_its_span(data: bytes) -> None:
    """In the order of the title, as far as letters go: marks, entities and broken encodings are read."""
    for item in extract(data).items:
        there = iter(_words(html.unescape(repair(data[item.span.start : item.span.end].decode(errors="replace")))))
        assert all(word in there for word in _words(item.fields.title)), (item, data)


@_QUICK
@given(_DOCUMENTS)
def test_what_is_parsed_has_the_length_of_the_document(data: bytes) -> None:
    """So every place in it is a place in the document."""
    assert len(view(data).text.encode()) == len(data)


@_QUICK
@given(_DOCUMENTS)
def test_reading_is_a_function_of_the_bytes(data: bytes) -> None:
    """The same bytes give the same answer."""
    assert extract(data) == extract(data)


@given(st.lists(st.sampled_from(["Rotate the keys", "Ask the vendor", "Renew the lease"]), min_size=1, unique=True))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_line_ends_and_a_byte_order_mark_change_nothing(titles: list[str]) -> None:
    """LF, CRLF, CR and a BOM give the same items on the same lines."""
    text = "# Action items\n\n" + "".join(f"- [ ] {title}\n" for title in titles)
    variants = [text, text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text]
    read = [[(item.line, item.fields) for item in extract(variant.encode()).items] for variant in variants]
    assert [title for _, fields in read[0] for title in [fields.title]] == titles
    assert all(one == read[0] for one in read)


def test_bytes_that_are_not_utf8_are_read_around() -> None:
    """One broken byte does not lose an item, and the spans hold in the original."""
    data = b"# Action items\n\n- [ ] Caf\xe9 alert\n- [ ] Second\n"
    first, second = extract(data).items
    assert data[first.span.start : first.span.end].endswith(b"Caf\xe9 alert")
    assert data[second.span.start : second.span.end].endswith(b"Second")


def test_our_own_block_is_not_read() -> None:
    """A table inside the managed block is no list of action items."""
    data = (
        b"# Action items\n\n- [ ] Only this\n\n<!-- pmtrack:begin v1 doc=a sha=b -->\n"
        b"| Item | Owner | Status |\n|---|---|---|\n| Not this | A | open |\n<!-- pmtrack:end -->\n"
    )
    assert [item.fields.title for item in extract(data).items] == ["Only this"]


_HEAD = "# Action items\n\n"
_HOSTILE = {
    "10 MB of boxes": _HEAD + "- [ ] Do a certain thing to the service with care\n" * 200_000,
    "10 MB of prose": _HEAD + "- [ ] a\n\n# B\n\n" + ("Lorem ipsum dolor sit amet consectetur. " * 5 + "\n\n") * 50_000,
    "a line of 1 MB": _HEAD + "- " + "a b " * 250_000,
    "a line of 10 MB": _HEAD + "- " + "We will add a b. " * 600_000,
    "a line of 10 MB in a table": _HEAD + "| Action | Owner |\n|---|---|\n| " + "a b " * 2_500_000 + " | x |\n",
    "a paragraph of 10 MB": _HEAD + "Anna will add it, then Bo will too. " * 280_000,
    "50,000 rows": _HEAD
    + "| # | Action | Owner | Due |\n|---|---|---|---|\n"
    + "| 1 | Add it | Bo | 2026-01-01 |\n" * 50_000,
    "20,000 brackets": _HEAD + "- " + "[" * 20_000 + "x" + "]" * 20_000,
    "20,000 parentheses": _HEAD + "- " + "(" * 20_000 + "x" + ")" * 20_000,
    "3,000 quotes": ">" * 3_000 + " x\n",
    "1,000 levels": _HEAD + "\n".join("  " * level + "- Add a: x" for level in range(1_000)),
    "1 MB of stars": _HEAD + "- " + "*a_" * 333_333,
    "100,000 headings": _HEAD + "## Things %d\n\ntext\n\n" * 100_000,
    "300,000 labels": _HEAD + "**Owner:** x\n" * 300_000,
    "300,000 tags": "<p>" * 300_000,
    "a million pipes": "|" * 1_000_000,
    "wide table": "|" * 1_000 + "\n|" + "-|" * 999 + "\n" + ("|" * 1_000 + "\n") * 1_000,
    "two long lists": _HEAD + "- [ ] Do thing a\n" * 1_000 + "\n# Tasks\n" + "- [ ] Do thing b\n" * 1_000,
    "open front matter": "---\n" + "a: b\n" * 300_000,
    "deep front matter": "---\na: " + "[" * 30_000 + "\n---\n",
    "nested front matter": "---\n" + "[\n" * 20_000 + "---\n",
    "aliases of aliases": "---\na0: &a0 [b]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    + "---\n",
    "merges of merges": "---\na0: &a0 {b: c}\n"
    + "".join(f"a{n}: &a{n}\n  <<: [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    + "---\n",
    "a million dates": _HEAD + "- " + "2026-01-01 " * 90_000,
    "100,000 bullets of an office": _HEAD + "\t• Add a thing\n" * 100_000,
    "100,000 dashes": _HEAD + "\u2013 Add a thing\n" * 100_000,
    "100,000 rows apart": _HEAD + "Action | Owner\n\n---|---\n\n" + "Add it | Bo\n\n" * 100_000,
    "100,000 fences": _HEAD + "```md\n- a\n" * 100_000,
    "a megabyte of colons": _HEAD + "- Owner: a " + "Due: b, " * 130_000,
    "a megabyte of names": _HEAD + "- Add it" + " - Anna" * 150_000,
    "a megabyte of capitals": _HEAD + "- " + "Anna Bo " * 130_000 + ": add it",
    "20,000 people": _HEAD + "".join(f"- Anna{n} to add it\n" for n in range(20_000)),
    "20,000 headings without a space": "#A\n" * 20_000 + "##Actions\n" * 20_000,
    "one word in each paragraph": _HEAD + ("a" * 7_900 + ".\n\n") * 200,
    "brackets in each item": _HEAD + ("- " + "(a: b, c/ d: e) " * 480 + "\n\n") * 100,
    "hyphens in each item": _HEAD + ("- " + "a-" * 3_900 + "\n\n") * 200,
    "tags in each line": _HEAD + ("<li>" + "<b>x" * 1_000 + "\n") * 100,
    "spaces": _HEAD + "- a" + " " * 1_000_000 + "b",
    "escaped": "\\# a\n" * 300_000,
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_hostile_documents_are_read_in_two_seconds(name: str) -> None:
    """Time grows with the size, whatever the shape."""
    data = _HOSTILE[name].encode()
    started = time.process_time()
    found = extract(data)
    assert time.process_time() - started < 2
    assert isinstance(found, Postmortem)


_GROWING = {
    "boxes": "- [ ] Do a certain thing to the service with care (Owner: Anna, Due: 2026-01-01)\n",
    "sentences": "We will add an alert for Anna and then for Bo. ",
    "rows": "| a | b | c |\n",
    "headings": "## Part\n\nWords.\n\n",
    "one word": "a",
    "brackets": "(a) ",
    "labels": "Owner: b ",
    "quotes": "> x\n",
    "tags": "<li>x",
}


def _quickest(data: bytes) -> float:
    """Of at least three tries, and of more where one is over in no time."""
    found: list[float] = []
    while len(found) < 3 or sum(found) < 0.2:
        started = time.process_time()
        extract(data)
        found.append(time.process_time() - started)
    return min(found)


@pytest.mark.parametrize("name", _GROWING)
def test_twice_the_size_takes_about_twice_the_time(name: str) -> None:
    """Whatever the machine is doing; what is quadratic would take four times as long."""
    count = 120_000 // len(_GROWING[name])
    once, twice = (_quickest((_HEAD + _GROWING[name] * count * times).encode()) for times in (1, 2))
    assert twice < 3 * once + 0.02


def test_a_document_of_ten_megabytes_needs_less_than_300() -> None:
    """Counted on a tenth of it: a megabyte of boxes needs less than thirty."""
    data = (_HEAD + "- [ ] Do a certain thing to the service with care\n" * 20_000).encode()
    extract(b"# Action items\n\n- [ ] Warm up the vocabulary\n")
    tracemalloc.start()
    extract(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30_000_000


def test_noise_of_a_megabyte_is_read() -> None:
    """Random bytes are a document without action items, or with some."""
    assert isinstance(extract(random.Random(7).randbytes(1_000_000)), Postmortem)
