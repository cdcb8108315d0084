"""Relative deadlines, priorities, dates, and what holds for the whole document."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from pmtrack.documents import as_json, extract, extractor, horizon_due, normal_priority

_BASE = date(2026, 11, 18)  # a Wednesday
_PLACEHOLDERS = ["# Review: [Incident Title]\n", "# R\n**Date**: YYYY-MM-DD\n", "# R of <incident>\n"]
_CORPUS = Path(__file__).parents[3] / "shared" / "corpus"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Immediate (Next 24 hours)", "2026-11-19"),
        ("Next week", "2026-11-25"),
        ("Short-term (This Month)", "2026-11-30"),
        ("Long-term (This Quarter)", "2026-12-31"),
        ("Immediate (This Week)", "2026-11-22"),
        ("Long-term (Next month)", "2026-12-18"),
        ("within 30 days", "2026-12-18"),
        ("1 week", "2026-11-25"),
        ("2-3 weeks", "2026-12-09"),
        ("two weeks", "2026-12-02"),
        ("by end of Q3 2027", "2027-09-30"),
        ("Target: Q4 2026 - Q1 2027", "2027-03-31"),
        ("Q1", "2027-03-31"),
        ("next sprint", "2026-12-02"),
        ("end of year", "2026-12-31"),
        ("by Friday", "2026-11-20"),
        ("end of January", "2027-01-31"),
        ("today", "2026-11-18"),
        ("December 4", "2026-12-04"),
        ("1 semana", "2026-11-25"),
        ("Próximo sprint", "2026-12-02"),
        ("nächste Woche", "2026-11-25"),
        ("innerhalb von 10 Tagen", "2026-11-28"),
        ("来週", "2026-11-25"),
        ("今月", "2026-11-30"),
        ("2주 이내", "2026-12-02"),
        ("下周", "2026-11-25"),
        ("на следующей неделе", "2026-11-25"),
    ],
)
def test_a_relative_deadline_is_a_day(words: str, day: str) -> None:
    """Counted from the base as the words say."""
    assert horizon_due(words, _BASE) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "words", ["Long-term Actions", "Immediate Actions", "Kurzfristig", "短期対策", "", "soon", "Technical", "-"]
)
def test_words_that_name_no_day_mean_none(words: str) -> None:
    """Nothing is guessed."""
    assert horizon_due(words, _BASE) is None


@pytest.mark.parametrize(
    ("words", "level"),
    [
        *(("P1", "P1"), ("p0", "P0"), ("High", "P1"), ("Critical", "P0"), ("Sev2", "P2"), ("SEV-1", "P1")),
        *(("Hoch", "P1"), ("🔺", "P0"), ("Blocker", "P0"), ("🔽", "P3"), ("P1 (user scope)", "P1"), ("Media", "P2")),
        *(
            ("低", "P3"),
            ("높음", "P1"),
            ("Lowest", "P4"),
            ("Alta", "P1"),
            ("Haute", "P1"),
            ("whenever", None),
            ("", None),
        ),
    ],
)
def test_priorities_have_one_scale(words: str, level: str | None) -> None:
    """P0 to P4 for the words of all languages, None for other words."""
    assert normal_priority(words) == level


@pytest.mark.parametrize(
    ("head", "written", "day"),
    [
        ("# Review\n", "2026-12-01", "2026-12-01"),
        ("# Review\n", "June 30, 2026", "2026-06-30"),
        ("# Review\n", "30 June 2026", "2026-06-30"),
        ("# Review\n", "30. Juni 2026", "2026-06-30"),
        ("# Review\n", "1 de março de 2026", "2026-03-01"),
        ("# Review\n", "24.12.2026", "2026-12-24"),
        ("# Review\n", "2026年3月5日", "2026-03-05"),
        ("# Review\n", "03-MAR-2026", "2026-03-03"),
        ("# Review\n**Date:** 25/02/2026\n", "02/03/2026", "2026-03-02"),
        ("# Review\n**Date:** 02/25/2026\n", "02/03/2026", "2026-02-03"),
        ("# Review\n**Date:** 2026-02-25\n", "02/03/2026", "2026-03-02"),
        ("# Review\n**Date:** 2026-11-02\n", "Dec 24", "2026-12-24"),
        ("# Review\n**Date:** 2026-11-02\n", "Jan 4", "2027-01-04"),
    ],
)
def test_dates_are_read_in_the_forms_of_people(head: str, written: str, day: str) -> None:
    """By form, by the document's other dates, by the incident's date."""
    [item] = extract(f"{head}\n# Action items\n- Alert on load (Due: {written})\n".encode()).items
    assert item.fields.due == date.fromisoformat(day)


def test_a_date_that_may_be_two_days_is_a_problem() -> None:
    """No guess where nothing in the document decides."""
    [item] = extract(b"# Action items\n- Alert on load (Due: 02/03/2026)\n").items
    assert item.fields.due is None
    assert "ambiguous date" in item.problems


def test_problems_name_what_is_to_be_mended() -> None:
    """One short phrase each; nothing is asked of closed work."""
    items = extract(
        b"# Action items\n- [ ] Add an alert\n- [ ] Tune it (Owner: DevOps, Due: 2026-12-01)\n"
        b"- [ ] Write a page; update the list (Owner: Ann, Due: 2026-12-01)\n- [x] Stop it\n"
    ).items
    assert [item.problems for item in items] == [
        ("no owner", "no due date"),
        ("owner is a role, not a person",),
        ("two actions in one line",),
        (),
    ]


def test_the_head_says_what_holds_for_the_whole() -> None:
    """Front matter, header lines and tables."""
    front = b"---\nconfidential: true\ntitle: T\ndate: 2026-11-05\n---\n\n"
    read = extract(front + b"# Tiles down\n\n**Severity:** SEV-2\n**Incident date:** 2026-11-03\n")
    assert (read.title, read.confidential, read.severity) == ("Tiles down", True, "SEV-2")
    assert (read.incident_date, read.written) == (date(2026, 11, 3), date(2026, 11, 5))
    assert not read.is_template


@pytest.mark.parametrize("head", _PLACEHOLDERS)
def test_a_placeholder_in_title_or_dates_makes_a_template(head: str) -> None:
    """Its items are read all the same."""
    read = extract(f"{head}\n# Action items\n- [ ] Add an alert\n".encode())
    assert read.is_template
    assert len(read.items) == 1


def test_the_block_goes_behind_the_list() -> None:
    """Before the next heading or thematic break, or at the end."""
    start = b"# Action items\n\n- [ ] a thing\n\n"
    assert extract(start + b"## Lessons\n").block_at == len(start)
    assert extract(start + b"---\n").block_at == len(start)
    assert extract(start + b"**Lessons learned:**\n\nx\n").block_at == len(start)
    assert extract(start).block_at == len(start)


def test_json_has_the_promised_keys() -> None:
    """What `pmtrack extract --format json` prints of one document."""
    text = b"# R\n**Date:** 2026-11-02\n# Action items\n## Next week\n- [ ] [P2] Add it @a @b (OPS-1)\n"
    item = {
        "line": 5,
        "text": "Add it",
        "status": "open",
        "owner": "@a, @b",
        "due": "2026-11-09",
        "due_source": "horizon",
        "horizon": "Next week",
        "priority": "P2",
        "priority_text": "P2",
        "ticket": "OPS-1",
        "confidence": 0.95,
        "problems": [],
    }
    head = {"path": "r.md", "title": "R", "incident_date": "2026-11-02", "is_template": False}
    assert as_json(extract(text, "r.md")) == {**head, "items": [item]}
    assert re.fullmatch(r"\d+-[0-9a-f]{8}", extractor())


@pytest.mark.skipif(not _CORPUS.is_dir(), reason="the corpus of real postmortems is not here")
def test_the_corpus_of_real_postmortems_is_read(tmp_path: Path) -> None:
    """F1 of 0.96 and more over all documents with labels."""
    command = tmp_path / "read.py"
    command.write_text(
        "import json, sys\nfrom pathlib import Path\nfrom pmtrack.documents import as_json, extract\n"
        "print(json.dumps([as_json(extract(Path(p).read_bytes(), p)) for p in sys.argv[4:]]))\n"
    )
    score = [
        sys.executable,
        _CORPUS / "score.py",
        "--min-f1",
        "0.96",
        "--pmtrack",
        f"{sys.executable} {command}",
        _CORPUS,
    ]
    run = subprocess.run(score, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
