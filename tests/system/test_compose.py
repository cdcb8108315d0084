"""The example for Docker Compose: what it names is there, and its configuration works on a real PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from pmtrack.config import load
from pmtrack.secrets import variable
from support import pg
from support.github import Hub, serve
from support.scratch import OUTAGE, Scratch
from support.workflow import Workflow

FOLDER = Path(__file__).parents[2] / "examples" / "compose"
PAGE = Path(__file__).parents[2] / "docs" / "docker.md"


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))


def test_every_secret_is_a_file_that_is_not_committed(compose: Any) -> None:
    named = {name for service in compose["services"].values() for name in service.get("secrets", ())}
    assert named == compose["secrets"].keys()
    assert all(one["file"] == f"secrets/{name}" for name, one in compose["secrets"].items())
    assert [path.name for path in (FOLDER / "secrets").iterdir() if path.name.startswith(".")] == [".gitignore"]
    page = PAGE.read_text(encoding="utf-8")
    assert all(f"secrets/{name}" in page for name in named)


def test_every_variable_is_one_that_the_configuration_asks_for(compose: Any) -> None:
    config = load(FOLDER / "pmtrack.toml")
    given = {name for name in compose["services"]["pmtrack"]["environment"] if name.startswith("PMTRACK_")}
    asked = {f"{variable(name)}_FILE" for name in config.credentials}
    assert given == {"PMTRACK_CONFIG", f"{variable('store', 'URL')}_FILE", *asked}


def test_the_service_can_write_its_volume_only_and_waits_for_the_database(compose: Any) -> None:
    service = compose["services"]["pmtrack"]
    config = load(FOLDER / "pmtrack.toml")
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    written = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert written == ["data:/data"]
    assert str(getattr(config.sources[0], "cache", "")).startswith("/data/")
    assert service["depends_on"]["db"]["condition"] == "service_healthy"
    assert compose["services"]["db"]["healthcheck"]["test"][1] == "pg_isready"


def test_the_port_is_the_one_that_is_listened_on(compose: Any) -> None:
    (port,) = compose["services"]["pmtrack"]["ports"]
    listen = load(FOLDER / "pmtrack.toml").service.listen
    assert port == f"127.0.0.1:{listen.rpartition(':')[2]}:{listen.rpartition(':')[2]}"
    assert listen.startswith("0.0.0.0:")


def test_the_configuration_works_with_nothing_but_its_addresses_changed(tmp_path: Path) -> None:
    hub = Hub()
    with serve(hub) as api, pg.server().database() as store:
        workflow = Workflow.make(tmp_path, hub, api, OUTAGE)
        hub.add_repo("acme/shop", people="ana bo")
        folder = tmp_path / "etc"
        folder.mkdir()
        for name, words in {"store_url": store, "acme_token": workflow.token}.items():
            (folder / name).write_text(words, encoding="utf-8")
        scratch = Scratch(folder)
        scratch.config.write_text(_at(workflow, api, tmp_path / "data"), encoding="utf-8")
        secrets = {
            "PMTRACK_STORE_URL_FILE": str(folder / "store_url"),
            "PMTRACK_ACME_TOKEN_FILE": str(folder / "acme_token"),
        }
        assert "is fine" in scratch.run("check", environment=secrets).out
        first = scratch.run("sync", environment=secrets)
        assert (first.code, first.err) == (0, ""), first
        assert "created 3" in first.out
        assert "nothing to do" in scratch.run("sync", environment=secrets).out
        assert "3 items" in scratch.run("status", environment=secrets).out
        assert [path.name for path in folder.iterdir() if path.suffix == ".db"] == []


def _at(workflow: Workflow, api: str, data: Path) -> str:
    """The configuration as it is shipped, with addresses of this machine."""
    text = (FOLDER / "pmtrack.toml").read_text(encoding="utf-8")
    text = text.replace("https://github.com/acme/postmortems.git", workflow.remote).replace("/data/", f"{data}/")
    text, count = re.subn(r'(kind = "github"\n)', rf'\1base_url = "{api}"\naccounts = ["github-actions[bot]"]\n', text)
    assert count == 1
    return text
