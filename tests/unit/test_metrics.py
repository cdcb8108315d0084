"""The numbers for Prometheus: what is counted, what is read, and that the documentation knows all of it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pmtrack.errors import StoreError
from pmtrack.model import Pulse, State, Status
from pmtrack.service.kept import FRESH, Kept
from pmtrack.store.counts import Counted

pytest.importorskip("prometheus_client", reason="needs the extra `web`")

from prometheus_client.parser import text_string_to_metric_families

from pmtrack.service.metrics import FAILED, VERBS, Facts, Metrics
from pmtrack.trackers.limits import Kind, Left, Meter

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "operations.md"
FACTS = Facts(
    Counted({("docs", State.LINKED, Status.OPEN): 7, ("docs", State.HELD, Status.OPEN): 2}, {"docs": 3}),
    [
        Pulse("source:docs", NOW - timedelta(seconds=90)),
        Pulse("tracker:board:of:words", NOW + timedelta(seconds=5)),
        Pulse("source:new", None, "it could not be read"),
    ],
    NOW - timedelta(minutes=4),
)


def metrics(facts: Facts = FACTS, meter: Meter | None = None) -> Metrics:
    return Metrics(lambda: facts, meter or Meter(), lambda: NOW, ["docs"])


def values(made: Metrics) -> Mapping[tuple[str, ...], float]:
    """(name, label values in the order of their names) -> value."""
    _, text = made.text()
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_what_the_store_holds_is_shown() -> None:
    found = values(metrics())
    shown = {name: value for name, value in found.items() if name[0].startswith(("pmtrack_items", "pmtrack_lag"))}
    assert shown == {
        ("pmtrack_items", "docs", "linked", "open"): 7,
        ("pmtrack_items", "docs", "held", "open"): 2,
        ("pmtrack_items_overdue", "docs"): 3,
        ("pmtrack_lag_seconds", "source", "docs"): 90,
        ("pmtrack_lag_seconds", "tracker", "board:of:words"): 0,
    }
    assert found["pmtrack_last_success_timestamp_seconds", "source", "docs"] == NOW.timestamp() - 90
    assert found["pmtrack_oldest_intention_seconds",] == 240
    assert found["pmtrack_store_up",] == 1


def test_an_empty_store_has_nothing_waiting() -> None:
    found = values(metrics(Facts(Counted(), [])))
    assert found["pmtrack_oldest_intention_seconds",] == 0
    assert not [name for name in found if name[0] == "pmtrack_items"]


def test_without_its_store_the_rest_is_shown() -> None:
    def broken() -> Facts:
        raise StoreError("the store is away")

    found = values(Metrics(broken, Meter(), lambda: NOW, ["docs"]))
    assert found["pmtrack_store_up",] == 0
    assert found["pmtrack_runs_total", "ok", "docs"] == 0
    assert not [name for name in found if name[0] == "pmtrack_items"]


def test_runs_are_counted() -> None:
    made = metrics()
    counts = {"created": 3, "updated": 1, "held": 9, "documents_written": 2}
    for outcome in ("ok", "problems", "failed", "bug", "stopped"):
        made.ran("docs", 0.5, outcome, counts if outcome == "ok" else {})
    made.ran("wiki", 20, "failed", {})
    found = values(made)
    assert [found["pmtrack_runs_total", outcome, "docs"] for outcome in ("ok", "bug", "stopped")] == [1, 1, 1]
    assert found["pmtrack_run_failures_total", "docs"] == len(FAILED) == 3
    assert found["pmtrack_run_failures_total", "wiki"] == 1
    assert found["pmtrack_run_duration_seconds_count", "docs"] == 5
    assert found["pmtrack_run_duration_seconds_bucket", "1.0", "docs"] == 5
    assert found["pmtrack_run_duration_seconds_bucket", "10.0", "wiki"] == 0
    assert {verb: found["pmtrack_changes_total", "docs", verb] for verb in VERBS} == {
        **dict.fromkeys(VERBS, 0),
        "created": 3,
        "updated": 1,
        "documents_written": 2,
    }


def test_what_has_not_happened_yet_is_zero_so_that_its_first_time_is_an_increase() -> None:
    found = values(metrics())
    assert found["pmtrack_run_failures_total", "docs"] == 0
    assert found["pmtrack_webhooks_total", "github", "unsigned"] == 0
    assert found["pmtrack_messages_total", "digest", "refused"] == 0


def test_webhooks_and_messages_are_counted() -> None:
    made = metrics()
    made.heard("jira", "accepted")
    made.sent("reminder", "sent")
    found = values(made)
    assert found["pmtrack_webhooks_total", "jira", "accepted"] == 1
    assert found["pmtrack_messages_total", "reminder", "sent"] == 1


def test_what_trackers_were_asked_is_shown() -> None:
    meter = Meter()
    meter.count("board", Kind.READ)
    meter.count("board", Kind.READ)
    meter.count("board", Kind.CREATE)
    meter.note("https://api.github.com PMTRACK_ACME_TOKEN", "requests", Left(4_999, 5_000, NOW.timestamp() + 9))
    found = values(metrics(meter=meter))
    assert found["pmtrack_requests_total", "read", "board"] == 2
    assert found["pmtrack_requests_total", "create", "board"] == 1
    assert found["pmtrack_limit_left", "https://api.github.com PMTRACK_ACME_TOKEN", "requests"] == 4_999


def test_names_from_a_configuration_cannot_break_out_of_a_label() -> None:
    hostile = 'a"} 1\npmtrack_evil 7\\'
    facts = Facts(Counted({(hostile, State.LINKED, Status.OPEN): 1}), [Pulse(f"source:{hostile}", NOW)])
    found = values(metrics(facts))
    assert found["pmtrack_items", hostile, "linked", "open"] == 1
    assert ("pmtrack_evil",) not in found


def test_two_of_them_do_not_know_each_other() -> None:
    one, other = metrics(), metrics()
    one.ran("docs", 1, "ok", {})
    assert values(other)["pmtrack_runs_total", "ok", "docs"] == 0


# ---------------------------------------------------------------- the documentation


def documented() -> dict[str, set[str]]:
    """Name -> labels, of the table in the documentation."""
    rows = re.findall(r"^\| `(pmtrack_\w+)(?:\{([\w, ]*)\})?` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: set(re.findall(r"\w+", labels)) for name, labels in rows}


def shown() -> dict[str, set[str]]:
    """The same of what is shown when there is something of everything."""
    meter = Meter()
    meter.count("board", Kind.READ)
    meter.note("acme", "requests", Left(1, 2, 0))
    found: dict[str, set[str]] = {}
    for family in metrics(meter=meter).registry.collect():
        for sample in family.samples:
            name = re.sub(r"_(bucket|count|sum)$", "", sample.name)
            found.setdefault(name, set()).update(sample.labels.keys() - {"le"})
    return {name: labels for name, labels in found.items() if name.startswith("pmtrack_")}


def test_the_documentation_knows_every_metric_and_its_labels() -> None:
    assert documented() == shown()


# ---------------------------------------------------------------- what is kept for a while


def test_what_is_asked_for_often_is_made_now_and_then() -> None:
    now, made = 0.0, []
    kept = Kept(lambda key: made.append(key) or len(made), lambda: now)
    assert [kept.get("a"), kept.get("a")] == [1, 1]
    now = FRESH
    assert kept.get("a") == 1
    now = FRESH + 0.1
    assert kept.get("a") == 2


def test_what_takes_long_is_given_again_for_longer() -> None:
    now, made = 0.0, []

    def make(key: str) -> int:
        nonlocal now
        now += 9
        made.append(key)
        return len(made)

    kept = Kept(make, lambda: now)
    assert kept.get("a") == 1
    now = 9 + 90
    assert kept.get("a") == 1
    now = 9 + 90.1
    assert kept.get("a") == 2


def test_only_so_many_are_kept_and_the_ones_asked_for_last() -> None:
    made: list[str] = []
    kept = Kept(lambda key: made.append(key) or key, lambda: 0.0, most=2)
    for key in ("a", "b", "a", "c", "a", "b"):
        kept.get(key)
    assert made == ["a", "b", "c", "b"]


def test_a_failure_is_not_kept() -> None:
    tries: list[int] = []

    def make(_key: None) -> int:
        tries.append(1)
        if len(tries) == 1:
            raise StoreError("away")
        return 7

    kept = Kept(make, lambda: 0.0)
    with pytest.raises(StoreError):
        kept.get(None)
    assert kept.get(None) == 7


def test_it_is_never_made_twice_at_once() -> None:
    busy, most, lock = 0, 0, threading.Lock()

    def make(_key: None) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        threading.Event().wait(0.05)
        with lock:
            busy -= 1
        return 1

    kept = Kept(make, lambda: 0.0)
    threads = [threading.Thread(target=kept.get, args=(None,)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == 1
