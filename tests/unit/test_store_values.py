"""What goes into the store comes out of it, of every kind and by both ways of reading."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.model import Document, Event, Fields, Hold, Intention, Known, Link
from pmtrack.store.database import Store
from pmtrack.store.outbox import Outcome
from pmtrack.store.values import CODECS, NAMES, columns, value_of
from support import pg, stored
from support.stored import Home

MANY = settings(max_examples=80, deadline=None, derandomize=True)


@pytest.fixture(scope="module", params=["postgresql"] if pg.WANTED else ["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """One for all tests, since each of them writes what it asks for."""
    with ExitStack() as stack:
        url = stack.enter_context(pg.server().database()) if request.param == "postgresql" else "sqlite://"
        found = stack.enter_context(Store.open(url, Path()))
        with found.writing() as writer:
            writer.save_document(stored.document())
            writer.save_items([stored.known()])
        yield found


@MANY
@given(stored.documents)
def test_a_document_comes_back(store: Store, value: Document) -> None:
    with store.writing() as writer:
        writer.save_document(value)
    assert store.documents(value.source)[value.path] == value


@MANY
@given(stored.knowns)
def test_an_item_comes_back(store: Store, value: Known) -> None:
    with store.writing() as writer:
        writer.save_items([value])
    assert value in store.items("docs", ["a.md"])


@MANY
@given(stored.links)
def test_a_link_comes_back(store: Store, value: Link) -> None:
    with store.writing() as writer:
        writer.save_link(value)
    assert store.links()["I1"] == value


@MANY
@given(stored.intentions)
def test_an_intention_comes_back_with_the_same_instant_whatever_its_zone(store: Store, value: Intention) -> None:
    with store.writing() as writer:
        writer.intend(value)
    found = store.intentions()["I1"]
    assert found == value
    assert found.sent_at.utcoffset() is not None


@MANY
@given(stored.events)
def test_an_event_comes_back(store: Store, value: Event) -> None:
    with store.writing() as writer:
        writer.record(value)
    last = store.history()[-1]
    assert last == value
    assert last.id is not None


@MANY
@given(st.lists(stored.holds, max_size=3, unique_by=lambda hold: hold.id))
def test_holds_come_back_and_the_others_of_the_source_go(store: Store, values: list[Hold]) -> None:
    with store.writing() as writer:
        writer.save_holds("docs", values)
    assert store.holds() == {hold.id: hold for hold in values}


@MANY
@given(stored.some_fields, stored.some_fields)
def test_texts_are_equal_where_values_are(one: Fields, other: Fields) -> None:
    """`pending` compares texts in the database."""
    encode = CODECS["stated"].encode
    assert (encode(one) == encode(other)) == (one == other)
    assert json.dumps(json.loads(encode(one)), sort_keys=True, separators=(",", ":")) == encode(one)


@MANY
@given(
    st.one_of(stored.documents, stored.knowns, stored.links, stored.intentions, stored.holds),
)
def test_columns_are_what_a_database_holds(value: Any) -> None:
    """Plain scalars, so that the tables need no type of SQLite's own."""
    row = columns(value)
    assert value_of(type(value), [row[name] for name in NAMES[type(value)]]) == value
    for cell in row.values():
        if isinstance(cell, str):
            cell.encode()


def test_half_an_emoji_from_a_tracker_does_not_stop_the_run(store: Store) -> None:
    with store.writing() as writer:
        writer.save_link(stored.link(error="board: no field \ud83d"))
        writer.record(stored.event(after="\ud83d"))
        writer.beat("tracker:board", at=None, error="\ud83d")
    assert store.links()["I1"].error == "board: no field ?"
    assert store.history()[-1].after == "?"


def test_a_nul_from_a_tracker_does_not_stop_the_run(store: Store) -> None:
    """PostgreSQL has no text with it; within JSON it is written as six signs."""
    said = replace(stored.SAID, title="a\0b")
    with store.writing() as writer:
        writer.save_link(stored.link(error="no\0field", agreed=said))
        writer.hint("board", ["7\0"])
        writer.outbox.claim("2026-W10", "a:", stored.NOON)
        writer.outbox.settle("2026-W10", "a:", Outcome.REFUSED, error="550 \0 \ud83d")
        assert writer.outbox.of("2026-W10")["a:"].error == "550 \N{REPLACEMENT CHARACTER} ?"
    assert store.links()["I1"].error == "no\N{REPLACEMENT CHARACTER}field"
    assert store.links()["I1"].agreed == said
    assert store.linked("board", ["7\0", "\ud83d"]) == {}


def test_the_light_reader_sees_what_the_store_sees(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
        rows = home.snapshot().rows
        assert len(rows) == 1
        assert rows[0].known == store.items("docs")[0]
        assert rows[0].document == store.documents("docs")["a.md"]
        assert rows[0].link == store.links()["I1"]
        assert rows[0].hold == store.holds()["h1"]
        assert rows[0].conflicts == (store.history()[1],)
        assert home.history() == tuple(store.history())


def test_the_light_reader_reads_the_heartbeat(home: Home) -> None:
    with home.opened() as store:
        stored.fill(store)
    (pulse,) = home.snapshot().pulses
    assert (pulse.name, pulse.last_success, pulse.error) == ("tracker:board", stored.NOON, None)


def test_every_text_is_a_parameter(store: Store) -> None:
    words = "x'); DROP TABLE links; --"
    with store.writing() as writer:
        writer.save_document(stored.document(words, title=words))
    assert store.documents("docs", [words])[words].title == words
    assert store.links() is not None
