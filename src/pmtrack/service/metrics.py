"""The numbers for Prometheus: what this process did, and what the store holds.

What stands in the store is the same whichever worker is asked; what a process did is its own, and all of it the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pmtrack import __version__
from pmtrack.app.hooks import Outcome
from pmtrack.app.run import COUNTED
from pmtrack.errors import PmtrackError
from pmtrack.model import Pulse
from pmtrack.store.counts import Counted
from pmtrack.store.outbox import Outcome as Sent
from pmtrack.trackers.hooks import HOOKS
from pmtrack.trackers.limits import Meter

BUCKETS = (0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800)
"""Seconds of a run: an unchanged one takes tenths, a first one at a server's limits hours."""

FAILED = frozenset({"problems", "failed", "bug"})
"""Outcomes of a run for which a person has to look."""

VERBS = (*COUNTED, "documents_written", "failed")
MESSAGES = ("digest", "reminder")

COUNTERS: Mapping[str, tuple[str, Sequence[str]]] = {
    "pmtrack_runs": ("Syncs by their outcome.", ("source", "outcome")),
    "pmtrack_run_failures": ("Syncs for which a person has to look.", ("source",)),
    "pmtrack_changes": ("What syncs changed.", ("source", "verb")),
    "pmtrack_webhooks": ("Webhooks by what became of them.", ("kind", "outcome")),
    "pmtrack_messages": ("Digests and reminders by what became of them.", ("kind", "outcome")),
}
"""The counters of what this process did -> what they tell, and their labels."""

GAUGES: Mapping[str, tuple[str, Sequence[str]]] = {
    "pmtrack_store_up": ("Whether the store could be read just now.", ()),
    "pmtrack_items": ("Action items by where their tracking stands.", ("source", "state", "status")),
    "pmtrack_items_overdue": ("Open action items that are past their due date.", ("source",)),
    "pmtrack_last_success_timestamp_seconds": (
        "When a source or a tracker was last read with success, since 1970.",
        ("kind", "name"),
    ),
    "pmtrack_lag_seconds": ("How long ago that is.", ("kind", "name")),
    "pmtrack_oldest_intention_seconds": ("How long the oldest change of unknown outcome waits, 0 for none.", ()),
    "pmtrack_limit_left": (
        "What is left of a limit of an account, as of the last request of this process.",
        ("account", "limit"),
    ),
}
"""The gauges -> what they tell, and their labels."""

REQUESTS = "pmtrack_requests"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds. Attributes:
    oldest: since when the longest waits whose outcome is not known.
    """

    counted: Counted
    pulses: Sequence[Pulse]
    oldest: datetime | None = None


class Metrics:
    """Counts what it is told, and asks for the rest when it is asked.

    Args:
        facts: reads the store. meter: what trackers were asked. now: the clock, UTC.
        sources: names; of these a failure counts from the first one on.
    """

    def __init__(
        self, facts: Callable[[], Facts], meter: Meter, now: Callable[[], datetime], sources: Sequence[str] = ()
    ) -> None:
        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = prometheus.CollectorRegistry()
        self._counters = {
            name: prometheus.Counter(name, words, labels, registry=self.registry)
            for name, (words, labels) in COUNTERS.items()
        }
        self._seconds = prometheus.Histogram(
            "pmtrack_run_duration_seconds", "How long syncs took.", ["source"], buckets=BUCKETS, registry=self.registry
        )
        prometheus.Info("pmtrack_build", "This program.", registry=self.registry).info({"version": __version__})
        prometheus.ProcessCollector(registry=self.registry)
        self.registry.register(_Asked(facts, meter, now))
        self._begin(sources)

    def _begin(self, sources: Sequence[str]) -> None:
        """Show what has not happened yet as 0: what begins with 1 is no increase to Prometheus."""
        for source in sources:
            self._show(source)
        for kind in HOOKS:
            for outcome in Outcome:
                self._count("pmtrack_webhooks", kind, outcome.value, times=0)
        for message in MESSAGES:
            for sent in Sent:
                self._count("pmtrack_messages", message, sent.value, times=0)

    def _show(self, source: str) -> None:
        self._count("pmtrack_runs", source, "ok", times=0)
        self._count("pmtrack_run_failures", source, times=0)
        self._seconds.labels(source)
        for verb in VERBS:
            self._count("pmtrack_changes", source, verb, times=0)

    def _count(self, name: str, *labels: str, times: int = 1) -> None:
        self._counters[name].labels(*labels).inc(times)

    def ran(self, source: str, seconds: float, outcome: str, counts: Mapping[str, int]) -> None:
        """A source was synced, or should have been."""
        self._show(source)
        self._count("pmtrack_runs", source, outcome)
        self._count("pmtrack_run_failures", source, times=outcome in FAILED)
        self._seconds.labels(source).observe(seconds)
        for verb in VERBS:
            self._count("pmtrack_changes", source, verb, times=counts.get(verb, 0))

    def sent(self, what: str, outcome: str) -> None:
        """A digest or a reminder was sent, or should have been."""
        self._count("pmtrack_messages", what, outcome)

    def heard(self, kind: str, outcome: str) -> None:
        """A webhook came."""
        self._count("pmtrack_webhooks", kind, outcome)

    def text(self) -> tuple[str, bytes]:
        """Their type, and all of them as Prometheus reads them."""
        return prometheus.CONTENT_TYPE_LATEST, prometheus.generate_latest(self.registry)


@dataclass(frozen=True, eq=False)
class _Asked(Collector):
    """What is read when it is asked for."""

    facts: Callable[[], Facts]
    meter: Meter
    now: Callable[[], datetime]

    def describe(self) -> list[Metric]:
        """Nothing is read only to be announced."""
        return []

    def collect(self) -> Iterator[Metric]:
        now = self.now()
        yield _counter(self.meter)
        yield _gauge(
            "pmtrack_limit_left", {name: float(left) for name, left in self.meter.left(now.timestamp()).items()}
        )
        try:
            facts = self.facts()
        except PmtrackError:
            yield _gauge("pmtrack_store_up", {(): 0.0})
            return
        for name, values in _of_store(facts, now).items():
            yield _gauge(name, values)


Values = Mapping[tuple[str, ...], float]


def _of_store(facts: Facts, now: datetime) -> Mapping[str, Values]:
    read = {_named(pulse): pulse.last_success for pulse in facts.pulses if pulse.last_success}
    return {
        "pmtrack_store_up": {(): 1.0},
        "pmtrack_items": {name: float(times) for name, times in facts.counted.items.items()},
        "pmtrack_items_overdue": {
            (source,): float(facts.counted.overdue.get(source, 0))
            for source in {source for source, _, _ in facts.counted.items}
        },
        "pmtrack_last_success_timestamp_seconds": {name: at.timestamp() for name, at in read.items()},
        "pmtrack_lag_seconds": {name: max(0.0, (now - at).total_seconds()) for name, at in read.items()},
        "pmtrack_oldest_intention_seconds": {(): max(0.0, (now - (facts.oldest or now)).total_seconds())},
    }


def _named(pulse: Pulse) -> tuple[str, str]:
    kind, _, name = pulse.name.partition(":")
    return kind, name


def _gauge(name: str, values: Values) -> GaugeMetricFamily:
    words, labels = GAUGES[name]
    family = GaugeMetricFamily(name, words, labels=list(labels))
    for label, value in sorted(values.items()):
        family.add_metric(label, value)
    return family


def _counter(meter: Meter) -> CounterMetricFamily:
    family = CounterMetricFamily(REQUESTS, "What trackers were asked.", labels=["tracker", "kind"])
    for (tracker, kind), times in sorted(meter.requests().items()):
        family.add_metric([tracker, kind.value], times)
    return family
