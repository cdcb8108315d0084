"""The documentation, as far as a machine can tell: made pages are current, links lead somewhere, examples load."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from pmtrack.cli import commands
from pmtrack.config import load
from pmtrack.secrets import variable
from support.workflow import action

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
PICTURES = sorted((ROOT / "docs" / "images").glob("*.svg"))
LARGEST = 100_000
"""Bytes of a picture."""

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LANGUAGES = ("sh", "text", "console", "ini", "cron", "")
COMMAND = re.compile(r"(?:^|\$ |&& |/)pmtrack (?:--config \S+ )?([a-z][a-z-]*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def fences(page: Path, language: str) -> Iterator[str]:
    for kind, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == language:
            yield text


def anchors(page: Path) -> set[str]:
    """By which GitHub's pages lead to their headings."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6} (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_what_the_program_can_tell_is_as_it_would_tell_it() -> None:
    """The reference of the configuration, and the pictures."""
    command = [sys.executable, "docs/make", "--check"]
    made = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (made.returncode, made.stdout) == (0, ""), made.stdout + made.stderr


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_a_picture_is_small_and_needs_nothing_else(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST
    ElementTree.fromstring(text)
    for word in ("<script", "@import", "@font-face", "url(", "src=", "http-equiv"):
        assert word not in text, word
    addresses = set(re.findall(r"https?://[^\s\"'<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"}


def test_every_picture_is_shown_and_described() -> None:
    found = re.findall(r"!\[(.*?)\]\((.*?)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert {target for _, target in found} == {f"docs/images/{picture.name}" for picture in PICTURES}
    assert all(len(words) > 30 for words, _ in found)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert not anchor or file.suffix != ".md" or anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_that_is_shown_is_one(page: Path) -> None:
    callbacks = [(one.name, one.callback) for one in commands.registered_commands if one.callback]
    known = {(name or callback.__name__).replace("_", "-") for name, callback in callbacks}
    shown = [word for language in LANGUAGES for text in fences(page, language) for word in COMMAND.findall(text)]
    assert set(shown) <= known
    assert shown or page.name != "README.md"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_piece_of_toml_and_yaml_can_be_read(page: Path) -> None:
    for text in fences(page, "toml"):
        tomllib.loads(text)
    for text in fences(page, "yaml"):
        assert yaml.safe_load(text)


@pytest.mark.parametrize("name", ["github", "jira", "git"])
def test_the_configuration_of_getting_started_loads(name: str, tmp_path: Path) -> None:
    text = next(one for one in fences(ROOT / "docs" / f"getting-started-{name}.md", "toml") if "[[sources]]" in one)
    (tmp_path / "pmtrack.toml").write_text(text, encoding="utf-8")
    (tmp_path / "people.toml").write_text("", encoding="utf-8")
    assert load(tmp_path / "pmtrack.toml").sources


def test_every_variable_of_the_code_is_in_the_reference() -> None:
    """By the name that the page gives it: NAME in the place of an account."""
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    named = set(re.findall(r"PMTRACK_[A-Z_]+[A-Z]", source))
    named |= set(re.findall(r'environ(?:ment)?\.get\("([A-Z_]+)"', source))
    ends = ("_TOKEN", "_URL", "_EMAIL", "_PRIVATE_KEY", "_WEBHOOK_SECRET")
    for name in sorted(named - {"TERM", "VTE_VERSION"}):
        known = name.removesuffix("_FILE")
        general = next((f"PMTRACK_NAME{end}" for end in ends if known.endswith(end)), known)
        assert known in page or general in page, name


class TestWorkflow:
    """The example for GitHub Actions."""

    FOLDER = ROOT / "examples" / "github-action"

    @pytest.fixture
    def workflow(self) -> Any:
        return yaml.safe_load((self.FOLDER / "workflow.yml").read_text(encoding="utf-8"))

    def test_its_inputs_are_those_of_the_action(self, workflow: Any) -> None:
        given = {name for job in workflow["jobs"].values() for step in job["steps"] for name in self._given(step)}
        assert given == {"release"}
        assert given <= action()["inputs"].keys()

    def _given(self, step: Any) -> list[str]:
        return list(step.get("with", {})) if step["uses"].startswith("pmtrack/") else []

    def test_nothing_is_allowed_that_is_not_named(self, workflow: Any) -> None:
        assert workflow["permissions"] == {}
        allowed = {name: job["permissions"] for name, job in workflow["jobs"].items()}
        assert allowed == {
            "sync": {"contents": "write", "issues": "write"},
            "preview": {"contents": "read", "pull-requests": "write"},
        }

    def test_its_variables_are_those_that_the_configuration_asks_for(self, workflow: Any) -> None:
        config = load(self.FOLDER / "pmtrack.toml")
        step = workflow["jobs"]["sync"]["steps"][-1]
        assert step["env"].keys() == {variable(name) for name in (config.sources[0].name, *config.trackers)}
        assert "env" not in workflow["jobs"]["preview"]["steps"][-1], "a preview needs no secret"

    def test_the_actions_of_others_are_pinned(self, workflow: Any) -> None:
        used = {step["uses"] for job in workflow["jobs"].values() for step in job["steps"]}
        assert all(re.fullmatch(r"[\w/-]+@([0-9a-f]{40}|v\d+\.\d+\.\d+)", one) for one in used)
        assert all("@v" not in one or one.startswith("pmtrack/") for one in used)

    def test_it_runs_where_postmortems_change_and_by_the_clock(self, workflow: Any) -> None:
        on = workflow[True]  # YAML 1.1 takes `on` for a truth
        assert on.keys() == {"push", "pull_request", "schedule", "workflow_dispatch"}


def test_the_cronjob_is_one() -> None:
    pieces = [yaml.safe_load(text) for text in fences(ROOT / "docs" / "operations.md", "yaml")]
    (job,) = [piece for piece in pieces if piece.get("kind") == "CronJob"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["args"] == ["serve", "--once"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert container["securityContext"]["readOnlyRootFilesystem"]
    user = re.search(r"^USER (\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert user
    assert pod["securityContext"]["runAsUser"] == int(user[1])
