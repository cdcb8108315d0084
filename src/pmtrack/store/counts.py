"""How much of what there is, counted by the database: the numbers that are asked for every few seconds.

What a state is says `reports.rows.STATES`; here it stands again as SQL, since reading 50,000 rows takes seconds. A test
holds both together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, func, not_, or_, select

from pmtrack.model import State, Status
from pmtrack.store.tables import metadata

_TABLES = metadata.tables
_ITEMS, _LINKS, _DOCUMENTS = (_TABLES[name] for name in ("items", "links", "documents"))
_ITEM, _LINK, _HISTORY = _ITEMS.c, _LINKS.c, _TABLES["history"].c


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items there are.

    Attributes:
        items: (source, state, status) -> how many. overdue: source -> how many of those that count.
    """

    items: Mapping[tuple[str, State, Status], int] = field(default_factory=dict)
    overdue: Mapping[str, int] = field(default_factory=dict)


def counted(rows: Callable[[Select[Any]], Sequence[Any]], held: Collection[str], today: date) -> Counted:
    """Count all items.

    Args:
        rows: runs a query. held: the items that wait for a yes.
    """
    items: Counter[tuple[str, State, Status]] = Counter()
    overdue: Counter[str] = Counter()
    for source, state, status, late, times in rows(_groups(today)):
        items[source, State(state), Status(status)] += times
        if late and state not in ASIDE:
            overdue[source] += times
    for ident, source, state, status in rows(_waiting()) if held else ():
        if ident in held:
            items[source, State(state), Status(status)] -= 1
            items[source, State.HELD, Status(status)] += 1
    return Counted({name: times for name, times in items.items() if times}, dict(overdue))


ASIDE = frozenset({State.REMOVED, State.TEMPLATE, State.PROPOSED})
"""States of what does not count as late."""

_HAS_ISSUE = and_(_LINK.ident.is_not(None), _LINK.ref.is_not(None))
_CONFLICTS = select(_HISTORY.ident).where(not_(_HISTORY.acknowledged))
_STATE = case(
    (not_(_ITEM.present), State.REMOVED.value),
    (_ITEM.acceptance == "dismissed", State.PROPOSED.value),
    (
        and_(_LINK.ident.is_not(None), or_(_LINK.error.is_not(None), _LINK.gone, _LINK.ref.is_(None))),
        State.FAILED.value,
    ),
    (and_(_LINK.ident.is_not(None), _ITEM.ident.in_(_CONFLICTS)), State.CONFLICT.value),
    (_LINK.ident.is_not(None), State.LINKED.value),
    (_DOCUMENTS.c.is_template, State.TEMPLATE.value),
    (_ITEM.acceptance != "accepted", State.PROPOSED.value),
    (or_(_ITEM.decision.startswith("adopt "), not_(_ITEM.item.contains('"ticket":null'))), State.FOLLOWED.value),
    else_=State.NOT_CREATED.value,
)
"""Without those that are held: which they are stands in no row of theirs."""


def _status(fields: ColumnElement[str]) -> ColumnElement[str]:
    """That of fields as JSON, which is canonical; what is not stated is open."""
    said = {status: fields.contains(f'"status":"{status.value}"') for status in Status if status is not Status.OPEN}
    return case(*((is_so, status.value) for status, is_so in said.items()), else_=Status.OPEN.value)


_AGREED = case((_HAS_ISSUE, _status(_LINK.agreed)), else_=_status(_ITEM.stated))
_OPEN_DUE = case((_HAS_ISSUE, _LINK.open_due), else_=_ITEM.open_due)
_IN_DOCUMENT = and_(_DOCUMENTS.c.source == _ITEM.source, _DOCUMENTS.c.path == _ITEM.path)
_ALL = _ITEMS.outerjoin(_LINKS, _LINK.ident == _ITEM.ident).join(_DOCUMENTS, _IN_DOCUMENT)


def _groups(today: date) -> Select[Any]:
    late = func.coalesce(_OPEN_DUE.op("<", is_comparison=True)(today), false())
    columns = (_ITEM.source, _STATE.label("state"), _AGREED.label("status"), late.label("late"))
    inner = select(*columns).select_from(_ALL).subquery()
    return select(*inner.c, func.count()).group_by(*inner.c)


def _waiting() -> Select[Any]:
    """The items that may be held."""
    could_be = _STATE.in_([State.FOLLOWED.value, State.NOT_CREATED.value])
    return select(_ITEM.ident, _ITEM.source, _STATE, _status(_ITEM.stated)).select_from(_ALL).where(could_be)
