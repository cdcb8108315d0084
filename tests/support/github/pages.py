"""Lists in pages, and answers that need not be sent again (GitHub's pages on pagination and best practices)."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from .call import Call
from .wire import Answer, Refused, Request

USUAL, MOST = 30, 100
FAR = 10_000
"""Entries in, from where github.com wants a cursor; the number is the one met, not a documented one."""


def number(request: Request, name: str, usual: int) -> int:
    """A number in the query; what is none, or less than one, counts as not given."""
    text = request.query.get(name, "")
    return int(text) if text.isdigit() and int(text) > 0 else usual


def page_of(call: Call, rows: Sequence[Any], base: str, wrap: Any = list) -> Answer:
    """One page of `rows`, with the links to the others where there are others.

    `base` is the path in the links: github.com gives that of a repository's lists by number (`/repositories/ID/...`).
    """
    size = min(number(call.request, "per_page", USUAL), MOST)
    page = number(call.request, "page", 1)
    last = max(1, -(-len(rows) // size))
    shown = rows[(page - 1) * size : page * size]
    link = _link(call, base, page, last)
    return Answer(200, wrap(shown), {"Link": link} if link else {})


def by_cursor(call: Call, rows: Sequence[Any], key: Callable[[Any], Any], base: str, wrap: Any) -> Answer:
    """A page of a list that goes on after a certain entry, not after a certain number of entries.

    So github.com's list of issues does: its links carry `after`, a page by number is refused when it is far in (422;
    google/go-github#3565, #3976), and an entry that moves while the pages are read does not push another one aside.
    """
    size, page = min(number(call.request, "per_page", USUAL), MOST), number(call.request, "page", 1)
    rest = _beyond(call, rows, key) if "after" in call.request.query else rows[(page - 1) * size :]
    if "after" not in call.request.query and page * size >= FAR:
        raise Refused(422, "Pagination with the page parameter is not supported for large datasets.")
    shown = rest[:size]
    more = {"after": _packed(key(shown[-1])), "page": page + 1} if len(rest) > size else None
    link = f'<{call.request.api}{base}?{urlencode({**call.request.query, **more})}>; rel="next"' if more else ""
    return Answer(200, wrap(shown), {"Link": link} if link else {})


def _beyond(call: Call, rows: Sequence[Any], key: Callable[[Any], Any]) -> list[Any]:
    """What comes after the cursor, in the order of the list, wherever the entry that it names is by now."""
    try:
        cursor = json.loads(base64.urlsafe_b64decode(call.request.query["after"]))
    except ValueError as problem:
        raise Refused(422, "The cursor is not valid.") from problem
    ascending = call.request.query.get("direction") == "asc"
    return [row for row in rows if (key(row) > cursor if ascending else key(row) < cursor)]


def _packed(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _link(call: Call, base: str, page: int, last: int) -> str:
    to = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    shown = {"prev": page > 1, "next": page < last, "last": page < last, "first": page > 1}
    return ", ".join(f'<{_url(call, base, to[name])}>; rel="{name}"' for name in to if shown[name])


def _url(call: Call, base: str, page: int) -> str:
    return f"{call.request.api}{base}?{urlencode({**call.request.query, 'page': page})}"


def etag(answer: Answer) -> str:
    return f'W/"{hashlib.sha256(answer.raw).hexdigest()}"'


def tagged(request: Request, answer: Answer) -> Answer:
    """With an ETag; 304 and no body where the caller has it already."""
    if request.method != "GET" or answer.status != 200:
        return answer
    tag = etag(answer)
    headers = {**answer.headers, "ETag": tag}
    if request.headers.get("if-none-match") in (tag, tag.removeprefix("W/")):
        return Answer(304, None, headers)
    return Answer(200, answer.body, headers)
