"""The inside of the report block: what it says, when it changes, and that nobody's words act in it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date, timedelta

import pyromark
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Row, State, Status
from pmtrack.reports import Report, ReportRow, block, for_document, review_on
from pmtrack.reports.block import STATE_WORDS, width
from pmtrack.reports.words import in_bullet, in_cell
from pmtrack.reports.words import linked as link_to
from support.rows import DOCUMENT, TODAY, conflict, everything, linked, report, row

GITHUB = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH | pyromark.Options.ENABLE_TASKLISTS

HOSTILE = [
    "@everyone, fixes #1 & GH-2",
    "<!-- pmtrack:end --><script>alert(1)</script>",
    "a | b | c",
    "![pixel](https://x.example/p.png) [x](javascript:alert(1))",
    "`unclosed and \\| escaped \\",
    "[ ] a box, [x] another",
    "# a heading",
    "- a list, 1. in 2) lists",
    "1. first",
    "> a quote",
    "--- *** ___",
    "__init__.py and **bold** and ~~struck~~ and *it*",
    "two\nlines\r\nand\u2028three",
    "\x1b[31mred\x07 \u202eevil",
    "```sh",
    "&lt;b&gt; &#64;ana &vert;",
    "[ref]: javascript:alert(1)",
    "",
]

TAGS = {"p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "a"}
"""What the block itself is made of."""


def of(*rows: Row, today: date = TODAY) -> Report:
    return for_document(report(*rows, today=today), "pm", DOCUMENT.path)


def url_of(made: ReportRow) -> str | None:
    return made.ticket.url if made.ticket else None


def said(*rows: Row, today: date = TODAY) -> str:
    return block(of(*rows, today=today), url_of)


def rendered(text: str) -> str:
    return pyromark.html(text, options=GITHUB)


def test_progress_names_what_there_is_and_nothing_else() -> None:
    assert said(row(due=None), row(line=11, status=Status.DONE)).splitlines()[0] == (
        "**Action items:** 1 of 2 done · 1 without due date"
    )
    assert said(*everything().rows).splitlines()[0] == (
        "**Action items:** 1 of 9 done · 1 in progress · 3 overdue · 1 cancelled · 1 held · 2 failed"
        " · 1 without owner · 1 without due date"
    )


def test_a_document_without_items_gets_no_table() -> None:
    assert said() == "**Action items:** 0 of 0 done\n"


@pytest.mark.parametrize(
    "trouble",
    [
        row(status=Status.OPEN, due=date(2026, 1, 1)),
        row(problems=("two actions in one line",)),
        linked(conflicts=(conflict("I10"),)),
        linked(link={"error": "the board said no: mend it"}),
        linked(link={"gone": True}),
    ],
)
def test_what_somebody_should_look_at_is_said(trouble: Row) -> None:
    calm = said(linked())
    assert set(said(trouble).splitlines()) - set(calm.splitlines())
    assert len(said(trouble)) > len(calm)


def test_problems_that_the_table_shows_are_not_repeated_below() -> None:
    text = said(row(owners=(), due=None, problems=("no owner", "no due date", "two actions in one line")))
    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- Alert on refusals: two actions in one line"
    ]
    assert "| nobody |" in text


def test_every_state_without_an_issue_has_a_word() -> None:
    for state, words in STATE_WORDS.items():
        assert state in set(State)
        assert words


def test_it_becomes_overdue_once_and_counts_no_days() -> None:
    due = date(2026, 11, 20)
    texts = [said(linked(due=due), today=due + timedelta(days=days)) for days in (-9, 0, 1, 2, 400)]
    assert texts[0] == texts[1]
    assert texts[2] == texts[3] == texts[4]
    assert "overdue since 2026-11-21" in texts[2]
    assert "overdue" not in texts[0]


days = st.one_of(st.none(), st.integers(-20, 20).map(lambda number: TODAY + timedelta(days=number)))
items = st.lists(st.tuples(days, st.sampled_from(Status)), max_size=5)


@given(items=items, later=st.integers(1, 25))
@settings(deadline=None, derandomize=True, max_examples=150)
def test_nothing_changes_by_itself_before_the_day_of_review(
    items: list[tuple[date | None, Status]], later: int
) -> None:
    rows = [row(line=line, due=due, status=status) for line, (due, status) in enumerate(items)]
    review = review_on(of(*rows))
    then = TODAY + timedelta(days=later)
    if review is None or then < review:
        assert said(*rows, today=then) == said(*rows)
    else:
        assert said(*rows, today=review) != said(*rows, today=review - timedelta(days=1))


def test_a_date_at_the_end_of_the_calendar_is_never_reviewed() -> None:
    assert review_on(of(row(due=date.max))) is None
    assert review_on(of(row(due=date.max), row(line=11, due=TODAY))) == TODAY + timedelta(days=1)


@given(gaps=st.lists(st.integers(1, 50), min_size=3, max_size=3), start=st.integers(1, 900))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_moved_lines_change_nothing(gaps: list[int], start: int) -> None:
    lines = [start, start + gaps[0], start + gaps[0] + gaps[1]]
    due = date(2026, 11, 1)
    before = [row("One", line=10, ident="A"), row("Two", line=11, ident="B", due=due), row("Three", line=12, ident="C")]
    after = [
        replace(stored, known=replace(stored.known, item=replace(stored.known.item, line=line)))
        for stored, line in zip(before, lines, strict=True)
    ]
    assert said(*before) == said(*after)


@pytest.mark.parametrize("words", HOSTILE)
def test_nobodys_words_act_in_the_block(words: str) -> None:
    stored = linked(words, owners=(words,), priority=words, link={"error": words}, key=words or "#1")
    text = said(stored)
    page = rendered(text)
    assert page.count("<tr>") == 2
    assert page.count("<td>") == page.count("<th>") == 6
    assert set(re.findall(r"<(\w+)", page)) <= {
        "p",
        "strong",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
        "a",
    }
    assert page.count("<strong>") == 1
    assert all(href.startswith("issues/") for href in re.findall(r'href="([^"]*)"', page))
    assert not re.search(r"(?:@|#|GH-)\w", html.unescape(re.sub(r"\]\(\S*\)", "]", text)))


@given(words=st.text(st.sampled_from("ab1 #@|\\`[]()<>!*_~-+.=&;:/\n\"'é漢"), max_size=40))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_words_are_shown_as_they_are(words: str) -> None:
    """Nothing is emphasised, linked or swallowed: what a reader sees is what was written, on one line."""
    page = rendered(f"| a | b |\n| - | - |\n| {in_cell(words)} | end |\n")
    seen = re.findall(r"<td>(.*?)</td>", page)
    assert seen[1] == "end"
    assert html.unescape(seen[0]).replace("\u200b", "") == " ".join(words.split())


@given(words=st.text(st.sampled_from("ab12 #>+-*=.)~_|"), max_size=12))
@settings(deadline=None, derandomize=True, max_examples=300)
def test_words_at_the_start_of_a_bullet_open_nothing(words: str) -> None:
    page = rendered(f"- {in_bullet(words)}: end\n")
    assert (
        html.unescape(page).replace("\n", "").replace("\u200b", "")
        == f"<ul><li>{' '.join(words.split())}: end</li></ul>"
    )


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://github.com/acme/shop/issues/12", "https://github.com/acme/shop/issues/12"),
        ("../issues/0007-x.md", "../issues/0007-x.md"),
        ("issues/a (b) c.md", "issues/a%20%28b%29%20c.md"),
        ("issues/50%25.md", "issues/50%25.md"),
        ("https://x.example/?a=1&b=~2#top", "https://x.example/?a=1&b=~2#top"),
        ("javascript:alert(1)", None),
        ("java\nscript:alert(1)", None),
        (" JavaScript:alert(1)", None),
        ("data:text/html,x", None),
        ("issues/&#64;.md", "issues/&#64%3B.md"),
        ("//[broken", None),
        ("", None),
        (None, None),
    ],
)
def test_a_link_leads_to_the_web_or_to_a_file(url: str | None, target: str | None) -> None:
    assert link_to("7", url) == (f"[7]({target})" if target else "7")


@pytest.mark.parametrize(
    ("words", "columns"),
    [
        ("abc", 3),
        ("", 0),
        ("漢字", 4),
        ("안녕하세요", 10),
        ("古池や", 6),
        ("é", 1),
        ("e\u0301", 1),
        ("あいう★", 7),
        ("👍", 2),
        ("👍🏽", 2),
        ("✅ done", 7),
        ("🛠\ufe0f", 2),
        ("1\ufe0f\u20e3", 2),
        ("👩\u200d👩\u200d👧", 2),
        ("@\u200bana", 5),
    ],
)
def test_columns_are_counted_as_prettier_counts_them(words: str, columns: int) -> None:
    assert width(words) == columns


@given(titles=st.lists(st.text(st.sampled_from("ab 漢é|@👍_"), max_size=12), min_size=1, max_size=4))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_the_table_is_padded_to_straight_columns(titles: list[str]) -> None:
    text = said(*(row(title, line=line) for line, title in enumerate(titles)))
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len({width(line) for line in table}) == 1
    assert set(table[1]) == set("| -")
    assert len({tuple(at for at, sign in enumerate(line) if sign == "|") for line in table if line.isascii()}) == 1


def test_a_key_cannot_lead_elsewhere() -> None:
    page = rendered(link_to("[go](https://evil.example)", "issues/7.md"))
    assert re.findall(r'href="([^"]*)"', page) == ["issues/7.md"]
