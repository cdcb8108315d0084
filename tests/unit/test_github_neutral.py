"""A hostile postmortem makes an issue that calls nobody and touches nothing."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Draft, Fields, Marker
from pmtrack.text import ZERO_WIDTH as ZW
from pmtrack.trackers import body
from pmtrack.trackers.github.neutral import neutral, title

SHA = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
PIECES = [
    "@org/team", "@lisa", "#123", "GH-1", "gh-22", "org/repo#1", "fixes #1", "Closes: #2", SHA, SHA[:7], f"lisa@{SHA}",
    f"org/repo@{SHA[:8]}", "<script>", "<img src=x>", "<!-- pmtrack:item v1 a b c -->", "-->", "![x](https://x.example/y)",
    "https://github.com/org/repo/issues/1", "http://www.github.com/org/repo/pull/2", "[x](https://github.com/o/r/issues/3)",
    "&#64;lisa", "&commat;lisa", "&num;1", "[x](javascript:alert)", "\x1b[31m", "\x00", "\u202e", "\u2028", "\\@lisa",
    "\\#1", "```", "~~~", "- [ ] #4", "`", "**", "_", "|", "\n", " ", "a", "1", "/", "x" * 300,
]  # fmt: skip
hostile = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=20).map("".join)
some = settings(max_examples=300, deadline=None, derandomize=True)

# What GitHub acts on in rendered text (docs.github.com, "Autolinked references and URLs" and "Mentioning people").
ACTS = (
    re.compile(r"@[A-Za-z0-9]"),
    re.compile(r"#\d"),
    re.compile(r"\bGH-\d", re.IGNORECASE),
    re.compile(r"(?<![\w/.=-])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}(?!\w)"),
    re.compile(r"//(?:www\.)?github\.com/[\w.-]+/[\w.-]+/(?:issues|pull)/\d"),
)


class Page(HTMLParser):
    """What a browser would show and do."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.comments: list[str] = []
        self.links: list[str] = []
        self.shown: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


def draft(text: str) -> Draft:
    marker = Marker("01J0", "a.md", "d")
    return Draft(marker, Fields(text), text, text, "postmortems", 12, notes=(text, f"Owner as written: {text}"))


@some
@given(text=hostile)
def test_a_rendered_body_acts_on_nothing(text: str) -> None:
    page = Page(pyromark.html(body.markdown(draft(text), neutral=neutral)))
    shown = "".join(page.shown)
    for acts in ACTS:
        assert not [found for words in (*page.shown, *page.links) for found in acts.findall(words)], (acts, shown)
    assert not page.tags & {"img", "script", "iframe", "form", "input"}
    assert page.comments == []
    assert all(re.match(r"(?:https?:|unsafe:|[^:]*$)", link) for link in page.links)


@some
@given(text=hostile)
def test_a_title_acts_on_nothing(text: str) -> None:
    line = title(text)
    assert 0 < len(line) <= 256
    assert line == line.strip()
    assert len(line.splitlines()) == 1
    assert not [acts for acts in ACTS if acts.search(line)]
    assert title(line) == line


@some
@given(text=hostile)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert neutral(neutral(text)) == neutral(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see 0a1b2c3", f"see 0a1b2c{ZW}3"),
        ("0a1b2c3d4e5f6071", f"0a1b2c{ZW}3d4e5f{ZW}6071"),
        ("deadbeef and 20261201 and 1234567", "deadbeef and 20261201 and 1234567"),
        ("v1.2.3-0a1b2c3", "v1.2.3-0a1b2c3"),
        ("https://github.com/o/r/issues/1", "https://redirect.github.com/o/r/issues/1"),
        ("https://github.com/o/r/pull/1.", "https://redirect.github.com/o/r/pull/1."),
        ("https://github.com/o/r", "https://github.com/o/r"),
        ("https://redirect.github.com/o/r/issues/1", "https://redirect.github.com/o/r/issues/1"),
        ("https://x.example/github.com/o/r/issues/1", "https://x.example/github.com/o/r/issues/1"),
    ],
)
def test_what_becomes_of_it(text: str, expected: str) -> None:
    assert neutral(text) == expected


def test_a_server_of_ones_own_has_no_redirect() -> None:
    text = "https://git.acme.example/o/r/issues/1 https://github.com/o/r/issues/1"
    expected = f"https://{ZW}git.acme.example/o/r/issues/1 https://redirect.github.com/o/r/issues/1"
    assert neutral(text, "git.acme.example") == expected


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "\u200b\u200d ", "\x00", "\ufeff"])
def test_nothing_to_see_is_no_title(text: str) -> None:
    assert title(text) == "Untitled"


@pytest.mark.parametrize("piece", ["a1", "0a1b2c3", "https://github.com/", "https://github.com/a/", "@#", "-a1"])
def test_time_is_linear(piece: str) -> None:
    start = time.process_time()
    neutral(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 1.5


def test_a_link_only_body_repeats_nothing() -> None:
    text = body.markdown(draft("secret words"), full=False)
    assert "secret" not in text
    assert "`a.md`, line 12" in text


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("Acme-Internal and acme-internals", ["acme-internal"], "█████ and █████s"),
        ("a.b axb", ["a.b"], "█████ axb"),
        ("abc", ["ab", "abc"], "█████"),
        ("abc", ["", " "], "abc"),
        ("abc", [], "abc"),
    ],
)
def test_words_can_be_blackened(text: str, words: list[str], expected: str) -> None:
    assert body.redacted(text, words) == expected
