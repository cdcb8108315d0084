"""Hostile text is made harmless, once and in linear time."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from unicodedata import category

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.text import cell, csv_cell, digest, neutral_markdown, normal, one_line, plain

PIECES = [
    *"@#!&<>[](){}|\\`~*_=+-:;/ \n\t\r\x1b\x00\x9b\u202e\u2066\u200b\u2028\ud800a1\u00fc\U0001f600",
    *["\x1b[31m", "\x1b]0;t\x07", "@me", "#1", "GH-1", "fixes #1", "&#64;", "&commat;x", "&lt;", "&vert;"],
    *["<!--", "-->", "</td>", "<script>", "](javascript:x)", "](unsafe:", "]: data:x", "![", "https://x.example"],
    *["```", "~~~"],
]
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)
some = settings(max_examples=150, deadline=None, derandomize=True)

EVERY: list[Callable[[str], str]] = [normal, plain, one_line, neutral_markdown, cell, csv_cell]
ZW = "\u200b"
KEPT = "\u65e5\u672c\u3000\u00fc\u00a0\U0001f468\u200d\U0001f469"


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
@some
@given(text=hostile)
def test_what_is_harmless_stays_as_it_is(make: Callable[[str], str], text: str) -> None:
    once = make(text)
    assert make(once) == once


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
@pytest.mark.parametrize("piece", [*PIECES, "](  ", "](<", "]:\n", "\x1b[0", "\x1b]x", "  ```", "@#", "[a", "a "])
def test_time_is_linear(make: Callable[[str], str], piece: str) -> None:
    start = time.process_time()
    make(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize("make", [plain, one_line, neutral_markdown, cell], ids=lambda make: make.__name__)
@some
@given(text=hostile)
def test_nothing_reaches_a_terminal_that_it_would_obey(make: Callable[[str], str], text: str) -> None:
    assert not [c for c in make(text) if c != "\n" and category(c) in ("Cc", "Cs")]
    assert not set(make(text)) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("a\tb\u2028c", "a b c"),
        ("abc\u202efed", "abcfed"),
        (KEPT, KEPT),
    ],
)
def test_plain_keeps_words_and_drops_orders(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [("  a \n\t b\u00a0 c ", 256, "a b c"), ("abcdef", 4, "abc…"), ("ab  cd", 4, "ab…"), ("abcd", 4, "abcd")],
)
def test_one_line_is_one_line_within_its_limit(text: str, limit: int, expected: str) -> None:
    assert one_line(text, limit) == expected


@some
@given(text=hostile, limit=st.integers(1, 30))
def test_one_line_holds_its_limit(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert one_line(line, limit) == line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ask @lisa or @acme/ops", f"ask @{ZW}lisa or @{ZW}acme/ops"),
        ("fixes #12, owner/repo#3, GH-4", f"fixes #{ZW}12, owner/repo#{ZW}3, GH-{ZW}4"),
        ("&#64;lisa &#x40;lisa &commat;lisa &num;1", f"&{ZW}#{ZW}64;lisa &{ZW}#x40;lisa &{ZW}commat;lisa &{ZW}num;1"),
        ("<!-- pmtrack:end -->", f"<{ZW}!-- pmtrack:end -->"),
        ("<img src=x> </td> <?x", f"<{ZW}img src=x> <{ZW}/td> <{ZW}?x"),
        ("![pixel](https://x)", f"!{ZW}[pixel](https://x)"),
        ("[x](javascript:y) [x]( <JavaScript:y>)", f"[x](unsafe:javascript:y) [x]( <{ZW}JavaScript:y>)"),
        ("[x](HTTPS://x) [y](docs/a.md) [z](#top)", "[x](HTTPS://x) [y](docs/a.md) [z](#top)"),
        ("[x]: data:text/html", "[x]: unsafe:data:text/html"),
        ("[AI]: owner: find the cause", "[AI]: owner: find the cause"),
        ("text\n  ```sh\nrm", f"text\n  {ZW}```sh\nrm"),
        ("a < b, a<5, 3 & 4, C#, # 1, a @ b, `x`", "a < b, a<5, 3 & 4, C#, # 1, a @ b, `x`"),
    ],
)
def test_markdown_acts_on_nothing_that_was_carried_in(text: str, expected: str) -> None:
    assert neutral_markdown(text) == expected


@some
@given(text=hostile)
def test_a_parser_finds_neither_html_nor_images_nor_other_links(text: str) -> None:
    html = pyromark.html(neutral_markdown(text))
    assert "<img" not in html
    assert "<script" not in html
    assert "<!--" not in html
    assert 'href="javascript' not in html.lower()
    assert 'href="data' not in html.lower()


def test_a_cell_holds_neither_bars_nor_links_nor_code() -> None:
    expected = f"a&vert;b &lbrack;x](https://y) &grave;c&grave; &bsol;&vert; @{ZW}me"
    assert cell("a|b\n[x](https://y) `c` \\| @me") == expected


@some
@given(text=hostile)
def test_a_cell_stays_one_cell_and_shows_the_words(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(text)} | end |\n"
    html = pyromark.html(table, options=pyromark.Options.ENABLE_TABLES)
    assert html.count("<td>") == 2
    assert html.count("<td>end</td>") == 1
    assert "<a " not in html.replace('<a href="http', "")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "  =1", "\n=1", "\tx", "\rx", "\uff1d1", "\u00a0=1"])
def test_no_spreadsheet_calculates_a_cell(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "'=1", "1-2", "Ana", "a\n=1"])
def test_other_cells_are_left_alone(text: str) -> None:
    assert csv_cell(text) == text


@some
@given(text=hostile.filter(lambda text: "\x00" not in text))
def test_a_row_of_csv_comes_back_whole(text: str) -> None:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerow([csv_cell(plain(text)), "end"])
    assert next(csv.reader(io.StringIO(sheet.getvalue(), newline=""))) == [csv_cell(plain(text)), "end"]


def test_wordings_that_count_as_the_same_have_one_digest() -> None:
    assert digest("Add  Retries!") == digest("add retries") != digest("add a retry")
    assert len(digest("\ud800")) == 16
