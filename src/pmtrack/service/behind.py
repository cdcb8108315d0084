"""What stands behind the routes: the store, the webhooks, the numbers and the page of one daemon."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Self

from pmtrack.app import App
from pmtrack.app.hooks import Ear, Keys, Outcome, keys
from pmtrack.config import Config
from pmtrack.errors import PmtrackError
from pmtrack.reports.selection import Selection
from pmtrack.service.guard import Guard
from pmtrack.service.kept import Kept
from pmtrack.service.metrics import Facts, Metrics
from pmtrack.service.opened import Opened
from pmtrack.service.page import MOST, Page
from pmtrack.service.readiness import late
from pmtrack.service.reload import Watched
from pmtrack.service.web import Door
from pmtrack.trackers.limits import Meter

SELDOM = 60.0
"""Seconds between two lines about webhooks that ended alike."""

REFUSED = frozenset({Outcome.UNSIGNED, Outcome.SENSELESS, Outcome.TOO_LARGE, Outcome.CUT})


@dataclass(slots=True)
class Behind:
    """Args:
    watched: the app, whose configuration may change. guard: of the page, None for no page.
    """

    watched: Watched
    opened: Opened
    log: Any
    environment: Mapping[str, str]
    guard: Guard | None
    metrics: Metrics = field(init=False)
    _keys: tuple[Config, Keys] | None = None
    _told: dict[tuple[str, Outcome], tuple[float, int]] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def made(cls, watched: Watched, log: Any, environment: Mapping[str, str], guard: Guard | None) -> Iterator[Self]:
        """Until the block ends. From now on the app counts what its trackers are asked."""
        meter = watched.app.meter or Meter()
        watched.app = replace(watched.app, meter=meter)
        made = cls(watched, Opened(watched), log, environment, guard)
        facts = Kept(made._facts, time.monotonic)
        names = [source.name for source in watched.app.config.sources]
        made.metrics = Metrics(lambda: facts.get(None), meter, watched.app.now, names)
        with closing(made.opened):
            made._begin()
            yield made

    @property
    def door(self) -> Door:
        page = Page(self.guard, Kept(self._render, time.monotonic, MOST)).answer if self.guard else None
        return Door(self._ready, self.metrics.text, self._hear, self._heard, page, self.log)

    @property
    def app(self) -> App:
        return self.watched.app

    def _begin(self) -> None:
        """Open the store before anybody asks, since that may convert it; where it is away now, each request tries."""
        self._known_keys()
        try:
            self.opened.store()
        except PmtrackError as error:
            self.log.warning("store not open yet", error=str(error))

    def _known_keys(self) -> Keys:
        """The secrets of webhooks; asked for anew where the configuration was read anew."""
        config = self.app.config
        if self._keys is None or self._keys[0] is not config:
            self._keys = config, keys(config, self.environment)
            for problem in self._keys[1].problems:
                self.log.info("no webhooks", reason=problem)
        return self._keys[1]

    def _hear(self, kind: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        return Ear(self.opened.store, self._known_keys(), self.app.now).hear(kind, headers, body)

    def _heard(self, kind: str, outcome: Outcome) -> None:
        """Count it, and say so now and then: a flood of them is no flood in the log."""
        self.metrics.heard(kind, outcome.value)
        at, more = self._told.get((kind, outcome), (-SELDOM, 0))
        if time.monotonic() - at < SELDOM:
            self._told[kind, outcome] = at, more + 1
            return
        self._told[kind, outcome] = time.monotonic(), 0
        say = self.log.warning if outcome in REFUSED else self.log.info
        say("webhook", kind=kind, outcome=outcome.value, alike_since_the_last_line=more)

    def _ready(self) -> Sequence[str]:
        config = self.app.config
        every = {source.name: source.sync_every or config.service.sync_every for source in config.sources}
        try:
            pulses = self.opened.store().pulses()
        except PmtrackError as error:
            self.log.error("not ready", error=str(error))
            return ["the store cannot be read: look into the log"]
        return list(late(pulses, every, config.service.ready_after, self.app.now()))

    def _facts(self, _whole: None) -> Facts:
        store = self.opened.store()
        oldest = min((one.sent_at for one in store.intentions().values()), default=None)
        return Facts(store.counted(self.app.today), store.pulses(), oldest)

    def _render(self, only: Selection) -> bytes:
        from pmtrack.reports import render  # noqa: PLC0415 - takes a while, and is asked for where there is a page

        return render(self.app.report(only, told=True), "html").encode()
