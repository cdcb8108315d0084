"""What an issue file says: its text to values, and values to its text (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime

from pmtrack.model import Draft, Fields, Marker, Status
from pmtrack.text import neutral_markdown, one_line
from pmtrack.trackers import body, frontmatter, links
from pmtrack.trackers.base import tidy
from pmtrack.trackers.frontmatter import HeadError, Sheet, Words

STATUS_WORDS: Mapping[str, Status] = {
    **dict.fromkeys(("open", "todo", "to do", "new", "reopened", "backlog"), Status.OPEN),
    **dict.fromkeys(("in progress", "doing", "started", "wip"), Status.IN_PROGRESS),
    **dict.fromkeys(("done", "closed", "complete", "completed", "fixed", "resolved"), Status.DONE),
    **dict.fromkeys(("cancelled", "canceled", "wontfix", "won't fix", "won't do", "not planned"), Status.CANCELLED),
}
"""What people write as a status; `_` and `-` count as spaces."""

KEYS = {"title": "title", "status": "status", "owners": "owner", "priority": "priority", "due": "due"}
"""Field -> key."""
POSTMORTEM = "postmortem"
"""The key with the document's path, for people."""
MARKER = "pmtrack"
"""The key that carries ident, digest and path."""

COMMENT_LIMIT = 2_000
COMMENT_END = "<!-- /pmtrack:comment -->"


def fields(sheet: Sheet) -> Fields:
    """What a person or we wrote.

    Raises:
        HeadError: a status or a date is not one.
    """
    said = Fields(
        title=" ".join(sheet.words("title")),
        status=_status(" ".join(sheet.words("status"))),
        owners=_owners(sheet),
        priority=" ".join(sheet.words("priority")),
        due=_due(" ".join(sheet.words("due"))),
    )
    return tidy(said)


def _owners(sheet: Sheet) -> tuple[str, ...]:
    """`Ana, Ben` by hand is two people; in a YAML list a comma is part of a name."""
    words = sheet.words("owner")
    return words if not words or sheet.values["owner"].listed else tuple(words[0].split(","))


def _status(words: str) -> Status:
    status = STATUS_WORDS.get(" ".join(re.split(r"[\s_-]+", words.strip().lower()))) if words else Status.OPEN
    if status is None:
        known = ", ".join(status.value for status in Status)
        raise HeadError(f"status: {one_line(words, 40)!r} is no status: write one of {known}")
    return status


def _due(words: str) -> date | None:
    try:
        return datetime.fromisoformat(words.strip()).date() if words else None
    except ValueError:
        raise HeadError(f"due: {one_line(words, 40)!r} is no date: write it as 2026-12-01") from None


def marker(sheet: Sheet) -> Marker | None:
    """Ours, where the file carries one that nobody damaged."""
    parts = " ".join(sheet.words(MARKER)).split(" ", 2)
    return Marker(ident=parts[0], digest=parts[1], path=parts[2]) if len(parts) == 3 else None


def values(said: Fields) -> dict[str, Words]:
    """The words of every key that holds a field."""
    lone = said.owners[0] if len(said.owners) == 1 and "," not in said.owners[0] else said.owners
    return {
        "title": said.title,
        "status": said.status.value if said.status else "",
        "owner": lone,
        "priority": said.priority or "",
        "due": said.due.isoformat() if said.due else "",
    }


def marked(mark: Marker) -> dict[str, Words]:
    """The words of the key that holds the marker."""
    return {MARKER: f"{mark.ident} {mark.digest} {mark.path}"}


def rendered(draft: Draft) -> str:
    """The text of a new issue."""
    said = {**values(tidy(draft.fields)), POSTMORTEM: draft.marker.path, **marked(draft.marker)}
    head = "\n".join(frontmatter.line(key, words) for key, words in said.items())
    return f"---\n{head}\n---\n\n{body.markdown(draft)}"


def leads(text: str, draft: Draft) -> str:
    """Where our link to the postmortem leads, "" where there is none."""
    return links.leads(_body(text), body.link(draft), _paths(text, draft)) if draft.link else ""


def led(text: str, draft: Draft, *, only_moved: bool = False) -> str:
    """The text of the file with that link leading where the draft says; for a draft without a link as it is."""
    if not draft.link:
        return text
    inside, paths = _body(text), _paths(text, draft)
    return text[: len(text) - len(inside)] + links.led(inside, body.link(draft), paths, only_moved=only_moved)


def renamed(sheet: Sheet, draft: Draft) -> str:
    """The text with the document's present path where its head names one."""
    now = {POSTMORTEM: draft.marker.path}
    return frontmatter.change(sheet, now) if sheet.words(POSTMORTEM) not in ((), (draft.marker.path,)) else sheet.text


def _body(text: str) -> str:
    return text[frontmatter.parse(text).end :]


def _paths(text: str, draft: Draft) -> list[str]:
    """What the document is called now, and what it was called when the marker was written."""
    mark = marker(frontmatter.parse(text))
    return [draft.marker.path, *([mark.path] if mark else [])]


def commented(sheet: Sheet, purpose: str, text: str) -> str:
    """The text with one comment for this purpose, at the end at first and later where it stands."""
    old, newline = sheet.text, sheet.newline
    begin = f"<!-- pmtrack:comment {purpose} -->"
    note = newline.join([begin, neutral_markdown(one_line(text, COMMENT_LIMIT)), COMMENT_END])
    at = old.find(begin, sheet.end)
    stop = old.find(COMMENT_END, at) if at >= 0 else -1
    if stop >= 0:
        return old[:at] + note + old[stop + len(COMMENT_END) :]
    gap = newline if old.endswith("\n") else newline * 2
    return f"{old}{gap}{note}{newline}"
