"""Who has a lease, on both databases: one at a time, while it gives signs of life, and known by its epoch."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from pmtrack.errors import Busy
from pmtrack.store.database import Store
from pmtrack.store.leases import Leases, guard
from support import stored
from support.stored import Home


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with home.opened() as found:
        yield found


def worker(store: Store, name: str, *, ttl: float = 30.0, alone: bool = False) -> Leases:
    return store.leases(name, alone=alone, ttl=ttl)


def test_one_at_a_time(store: Store) -> None:
    ana, bo = worker(store, "ana"), worker(store, "bo")
    (first,) = ana.take(["source:a"])
    assert (bo.take(["source:a"]), ana.take(["source:a"])) == ([], [])
    ana.give_back([first])
    (second,) = bo.take(["source:a"])
    assert (first.epoch, second.epoch) == (1, 2)


def test_those_that_are_free_are_had(store: Store) -> None:
    worker(store, "ana").take(["b"])
    assert [lease.name for lease in worker(store, "bo").take(["c", "b", "a"])] == ["a", "c"]


def test_one_that_ran_out_is_another_ones(store: Store) -> None:
    worker(store, "ana", ttl=0.05).take(["a"])
    time.sleep(0.2)
    (lease,) = worker(store, "bo").take(["a"])
    assert (lease.holder, lease.epoch) == ("bo", 2)


def test_whoever_is_alone_needs_not_wait_for_the_dead(store: Store) -> None:
    worker(store, "ana").take(["a"])
    assert worker(store, "bo", alone=True).take(["a"])[0].epoch == 2


def test_a_lease_that_was_lost_is_neither_renewed_nor_given_back(store: Store) -> None:
    ana = worker(store, "ana", ttl=0.05)
    lost = ana.take(["a"])
    time.sleep(0.2)
    worker(store, "bo").take(["a"])
    ana.renew(lost)
    ana.give_back(lost)
    assert worker(store, "cy").take(["a"]) == []


def test_a_lease_that_ran_out_is_not_ours_any_more_though_nobody_has_it(store: Store) -> None:
    ana = worker(store, "ana", ttl=0.05)
    mine = ana.take(["a"])
    time.sleep(0.2)
    store.guard = guard(mine)
    with pytest.raises(Busy, match="another worker has taken over a"), store.writing():
        pass


def test_nothing_is_written_once_it_is_another_ones(store: Store) -> None:
    ana = worker(store, "ana", ttl=0.05)
    store.guard = guard(ana.take(["a"]))
    with store.writing() as writer:
        writer.save_document(stored.document("early.md"))
    time.sleep(0.2)
    worker(store, "bo").take(["a"])
    with pytest.raises(Busy), store.writing() as writer:
        writer.save_document(stored.document("late.md"))
    assert list(store.documents("docs")) == ["early.md"]


def test_signs_of_life_keep_it_and_the_end_gives_it_back(store: Store) -> None:
    ana, bo = worker(store, "ana", ttl=0.6), worker(store, "bo")
    with ana.kept(ana.take(["a"])):
        time.sleep(1.5)
        assert bo.take(["a"]) == []
    assert bo.take(["a"])
    assert not [thread for thread in threading.enumerate() if thread.name == "leases"]


def test_everybody_sees_how_it_stands(store: Store) -> None:
    ana = worker(store, "ana", ttl=20)
    mine = ana.take(["a", "b"])
    ana.give_back(mine[1:])
    now, found = ana.standings()
    assert abs(now - time.time()) < 60
    assert found["a"].until is not None
    assert 10 < found["a"].until - now <= 20
    assert found["b"].until is None
    assert 0 <= now - found["b"].began < 10


def test_of_many_at_once_one_gets_it(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: worker(store, f"w{n % 8}").take([f"s{n // 8}"]), range(64)))
    assert Counter(lease.name for taken in answers for lease in taken) == {f"s{n}": 1 for n in range(8)}
