"""Where in an item's own lines a value could be written, and in which words: proposals, none of them binding (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pmtrack.documents.edit_rows import Row, put, row_at
from pmtrack.documents.edit_words import day_forms, status_words, word_for
from pmtrack.documents.vocabulary import exact_status
from pmtrack.model import ActionItem, Status
from pmtrack.text import cell

_BOX = re.compile(rb"^([ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)+)\[([^\]\r\n]?)\](?=[ \t\r\n]|$)")
_LIST = re.compile(rb"^[ \t>]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+")
_SUFFIX = re.compile(r"\(([^\W\d][^()\r\n]{1,30})\)[ \t]*$")
_BOXES = {Status.OPEN: b" ", Status.DONE: b"x", Status.CANCELLED: b"-", Status.IN_PROGRESS: b"/"}
_BELOW = 12
"""Lines below an item that may belong to it."""

_USUAL = (Status.OPEN, Status.DONE)
_KEY = re.compile(r"[\w./#-]{1,120}")
_URL = re.compile(r"https?://[^\s()<>\[\]|\"'`\\]{1,500}")
_COLUMNS = {"status": "status", "owners": "owner", "priority": "priority", "due": "due", "ticket": "ticket"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be written: the value, and for a ticket its address, its key and what else it may be called."""

    tickets: tuple[str, ...]
    value: object


def proposals(data: bytes, items: Sequence[ActionItem], at: int, name: str, said: Said) -> Iterator[bytes]:
    """Whole documents, the most usual way of writing first; each differs in the item's own lines only."""
    item = items[at]
    row = row_at(data, item.span.start)
    if row is not None:
        yield from _in_row(data, row, item, name, said)
    elif name == "status":
        yield from _by_box(data, item, said)
        yield from _by_suffix(data, items, item, said)
    elif name == "ticket":
        yield from _appended(data, item, said)
    if name != "ticket":
        yield from _in_words(data, items, at, name, said)


# ------------------------------------------------------------ tables


def _in_row(data: bytes, row: Row, item: ActionItem, name: str, said: Said) -> Iterator[bytes]:
    """In the cells of the column that is meant for it."""
    for at in row.columns(_COLUMNS[name]):
        start, end = row.cells[at]
        old = data[start:end].strip()
        if name == "status" and re.fullmatch(rb"\[.?\]", old) and isinstance(said.value, Status):
            yield put(data, (start, end), b"[" + _BOXES[said.value] + b"]")
        used = [data[slice(*place)].decode(errors="replace") for place in row.column(at)]
        for words in _forms(name, item, said, used, row.head[at]):
            yield put(data, (start, end), words.encode())


def _forms(name: str, item: ActionItem, said: Said, used: Sequence[str], head: str) -> Iterator[str]:
    """A value in the words of a cell.

    Args:
        used: what stands in the cells of its column. head: what the column is called.
    """
    value = said.value
    if isinstance(value, Status):
        yield from status_words(value, used, head)
    elif isinstance(value, date):
        yield from day_forms(value, item.fields.due, used)
    elif name == "ticket":
        yield from _ticket_forms(said)
    elif isinstance(value, tuple):
        yield cell(", ".join(value))
    else:
        yield cell(str(value))


def _ticket_forms(said: Said) -> Iterator[str]:
    url, key, *more = said.tickets
    if _URL.fullmatch(url) and _KEY.fullmatch(key):
        yield f"[{key}]({url})"
    yield from (form for form in (key, *more) if _KEY.fullmatch(form))


# ------------------------------------------------------------ lists


def _by_box(data: bytes, item: ActionItem, said: Said) -> Iterator[bytes]:
    """Tick or untick; the signs for the other two states only where the document uses them already."""
    start, end = _line(data, item.span.start)
    box = _BOX.match(data[start:end])
    if not box or not isinstance(said.value, Status):
        return
    sign = _BOXES[said.value]
    if said.value in _USUAL or b"[" + sign + b"] " in data:
        yield data[: start + box.start(2)] + sign + data[start + box.end(2) :]


def _by_suffix(data: bytes, items: Sequence[ActionItem], item: ActionItem, said: Said) -> Iterator[bytes]:
    """`(Completed)` behind the words: in the place of another such word, or where other items of the document do so."""
    if not isinstance(said.value, Status):
        return
    used = [word for one in items if (word := _suffix(data, one))]
    if not used:
        return
    word, place = word_for(said.value, used), _words_end(data, item)
    own = _suffix(data, item)
    if own:
        place -= len(data[:place]) - data[:place].rindex(b"(")
        yield data[:place] + f"({word})".encode() + data[_words_end(data, item) :]
    else:
        yield data[:place] + f" ({word})".encode() + data[place:]


def _suffix(data: bytes, item: ActionItem) -> str | None:
    """The status in brackets that an item's line ends with."""
    start, _ = _line(data, item.span.start)
    found = _SUFFIX.search(data[start : _words_end(data, item)].decode(errors="replace"))
    return found[1] if found and exact_status(found[1]) else None


def _appended(data: bytes, item: ActionItem, said: Said) -> Iterator[bytes]:
    """Behind the words of a list item: of the whole item, or of its first line."""
    start, end = _line(data, item.span.start)
    if not _LIST.match(data[start:end]):
        return
    last = _words_end(data, item)
    first = start + len(data[start:end].rstrip(b" \t\\"))
    for place in dict.fromkeys((last, first)):
        for form in _ticket_forms(said):
            yield data[:place] + f" ({form})".encode() + data[place:]


# ------------------------------------------------------------ any line


def _in_words(data: bytes, items: Sequence[ActionItem], at: int, name: str, said: Said) -> Iterator[bytes]:
    """In the place of the value that is written there now, where that stands there once: in the item's own words, or
    in what is written below it ("Owner: Ana")."""
    own = _line(data, items[at].span.start)[0], _line(data, max(items[at].span.end - 1, items[at].span.start))[1]
    for start, end in (own, (own[0], _end_below(data, items, own[1]))):
        for before, after in _exchanges(items[at], name, said):
            place = rb"(?<![\w@])" + re.escape(before.encode()) + rb"(?!\w)"
            found = list(re.finditer(place, data[start:end]))
            if len(found) == 1:
                yield data[: start + found[0].start()] + after.encode() + data[start + found[0].end() :]


def _end_below(data: bytes, items: Sequence[ActionItem], end: int) -> int:
    """Where what is written below an item ends: at the next item, and after a few lines at the latest."""
    following = min((item.span.start for item in items if item.span.start >= end), default=len(data))
    stop = _line(data, following)[0] if following < len(data) else following
    for _ in range(_BELOW):
        after = data.find(b"\n", end)
        if after < 0 or after >= stop:
            return stop
        end = after + 1
    return end


def _exchanges(item: ActionItem, name: str, said: Said) -> Iterator[tuple[str, str]]:
    """What is written now -> what is to be written."""
    fields, value = item.fields, said.value
    if isinstance(value, date) and fields.due:
        new = list(day_forms(value, fields.due, ()))
        yield from zip(day_forms(fields.due, fields.due, ()), new, strict=True)
    elif isinstance(value, Status) and fields.status:
        for word in status_words(fields.status, (), ""):
            for form in (word, word.upper(), word.lower()):
                new_word = word_for(value, [form])
                yield form, new_word
    elif isinstance(value, tuple) and fields.owners:
        yield ", ".join(fields.owners), cell(", ".join(value))
        yield f"@{fields.owners[0]}", cell(", ".join(value))
    elif name == "priority" and fields.priority:
        yield fields.priority, cell(str(value))


def _line(data: bytes, at: int) -> tuple[int, int]:
    """The line that a byte stands on, without its end."""
    start = max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1
    ends = [end for end in (data.find(b"\n", at), data.find(b"\r", at)) if end >= 0]
    return start, min(ends, default=len(data))


def _words_end(data: bytes, item: ActionItem) -> int:
    """Behind the last word of an item, and what stands behind that on its line (an ending bracket, a sign)."""
    start, end = _line(data, max(item.span.end - 1, item.span.start))
    return start + len(data[start:end].rstrip(b" \t\\"))
