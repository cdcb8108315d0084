"""A list over all its pages: whole, or an error. Never half of it, and never what another host says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pmtrack.errors import TrackerError
from pmtrack.trackers.github.answers import Answer, Broken

PAGE = 100
"""Entries on a page; GitHub gives no more."""

MAX_PAGES = 10_000

_LINK = re.compile(r'<([^<>]+)>;\s*rel="next"')
_LAST = re.compile(r'<([^<>]+)>;\s*rel="last"')

Json = dict[str, Any]
Read = Callable[[str, Mapping[str, Any] | None], Answer]
"""(address, query) -> a good answer."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Attributes:
    entries: by number, each once and as it was seen last. count: of the pages. etag: of the first.
    shifted: "" for a list that stood still; else the moment from which to read once more.
    """

    entries: Mapping[int, Json]
    count: int
    etag: str
    shifted: str = ""


def issues(first: Answer, again: Callable[[], Answer], read: Read, base_url: str) -> Pages:
    """The issues of a list (sorted by change, the oldest first) whose first page is `first`.

    An entry that changes while we read comes again at the end with another time, and all behind its old place move up
    by one: the first of a later page slips onto a page that we have read. So what was behind that place is to be read
    once more. An entry that comes again with the same time is a repeated page.

    Args:
        again: reads the first page once more.

    Raises:
        TrackerError: a page is short, repeated or cut, or leads elsewhere.
    """
    found: dict[int, Json] = {}
    left: list[str] = []
    count = 0
    for count, page in enumerate(_chain(first, again, read, base_url), start=1):  # noqa: B007 - the last one counts
        for entry in page:
            number, updated = _stamp(entry)
            before = found[number]["updated_at"] if number in found else None
            if before == updated:
                raise strange("showed the same page twice")
            left += [before] if before else []
            found[number] = entry
    return Pages(found, count, first.headers.get("etag", ""), min(left, default=""))


def everything(first: Answer, read: Read, base_url: str) -> Iterator[Json]:
    """The entries of a list of anything else, page after page.

    Raises:
        TrackerError: as `issues`.
    """
    for page in _chain(first, lambda: first, read, base_url):
        yield from page


def _chain(first: Answer, again: Callable[[], Answer], read: Read, base_url: str) -> Iterator[list[Json]]:
    answer, repeat, at = first, again, 1
    while True:
        page, following = _entries(answer), next_address(answer, base_url, at)
        if following and len(page) < PAGE and _entries(repeat()) != page:
            raise strange("had a page with entries missing")  # one that is always so has entries hidden from us
        if following and not page:
            raise strange("had an empty page in its midst")
        yield page
        if following is None:
            return
        at += 1

        def repeat(address: str = following) -> Answer:
            return read(address, None)

        answer = repeat()


def next_address(answer: Answer, base_url: str, page: int) -> str | None:
    """Where the next page is, None after the last.

    Raises:
        TrackerError: on another host, where our token must not go; or not the page after `page`.
    """
    found = _address(_LINK, answer, base_url)
    if found and (parse_qs(urlsplit(found).query).get("page") != [str(page + 1)] or page >= MAX_PAGES):
        raise strange("does not lead to its next page")
    return found


def last_address(answer: Answer, base_url: str) -> str | None:
    """Where the last page is, None where the answer is all that there is.

    Raises:
        TrackerError: as `next_address`.
    """
    return _address(_LAST, answer, base_url)


def _address(link: re.Pattern[str], answer: Answer, base_url: str) -> str | None:
    found = link.search(answer.headers.get("link", ""))
    if not found:
        return None
    base, address = urlsplit(base_url), urlsplit(found[1])
    if (address.scheme, address.netloc) != (base.scheme, base.netloc) or not address.path.startswith(base.path):
        raise strange("leads to another host")
    return found[1]


def _entries(answer: Answer) -> list[Json]:
    try:
        return answer.entries()
    except Broken:
        raise strange("was cut or is no list") from None


def _stamp(entry: Json) -> tuple[int, str]:
    number, times = entry.get("number"), [entry.get("updated_at"), entry.get("created_at")]
    if not isinstance(number, int) or not isinstance(entry.get("repository_url"), str) or not all(map(_is_time, times)):
        raise strange("has entries that are no issues")
    return number, str(times[0])


def _is_time(words: object) -> bool:
    try:
        return isinstance(words, str) and datetime.fromisoformat(words).tzinfo is not None
    except ValueError:
        return False


def strange(what: str) -> TrackerError:
    """An answer that cannot be right."""
    return TrackerError(f"GitHub's list of issues {what}: nothing was taken from it; the next run reads it again")
