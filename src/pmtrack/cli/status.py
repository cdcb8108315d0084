"""`pmtrack status`: every action item, what is overdue first.

It is asked often, so it loads neither pydantic nor the documents' parser: it takes what it needs of a configuration by
itself, and leaves anything unusual there to `config.load`, which has the sentences.
"""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pmtrack.errors import ConfigError
from pmtrack.people import Directory, Person, Team
from pmtrack.reports.ask import Question, ask
from pmtrack.reports.render import render
from pmtrack.reports.selection import Selection
from pmtrack.store.place import chosen

PLACES = ("pmtrack.toml", "config/pmtrack.toml")
VARIABLE = "PMTRACK_CONFIG"

KEYS = frozenset(
    "timezone store people since sync policy publish digest lint service sources trackers credentials".split()  # noqa: SIM905
)
"""The keys at the top of a configuration that are known here; what is below them is nothing to `status`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Glance:
    """What `status` needs of a configuration; `sources` are names."""

    base: Path
    store: str = "sqlite:///pmtrack.db"
    timezone: str = "UTC"
    directory: Directory = field(default_factory=Directory)
    sources: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Unusual(Exception):
    """Something for `config.load` to look at."""


def run(
    option: Path | None, selection: Selection, output: str, sort: str | None, as_of: date | None, *, check: bool
) -> int:
    """Print the report. With `check`, exit code 4 where something in it is overdue.

    Args:
        option: the configuration as named on the command line.
    """
    config = glance(option)
    today = datetime.now(UTC).astimezone(config.zone).date()
    question = Question(today, selection, as_of, sort, told=output in ("json", "html"))
    report = ask(question, chosen(config.store), config.base, config.zone, config.directory)
    if selection.source and selection.source not in config.sources and not (report.rows or report.aside):
        names = ", ".join(config.sources)
        raise ConfigError([f"there is no source {selection.source!r}: use one of {names}"])
    sys.stdout.write(render(report, output))
    return 4 if check and report.totals.overdue else 0


def glance(option: Path | None) -> Glance:
    """What `status` needs of the configuration.

    Raises:
        ConfigError: there is none, or it has problems: all of them.
    """
    try:
        return _glance(_named(option))
    except Unusual:
        return _load(option)


def _load(option: Path | None) -> Glance:
    from pmtrack.config import find, load

    config = load(find(option))
    names = tuple(source.name for source in config.sources)
    return Glance(config.base, config.store, config.timezone, config.directory, names)


def _named(option: Path | None) -> Path:
    named = option or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if found := named or next((path for path in map(Path, PLACES) if path.is_file()), None):
        return found
    raise Unusual


def _glance(path: Path) -> Glance:
    raw, base = _toml(path), path.resolve().parent
    said = {name: raw[name] for name in ("store", "timezone") if name in raw}
    sources = tuple(_texts(raw.get("sources"), "name"))
    if not KEYS.issuperset(raw) or not sources or not all(isinstance(value, str) for value in said.values()):
        raise Unusual
    found = Glance(base, **said, directory=_directory(base, raw.get("people")), sources=sources)
    try:
        found.zone  # noqa: B018 - whether there is such a zone
    except (KeyError, ValueError, OSError):
        raise Unusual from None
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        raise Unusual from None


def _directory(base: Path, path: object) -> Directory:
    if path is None:
        return Directory()
    if not isinstance(path, str):
        raise Unusual
    raw = _toml(base / path)
    directory = Directory(tuple(_each(Person, raw.pop("person", []))), tuple(_each(Team, raw.pop("team", []))))
    if raw or directory.problems():
        raise Unusual
    return directory


def _each(kind: type[T], tables: object) -> Iterator[T]:
    for table in _tables(tables):
        if not table.get("name") or not all(_is_usual(name, value) for name, value in table.items()):
            raise Unusual
        try:
            yield kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in table.items()})
        except TypeError:
            raise Unusual from None


def _is_usual(name: str, value: object) -> bool:
    if name == "aliases":
        return isinstance(value, list) and all(isinstance(alias, str) for alias in value)
    return isinstance(value, date if name == "until" else str)


def _texts(tables: object, name: str) -> Iterator[str]:
    for table in _tables(tables):
        if not isinstance(text := table.get(name), str):
            raise Unusual
        yield text


def _tables(value: object) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise Unusual
    return value
