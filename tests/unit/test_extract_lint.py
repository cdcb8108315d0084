"""What `pmtrack lint` asks of action items, in every form that it prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pmtrack.cli.lint import run
from pmtrack.documents.lint import RULES, is_vague, lint
from pmtrack.errors import ConfigError

_HEAD = "# Outage\n\n**Date of incident:** 2026-05-04\n\n## Impact\n\nAll of it.\n\n## Root cause\n\nA bug.\n\n"
_FULL = "(Owner: Anna, Due: 2026-06-01)"


def _rules(items: str, off: tuple[str, ...] = ()) -> list[str]:
    return [one.rule for one in lint(f"{_HEAD}## Action items\n\n{items}".encode(), "a.md", off)]


@pytest.mark.parametrize(
    ("item", "rules"),
    [
        (f"- [ ] Alert when the queue is full {_FULL}", []),
        ("- [ ] Alert when the queue is full (Due: 2026-06-01)", ["no-owner"]),
        ("- [ ] Alert when the queue is full (Owner: Platform team, Due: 2026-06-01)", ["role-owner"]),
        ("- [ ] Alert when the queue is full (Owner: Anna)", ["no-due-date"]),
        ("- [ ] Alert when the queue is full (Owner: Anna, Due: next sprint)", []),
        ("- [ ] Alert when the queue is full (Owner: Anna, Due: 2026-05-01)", ["due-before-incident"]),
        (f"- [ ] Improve monitoring {_FULL}", ["vague"]),
        (f"- [ ] Add an alert; write the runbook {_FULL}", ["several-actions"]),
        (f"- [ ] Add an alert for the queue and document the limits {_FULL}", ["several-actions"]),
        (f"- [ ] Review and update the runbook for failing over {_FULL}", []),
        ("- [x] Improve monitoring", []),
        ("", ["no-action-item"]),
        ("None.", []),
    ],
)
def test_a_rule_asks_for_one_thing(item: str, rules: list[str]) -> None:
    """Nothing of work that is done; nothing where a document says that there is nothing to do."""
    assert _rules(item) == rules


def test_a_date_that_may_be_two_days_is_asked_about() -> None:
    """The day is not guessed."""
    text = "# Outage\n\n## Action items\n\n- Alert when the queue is full (Owner: Anna, Due: 02/03/2026)\n"
    assert [one.rule for one in lint(text.encode())] == ["ambiguous-date"]


def test_two_places_that_contradict_each_other_are_asked_about() -> None:
    """The richer place is the one that is named."""
    table = "| Action item | Owner | Due | Status |\n|---|---|---|---|\n| Check exports | Anna | 2026-06-01 | Open |\n"
    found = lint(f"{_HEAD}## Action items\n\n- [x] Check exports\n\n## State\n\n{table}".encode())
    assert [(one.rule, one.line) for one in found] == [("contradicting-status", 21)]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_that_is_off_is_silent(rule: str) -> None:
    """Each by its name."""
    items = "- [ ] Improve monitoring\n- [ ] Add an alert; write a page (Owner: Ops, Due: 2026-05-01)\n"
    assert rule in RULES
    assert rule not in _rules(items, (rule,)) + _rules("", (rule,))


def test_what_is_no_postmortem_or_no_more_than_a_template_is_left_alone() -> None:
    """A page without the parts of a postmortem; placeholders for a title."""
    assert lint(b"# How we work\n\n## Rules\n\n- Be kind\n") == []
    assert lint(b"# [Incident title]\n\n## Impact\n\n## Root cause\n\n## Action items\n\n- [ ] Add it\n") == []


@pytest.mark.parametrize(
    ("title", "vague"),
    [
        *(("Improve monitoring", True), ("Enhance communication", True), ("Be more careful with deploys", True)),
        *(("Monitoring verbessern", True), ("Mejorar la documentación", True), ("監視を強化する", True)),
        *(("Améliorer la surveillance", True), ("Улучшить мониторинг", True), ("优化流程", True)),
        *(("Improve the p99 to 200 ms", False), ("Improve alerts so that a full disk pages", False)),
        *(
            ("Alert on a full disk", False),
            ("Write a checklist for the code review", False),
            ("Review `limits`", False),
        ),
    ],
)
def test_a_wish_is_no_action(title: str, vague: bool) -> None:
    """In any language; a number or a condition makes it measurable."""
    assert is_vague(title) is vague


@pytest.fixture
def document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A postmortem with one problem, in the folder of the run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PMTRACK_CONFIG", raising=False)
    path = Path("post mortem.md")
    path.write_text(f"{_HEAD}## Action items\n\n- [ ] Alert when the queue is full (Owner: Anna)\n", encoding="utf-8")
    return path


def test_text_names_file_line_and_rule(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, and exit code 4."""
    assert run([document], "text", [], None) == 4
    [line] = capsys.readouterr().out.splitlines()
    assert line.startswith('post mortem.md:15: no-due-date: "Alert when the queue is full" has no due date')


def test_json_is_a_list_of_objects(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what the text says, in fields."""
    run([document], "json", [], None)
    [row] = json.loads(capsys.readouterr().out)
    assert row["message"].startswith('"Alert when the queue is full" has no due date')
    assert {key: row[key] for key in ("path", "line", "rule", "title")} == {
        "path": "post mortem.md",
        "line": 15,
        "rule": "no-due-date",
        "title": "Alert when the queue is full",
    }


def test_sarif_has_the_structure_of_the_standard(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What SARIF 2.1.0 asks of a log, a run, its rules and a result, and what code hosts need to place it."""
    run([document], "sarif", [], None)
    log: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    [only] = log["runs"]
    driver = only["tool"]["driver"]
    assert driver["name"] == "pmtrack"
    assert [rule["id"] for rule in driver["rules"]] == list(RULES)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])
    [result] = only["results"]
    assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "no-due-date"
    assert result["level"] in ("none", "note", "warning", "error")
    assert result["message"]["text"]
    [place] = result["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "post%20mortem.md"
    assert place["physicalLocation"]["region"] == {"startLine": 15}


def test_rules_are_switched_off_by_the_configuration_and_the_command(document: Path) -> None:
    """The rest of the configuration need not be there."""
    assert run([document], "text", ["no-due-date"], None) == 0
    Path("pmtrack.toml").write_text('[lint]\noff = ["no-due-date"]\n', encoding="utf-8")
    assert run([document], "text", [], None) == 0


@pytest.mark.parametrize(
    "table", ['[lint]\noff = ["no-such"]\n', '[lint]\noff = "no-owner"\n', "lint = 3\n", "[lint\n"]
)
def test_a_mistake_in_the_configuration_is_said(document: Path, table: str) -> None:
    """With the place of it."""
    Path("pmtrack.toml").write_text(table, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"pmtrack\.toml"):
        run([document], "text", [], None)


def test_a_document_that_cannot_be_read_is_an_error(document: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the others are read all the same."""
    assert run([Path("gone.md"), document], "text", [], None) == 1
    said = capsys.readouterr()
    assert "gone.md" in said.err
    assert "no-due-date" in said.out
