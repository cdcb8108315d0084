"""What merging a change would do, as people read it before they merge: values, and each form of them (pure)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pmtrack.model import DueSource, IssueRef
from pmtrack.reports.values import ReportRow
from pmtrack.reports.words import in_bullet, in_cell, is_web, linked
from pmtrack.text import plain

MOST = 50
"""Rows of one list; a comment on GitHub takes 65,536 characters."""

NOTHING = "nothing that concerns action items"

CREATES, WAITS = "create", "wait"

ASIDE: Mapping[str, str] = {
    "closed": "done or called off already: counted, and never filed",
    "proposed": "only proposed (`pmtrack accept` files it)",
    "ticket": "with an issue of its own",
    "old": "older than `since`: counted, and not filed",
    "confidential": "in a confidential document: not filed",
}
"""Why a new item makes no issue -> how that is said."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A new item that an issue is made for.

    Attributes:
        row: as reports have it. tracker: where its issue goes. address: of its line, "" where there is none.
        waits: why that needs a yes, "" where it does not; or, of a draft, what it waits for.
        findings: what a reviewer would ask.
        asked: how often the same is asked for, "" where only here; others: by which items besides.
    """

    row: ReportRow
    tracker: str
    address: str = ""
    waits: str = ""
    findings: tuple[str, ...] = ()
    asked: str = ""
    others: tuple[ReportRow, ...] = ()
    draft: bool = False

    @property
    def when(self) -> str:
        """ ", after a yes"."""
        return ", of a draft" if self.draft else ", after a yes" if self.waits else ""


@dataclass(frozen=True, slots=True)
class Moving:
    """Something else that would be done. Attributes:
    verb: as `pmtrack plan` says it; words: what changes, for people.
    """

    verb: str
    text: str
    postmortem: str
    line: int
    ticket: IssueRef | None = None
    words: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What merging would do.

    Attributes:
        aside: why new items make no issue, by a name of `ASIDE` -> how many do not.
        problems: what could not be looked at, one sentence each.
    """

    coming: tuple[Coming, ...] = ()
    moving: tuple[Moving, ...] = ()
    aside: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.coming or self.moving or any(self.aside.values()) or self.problems)

    @property
    def headline(self) -> str:
        """ "merging creates 3 issues, closes 1"."""
        if not (self.coming or self.moving):
            return f"merging changes {NOTHING}" if self.is_empty else "merging creates no issue"
        made, drafts = sum(not one.waits for one in self.coming), sum(one.draft for one in self.coming)
        held = len(self.coming) - made - drafts
        parts = [f"creates {_count(made, 'issue')}" if made else ""]
        parts += [f"would create {held} more after a yes" if held else ""]
        parts += [f"keeps {_count(drafts, 'item')} in a draft" if drafts else ""]
        parts += [_DOES.get(verb, f"{verb} {{}}").format(count) for verb, count in self._verbs().items()]
        return f"merging {', '.join(part for part in parts if part)}"

    def _verbs(self) -> Mapping[str, int]:
        verbs = [one.verb for one in self.moving]
        return {verb: verbs.count(verb) for verb in dict.fromkeys(verbs)}


_DOES = {
    "update": "updates {}",
    "close": "closes {}",
    "reopen": "reopens {}",
    "remove": "takes {} out of a document",
    "restore": "brings {} back into a document",
}
"""A verb of `pmtrack plan` -> what is said of so many items."""


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def render(preview: Preview, form: str) -> str:
    """One of `FORMS`: text, markdown or json."""
    return FORMS[form](preview)


# ------------------------------------------------------------ Markdown


def as_markdown(preview: Preview) -> str:
    """For a pull request: nobody is mentioned, nothing is closed, whatever a document says."""
    parts = [f"### pmtrack: {preview.headline}", *_sections(preview)]
    return "\n\n".join(parts) + "\n"


def _sections(preview: Preview) -> Iterator[str]:
    if preview.coming:
        yield _table(preview.coming)
    for title, lines in (
        ("To mend before anybody forgets", _mend(preview.coming)),
        ("Asked for before", _again(preview.coming)),
        ("Waits for a yes after merging", _waiting(preview.coming, draft=False)),
        ("Drafts", _waiting(preview.coming, draft=True)),
        ("Also", _also(preview)),
        ("Could not be looked at", map(in_bullet, preview.problems)),
    ):
        if shown := _listed(lines):
            yield f"**{title}**\n\n{shown}"


def _waiting(coming: Iterable[Coming], *, draft: bool) -> Iterable[str]:
    return dict.fromkeys(in_bullet(one.waits) for one in coming if one.waits and one.draft is draft)


def _table(coming: Sequence[Coming]) -> str:
    head = ["| Action item | Owner | Due | Priority | Issue in |", "| --- | --- | --- | --- | --- |"]
    rows = [f"| {' | '.join(_cells(one))} |" for one in coming[:MOST]]
    more = [f"| and {len(coming) - MOST} more | | | | |"] if len(coming) > MOST else []
    return "\n".join([*head, *rows, *more])


def _cells(one: Coming) -> list[str]:
    row = one.row
    why = " (policy)" if row.due_source is DueSource.POLICY else ""
    return [
        linked(row.text, one.address or None),
        in_cell(", ".join(row.owners)) or "**nobody**",
        f"{row.due}{why}" if row.due else "**none**",
        in_cell(row.priority or "-"),
        in_cell(f"{one.tracker}{one.when}"),
    ]


def _mend(coming: Iterable[Coming]) -> Iterator[str]:
    for one in coming:
        for finding in one.findings:
            yield f"{_place(one.row.postmortem, one.row.line, one.address)}: {in_cell(finding)}"


def _again(coming: Iterable[Coming]) -> Iterator[str]:
    for one in coming:
        if one.asked:
            yield f"{in_bullet(one.row.text)}: {in_cell(one.asked)} ({', '.join(map(_other, one.others))})"


def _other(row: ReportRow) -> str:
    place = in_cell(f"{row.postmortem}:{row.line}")
    if row.ticket is None:
        return place
    return f"{place}, {linked(row.ticket.key, row.ticket.url if is_web(row.ticket.url) else None)}"


def _also(preview: Preview) -> Iterator[str]:
    for one in preview.moving:
        key = linked(one.ticket.key, one.ticket.url if is_web(one.ticket.url) else None) if one.ticket else ""
        words = f" ({in_cell(one.words)})" if one.words else ""
        yield f"{one.verb} {key}{': ' if key else ''}{linked(one.text, one.address or None)}{words}"
    yield from (f"{count} new {ASIDE[name]}" for name, count in preview.aside.items() if count)


def _place(path: str, line: int, address: str) -> str:
    return linked(f"{path}:{line}", address or None)


def _listed(lines: Iterable[str]) -> str:
    found = list(lines)
    more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
    return "\n".join(f"- {line}" for line in [*found[:MOST], *more])


# ------------------------------------------------------------ text and JSON


def as_text(preview: Preview) -> str:
    """For a terminal."""
    lines = [preview.headline]
    for one in preview.coming:
        row = one.row
        lines.append(f"{CREATES:<8} {one.tracker:<12} {row.postmortem}:{row.line}  {row.text}")
        lines += [f"{'':<9}{finding}" for finding in one.findings]
        lines += [f"{'':<9}{said}" for said in (one.asked, one.waits) if said]
    lines += [f"{one.verb:<8} {_key(one):<12} {one.postmortem}:{one.line}  {one.text}{_bracket(one.words)}"
              for one in preview.moving]  # fmt: skip
    lines += [f"{count} new {ASIDE[name]}" for name, count in preview.aside.items() if count]
    return plain("\n".join(lines)) + "\n"


def _key(one: Moving) -> str:
    return one.ticket.key if one.ticket else "-"


def _bracket(words: str) -> str:
    return f"  ({words})" if words else ""


def as_json(preview: Preview) -> str:
    content = {
        "schema": 1,
        "headline": preview.headline,
        "create": [_object(one) for one in preview.coming],
        "change": [_change(one) for one in preview.moving],
        "aside": dict(preview.aside),
        "problems": list(preview.problems),
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _object(one: Coming) -> dict[str, Any]:
    row = one.row
    return {
        "source": row.source,
        "postmortem": row.postmortem,
        "line": row.line,
        "text": row.text,
        "tracker": one.tracker,
        "owners": list(row.owners),
        "priority": row.priority,
        "due": row.due.isoformat() if row.due else None,
        "due_source": row.due_source.value if row.due_source else None,
        "findings": list(one.findings),
        "asked": one.asked or None,
        "waits": one.waits or None,
        "draft": one.draft,
    }


def _change(one: Moving) -> dict[str, Any]:
    return {
        "verb": one.verb,
        "postmortem": one.postmortem,
        "line": one.line,
        "text": one.text,
        "ticket": one.ticket.key if one.ticket else None,
        "words": one.words or None,
    }


FORMS: Mapping[str, Callable[[Preview], str]] = {"text": as_text, "markdown": as_markdown, "json": as_json}
