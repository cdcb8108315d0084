"""`pmtrack report`: the numbers of the whole store, one postmortem's report, or a page of everything."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from pmtrack import atomic
from pmtrack.app import App, Scope
from pmtrack.errors import PmtrackError
from pmtrack.reports import Report, Selection, block, for_document, render
from pmtrack.reports.numbers import numbers
from pmtrack.reports.objects import numbers_as_json
from pmtrack.reports.page import GENERATOR
from pmtrack.reports.repeat import as_objects, as_text, repeats
from pmtrack.text import plain


def run(app: App, output: str, as_of: date | None) -> int:
    """Print the numbers of the whole store."""
    report = app.report(as_of=as_of, told=True)
    again, day = repeats(report.rows), report.as_of
    if output == "json":
        sys.stdout.write(numbers_as_json(report, {"repeats": as_objects(again, day)}))
    else:
        sys.stdout.write(numbers(report) + plain(as_text(again, day)))
    return 0


def run_one(app: App, postmortem: str, output: str, as_of: date | None) -> int:
    """Print one postmortem's report as its block has it, or as JSON."""
    if output == "json":
        source, path = place(app, postmortem)
        selection = Selection(source=source, postmortem=path)
        sys.stdout.write(render(app.report(selection, as_of, told=True), "json"))
    else:
        sys.stdout.write(_block(app, *place(app, postmortem), as_of))
    return 0


def write_page(app: App, path: Path, as_of: date | None) -> int:
    """Write the page for the whole store, in place of an earlier one."""
    data = render(app.report(as_of=as_of, told=True), "html").encode()
    target = path.resolve()
    try:
        _write(target, data)
    except OSError as error:
        raise PmtrackError(f"{path} cannot be written ({error.strerror}): name a file in a folder of yours") from None
    print(f"wrote {path}")
    return 0


def place(app: App, words: str) -> tuple[str, str]:
    """The source and path of the document that is meant by its path, `source:path`, or the end of its path.

    Raises:
        PmtrackError: none, or more than one, is.
    """
    places = [(document.source, document.path) for document in app.snapshot().documents if document.present]
    for fits in (_is_whole, _is_end):
        found = [one for one in places if fits(*one, words.strip())]
        if len(found) == 1:
            return found[0]
        if found:
            raise PmtrackError(f"{words!r} names {len(found)} postmortems ({_listed(found)}): write one of them")
    raise PmtrackError(f"there is no postmortem {words!r}: see the paths in `pmtrack status`, or sync first")


def _is_whole(source: str, path: str, words: str) -> bool:
    return words in (path, f"{source}:{path}")


def _is_end(_source: str, path: str, words: str) -> bool:
    return bool(words) and path.endswith(f"/{words}")


def _listed(places: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{source}:{path}" for source, path in places)


def _block(app: App, source: str, path: str, as_of: date | None) -> str:
    from pmtrack.publish.reports import link

    report: Report = app.report(Selection(source=source, postmortem=path), as_of)
    known = {settings.name for settings in app.config.sources}
    at = app.sources(Scope(source=source))[0].locate(path) if source in known else path
    return block(for_document(report, source, path), lambda row: link(row, at))


def _write(target: Path, data: bytes) -> None:
    try:
        before, stamp = atomic.read(target)
    except FileNotFoundError:
        atomic.create(target, data)
        return
    if GENERATOR.encode() not in before:
        raise PmtrackError(f"{target.name} is there already and is no page of pmtrack: name another file")
    atomic.replace(target, data, stamp)
