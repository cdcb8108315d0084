"""A list over all its pages: whole, or an error. Never half of it.

Cloud's search goes by tokens and tells no total; everything else goes by offsets. Issues come in the order of their
keys, which no change of one moves: an issue that joins in while we read comes twice at most, and one that leaves
changes the total, so that the list is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.trackers.jira.answers import Answer, Broken

PAGE = 100
"""Entries that we ask for; Jira may give fewer on a page."""

MAX_PAGES = 10_000
READ_AGAIN = 5
"""Times; a list that changes all the while is left to the next run."""

Json = dict[str, Any]


class Shifted(Exception):
    """The list changed while it was read."""


def by_token(ask: Callable[[str], Answer]) -> Mapping[str, Json]:
    """The issues of a search on Cloud, by id.

    Args:
        ask: told the token of a page, "" for the first.

    Raises:
        TrackerError: a page is short, repeated or cut.
    """
    found: dict[str, Json] = {}
    token, known = "", {""}
    for _ in range(MAX_PAGES):
        page = _page(ask(token))
        issues, following = _issues(page), str(page.get("nextPageToken") or "")
        is_last = not following if page.get("isLast") is None else bool(page["isLast"])
        if is_last != (not following):
            raise strange("does not lead to its next page")
        if following and len(issues) < PAGE and _issues(_page(ask(token))) != issues:
            raise strange("had a page with entries missing")  # one that is always so is only a small page
        _take(issues, found)
        if is_last:
            return found
        if following in known:
            raise strange("leads in a circle")
        known.add(following)
        token = following
    raise strange("does not end")


def by_offset(ask: Callable[[int], Answer]) -> Mapping[str, Json]:
    """The issues of a search on Data Center, by id.

    Args:
        ask: told where to start, from 0.

    Raises:
        TrackerError: as `by_token`.
    """
    for _ in range(READ_AGAIN):
        try:
            return _once(ask)
        except Shifted:
            continue
    raise strange("kept changing while it was read")


def _once(ask: Callable[[int], Answer]) -> Mapping[str, Json]:
    """Raises:
    Shifted: the total is another one than at first.
    """
    found: dict[str, Json] = {}
    at, total = 0, -1
    for _ in range(MAX_PAGES):
        page = _page(ask(at))
        issues, now = _issues(page), page.get("total")
        if page.get("startAt") != at or not isinstance(now, int):
            raise strange("does not say where it stands")
        if total not in (-1, now):
            raise Shifted
        total = now
        if len(issues) != min(int(page.get("maxResults") or PAGE), total - at):
            raise strange("had a page with entries missing")
        _take(issues, found)
        at += len(issues)
        if at >= total:
            return found
    raise strange("does not end")


def everything(ask: Callable[[int], Answer], *keys: str) -> Iterator[Json]:
    """The entries of a list of anything else, page after page.

    Args:
        keys: under which of these the entries stand; Cloud and Data Center differ.

    Raises:
        TrackerError: a page is short, repeated or cut.
    """
    at = 0
    for _ in range(MAX_PAGES):
        page = _page(ask(at))
        key = next((key for key in keys if isinstance(page.get(key), list)), None)
        if key is None or page.get("startAt", at) != at:
            raise strange("is no list, or does not say where it stands")
        entries = page[key]
        yield from entries
        at += len(entries)
        if page.get("isLast") is True or at >= int(page.get("total", at)):
            return
        if not entries:
            raise strange("had an empty page in its midst")
    raise strange("does not end")


def _page(answer: Answer) -> Json:
    try:
        return answer.thing()
    except Broken:
        raise strange("was cut or is no list") from None


def _issues(page: Json) -> Sequence[Json]:
    issues = page.get("issues")
    if not isinstance(issues, list) or not all(map(_is_issue, issues)):
        raise strange("has entries that are no issues")
    return issues


def _take(issues: Sequence[Json], found: dict[str, Json]) -> None:
    """Raises:
    TrackerError: one came before. In the order of keys, only a page that is shown twice brings that about.
    """
    for issue in issues:
        if issue["id"] in found:
            raise strange("showed the same page twice")
        found[issue["id"]] = issue


def _is_issue(entry: object) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not isinstance(entry.get("key"), str):
        return False
    fields = entry.get("fields")
    try:
        return isinstance(fields, dict) and datetime.fromisoformat(fields["updated"]).tzinfo is not None
    except (KeyError, TypeError, ValueError):
        return False


def strange(what: str) -> TrackerError:
    """An answer that cannot be right."""
    return TrackerError(f"Jira's list {what}: nothing was taken from it; the next run reads it again")
