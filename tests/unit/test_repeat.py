"""Repeat work: the same action in several postmortems is found, and nothing else is."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from datetime import date
from itertools import accumulate
from pathlib import Path

import pytest

from pmtrack.documents import extract
from pmtrack.model import State, Status
from pmtrack.reports import render
from pmtrack.reports.repeat import Repeat, as_objects, as_text, repeats
from pmtrack.reports.values import ReportRow
from support.rows import DOCUMENT, linked, report

TODAY = date(2026, 11, 21)


def asked(
    text: str, postmortem: str = "a.md", *, line: int = 1, status: Status = Status.OPEN, **more: object
) -> ReportRow:
    made = ReportRow(
        id=f"{postmortem}:{line}", source="pm", postmortem=postmortem, postmortem_title="", line=line, text=text,
        status=status, owners=(), priority=None, due=None, due_source=None, overdue_days=0, ticket=None,
        state=State.LINKED, began=date(2026, 3, 2),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def found(*texts: str) -> list[set[str]]:
    """The groups, where each text stands in a postmortem of its own."""
    rows = [asked(text, f"{at}.md") for at, text in enumerate(texts)]
    return [{row.text for row in one.rows} for one in repeats(rows)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alert on card refusals", "alert on CARD refusals!"),
        ("Alert on card refusals", "Add an alert for refused cards"),
        ("Rotate the gateway certificates automatically", "Automate rotation of the gateway certificate"),
        ("Write a runbook for the payment queue", "Write the payment queue runbook"),
        ("古い鍵を消して新しい鍵に替える手順を書く", "古い鍵を消して新しい鍵に替える手順を書く。"),
    ],
)
def test_the_same_action_in_other_words_is_found(one: str, other: str) -> None:
    assert found(one, other) == [{one, other}]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alert on card refusals", "Alert on queue length"),
        ("Write a runbook for the payment queue", "Write a runbook for the mail server"),
        ("Write a runbook for the payment queue", "Test the runbook of the mail queue"),
        ("Raise the limit of region 1 to 200", "Raise the limit of region 2 to 400"),
        ("Monitoring", "Monitoring"),  # a field, not an action
        ("Review the architecture with the database team", "Review the on-call rota with the support team"),
    ],
)
def test_another_action_is_not(one: str, other: str) -> None:
    assert found(one, other) == []


def test_one_postmortem_does_not_repeat_itself() -> None:
    assert repeats([asked("Alert on card refusals", line=1), asked("Alert on card refusals", line=2)]) == ()


def test_it_is_told_how_often_since_when_and_whether_it_was_ever_done() -> None:
    rows = [
        asked("Alert on card refusals", f"{name}.md", began=date(2026, month, 9))
        for name, month in zip("cab", (5, 3, 9), strict=True)
    ]
    (one,) = repeats(rows)
    assert [row.postmortem for row in one.rows] == ["a.md", "c.md", "b.md"]
    assert one.sentence(TODAY) == "asked for 3 times since March, never done"
    (one,) = repeats([*rows[:2], replace(rows[2], status=Status.DONE)])
    assert one.sentence(TODAY) == "asked for 3 times since March, done once"
    assert one.sentence(date(2027, 11, 21)) == "asked for 3 times since March 2026, done once"
    assert one.waiting
    assert not Repeat(tuple(replace(row, status=Status.DONE) for row in one.rows), None).waiting


def test_what_is_asked_for_most_comes_first() -> None:
    rows = [asked("Alert on card refusals", f"{at}.md") for at in range(2)]
    rows += [asked("Rotate the gateway certificate", f"{at}.md", line=2) for at in range(3)]
    assert [one.times for one in repeats(rows)] == [3, 2]


def test_json_names_the_items() -> None:
    rows = [asked("Alert on card refusals", "a.md"), asked("Alert on card refusals", "b.md")]
    (one,) = json.loads(json.dumps(as_objects(repeats(rows), TODAY)))
    assert (one["times"], one["since"], one["done"]) == (2, "2026-03-02", 0)
    assert one["items"] == ["a.md:1", "b.md:1"]
    assert one["postmortems"] == ["pm:a.md", "pm:b.md"]


def test_text_tells_what_is_still_to_be_done() -> None:
    rows = [asked("Alert on card refusals", "a.md"), asked("Alert on card refusals", "b.md")]
    rows += [asked("Rotate the gateway certificate", f"{at}.md", line=2, status=Status.DONE) for at in range(3)]
    assert as_text(repeats(rows), TODAY) == (
        "\nAsked for again and again\n"
        "Alert on card refusals (asked for 2 times since March, never done: pm:a.md, pm:b.md)\n"
    )
    assert as_text((), TODAY) == ""
    many = [asked(f"Alert on {chr(97 + at) * 6} refusals", f"{name}.md") for at in range(12) for name in "ab"]
    assert as_text(repeats(many), TODAY).endswith("\nand 2 more\n")


def test_fifty_thousand_items_take_seconds() -> None:
    """Words as often as in writing (Zipf); a tenth of the titles is asked for again."""
    chance = random.Random(1)
    words = [f"{chance.randrange(16**6):06x}" for _ in range(4000)]
    weights = list(accumulate(1 / (rank + 5) for rank in range(len(words))))
    titles = [" ".join(chance.choices(words, cum_weights=weights, k=chance.randint(4, 9))) for _ in range(45_000)]
    titles += chance.choices(titles, k=5_000)
    rows = [asked(title, f"{at}.md") for at, title in enumerate(titles)]
    began = time.process_time()
    assert len(repeats(rows)) > 4_000
    assert time.process_time() - began < 20  # 3 s on an idle machine


TRUE = frozenset({("000.md", 131, "002.md", 65)})
"""Pairs of the corpus that a careful reader takes for the same action, by document and line."""


def test_few_pairs_of_real_postmortems_are_found_wrongly(shared: Path) -> None:
    """Of some 63,000 pairs across 56 documents of different companies: none that is not the same action."""
    rows = []
    for path in sorted((shared / "corpus").rglob("*.md")):
        postmortem = extract(path.read_bytes(), path.name)
        rows += [asked(item.fields.title, path.name, line=item.line) for item in postmortem.items]
    pairs = {
        (one.postmortem, one.line, other.postmortem, other.line)
        for group in repeats(rows)
        for at, one in enumerate(group.rows)
        for other in group.rows[at + 1 :]
        if one.postmortem != other.postmortem
    }
    assert len(rows) > 300
    wrong = pairs - TRUE
    print(f"{len(pairs)} pairs found among {len(rows)} items, {len(wrong)} of them wrongly")
    assert len(wrong) <= len(pairs) / 4, sorted(wrong)
    assert pairs >= TRUE


def test_the_page_shows_what_is_asked_for_again_and_again() -> None:
    words = "Rotate <b>keys</b> of the gateway"
    rows = (linked(words), linked(words, line=11, document=replace(DOCUMENT, path="2026/later.md")))
    told = render(report(*rows), "html").partition("Asked for again and again")[2].partition("</section>")[0]
    assert "Rotate &lt;b&gt;keys&lt;/b&gt; of the gateway" in told
    assert "asked for 2 times" in told
    assert "again and again" not in render(report(rows[0]), "html")
