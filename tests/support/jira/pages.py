"""Lists in pages by number, the way the older parts of Jira do them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .call import Call
from .wire import Answer

MOST = 200


def part_of(call: Call, rows: Sequence[Any], usual: int = 50, most: int = MOST) -> tuple[list[Any], dict[str, int]]:
    """The rows of one page, and what it says of itself. A page is never larger than the server wants."""
    start, size = max(0, call.number("startAt", 0)), min(max(0, call.number("maxResults", usual)), most)
    return list(rows[start : start + size]), {"startAt": start, "maxResults": size, "total": len(rows)}


def page_of(
    call: Call, rows: Sequence[Any], name: str, shown: Callable[[Any], Any] = lambda row: row, usual: int = 50
) -> Answer:
    """A page; where its rows are called `values` it also tells whether it is the last one."""
    part, told = part_of(call, rows, usual)
    last = {"isLast": told["startAt"] + len(part) >= len(rows)} if name == "values" else {}
    return Answer(200, {**told, **last, name: [shown(row) for row in part]})
