"""Which items wait: a plan may have something to do with them though nobody did anything since the last run."""

from __future__ import annotations

from sqlalchemy import and_, exists, not_, or_, select

from pmtrack.store.tables import metadata

_ITEMS, _LINKS = metadata.tables["items"], metadata.tables["links"]
_ITEM, _LINK = _ITEMS.c, _LINKS.c

_CLOSED = or_(*(_ITEM.stated.contains(f'"status":"{word}"') for word in ("done", "cancelled")))

_LINK_OF = select(_LINK.ident).where(_LINK.ident == _ITEM.ident)

_UNHEARD = or_(
    and_(_ITEM.present, _LINK.document != _ITEM.stated),  # what the document says has not had its consequence
    and_(not_(_ITEM.present), not_(_LINK.orphaned)),  # it left its document, and its issue was not told
    and_(_ITEM.present, _LINK.orphaned),  # its text came back
    _LINK.ref.is_(None),  # its issue was asked for
    _LINK.error.is_not(None),  # its last change failed
)

WAITING = or_(
    and_(_ITEM.present, _ITEM.acceptance == "accepted", not_(_CLOSED), not_(exists(_LINK_OF))),  # it has no issue
    exists(_LINK_OF.where(_UNHEARD)),
)
"""The rule, as SQL over one row of `items`."""
