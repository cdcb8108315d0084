"""Every problem that a person can mend before a sync meets it. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from pmtrack.app.post import unready
from pmtrack.app.setup import Scope, Setup
from pmtrack.documents import block, extract
from pmtrack.errors import DocumentError, PmtrackError
from pmtrack.ready import Ready
from pmtrack.sources.base import Source

UNHEARD = "sources.{name}.ready: no document says {key!r} in its front matter, so none is ever ready: correct the key"


def check(setup: Setup) -> Iterator[str]:
    """One sentence each: of the documents, the trackers and the store."""
    rules = {source.name: source.ready for source in setup.config.sources}
    for source in setup.sources(Scope()):
        yield from _of_source(source, rules[source.name])
    for name in setup.config.trackers:
        yield from _of_tracker(setup, name)
    yield from unready(setup)
    try:
        setup.store(create=False).close()
    except PmtrackError as error:
        yield str(error)


def _of_source(source: Source, rule: Ready) -> Iterator[str]:
    paths = []
    try:
        for seen in source.documents():
            paths.append(seen.path)
            problem = seen.problem or _of_document(source, seen.path)
            if problem:
                yield problem
        if rule.key and paths and not any(_says(source, path, rule) for path in paths):
            yield UNHEARD.format(name=source.name, key=rule.key)
    except PmtrackError as error:
        yield f"sources.{source.name}: {error}"


def _of_document(source: Source, path: str) -> str | None:
    try:
        block.find(source.read(path).data, path)
    except PmtrackError as error:
        return str(error)
    return None


def _says(source: Source, path: str, rule: Ready) -> bool:
    """Whether a document has the key by which it becomes ready; one that cannot be read may have."""
    try:
        return rule.said(extract(source.read(path).data, path).matter) is not None
    except DocumentError:
        return True


def _of_tracker(setup: Setup, name: str) -> Iterator[str]:
    try:
        tracker = setup.tracker(name)
        tracker.whoami()
        yield from tracker.listing("").broken.values()
    except PmtrackError as error:
        yield f"trackers.{name}: {error}"
