"""Several workers on one database: whatever they write at once, nothing is lost, doubled or stuck."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pmtrack.errors import StoreError
from pmtrack.model import Pulse
from pmtrack.store import engine
from pmtrack.store.database import Store, Writer
from support import pg, stored
from support.stored import Home

SHORT = 0.3
LONG = 20.0
"""Seconds: so long nothing may have happened, and after so long it must have."""

Write = Callable[[Writer], object]


@pytest.fixture
def two(server_home: Home) -> Iterator[tuple[Store, Store]]:
    with server_home.opened() as one, server_home.opened() as other:
        stored.fill(one)
        yield one, other


def at_once(one: Store, first: Write, other: Store, second: Write) -> tuple[Any, Any]:
    """What both answer, where the second begins while the first is still in its transaction."""

    def write() -> object:
        with other.writing() as writer:
            return second(writer)

    with ThreadPoolExecutor() as pool:
        with one.writing() as writer:
            answer = first(writer)
            later: Future[object] = pool.submit(write)
            time.sleep(SHORT)
        return answer, later.result(LONG)


def test_heartbeats_at_once_lose_nothing_of_each_other(two: tuple[Store, Store], server_home: Home) -> None:
    one, other = two
    later = stored.NOON + timedelta(hours=1)
    at_once(
        one,
        lambda writer: writer.beat("tracker:board", at=later, cursor="c2"),
        other,
        lambda writer: writer.beat("tracker:board", at=None, error="no answer"),
    )
    assert server_home.snapshot().pulses == (Pulse("tracker:board", later, "no answer"),)
    assert one.cursor("tracker:board") == "c2"


def test_a_new_heartbeat_may_be_begun_by_two(two: tuple[Store, Store], server_home: Home) -> None:
    one, other = two
    at_once(
        one,
        lambda writer: writer.beat("tracker:new", at=None, error="no answer"),
        other,
        lambda writer: writer.beat("tracker:new", at=stored.NOON, cursor="c1"),
    )
    assert server_home.snapshot().pulses[1] == Pulse("tracker:new", stored.NOON, None)
    assert one.cursor("tracker:new") == "c1"


def test_a_delivery_that_comes_to_two_at_once_is_new_to_one(two: tuple[Store, Store]) -> None:
    def hear(writer: Writer) -> bool:
        return writer.heard("d1", stored.NOON)

    assert at_once(two[0], hear, two[1], hear) == (False, True)


def test_a_delivery_whose_first_handling_failed_is_new_to_the_other(two: tuple[Store, Store]) -> None:
    one, other = two

    def hear() -> bool:
        with other.writing() as writer:
            return writer.heard("d1", stored.NOON)

    with ThreadPoolExecutor() as pool:

        def aborted() -> Future[bool]:
            with one.writing() as writer:
                assert writer.heard("d1", stored.NOON) is False
                later.append(pool.submit(hear))
                time.sleep(SHORT)
                raise KeyboardInterrupt

        later: list[Future[bool]] = []
        with pytest.raises(KeyboardInterrupt):
            aborted()
        assert later[0].result(LONG) is False


def test_a_hint_that_is_given_by_two_at_once_is_one_and_stays_urgent(two: tuple[Store, Store]) -> None:
    one, other = two
    at_once(
        one,
        lambda writer: writer.hint("board", ["1", "7"]),
        other,
        lambda writer: writer.hint("board", ["7", "1"], urgent=False),
    )
    assert sorted(hint.issue for hint in one.hints(["board"])) == ["1", "7"]
    assert one.woken() == {"docs"}, "that of the issue with an item"


def test_a_hint_that_is_given_again_while_the_earlier_one_is_dropped_stays(two: tuple[Store, Store]) -> None:
    one, other = two
    with one.writing() as writer:
        writer.hint("board", ["7"])
    before = one.hints(["board"])
    at_once(one, lambda writer: writer.hint("board", ["7"]), other, lambda writer: writer.drop_hints(before))
    (left,) = one.hints(["board"])
    assert left.id > before[0].id
    at_once(one, lambda writer: writer.drop_hints([left]), other, lambda writer: writer.hint("board", ["7"]))
    assert len(one.hints(["board"])) == 1


def test_whoever_waited_sees_what_was_written_whatever_the_servers_default_is(server_home: Home) -> None:
    name = server_home.url.partition("?")[0].rpartition("/")[2]
    pg.server().ask(f"ALTER DATABASE {name} SET default_transaction_isolation = 'repeatable read'")
    with (
        server_home.opened() as one,
        server_home.opened() as other,
        ThreadPoolExecutor() as pool,
    ):
        with one.journal("acme").turn() as turn:
            turn.add(1.0, "create")
            later = pool.submit(_seen, other)
            time.sleep(SHORT)
            turn.add(2.0, "create")
            assert not later.done()
        assert later.result(LONG) == 2


def _seen(store: Store) -> int:
    with store.journal("acme").turn() as turn:
        return len(turn.news(0))


def test_names_in_any_order_wait_for_nobody_in_a_circle(two: tuple[Store, Store]) -> None:
    one, other = two
    at_once(
        one,
        lambda writer: [writer.save_names({"a": "Ann"}), time.sleep(SHORT), writer.save_names({"b": "Bo"})],
        other,
        lambda writer: [writer.save_names({"b": "Bob"}), writer.save_names({"a": "Anna"})],
    )
    assert one.snapshot("docs", "a.md").names == {"a": "Anna", "b": "Bob"}


def test_an_item_waits_by_what_both_wrote(two: tuple[Store, Store]) -> None:
    """One records that its issue was made while another takes a person's decision on it."""
    one, other = two
    with one.writing() as writer:
        writer.drop_link("I1")
    assert one.pending("docs") == {"I1": "a.md"}
    said = stored.known(stated=stored.SAID, position=1)
    at_once(one, lambda writer: writer.save_link(stored.link()), other, lambda writer: writer.save_items([said]))
    assert one.pending("docs") == {}
    at_once(one, lambda writer: writer.save_items([said]), other, lambda writer: writer.drop_link("I1"))
    assert one.pending("docs") == {"I1": "a.md"}


def test_a_message_that_two_claim_was_tried_twice(two: tuple[Store, Store]) -> None:
    one, other = two

    def claim(writer: Writer) -> None:
        writer.outbox.claim("2026-W11", "a:", stored.NOON)

    at_once(one, claim, other, claim)
    with one.writing() as writer:
        assert writer.outbox.of("2026-W11")["a:"].tries == 2


def test_a_day_that_two_mark_is_marked_once(two: tuple[Store, Store]) -> None:
    def mark(writer: Writer) -> None:
        writer.outbox.mark("2026-03-02", stored.NOON)

    at_once(two[0], mark, two[1], mark)
    with two[0].writing() as writer:
        assert list(writer.outbox.of("2026-03-02")) == ["*"]


def test_an_issue_that_two_take_belongs_to_one_and_the_other_is_told(two: tuple[Store, Store]) -> None:
    one, other = two
    with one.writing() as writer:
        writer.save_items([stored.known("I2"), stored.known("I3")])
    with pytest.raises(StoreError, match="was changed by another worker at the same moment: nothing is half done"):
        at_once(
            one,
            lambda writer: writer.save_link(stored.link("I2", "8")),
            other,
            lambda writer: writer.save_link(stored.link("I3", "8")),
        )
    assert one.linked("board") == {"7": "I1", "8": "I2"}


def test_a_worker_that_freezes_in_a_transaction_stops_nobody_for_long(
    two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setitem(engine.LIMITS, "idle_in_transaction_session_timeout", "500ms")
    began = time.monotonic()

    def frozen() -> None:
        with one.writing() as writer:
            writer.save_names({"a": "Ann"})
            with other.writing() as its:
                its.save_names({"a": "Bo"})
            writer.save_names({"b": "Ann"})

    with pytest.raises(StoreError, match="waited too long for us|lost the connection"):  # noqa: RUF043 - either
        frozen()
    assert 0.4 < time.monotonic() - began < LONG
    assert one.snapshot("docs", "a.md").names == {"a": "Bo"}


def test_who_waits_too_long_for_another_is_told(two: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = two
    monkeypatch.setitem(engine.LIMITS, "lock_timeout", "200ms")

    def late() -> None:
        with one.writing() as writer:
            writer.save_names({"a": "Ann"})
            with other.writing() as its:
                its.save_names({"a": "Bo"})

    with pytest.raises(StoreError, match="is in use by another process: let it finish"):
        late()


def test_workers_that_write_all_at_once_all_get_through(server_home: Home) -> None:
    """Each has a source of its own and shares the rest, in no order; the server would tell of a deadlock at once."""
    workers, rounds = 4, 25
    failures: list[BaseException] = []

    def work(number: int) -> None:
        chance, source = random.Random(number), f"s{number}"
        try:
            with server_home.opened() as store:
                for turn in range(rounds):
                    _one_run(store, chance, source, turn)
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert failures == []
    with server_home.opened() as store:
        assert len(store.history()) == workers * rounds
        assert len(store.journal("acme").news(0)) == workers * rounds
        for number in range(workers):
            assert len(store.items(f"s{number}")) == 10
            assert store.items(f"s{number}")[0].item.line == rounds - 1


def _one_run(store: Store, chance: random.Random, source: str, turn: int) -> None:
    idents = [f"{source}-{number}" for number in range(10)]
    with store.writing() as writer:
        writer.save_document(stored.document(source=source, title=str(turn)))
        item = replace(stored.known().item, line=turn)
        shuffled = [stored.known(ident, source=source, item=item) for ident in idents]
        chance.shuffle(shuffled)
        writer.save_items(shuffled)
    with store.journal("acme").turn() as journal:
        journal.add(float(turn), "create")
    with store.writing() as writer:
        writer.save_link(stored.link(chance.choice(idents), f"{source}-{turn}"))
        writer.record(stored.event(idents[0]))
    with store.writing() as writer:
        shared: list[Callable[[], object]] = [
            lambda: writer.save_names({chance.choice("abcdef"): str(turn) for _ in range(3)}),
            lambda: writer.beat(f"tracker:{chance.choice('abc')}", at=stored.NOON, cursor=str(turn)),
            lambda: writer.hint("board", chance.sample("123456", 3)),
            lambda: writer.drop_hints(store.hints(["board"])),
            lambda: writer.calm(store.hints(["board"])),
            lambda: writer.heard(str(turn), stored.NOON + timedelta(days=turn)),
        ]
        chance.shuffle(shared)
        for write in shared:
            write()


def test_an_open_store_holds_one_connection_and_gives_it_back(server_home: Home) -> None:
    with ExitStack() as stack:
        stores = [stack.enter_context(server_home.opened()) for _ in range(3)]
        for store in stores:
            store.links()
        assert _connections(stores[0]) == 3
    with server_home.opened() as store:
        assert _connections(store) == 1


def _connections(store: Store) -> int:
    with store._connected() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return int(connection.exec_driver_sql(query).scalar() or 0)
