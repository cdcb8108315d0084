"""`pmtrack status`: what it needs of a configuration, what it asks of the store, and where it is shown."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.cli import StatusFormat, StatusSort, StatusState, status
from pmtrack.config import OURS, PLACES, VARIABLE, Config, find, load
from pmtrack.errors import ConfigError
from pmtrack.model import Acceptance, Event, Fields, Known, Link, State, Status
from pmtrack.policy import overdue_days
from pmtrack.reports.ask import Question, ask, normal_priority
from pmtrack.reports.look import Look, look_of
from pmtrack.reports.render import FORMS
from pmtrack.reports.selection import SORTS, Selection
from pmtrack.store import read
from pmtrack.store.values import encode
from support import stored
from support.rows import DIRECTORY

cli_status = import_module("pmtrack.cli.status")  # in `pmtrack.cli`, `status` is the command

TODAY = stored.DAY
LEAST = """\
[[sources]]
name = "pm"
kind = "folder"
path = "p"
tracker = "board"
[trackers.board]
kind = "files"
path = "i"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pmtrack.toml"


# ------------------------------------------------------------ the configuration


def test_the_places_and_keys_are_those_of_the_configuration() -> None:
    assert (cli_status.PLACES, cli_status.VARIABLE) == (PLACES, VARIABLE)
    assert set(Config.model_fields) - OURS == cli_status.KEYS, "with a key that is not in it, `status` loads pydantic"


@pytest.mark.parametrize(
    ("top", "people"),
    [
        ("", None),
        ('timezone = "Europe/Paris"\nstore = "sqlite:///state/x.db"\nsince = 2026-01-01\n', None),
        ('people = "people.toml"\n', ""),
        (
            'people = "people.toml"\n',
            '[[person]]\nname = "Ana"\naliases = ["@ana"]\ngithub = "a"\nuntil = 2026-01-01\n',
        ),
        ('people = "people.toml"\n', '[[team]]\nname = "payments"\nlead = "Ana"\n[[person]]\nname = "Ana"\n'),
        ('people = "people.toml"\n', '[[person]]\nname = "Ana"\nuntil = "2026-01-01"\n'),
    ],
)
def test_a_glance_sees_what_the_configuration_says(config: Path, top: str, people: str | None) -> None:
    config.write_text(top + LEAST, encoding="utf-8")
    if people is not None:
        config.with_name("people.toml").write_text(people, encoding="utf-8")
    whole = load(find(None))
    for option in (None, config, Path("pmtrack.toml")):
        seen = cli_status.glance(option)
        assert (seen.base, seen.store, seen.zone) == (whole.base, whole.store, whole.zone)
        assert (seen.directory, seen.sources) == (whole.directory, ("pm",))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "timezone = \n",
        LEAST.replace("name = ", "nme = "),
        'timezone = "Mars/Base"\n' + LEAST,
        'timezone = ""\n' + LEAST,
        'timezone = "../UTC"\n' + LEAST,
        "store = 7\n" + LEAST,
        'stor = "x"\n' + LEAST,
        "people = 7\n" + LEAST,
        'people = "nosuch.toml"\n' + LEAST,
        'sources = "pm"\n',
        *(
            f'people = "{name}.toml"\n{LEAST}'
            for name in ("unknown", "empty", "letters", "number", "twice", "table", "extra", "inner")
        ),
    ],
)
def test_whatever_is_unusual_is_left_to_the_configuration(config: Path, text: str) -> None:
    people = {
        "unknown": '[[person]]\nname = "Ana"\nnick = "A"\n',
        "empty": '[[person]]\nname = ""\n',
        "letters": '[[person]]\nname = "Ana"\naliases = "ana"\n',
        "number": '[[person]]\nname = "Ana"\ngithub = 7\n',
        "twice": '[[person]]\nname = "Ana"\n[[team]]\nname = "Ana"\n',
        "table": 'person = "Ana"\n',
        "extra": 'colour = "red"\n',
        "inner": '[[person]]\nname = "Ana"\naliases = [7]\n',
    }
    for name, content in people.items():
        config.with_name(f"{name}.toml").write_text(content, encoding="utf-8")
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as said:
        cli_status.glance(None)
    with pytest.raises(ConfigError) as wanted:
        load(find(None))
    assert said.value.problems == wanted.value.problems


def test_without_a_configuration_the_next_step_is_said(config: Path) -> None:
    with pytest.raises(ConfigError, match="pmtrack init"):
        cli_status.glance(None)


def test_what_is_wrong_elsewhere_does_not_keep_status_from_looking(config: Path) -> None:
    config.write_text(LEAST.replace("kind = ", "knd = "), encoding="utf-8")
    assert cli_status.glance(None).sources == ("pm",)
    with pytest.raises(ConfigError):
        load(find(None))


HEAVY = {
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
    "alembic",
    "github",
    "jira",
    "rich",
    "yaml",
    "pyromark",
    "jinja2",
    "rapidfuzz",
}


@pytest.mark.parametrize(
    "arguments", [["--overdue"], ["--due-within", "7d", "--format", "csv"], ["--owner", "Ana", "--check"]]
)
def test_status_loads_nothing_heavy(config: Path, arguments: list[str]) -> None:
    config.write_text(LEAST, encoding="utf-8")
    with stored.opened(config.parent) as store:
        stored.fill(store)
    program = (
        "import json, sys, atexit; from pmtrack.cli import main\n"
        "atexit.register(lambda: print(json.dumps(sorted({n.split('.')[0] for n in sys.modules})), file=sys.stderr))\n"
        "main()"
    )
    command = [sys.executable, "-c", program, "status", *arguments]
    done = subprocess.run(command, cwd=config.parent, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 4), done.stderr
    assert HEAVY.isdisjoint(json.loads(done.stderr.splitlines()[-1]))


# ------------------------------------------------------------ the choices


def test_the_choices_of_the_command_are_those_of_the_reports() -> None:
    assert {form.value for form in StatusFormat} == set(FORMS)
    assert {order.value for order in StatusSort} == set(SORTS)
    assert {state.value for state in StatusState} == set(State)
    assert status.__doc__


def filled(folder: Path, *rows: tuple[Known, Link | None], history: tuple[Event, ...] = ()) -> Path:
    with stored.opened(folder) as store, store.writing() as writer:
        for source, path in {(known.source, known.path) for known, _ in rows}:
            writer.save_document(stored.document(path, source))
        writer.save_items(known for known, _ in rows)
        for _, link in rows:
            if link:
                writer.save_link(link)
        for event in history:
            writer.record(event)
    return folder


def item(ident: str, due: date | None = None, *, path: str = "a.md", source: str = "docs", **more: object) -> Known:
    said = Fields(f"Do {ident}", Status.OPEN, ("Ana",), "P1", due)
    said = replace(said, **{name: more.pop(name) for name in [*more] if name in {f.name for f in fields(Fields)}})  # type: ignore[arg-type]
    known = stored.known(ident, path, source, stated=said, **more)
    return replace(known, item=replace(known.item, fields=said))


def asked(folder: Path, selection: Selection, **more: object) -> list[str]:
    question = Question(TODAY, selection, **more)  # type: ignore[arg-type]
    return [row.id for row in ask(question, stored.URL, folder, UTC, DIRECTORY).rows]


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    day = timedelta(days=1)
    return filled(
        tmp_path_factory.mktemp("several"),
        (item("late", TODAY - 9 * day, owners=("Bo",), priority="High"), None),
        (item("today", TODAY, path="b.md"), None),
        (item("week", TODAY + 7 * day, owners=("Payments team",), first_seen=TODAY - 9 * day), None),
        (item("later", TODAY + 8 * day, priority="P0", source="old"), None),
        (item("never", owners=(), priority=None), None),
        (item("done", TODAY - 9 * day, status=Status.DONE), None),
        (item("maybe", TODAY - 9 * day, acceptance=Acceptance.PROPOSED), None),
        (item("gone", TODAY - 9 * day, present=False), None),
    )


@pytest.mark.parametrize(
    ("selection", "found"),
    [
        (Selection(), ["late", "today", "week", "later", "never", "done"]),
        (Selection(overdue=True), ["late"]),
        (Selection(due_within=0), ["today"]),
        (Selection(due_within=7), ["today", "week"]),
        (Selection(due_within=8, overdue=True), ["late", "today", "week", "later"]),
        (Selection(owner="payments"), ["week"]),
        (Selection(owner="@bo"), ["late"]),
        (Selection(priority="p1"), ["late", "today", "week", "done"]),
        (Selection(priority="High"), ["late", "today", "week", "done"]),
        (Selection(source="old"), ["later"]),
        (Selection(postmortem="b.md"), ["today"]),
        (Selection(state=State.PROPOSED), ["maybe"]),
        (Selection(state=State.REMOVED), ["gone"]),
        (Selection(state=State.NOT_CREATED, overdue=True), ["late"]),
        (Selection(state=State.LINKED), []),
    ],
)
def test_a_selection_takes_what_it_says(several: Path, selection: Selection, found: list[str]) -> None:
    assert asked(several, selection) == found


def test_what_was_asked_for_by_its_state_is_shown_and_yet_not_counted(several: Path) -> None:
    found = ask(Question(TODAY, Selection(state=State.PROPOSED), told=True), stored.URL, several, UTC, DIRECTORY)
    assert (found.totals.items, len(found.rows), found.groups["owner"], found.trend[-1].items) == (0, 1, (), 0)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("due", ["late", "done", "today", "week", "later", "never"]),
        ("owner", ["today", "later", "done", "late", "week", "never"]),
        ("priority", ["later", "late", "today", "week", "done", "never"]),
        ("postmortem", ["late", "week", "never", "done", "today", "later"]),
        ("status", ["late", "today", "week", "later", "never", "done"]),
        ("age", ["week", "late", "today", "later", "never", "done"]),
    ],
)
def test_an_order_can_be_asked_for(several: Path, sort: str, found: list[str]) -> None:
    assert asked(several, Selection(), sort=sort) == found


# ------------------------------------------------------------ what is read of the store

TRICKY = ('"status":"done"', '{"due":"2020-01-01"', "Do it", '\\"status\\":\\"cancelled\\"')
STATUSES = (None, *Status)
DUES = (None, *(TODAY + timedelta(days=days) for days in (-2, -1, 0, 1)))


@given(st.builds(Fields, st.sampled_from(TRICKY) | st.text(), st.sampled_from(STATUSES), due=st.sampled_from(DUES)))
@settings(derandomize=True)
def test_stored_fields_begin_with_their_due_date_and_name_their_status(value: Fields) -> None:
    """What the query for late items rests on."""
    text = encode("agreed", value)
    assert text.startswith(f'{{"due":"{value.due}"' if value.due else '{"due":null')
    for one in Status:
        assert (f'"status":"{one}"' in text) == (value.status is one)


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[str, Fields]]]:
    """A store with every due date and status that a document says, with every one that was agreed on, or none was."""
    said = [Fields(title, status, (), None, due) for title, status, due in product(TRICKY[:2], STATUSES, DUES)]
    kinds = [(stated, agreed) for stated in said[::3] for agreed in (None, *said)]
    rows = [
        (
            stored.known(f"I{at:04}", stated=stated, position=at),
            stored.link(f"I{at:04}", str(at), agreed=agreed) if agreed else None,
        )
        for at, (stated, agreed) in enumerate(kinds)
    ]
    folder = filled(tmp_path_factory.mktemp("kinds"), *rows)
    return folder, [(f"I{at:04}", agreed or stated) for at, (stated, agreed) in enumerate(kinds)]


@pytest.mark.parametrize("ahead", [-5, -1, 0, 1, 5])
def test_the_query_for_what_is_due_takes_what_is_due_and_nothing_else(
    every_kind: tuple[Path, list[tuple[str, Fields]]], ahead: int
) -> None:
    (folder, said), before = every_kind, TODAY + timedelta(days=ahead)
    found = read.snapshot(stored.URL, folder, read.Wanted(due_before=before))
    wanted = [ident for ident, value in said if overdue_days(value.due, value.status, before)]
    assert [row.known.ident for row in found.rows] == wanted
    whole = {row.known.ident: row for row in read.snapshot(stored.URL, folder).rows}
    assert all(row == whole[row.known.ident] for row in found.rows)


def test_a_part_of_the_store_comes_with_its_documents_and_its_history(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    happened = tuple(Event(moment, ident, "changed", "due", None, "2026-03-01") for ident in ("A", "B", "A"))
    filled(tmp_path, (item("A", path="a.md"), None), (item("B", path="b.md"), None), history=happened)
    snapshot, history = read.told(stored.URL, tmp_path, read.Wanted(path="a.md"))
    assert [document.path for document in snapshot.documents] == ["a.md"]
    assert ([row.known.ident for row in snapshot.rows], [event.ident for event in history]) == (["A"], ["A", "A"])
    assert len(read.told(stored.URL, tmp_path)[1]) == 3
    assert read.told(stored.URL, tmp_path / "nowhere") == (read.Snapshot(), ())


def test_an_earlier_day_is_asked_of_all_the_items(tmp_path: Path) -> None:
    """What is done today may have been late then."""
    closed = Event(datetime(2026, 3, 2, 9, tzinfo=UTC), "A", "changed", "status", "open", "done")
    late = Fields("Do A", Status.DONE, (), None, TODAY - timedelta(days=5))
    known = replace(item("A"), stated=late, first_seen=TODAY - timedelta(days=9))
    filled(tmp_path, (known, stored.link("A", agreed=late)), history=(closed,))
    assert asked(tmp_path, Selection(overdue=True)) == []
    assert asked(tmp_path, Selection(overdue=True), as_of=TODAY - timedelta(days=1)) == ["A"]
    assert asked(tmp_path, Selection(overdue=True), as_of=TODAY - timedelta(days=10)) == []


def test_a_later_day_is_told_by_what_is_known_now(tmp_path: Path) -> None:
    filled(tmp_path, (item("A", TODAY + timedelta(days=3)), None))
    assert asked(tmp_path, Selection(overdue=True), as_of=TODAY + timedelta(days=4)) == ["A"]


@pytest.mark.parametrize(("words", "meant"), [("P0", "P0"), ("High", "P1"), ("whatever", None)])
def test_a_priority_is_understood(words: str, meant: str | None) -> None:
    assert normal_priority(words) == meant


# ------------------------------------------------------------ the terminal


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


XTERM = {"TERM": "xterm-256color"}


@pytest.fixture(autouse=True)
def _columns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("COLUMNS", "77")
    return None


@pytest.mark.parametrize(
    ("stream", "environment", "look"),
    [
        (io.StringIO(), XTERM, Look(120)),
        (io.StringIO(), {**XTERM, "TERM_PROGRAM": "WezTerm"}, Look(120)),
        (io.StringIO(), {"FORCE_COLOR": "1"}, Look(120, colour=True)),
        (Terminal(), XTERM, Look(77, colour=True)),
        (Terminal(), {"TERM": "dumb", "WT_SESSION": "x"}, Look(77)),
        (Terminal(), {**XTERM, "NO_COLOR": "1"}, Look(77)),
        (Terminal(), {**XTERM, "NO_COLOR": ""}, Look(77, colour=True)),
        (Terminal(), {"TERM": "xterm-kitty"}, Look(77, colour=True, links=True)),
        (Terminal(), {**XTERM, "VTE_VERSION": "7006"}, Look(77, colour=True, links=True)),
        (Terminal(), {**XTERM, "VTE_VERSION": "4205"}, Look(77, colour=True)),
        (Terminal(), {**XTERM, "VTE_VERSION": "new"}, Look(77, colour=True)),
        (Terminal(), {**XTERM, "WT_SESSION": "1"}, Look(77, colour=True, links=True)),
        (Terminal(), {"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, Look(77, colour=True)),
        (Terminal(), {**XTERM, "FORCE_HYPERLINK": "1"}, Look(77, colour=True, links=True)),
    ],
)
def test_a_table_uses_what_the_terminal_has(stream: io.StringIO, environment: dict[str, str], look: Look) -> None:
    assert look_of(stream, environment) == look
