"""Values of every kind that the store holds: plain ones with defaults, and any that there can be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from pmtrack.model import (
    Acceptance,
    ActionItem,
    BlockState,
    Document,
    DueSource,
    EditedBlock,
    Event,
    Fields,
    Hold,
    Intention,
    IssueRef,
    Known,
    Link,
    Marker,
    Side,
    Snapshot,
    Span,
    Status,
)
from pmtrack.store import read
from pmtrack.store.database import Store
from pmtrack.store.place import Place, locate

URL = "sqlite:///pmtrack.db"
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
SAID = Fields("Page somebody", Status.OPEN, ("Ann", "Bo"), "P1", DAY)


@dataclass(frozen=True, slots=True)
class Home:
    """A store, in a folder or elsewhere, to be opened as often as one likes."""

    folder: Path
    url: str = URL

    @property
    def place(self) -> Place:
        return locate(self.url, self.folder)

    @property
    def name(self) -> str:
        """What sentences call it."""
        return self.place.name

    @property
    def on_server(self) -> bool:
        return self.place.server is not None

    def opened(self, *, create: bool = True) -> Store:
        return Store.open(self.url, self.folder, create=create)

    def snapshot(self) -> Snapshot:
        return read.snapshot(self.url, self.folder)

    def history(self) -> tuple[Event, ...]:
        return read.history(self.url, self.folder)


def document(path: str = "a.md", source: str = "docs", **more: Any) -> Document:
    return replace(Document(source, path, "v1", "1", "A bad day", DAY), **more)


def known(ident: str = "I1", path: str = "a.md", source: str = "docs", **more: Any) -> Known:
    return replace(Known(ident, source, path, 0, ActionItem(SAID, 4, Span(10, 20)), SAID, DAY), **more)


def link(ident: str = "I1", issue: str = "7", **more: Any) -> Link:
    return replace(Link(ident, "board", IssueRef("board", issue, f"#{issue}", f"x/{issue}"), SAID, SAID, SAID), **more)


def intention(ident: str = "I1", **more: Any) -> Intention:
    return replace(Intention(ident, "board", Marker(ident, "a.md", "d1"), SAID, SAID, NOON, "6"), **more)


def event(ident: str = "I1", **more: Any) -> Event:
    return replace(Event(NOON, ident, "changed", name="title", before="x", after="y", side=Side.DOCUMENT), **more)


def hold(name: str = "h1", source: str = "docs", idents: tuple[str, ...] = ("I1",)) -> Hold:
    return Hold(name, "creates", source, idents, "26 creates wait: look, then say yes")


def opened(folder: Path) -> Store:
    return Store.open(URL, folder)


def fill(store: Store) -> None:
    """One row in every table."""
    with store.writing() as writer:
        writer.save_document(document())
        writer.save_items([known()])
        writer.save_link(link())
        writer.intend(intention())
        writer.record(event())
        writer.record(event(kind="conflict", loser="z", acknowledged=False))
        writer.save_holds("docs", [hold()])
        writer.beat("tracker:board", at=NOON, cursor="c1")
        writer.outbox.claim("2026-W10", "file:digest.md", NOON)


_words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_maybe = st.none() | _words
_several = st.lists(_words, max_size=3).map(tuple)
_days = st.dates(min_value=date(1990, 1, 1))
_maybe_day = st.none() | _days
_zones = st.integers(-12 * 60, 12 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_instants = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=_zones)  # noqa: DTZ001 - zones are added
_whole = st.integers(0, 2**40)

# Halves of emoji and NUL are in it: a tracker's JSON may hold them.
_wild = st.text(st.characters(), max_size=12)
some_fields = st.builds(
    Fields, _wild, st.none() | st.sampled_from(Status), st.lists(_wild, max_size=3).map(tuple), _maybe, _maybe_day
)
_items = st.builds(
    ActionItem,
    some_fields,
    _whole,
    st.builds(Span, _whole, _whole),
    _words,
    st.floats(0, 1),
    _maybe,
    _maybe,
    _maybe,
    _several,
)
_due_sources = st.none() | st.sampled_from(DueSource)
_refs = st.builds(IssueRef, _words, _words, _words, _words)

documents = st.builds(
    Document,
    _words,
    _words,
    _words,
    _words,
    _words,
    _days,
    _maybe_day,
    _maybe_day,
    _maybe,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    _several,
    _maybe_day,
    _words,
    st.none() | st.builds(EditedBlock, st.sampled_from(BlockState), st.just("0123456789abcdef")),
    _maybe,
    _maybe,
    st.none() | st.dictionaries(_words, _wild, max_size=3),
    _instants,
)
knowns = st.builds(
    Known,
    _words,
    st.just("docs"),
    st.just("a.md"),
    _whole,
    _items,
    some_fields,
    _days,
    _due_sources,
    st.sampled_from(Acceptance),
    _maybe,
    st.booleans(),
)
links = st.builds(
    Link,
    st.just("I1"),
    _words,
    st.none() | _refs,
    some_fields,
    some_fields,
    some_fields,
    _due_sources,
    _several,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    _maybe,
)
intentions = st.builds(
    Intention,
    st.just("I1"),
    _words,
    st.builds(Marker, _words, _words, _words),
    some_fields,
    some_fields,
    _instants,
    _words,
    _whole,
)
events = st.builds(
    Event,
    _instants,
    _words,
    _words,
    _words,
    _maybe,
    _maybe,
    st.none() | st.sampled_from(Side),
    _maybe,
    _maybe,
    _maybe,
    st.booleans(),
    _words,
)
holds = st.builds(Hold, _words, _words, st.just("docs"), _several, _words)
