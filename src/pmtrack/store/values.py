"""Values as columns, and back: one codec for each column name that is not stored as it is.

JSON is canonical: equal text is an equal value, so that a query can compare them. Nothing here knows SQLModel, since
`pmtrack status` reads by this module and the standard library alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, TypeVar

from pmtrack.model import (
    Acceptance,
    ActionItem,
    BlockState,
    Document,
    DueSource,
    EditedBlock,
    Event,
    Fields,
    Hold,
    Intention,
    IssueRef,
    Known,
    Link,
    Marker,
    Pulse,
    Side,
    Span,
    Status,
)

T = TypeVar("T")


TABLES: Mapping[type[Any], str] = {
    Document: "documents",
    Known: "items",
    Link: "links",
    Intention: "intentions",
    Event: "history",
    Hold: "holds",
    Pulse: "cursors",
}
"""The table of each kind of value."""


@dataclass(frozen=True, slots=True)
class Codec:
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def columns(value: Any) -> dict[str, Any]:
    """A model value as the columns of its row."""
    return {name: encode(name, getattr(value, name)) for name in NAMES[type(value)]}


def value_of(kind: type[T], row: Iterable[Any]) -> T:
    """A model value from its columns (in the order of `NAMES`), as SQLAlchemy or as sqlite3 has them."""
    return kind(
        *[
            raw if raw is None or decode is None else decode(raw)
            for decode, raw in zip(DECODERS[kind], row, strict=True)
        ]
    )


def open_due(fields: Fields) -> date | None:
    """The due date of what is not closed."""
    return None if fields.status and fields.status.closed else fields.due


def encode(name: str, value: Any) -> Any:
    if name in CODECS and value is not None:
        return CODECS[name].encode(value)
    return storable(value) if isinstance(value, str) else value


def storable(text: str) -> str:
    """Without halves of emoji and without NUL, which JSON from a tracker may hold and not every database does."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if text.isascii() else text.encode(errors="replace").decode()


def _dump(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _fields(value: Fields) -> dict[str, Any]:
    return {
        "title": value.title,
        "status": value.status,
        "owners": value.owners,
        "priority": value.priority,
        "due": value.due.isoformat() if value.due else None,
    }


_STATUS: Mapping[str | None, Status | None] = {None: None, **{status.value: status for status in Status}}


def _fields_of(raw: Mapping[str, Any]) -> Fields:
    return Fields(
        title=raw["title"],
        status=_STATUS[raw["status"]],
        owners=tuple(raw["owners"]),
        priority=raw["priority"],
        due=date.fromisoformat(raw["due"]) if raw["due"] else None,
    )


def _item(value: ActionItem) -> dict[str, Any]:
    plain = {name: getattr(value, name) for name in _PLAIN}
    return {**plain, "fields": _fields(value.fields), "span": [value.span.start, value.span.end]}


def _item_of(raw: Mapping[str, Any]) -> ActionItem:
    plain = {name: raw[name] for name in _PLAIN}
    plain["problems"] = tuple(plain["problems"])
    return ActionItem(fields=_fields_of(raw["fields"]), span=Span(*raw["span"]), **plain)


_PLAIN = ("line", "section", "confidence", "horizon", "ticket", "kind", "problems")


def _day_of(raw: date | str) -> date:
    return raw if isinstance(raw, date) else date.fromisoformat(raw)


def _instant_of(raw: datetime | str) -> datetime:
    found = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _block_of(raw: str) -> EditedBlock:
    state, fingerprint = raw.split()
    return EditedBlock(BlockState(state), fingerprint)


def _json(encode: Callable[[Any], Any], decode: Callable[[Any], Any]) -> Codec:
    return Codec(lambda value: _dump(encode(value)), lambda text: decode(_load(text)[0]))


def _repeated(codec: Codec) -> Codec:
    """The sides of a link mostly say the same, most lists are empty, and documents come together: each is decoded once.

    What is decoded is shared, so nobody may change it.
    """
    return Codec(codec.encode, lru_cache(maxsize=1024)(codec.decode))


_load = json.JSONDecoder().raw_decode  # twice as fast as `loads`, which looks for spaces that we never write
_FIELDS = _repeated(_json(_fields, _fields_of))
_WORDS = _repeated(_json(list, tuple))
_DAY = Codec(lambda day: day, _day_of)
_INSTANT = Codec(lambda instant: instant, _instant_of)
_FLAG = Codec(bool, bool)

CODECS: Mapping[str, Codec] = {
    **dict.fromkeys(("stated", "document", "issue", "agreed", "sent"), _FIELDS),
    **dict.fromkeys(("problems", "unstated", "idents"), _WORDS),
    **dict.fromkeys(("first_seen", "incident_date", "written", "review_on"), _DAY),
    **dict.fromkeys(("at", "sent_at", "last_success"), _INSTANT),
    "changed_at": _repeated(_INSTANT),
    **dict.fromkeys(("present", "is_template", "confidential", "adopted", "gone", "orphaned", "acknowledged"), _FLAG),
    "item": _json(_item, _item_of),
    "matter": _repeated(_json(dict, dict)),
    "marker": _json(lambda m: [m.ident, m.path, m.digest], lambda raw: Marker(*raw)),
    "ref": _json(lambda r: [r.tracker, r.id, r.key, r.url], lambda raw: IssueRef(*raw)),
    "block": Codec(lambda b: f"{b.state} {b.fingerprint}", _block_of),
    "due_source": Codec(str, DueSource),
    "acceptance": Codec(str, Acceptance),
    "side": Codec(str, Side),
}

NAMES: Mapping[type[Any], tuple[str, ...]] = {kind: tuple(field.name for field in fields(kind)) for kind in TABLES}
"""The columns that hold a kind of value, in the order of its fields."""

DECODERS: Mapping[type[Any], tuple[Callable[[Any], Any] | None, ...]] = {
    kind: tuple(CODECS[name].decode if name in CODECS else None for name in own) for kind, own in NAMES.items()
}
"""The codecs looked up once for each kind, since a report reads every row."""
