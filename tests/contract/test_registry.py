"""A configuration's trackers are checked before they are used, and made by their kind."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from pmtrack.trackers import TRACKERS, connect
from pmtrack.trackers.settings import Limits, TrackerSettings

ADAPTER: TypeAdapter[TrackerSettings] = TypeAdapter(TrackerSettings)

FILES = {"kind": "files", "path": "issues"}
GITHUB = {"kind": "github", "repository": "acme/shop"}
JIRA = {"kind": "jira", "url": "https://acme.example", "project": "OPS"}


def read(settings: dict[str, Any]) -> TrackerSettings:
    return ADAPTER.validate_python(settings)


def test_every_registered_kind_has_settings_and_a_module() -> None:
    kinds = {get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(TrackerSettings)[0])}
    assert TRACKERS.keys() == kinds
    assert all(callable(import_module(module).connect) for module in TRACKERS.values())


def test_a_tracker_of_files_is_relative_to_its_configuration(tmp_path: Path) -> None:
    tracker = connect("board", read(FILES), tmp_path)
    assert (tracker.name, tracker.kind, tracker.listing("").issues) == ("board", "files", ())
    assert list(tmp_path.iterdir()) == []


def test_defaults_are_those_of_the_vendors() -> None:
    github, jira = read(GITHUB), read(JIRA)
    assert (github.base_url, github.allow_public, github.body) == ("https://api.github.com", False, "full")  # type: ignore[union-attr]
    assert (jira.issue_type, jira.credential) == ("Task", None)  # type: ignore[union-attr]
    assert Limits() == Limits(writes_per_second=1, creations_per_minute=80, creations_per_hour=500, settle_seconds=15)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({**FILES, "paht": "x"}, "paht"),
        ({"kind": "files"}, "path"),
        ({"kind": "bugzilla"}, "bugzilla"),
        ({**GITHUB, "repository": "https://github.com/acme/shop"}, "owner/name"),
        ({**GITHUB, "repository": "acme/shop\n"}, "owner/name"),
        ({**GITHUB, "base_url": "http://github.example"}, "https://host"),
        ({**GITHUB, "body": "some"}, "link-only"),
        ({**GITHUB, "limits": {"writes_per_second": 0}}, "greater than 0"),
        ({**JIRA, "url": "https://me:secret@acme.example"}, "without a user or a password"),
        ({**JIRA, "project": "ops"}, "project's key"),
    ],
)
def test_a_mistake_is_named(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        read(settings)


def test_a_server_on_this_machine_may_be_without_tls() -> None:
    assert read({**JIRA, "url": "http://localhost:8080/"}).url == "http://localhost:8080"  # type: ignore[union-attr]


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read(FILES).path = Path("x")  # type: ignore[misc, union-attr]
