"""Every form of a digest and of reminders against a file in `tests/golden/digest`.

After a wanted change: `PMTRACK_GOLDEN=1 pytest THIS`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pmtrack.documents import normal_priority
from pmtrack.model import Event, Snapshot
from pmtrack.reports.build import build
from pmtrack.reports.channels import MailServer, Message
from pmtrack.reports.channels.mail import written
from pmtrack.reports.digest import compose, material
from pmtrack.reports.digest_forms import FORMS, as_chat, as_comment, as_html, as_markdown, as_text
from pmtrack.reports.digest_letter import Letter
from pmtrack.reports.remind import Reminding, Rounds
from pmtrack.reports.repeat import repeats
from support.rows import DIRECTORY, DOCUMENT, TODAY, everything, history, linked

GOLDEN = Path(__file__).parent.parent / "golden" / "digest"
ADDRESS = "https://docs.acme.example/{}"


def letter() -> Letter:
    """Everything that a digest can tell."""
    other = replace(DOCUMENT, path="2026/second.md", title="Checkout refused cards again")
    ref = linked(line=22).link
    assert ref
    assert ref.ref
    there = replace(ref.ref, key="#22", url="https://board.acme.example/22")
    rows = (
        *everything().rows,
        linked("Add an alert on refusals", line=22, document=other, link={"ref": there}),
        linked("Sleep on it", line=23, due=date(2026, 11, 5)),
        linked("Buy a bigger boat", line=24),
    )
    said = Event(
        datetime(2026, 11, 20, 9, tzinfo=UTC), "I23", "decided", after="snooze 2026-12-24", evidence="vacation"
    )
    events = (*history(), said, replace(said, ident="I24", after="cancel", evidence="no boat"))
    snapshot = replace(everything(), rows=rows)
    report = build(snapshot, TODAY, normal_priority=normal_priority, directory=DIRECTORY, history=events)
    given = replace(
        material(report, events), repeats=repeats(report.rows), address=lambda row: ADDRESS.format(row.postmortem)
    )
    return compose(given)


def reminders() -> Letter:
    report = build(everything(), TODAY, normal_priority=normal_priority, directory=DIRECTORY)
    how = Reminding((7, 3), 1, 14, ("mailto:ana@acme.example",), ("mailto:ana@acme.example",))
    found = Rounds({"": how}, DIRECTORY, address=lambda row: ADDRESS.format(row.postmortem)).letter(
        report, "mailto:ana@acme.example", TODAY - timedelta(days=6), TODAY
    )
    assert found
    return found


def mail(given: Letter) -> str:
    """The whole mail, but for the marks between its parts, which are made up anew each time."""
    message = Message(given, "2026-W47", datetime(2026, 11, 21, 8, tzinfo=UTC))
    made = written("ana@acme.example", message, MailServer("mail.acme.example", 587, "pmtrack@acme.example"))
    made.set_boundary("=-=")
    return made.as_bytes().decode("ascii").replace("\r\n", "\n")


SURFACES: Mapping[str, Callable[[], str]] = {
    "digest.md": lambda: as_markdown(letter()),
    "digest.txt": lambda: as_text(letter()),
    "digest.html": lambda: as_html(letter()),
    "digest.eml": lambda: mail(letter()),
    "digest.json": lambda: FORMS["json"](letter()),
    "comment.md": lambda: as_comment(letter()),
    "chat.txt": lambda: as_chat(letter()) + "\n",
    "reminders.txt": lambda: as_text(reminders()),
    "reminders.html": lambda: as_html(reminders()),
}


@pytest.mark.parametrize("name", SURFACES)
def test_a_form_looks_as_it_was_agreed(name: str) -> None:
    file, text = GOLDEN / name, SURFACES[name]()
    if os.environ.get("PMTRACK_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_every_file_belongs_to_a_form() -> None:
    assert {file.name for file in GOLDEN.iterdir()} == set(SURFACES)


@pytest.mark.parametrize("form", [as_markdown, as_text, as_html, as_comment, as_chat])
def test_a_form_of_nothing_is_whole(form: Callable[[Letter], str]) -> None:
    report = build(Snapshot(), TODAY, normal_priority=normal_priority)
    text = form(compose(material(report, ())))
    assert "Action items, week 47 of 2026" in text
    assert "None" not in text


class _Page(HTMLParser):
    """Whether every tag is closed in its turn."""

    OPEN = frozenset({"meta", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.OPEN:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


@pytest.mark.parametrize("made", [letter, reminders])
def test_the_page_of_a_mail_is_whole_and_asks_nothing_of_its_reader(made: Callable[[], Letter]) -> None:
    text = as_html(made())
    page = _Page()
    page.feed(text)
    assert page.stack == []
    assert not re.search(r"<(script|img|link|style|iframe|form)|url\(|position:|@media", text)
    assert set(re.findall(r'href="([^"]{8})', text)) == {"https://"}
