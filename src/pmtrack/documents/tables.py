"""Tables of action items: one by its columns even where no heading says so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pmtrack.documents import dates, decorations, fields, tickets
from pmtrack.documents.blocks import Table
from pmtrack.documents.candidate import MAX_ITEMS, Candidate, Rank
from pmtrack.documents.fields import Context, Stated
from pmtrack.documents.inline import Inline
from pmtrack.documents.leading import box_status
from pmtrack.documents.sections import Kind, Scope
from pmtrack.documents.vocabulary import (
    column,
    exact_status,
    fold,
    is_empty,
    phrases,
    said_since,
    status_mark,
    status_of,
)
from pmtrack.model import Status

_PATTERNS = frozenset(("yyyymmdd", "ddmmyyyy", "mmddyyyy", "ttmmjjjj", "jjjjmmtt", "ddmmaaaa", "aaaammdd", "jjmmaaaa"))
_LONGEST_PATTERN = 14
_SOME_ROWS, _MANY_SPACES = 20, 2
_SHARE = re.compile(r"(\d{1,3})\s?%\Z")
_NUMBERED_STATUS = re.compile(r"#?(\d{1,9}|[\w/]{1,8})[\s:,–—-]+([^\W\d].{1,30})\Z")
_CLAUSE = re.compile(r"\s*[,;]\s+")
_BOX_CELL = re.compile(r"\[[ xX/~-]?\]\Z")
_RICH = frozenset({"owner", "due", "priority", "status", "ticket"})
_EXPLICIT = (
    "action item",
    "actions item",
    "アクション",
    "액션",
    "行动项",
    "行動項目",
    "corrective action",
    "follow up",
    "task",
    "maßnahme",
    "massnahme",
)


def candidates(table: Table, scope: Scope, context: Context) -> list[Candidate]:
    """The rows of a table of action items; none where the table is of something else."""
    roles = _roles(table, scope)
    if "action" not in roles or not _is_work(table, roles, scope):
        return []
    rank = Rank.FULL_TABLE if len(_RICH.intersection(roles)) >= 2 else Rank.TABLE
    takers = [_finished(role, cell) for role, cell in zip(roles, table.head, strict=True)]
    found = []
    for row in table.rows(MAX_ITEMS):
        candidate = _row(row, takers, scope, rank, table=table.start, context=context)
        if candidate is not None:
            found.append(candidate)
    return found


def _roles(table: Table, scope: Scope) -> list[str]:
    """What each column holds; a second column of a kind that an item has once is a remark.

    Where no column is named as work, one of "issues" that are told in words is; else the first of an unknown name,
    unless it names what a list of no work is of.
    """
    roles: list[str] = []
    for cell in table.head:
        role = column(cell.text) or ""
        roles.append("" if role in ("action", "priority", "status", "due") and role in roles else role)
    if "action" not in roles and "ticket" in roles and _tells_work(table, roles.index("ticket")):
        roles[roles.index("ticket")] = "action"
    if "action" not in roles and _RICH.intersection(roles) and "" in roles and "time" not in roles:
        unnamed = [at for at, role in enumerate(roles) if role == "" and fold(table.head[at].text)]
        if unnamed and (scope.works or table.head[unnamed[0]].text not in phrases("words", "no_work")):
            roles[unnamed[0]] = "action"
    return roles


def _tells_work(table: Table, at: int) -> bool:
    """Whether what a column of tickets holds is sentences, as in one that is called "Issue"."""
    cells = [row[at] for row in table.rows(_SOME_ROWS) if not is_empty(row[at].text)]
    return bool(cells) and all(
        cell.text.count(" ") >= _MANY_SPACES and tickets.of_cell(cell.text, cell.links) is None for cell in cells
    )


def _finished(role: str, head: Inline) -> str:
    """ "finished" for a status of which the day may be told on which it was reached."""
    return "finished" if role == "status" and head.text in phrases("words", "finished") else role


def _is_work(table: Table, roles: Sequence[str], scope: Scope) -> bool:
    rich = _RICH.intersection(roles)
    if "time" in roles and scope.kind is not Kind.ACTION:
        return False
    explicit = fold(table.head[roles.index("action")].text).startswith(_EXPLICIT) and bool(rich)
    if scope.kind is Kind.OTHER:
        return explicit or {"owner", "due", "status"} <= rich
    return scope.works or explicit or ("owner" in rich and bool(rich & {"due", "status", "priority"}))


def _row(
    row: Sequence[Inline], roles: Sequence[str], scope: Scope, rank: Rank, *, table: int, context: Context
) -> Candidate | None:
    cells = list(zip(roles, row, strict=False))
    action = next((cell for role, cell in cells if role == "action"), Inline())
    if not action.text.strip():
        return None
    stated = decorations.read(action, context, whole=True)
    for role, cell in cells:
        _cell(stated, role, cell, context)
    stated.hollow = stated.hollow or any(_is_pattern(cell.text) for role, cell in cells if role == "due")
    own = action.part(0, len(action.text))
    return Candidate(stated, own.byte(0), own.end, scope, rank, (table, "table"))


def _is_pattern(words: str) -> bool:
    """Whether a cell only shows how a day is written, so that its row is an example."""
    return len(words) <= _LONGEST_PATTERN and fold(words).replace(" ", "") in _PATTERNS


def _cell(stated: Stated, role: str, cell: Inline, context: Context) -> None:
    words = _unstruck(cell).replace("\n", " ").strip()
    if role in ("status", "finished", "number") and (_BOX_CELL.match(words) or not fold(words)):
        stated.status = box_status(words) or status_mark(words) or stated.status
    elif role == "owner":
        stated.owners = fields.split_owners(words)
    elif role not in ("action", "number", "time") and not is_empty(words):
        _TAKERS.get(role, _other)(stated, cell, words, context)


def _due(stated: Stated, _: Inline, words: str, context: Context) -> None:
    stated.due = stated.due_words = None
    status = exact_status(words)
    mark = status_mark(words[-1:]) if dates.find(words, context.reading) else None
    if mark is not None and mark.closed:
        stated.status = stated.status or mark
    if status is not None and status.closed:
        stated.status = stated.status or status
    else:
        fields.set_due(stated, words, context)


def _unstruck(cell: Inline) -> str:
    """What was struck through in a cell was replaced by what stands beside it."""
    kept = cell.text
    for start, end in reversed(cell.struck if len(cell.struck) < 20 else ()):
        kept = kept[:start] + kept[end:]
    return kept if kept.strip() else cell.text


def _priority(stated: Stated, _: Inline, words: str, __: Context) -> None:
    stated.priority = words.strip("`*_ ")


def _kind(stated: Stated, cell: Inline, words: str, context: Context) -> None:
    _other(stated, cell, words, context)
    stated.kind = words if len(words) <= 40 and not cell.links else None


def _status(stated: Stated, cell: Inline, words: str, _: Context) -> None:
    undone = Status.OPEN if words in phrases("words", "undone") else None
    stated.status = _standing(words) or undone or _percentage(words) or stated.status
    if stated.ticket is None:
        stated.ticket = tickets.of_cell(words, cell.links)


def _standing(words: str) -> Status | None:
    """How it stands; where more is said behind a comma, what ends it ("Accepted, done on 9 April")."""
    _, *more = _CLAUSE.split(words) if "," in words or ";" in words else [words]
    said = (said_since(one) or exact_status(one) for one in more)
    return next((one for one in said if one is not None and one.closed), None) or status_of(words)


def _finish(stated: Stated, cell: Inline, words: str, context: Context) -> None:
    """What was done on a day is done."""
    is_day = dates.find(words, context.reading) and status_of(words) is None
    if is_day or words in phrases("words", "affirmed"):
        stated.status = Status.DONE
    else:
        _status(stated, cell, words, context)


def _ticket(stated: Stated, cell: Inline, words: str, _: Context) -> None:
    """Some teams write how it stands behind the ticket ("4711 DONE", "n/a TODO")."""
    number = _NUMBERED_STATUS.match(words)
    if number and (number[1].isdecimal() or is_empty(number[1])) and (status := exact_status(number[2])):
        stated.status = stated.status or status
        stated.ticket = stated.ticket or (tickets.of_cell(number[1], cell.links) if number[1].isdecimal() else None)
        return
    *before, last = words.split() or [""]
    if before and (status := exact_status(last)):
        stated.status, words = stated.status or status, " ".join(before)
    stated.ticket = stated.ticket or tickets.of_cell(words, cell.links, strictly=False)
    named = next((words[link.start : link.end] for link in cell.links), stated.ticket)
    stated.status = stated.status or exact_status(words.replace(named, " ") if named else words)


def _percentage(words: str) -> Status | None:
    """How much is done, as a status."""
    share = _SHARE.match(words)
    if share is None:
        return None
    return Status.OPEN if int(share[1]) == 0 else Status.DONE if int(share[1]) >= 100 else Status.IN_PROGRESS


def _other(stated: Stated, cell: Inline, words: str, _: Context) -> None:
    """Some tables keep the status or the ticket in a column of another name."""
    if stated.status is None:
        stated.status = exact_status(words)
    if stated.ticket is None and not words.isdecimal():
        stated.ticket = tickets.of_cell(words, cell.links)


_TAKERS: Mapping[str, Callable[[Stated, Inline, str, Context], None]] = {
    "status": _status,
    "finished": _finish,
    "ticket": _ticket,
    "due": _due,
    "priority": _priority,
    "kind": _kind,
}
"""What is done with a cell, by what its column holds."""
