"""Every problem that a person can mend before a sync meets it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from pmtrack.app.post import unready
from pmtrack.app.setup import Scope, Setup
from pmtrack.documents import block
from pmtrack.errors import PmtrackError
from pmtrack.sources.base import Source


def check(setup: Setup) -> Iterator[str]:
    """One sentence each: of the documents, the trackers and the store."""
    for source in setup.sources(Scope()):
        yield from _of_source(source)
    for name in setup.config.trackers:
        yield from _of_tracker(setup, name)
    yield from unready(setup)
    try:
        setup.store(create=False).close()
    except PmtrackError as error:
        yield str(error)


def _of_source(source: Source) -> Iterator[str]:
    try:
        for seen in source.documents():
            problem = seen.problem or _of_document(source, seen.path)
            if problem:
                yield problem
    except PmtrackError as error:
        yield f"sources.{source.name}: {error}"


def _of_document(source: Source, path: str) -> str | None:
    try:
        block.find(source.read(path).data, path)
    except PmtrackError as error:
        return str(error)
    return None


def _of_tracker(setup: Setup, name: str) -> Iterator[str]:
    try:
        tracker = setup.tracker(name)
        tracker.whoami()
        yield from tracker.listing("").broken.values()
    except PmtrackError as error:
        yield f"trackers.{name}: {error}"
