"""The commands on a store on PostgreSQL, as a team has it: a URL from the environment, and a server that refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import pg
from support.database import Database
from support.scratch import Scratch, assert_quiet

SECRET = "hunter2"

EVERY_COMMAND = (
    ["sync", "--yes"],
    ["plan"],
    ["plan", "--reextract"],
    ["status"],
    ["status", "--as-of", "2026-03-02"],
    ["status", "--format", "json"],
    ["report"],
    ["report", "--html", "page.html"],
    ["digest"],
    ["digest", "--send"],
    ["review"],
    ["history"],
    ["undo", "01ARZ3NDEKTSV4RRFFQ69G5FAV"],
    ["explain", "0001"],
    ["snooze", "0001", "--until", "2099-01-01", "--reason", "later"],
    ["accept", "0001"],
    ["check"],
    ["backup", "pmtrack.copy.db"],
    ["serve", "--once"],
)


@pytest.fixture
def url() -> Iterator[str]:
    with pg.server().database("template0") as found:
        yield found


@pytest.fixture
def bare(tmp_path: Path) -> Scratch:
    """Its configuration names a file."""
    scratch = Scratch(tmp_path)
    made = Scratch.make(tmp_path)
    text = made.config.read_text(encoding="utf-8")
    scratch.config.write_text(text.replace(made.store.url, "sqlite:///pmtrack.db"), encoding="utf-8")
    return scratch


@pytest.mark.parametrize("by_file", [False, True])
def test_the_url_in_the_environment_counts(bare: Scratch, url: str, tmp_path: Path, by_file: bool) -> None:
    (tmp_path / "pmtrack.url").write_text(f"{url}\n", encoding="utf-8")
    file = {"PMTRACK_STORE_URL_FILE": str(tmp_path / "pmtrack.url")}
    environment = file if by_file else {"PMTRACK_STORE_URL": url}
    assert bare.run("sync", "--yes", environment=environment).code == 0
    assert Database(url, tmp_path).ask("SELECT count(*) FROM links") == [(3,)]
    assert not (tmp_path / "pmtrack.db").exists()
    for arguments in (["status", "--format", "json"], ["status", "--format", "json", "--as-of", "2099-01-01"]):
        assert bare.run(*arguments, environment=environment).json["totals"]["items"] == 3
    assert bare.run("plan", environment=environment).out == "nothing to do\n"
    assert bare.status()["items"] == [], "without it the file counts, which is not there"


def test_two_urls_in_the_environment_are_a_sentence(bare: Scratch, url: str) -> None:
    environment = {"PMTRACK_STORE_URL": url, "PMTRACK_STORE_URL_FILE": "/nowhere"}
    for command in ("status", "plan", "check"):
        answer = bare.run(command, environment=environment)
        assert answer.code == 1
        assert answer.complaints == [
            "pmtrack: PMTRACK_STORE_URL and PMTRACK_STORE_URL_FILE are both set: leave one of them out"
        ]


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_wrong_password_is_one_sentence_without_it(bare: Scratch, url: str, arguments: list[str]) -> None:
    before = bare.contents()
    environment = {"PMTRACK_STORE_URL": url.replace("postgres@", f"secretive:{SECRET}x@")}
    answer = bare.run(*arguments, environment=environment)
    assert answer.code == 1
    assert SECRET not in answer.out + answer.err
    assert "Traceback" not in answer.err
    said = answer.out + answer.err
    assert "refuses the user or the password: set PMTRACK_STORE_URL or PGPASSWORD, or write it into ~/.pgpass" in said
    assert bare.contents() == before


@pytest.mark.parametrize("arguments", EVERY_COMMAND, ids=" ".join)
def test_a_server_that_is_away_is_one_sentence(bare: Scratch, arguments: list[str], tmp_path: Path) -> None:
    before = bare.contents()
    environment = {"PMTRACK_STORE_URL": f"postgresql://pm:{SECRET}@/pmtrack?host={tmp_path}"}
    answer = bare.run(*arguments, environment=environment)
    assert answer.code == 1
    said = answer.out + answer.err
    assert f"the store postgresql://{tmp_path}/pmtrack cannot be reached: start its server" in said
    assert SECRET not in said
    assert "Traceback" not in answer.err
    assert bare.contents() == before


def test_a_password_in_the_configuration_is_never_told(bare: Scratch, tmp_path: Path) -> None:
    text = bare.config.read_text(encoding="utf-8")
    for store in (f'"postgresql://pm:{SECRET}@/pmtrack?host={tmp_path}"', f'["postgresql://pm:{SECRET}@db/pm"]'):
        bare.config.write_text(text.replace('"sqlite:///pmtrack.db"', store), encoding="utf-8")
        for command in ("status", "check", "plan", "sync"):
            answer = bare.run(command)
            assert answer.code == 1
            assert SECRET not in answer.out + answer.err, command


def test_a_look_makes_no_table(bare: Scratch, url: str) -> None:
    environment = {"PMTRACK_STORE_URL": url}
    assert bare.run("plan", environment=environment).out.count("create ") == 3
    assert bare.run("status", environment=environment).out
    assert bare.run("check", environment=environment).code == 0
    query = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
    assert Database(url, bare.folder).ask(query) == [(0,)]


def test_everything_that_people_ask_is_answered(bare: Scratch, url: str) -> None:
    bare.config.write_text(
        bare.config.read_text(encoding="utf-8").replace("sqlite:///pmtrack.db", url), encoding="utf-8"
    )
    bare.sync("--yes")
    bare.edit("- [ ] Write", "- [x] Write")
    bare.sync()
    assert bare.row("Write")["status"] == "done"
    (run,) = {row[0] for row in Database(url, bare.folder).ask("SELECT run FROM history WHERE kind = 'created'")}
    for arguments in EVERY_COMMAND:
        if arguments[0] in ("status", "report", "digest", "review", "history", "explain", "snooze", "check", "backup"):
            answer = bare.run(*arguments)
            assert (answer.code, answer.err) == (0, ""), (arguments, answer)
    assert "later" in bare.run("explain", "0001").out
    assert "changed" in bare.run("history", "0002").out
    assert_quiet(bare)
    assert bare.run("undo", run, "--yes").code == 0
