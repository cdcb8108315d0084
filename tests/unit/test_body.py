"""What stands in a new issue: our words or the team's, and nothing in them that a document could smuggle in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, Fields, Marker, Status
from pmtrack.trackers.body import LIMIT, markdown, template

FIELDS = Fields("Add retries", Status.OPEN, ("ana", "@acme/ops"), "P1", date(2026, 12, 1))
DRAFT = Draft(
    Marker("I1", "2026/a.md", "d"), FIELDS, "Add retries", "Checkout outage", "postmortems", 12, ("Due: soon",)
)
LINK = "https://wiki.acme.example/2026/a.md#L12"


def test_it_names_the_postmortem_and_its_line() -> None:
    assert (
        markdown(DRAFT) == "Add retries\n\nFrom the postmortem Checkout outage (`2026/a.md`, line 12).\n\nDue: soon\n"
    )


def test_it_leads_to_the_line_where_the_source_has_an_address() -> None:
    assert f"Checkout outage ([`2026/a.md`, line 12]({LINK}))." in markdown(replace(DRAFT, link=LINK))


def test_a_link_only_body_repeats_no_word_of_the_document() -> None:
    text = markdown(replace(DRAFT, link=LINK), full=False)
    assert text == f"From the postmortem ([`2026/a.md`, line 12]({LINK})).\n"


EVERYTHING = (
    "{{ words }}|{{ postmortem }}|{{ path }}|{{ line }}|{{ link }}|{{ owners | join(', ') }}|{{ priority }}|{{ due }}"
    "{% for note in notes %}|{{ note }}{% endfor %}"
)


def _template(folder: Path, text: str | bytes) -> Path:
    file = folder / "issue.md.j2"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_a_team_has_its_own_words(tmp_path: Path) -> None:
    found = template(_template(tmp_path, EVERYTHING))
    text = markdown(replace(DRAFT, link=LINK), template=found)
    wanted = f"Add retries|Checkout outage|2026/a.md|12|{LINK}|ana, @\u200bacme/ops|P1|2026-12-01|Due: soon"
    assert text == wanted


def test_a_link_only_body_gives_a_template_no_word_either(tmp_path: Path) -> None:
    text = markdown(replace(DRAFT, link=LINK), full=False, template=template(_template(tmp_path, EVERYTHING)))
    assert text == f"||2026/a.md|12|{LINK}|||"


def test_the_words_of_a_document_are_no_template(tmp_path: Path) -> None:
    evil = replace(DRAFT, words="{{ line }} {% for x in [1] %} @acme/ops <!-- pmtrack:item", postmortem="#1")
    text = markdown(evil, template=template(_template(tmp_path, "{{ words }} {{ postmortem }}")))
    assert text == "{{ line }} {% for x in [1] %} @\u200bacme/ops <\u200b!-- pmtrack:item #\u200b1"


def test_a_template_cannot_fill_a_tracker(tmp_path: Path) -> None:
    found = template(_template(tmp_path, "{% for n in range(90000) %}{{ words }}{% endfor %}"))
    assert len(markdown(DRAFT, template=found)) == LIMIT


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ words", "is no template: line 1: unexpected end of template"),
        ("\n{% for note in %}", "is no template: line 2: "),
        ("{{ wrods }}", "cannot be filled in: 'wrods' is undefined"),
        ("{{ 1 / 0 }}", "cannot be filled in: division by zero"),
        (
            "{{ words.__class__.__mro__ }}",
            "cannot be filled in: access to attribute '__class__' of 'str' object is unsafe",
        ),
        ("{% include 'x' %}", "cannot be filled in: no loader for this environment specified"),
        (b"\xff", "is not UTF-8: save it as that"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str | bytes, says: str) -> None:
    file = _template(tmp_path, text)
    with pytest.raises(TrackerError) as caught:
        template(file)
    assert str(caught.value).startswith(f"the template {file} {says}")
    assert caught.value.permanent


def test_a_template_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TrackerError, match=r"none.j2 cannot be read .No such file or directory.: name a file beside"):
        template(tmp_path / "none.j2")
