"""What a sync tells people besides what it did: what is new about a source, and which links lead elsewhere by now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from pmtrack.model import Known
from pmtrack.sources.base import Remarks, Source
from pmtrack.store.database import Store, Writer
from pmtrack.sync import Places, Plan, Recorder
from pmtrack.sync.world import Tracked
from pmtrack.trackers.links import differ

MOVED = (
    "{count} {issues} of source {source} {link} to where the item no longer stands: `pmtrack refresh-links` lets "
    "{them} follow"
)


@dataclass(frozen=True, slots=True)
class Watching(Recorder):
    """Writes down what a run did, and notes which items with an issue stand elsewhere than in the run before."""

    moved: dict[str, tuple[Known, Known]] = field(default_factory=dict)

    @classmethod
    def of(cls, recorder: Recorder) -> Watching:
        return cls(recorder.store, recorder.run, recorder.now, recorder.today)

    def sight(self, writer: Writer, tracked: Tracked, before: Known | None, *, turned: bool) -> None:
        if before and _has_our_issue(tracked) and before.present and tracked.known.present:
            self.moved[tracked.ident] = (before, tracked.known)
        Recorder.sight(self, writer, tracked, before, turned=turned)


def _has_our_issue(tracked: Tracked) -> bool:
    link = tracked.link
    return bool(link and link.ref and not link.adopted and not link.gone)


def remarks(places: Places, store: Store, recorder: Watching, plan: Plan) -> Iterator[str]:
    """One sentence each; nothing of it keeps anything from being done."""
    written = {step.tracked.ident for step in plan.steps if step.merged and step.merged.write}
    left = [pair for ident, pair in recorder.moved.items() if ident not in written]
    count = Counter(now.source for before, now in left if _is_moved(places.sources.get(now.source), before, now))
    for name, source in places.sources.items():
        if isinstance(source, Remarks):
            yield from source.remarks(partial(store.linked_count, name))
        if count[name]:
            yield _moved(name, count[name])


def _is_moved(source: Source | None, before: Known, now: Known) -> bool:
    if source is None or (before.path, before.item.line) == (now.path, now.item.line):
        return False
    was, address = (source.address(one.path, one.item.line) for one in (before, now))
    return bool(address) and differ(was, address)


def _moved(source: str, count: int) -> str:
    issues, link, them = ("issue", "links", "it") if count == 1 else ("issues", "link", "them")
    return MOVED.format(count=count, issues=issues, source=source, link=link, them=them)
