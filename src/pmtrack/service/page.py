"""The report as a page: what of it was asked for, and one copy of it for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from pmtrack.model import State
from pmtrack.policy import parse_days
from pmtrack.reports.selection import Selection
from pmtrack.service.guard import HEADERS, TEXT, Guard, Refused, Reply, Visit
from pmtrack.service.kept import Kept

MOST = 16
"""Pages that are kept, each of other items."""

MOST_FILTERS = 20

FILTERS = ("owner", "team", "priority", "source", "postmortem", "state", "overdue", "due_within")
"""What of a query is understood: as `pmtrack status` does. Anything else is left aside."""


def selection(query: Sequence[tuple[str, str]]) -> Selection:
    """The items that were asked for.

    Raises:
        ValueError: there is no such state, or no such number of days.
    """
    said = {name: value.strip() for name, value in query if name in FILTERS and value.strip()}
    return Selection(
        overdue=said.get("overdue", "no").lower() not in ("0", "no", "false"),
        owner=said.get("owner") or said.get("team"),
        priority=said.get("priority"),
        source=said.get("source"),
        postmortem=said.get("postmortem"),
        state=State(said["state"]) if "state" in said else None,
        due_within=parse_days(said["due_within"]) if "due_within" in said else None,
    )


@dataclass(frozen=True, slots=True)
class Page:
    """Answers for the page.

    Args:
        pages: by the items that are on it.
    """

    guard: Guard
    pages: Kept[Selection, bytes]

    def answer(self, visit: Visit) -> Reply:
        """Raises:
        PmtrackError: the store cannot be read.
        """
        try:
            query = parse_qsl(visit.query, keep_blank_values=True, max_num_fields=MOST_FILTERS)
            offered = [value for name, value in query if name == "token"]
            if offered:
                return self.guard.exchange(offered[0], [pair for pair in query if pair[0] in FILTERS], visit)
            self.guard.admit(visit)
            only = selection(query)
        except Refused as refused:
            return refused.reply
        except ValueError:
            return Refused(400, b"no such filter\n", **TEXT).reply
        body = self.pages.get(only)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if _is_known(tag, visit.headers.get("if-none-match", "")):
            return Reply(304, {**HEADERS, "ETag": tag})
        return Reply(200, {**HEADERS, "ETag": tag}, body)


def _is_known(tag: str, asked: str) -> bool:
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in asked.split(","))
