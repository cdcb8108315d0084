"""What is published and how is said once for all sources, and otherwise by the source that wants it otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract.source_suite import Hub
from pmtrack.config import load
from pmtrack.errors import ConfigError
from support.scratch import OUTAGE, Scratch

CONFIG = """\
timezone = "UTC"

[publish]
{shared}

[[sources]]
name = "one"
kind = "git"
remote = "one.git"
branch = "main"
tracker = "board"
[sources.publish]
{own}

[[sources]]
name = "two"
path = "postmortems"
tracker = "board"
{second}

[trackers.board]
kind = "files"
path = "issues"
"""


def scratch_of(folder: Path, shared: str = "", own: str = "", second: str = "") -> Scratch:
    Hub.make(folder / "one.git", {"one.md": OUTAGE.encode()})
    config = CONFIG.format(shared=shared, own=own, second=second)
    return Scratch.make(folder, {"two.md": OUTAGE.replace("Add an alert", "Buy a bell")}, config)


def shown(scratch: Scratch) -> dict[str, str]:
    """Each document as it is now."""
    return {"one": Hub(scratch.folder / "one.git").read("one.md").decode(), "two": scratch.read("two.md")}


def reports(scratch: Scratch) -> list[str]:
    return [name for name, text in shown(scratch).items() if "pmtrack:begin" in text]


@pytest.mark.parametrize(
    ("shared", "own", "second", "expected"),
    [
        ("", "", "", ["one", "two"]),
        ("report = false", "", "", []),
        ("report = false", "report = true", "", ["one"]),
        ("", "report = false", "", ["two"]),
        ('mode = "off"', "", "", ["two"]),
        ('mode = "off"', 'mode = "push"', "", ["one", "two"]),
        ("", "", "publish = { report = false }", ["one"]),
    ],
)
def test_a_source_has_the_last_word(tmp_path: Path, shared: str, own: str, second: str, expected: list[str]) -> None:
    scratch = scratch_of(tmp_path, shared, own, second)
    scratch.sync("--yes")
    assert reports(scratch) == expected


def test_the_items_lines_of_one_source_alone(tmp_path: Path) -> None:
    scratch = scratch_of(tmp_path, "items = true", "items = false")
    scratch.sync("--yes")
    told = shown(scratch)
    assert "runbook for the payment queue (#" in told["two"]
    assert "runbook for the payment queue\n" in told["one"]


def test_the_interval_of_all_sources_and_of_one(tmp_path: Path) -> None:
    scratch = scratch_of(tmp_path, 'min_interval = "2h"')
    source = load(scratch.config).sources[0]
    assert str(source.publish.min_interval) == "2:00:00"
    scratch.sync("--yes")
    issue = scratch.issue("Add an alert")
    issue.write_text(issue.read_text().replace("status: open", "status: done"))
    assert "the next commit is made from" in scratch.sync().out
    scratch.config.write_text(
        scratch.config.read_text().replace("[sources.publish]", '[sources.publish]\nmin_interval = "0s"')
    )
    assert "report   one.md" in scratch.sync().out


@pytest.mark.parametrize(("shared", "own"), [("", 'mode = "pull-request"'), ('mode = "pull-request"', "")])
def test_a_wiki_has_no_pull_requests(tmp_path: Path, shared: str, own: str) -> None:
    config = tmp_path / "pmtrack.toml"
    text = CONFIG.format(shared=shared, own=own, second="").replace("one.git", "https://github.com/acme/pm.wiki.git")
    config.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert str(caught.value) == (
        f'{config}: sources.one.publish.mode: a wiki has no pull requests: set it to "push" or "off"'
    )


def test_a_folder_has_no_commits_to_configure(tmp_path: Path) -> None:
    scratch = scratch_of(tmp_path, second='publish = { mode = "push" }')
    (complaint,) = scratch.run("sync").complaints
    assert "sources.2.publish.mode: unknown key: remove it" in complaint
