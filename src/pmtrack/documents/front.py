"""What the head of a document says of the whole: title, dates, severity, and whether it is an unfilled template."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import accumulate, islice, pairwise, zip_longest
from pathlib import PurePosixPath
from typing import Any

import yaml

from pmtrack.documents import dates
from pmtrack.documents.blocks import Block, Heading, Item, Paragraph, Table
from pmtrack.documents.inline import Inline
from pmtrack.documents.sections import Section
from pmtrack.documents.view import View
from pmtrack.documents.vocabulary import fold, phrases, table, words_of

_KEY = re.compile(r"([^:：=]{1,80})[:：](.*)")
_PLACEHOLDER = re.compile(r"\[[^\[\]]{2,80}\](?!\()|<[^<>/]{2,80}>|\{\{[^{}]{1,80}\}\}")
_PLACEHOLDER_DATE = re.compile(
    r"yyyy|dd[/.-]mm|mm[/.-]dd|xxxx-xx|\[[^\[\]]{0,40}(?:date|fecha|data|datum)[^\[\]]{0,40}\]|<[^<>]{0,40}date[^<>]{0,40}>",
    re.IGNORECASE,
)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where it was built
_HEAD_BLOCKS = 60
_DEEPEST = 50
_LONGEST_KEY = 50
_LONGEST_VALUE = 60
_MOST_KEYS = 64
_MOST_TEXT = 200
_MOST_BITS = 1024
_MOST_BYTES = 100_000
_LONGEST_WORD = 24
# What begins with a literal is found fastest.
_DATED = tuple(
    re.compile(pattern)
    for pattern in (rb"20\d\d", rb"19\d\d", rb"/\d{1,2}/\d\d", rb"\.\d{1,2}\.\d\d", rb"-\d{1,2}-\d\d")
)
_PLAIN = (str, int, float, date)
_SEVERITY = re.compile(r"\b(SEV[- ]?[0-5]|P[0-4])\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Front:
    """What holds for the whole document."""

    title: str = ""
    incident_date: date | None = None
    written: date | None = None
    severity: str | None = None
    is_template: bool = False
    confidential: bool = False
    matter: Mapping[str, str] = field(default_factory=dict)


def _is_deep(front: str) -> bool:
    """Whether reading it would need more levels than any front matter of a person has."""
    brackets = accumulate((char in "[{") - (char in "]}") for char in front)
    indents = (len(line) - len(line.lstrip()) + line.count("- ") + line.count("? ") for line in front.split("\n"))
    return max(brackets, default=0) > _DEEPEST or max(indents) > _DEEPEST


def matter(view: View) -> Mapping[str, Any]:
    """The front matter by folded keys; empty where it cannot be read."""
    # Merge keys of merge keys take exponential time.
    if not view.front or "<<" in view.front or _is_deep(view.front):
        return {}
    try:
        read = tomllib.loads(view.front) if view.front_fence == "+++" else yaml.load(view.front, _LOADER)  # noqa: S506
    except (ValueError, yaml.YAMLError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    # A nested value is not read: aliases can make its text exponentially long.
    return {fold(str(key)): value for key, value in read.items() if isinstance(key, str) and _is_plain(value)}


def _is_plain(value: object) -> bool:
    """Whether it can be written out; a number of thousands of digits cannot."""
    return isinstance(value, _PLAIN) and not (isinstance(value, int) and value.bit_length() > _MOST_BITS)


def _kept(given: Mapping[str, Any]) -> Mapping[str, str]:
    """The front matter as short texts: what a team's rule may ask for."""
    texts = ((key[:_MOST_TEXT], _text(value)[:_MOST_TEXT]) for key, value in islice(given.items(), _MOST_KEYS))
    return dict(sorted(texts))


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value).strip()


def front(view: View, blocks: Sequence[Block], sections: Sequence[Section], path: str) -> Front:
    """Read the head of a document: front matter, then its header lines and tables, then its title."""
    given = matter(view)
    source, head = view.text.encode(), blocks[:_HEAD_BLOCKS]
    facts = [*((key, str(value)) for key, value in given.items()), *_facts(head, source)]
    heading = _heading(blocks, sections)
    title = heading or str(given.get("title") or "") or PurePosixPath(path).stem
    reading = dates.Reading(dates.habit(view.text[:200_000]), text=view.text)
    incident = _fact_date(facts, "incident", reading) or _fact_date(facts, "date", reading)
    told = _before_work(blocks, sections)
    incident = incident or _first_date([title, PurePosixPath(path).name], reading) or _prose_date(told, source, reading)
    return Front(
        title.strip(),
        incident,
        _fact_date(facts, "written", reading) or _matter_date(given) or _fact_date(facts, "date", reading),
        _severity(facts, title),
        _is_template(heading, facts),
        str(given.get("confidential", "")).casefold() in ("true", "yes", "1"),
        _kept(given),
    )


def _heading(blocks: Sequence[Block], sections: Sequence[Section]) -> str:
    for block in blocks:
        if isinstance(block, Heading) and block.level == 1 and not block.quoted and block.inline.text.strip():
            return block.inline.text.replace("\n", " ")
    for block in blocks[:1]:
        if isinstance(block, (Heading, Paragraph)) and block.inline.text.strip():
            return block.inline.lines()[0].text[:200]
    named = (section.heading.inline.text for section in sections if section.heading is not None)
    return next(named, "")


def _facts(blocks: Sequence[Block], source: bytes) -> Iterator[tuple[str, str]]:
    """Header lines "Key: value" and the rows of tables with two columns, near the top, whose keys are known."""
    ends = [block.start for block in blocks[1:]]
    for block, end in zip_longest(blocks, ends, fillvalue=len(source)):
        if isinstance(block, Table):
            for row in (block.head, *block.rows(30)) if block.width == 2 else ():
                yield fold(row[0].text), row[1].text
        elif isinstance(block, (Paragraph, Item, Heading)) and _is_labelled(source, block.start, end):
            for line in block.inline.lines()[:30]:
                yield from _keyed(line.text[:400])
    for above, below in pairwise(blocks):
        if not (isinstance(above, Heading) and isinstance(below, Paragraph)):
            continue
        if fold(above.inline.text) in _keys() and len(below.inline.text) < _LONGEST_VALUE:
            yield fold(above.inline.text), below.inline.text


def _is_labelled(source: bytes, start: int, end: int) -> bool:
    """Whether one of a block's colons may stand behind the last word of a key, as far as its source shows."""
    end = min(end, start + _MOST_BYTES)
    if source.find(b"\xef\xbc\x9a", start, end) >= 0:
        return True
    at = source.find(b":", start, end)
    while at >= 0:
        before = source[max(start, at - _LONGEST_WORD) : at]
        if not before.isascii() or b"<" in before or b"](" in before:
            return True
        words = words_of(before.decode())
        if words and words[-1] in _last_words():
            return True
        at = source.find(b":", at + 1, end)
    return False


@cache
def _keys() -> frozenset[str]:
    return frozenset().union(*(phrases("header", kind).all for kind in table("header")))


@cache
def _last_words() -> frozenset[str]:
    return frozenset(key.rpartition(" ")[2] for key in _keys())


def _keyed(line: str) -> Iterator[tuple[str, str]]:
    if ":" not in line and "：" not in line:
        return
    for keyed in filter(None, map(_KEY.match, line.split(" | "))):
        if len(keyed[1].strip()) <= _LONGEST_KEY and len(keyed[1].split()) <= 6 and (key := fold(keyed[1])) in _keys():
            yield key, keyed[2].strip()


def _fact_date(facts: Sequence[tuple[str, str]], kind: str, reading: dates.Reading) -> date | None:
    known = phrases("header", kind).all
    for key, value in facts:
        if key in known:
            day = _first_date([value], reading)
            if day:
                return day
    return None


def _matter_date(given: Mapping[str, Any]) -> date | None:
    value = given.get("date")
    return value if type(value) is date else None


def _first_date(texts: Sequence[str], reading: dates.Reading) -> date | None:
    for text in texts:
        for found in dates.find(text[:400], reading):
            if found.day:
                return found.day
    return None


def _before_work(blocks: Sequence[Block], sections: Sequence[Section]) -> Sequence[Block]:
    """What stands before the action items: a date in those is no date of the incident."""
    work = next((section.start for section in sections if section.scope.works), None)
    return [block for block in blocks[:_HEAD_BLOCKS] if work is None or block.start < work]


def _prose_date(blocks: Sequence[Block], source: bytes, reading: dates.Reading) -> date | None:
    """The first full date in the document's opening paragraphs and tables."""
    starts = [block.start for block in blocks]
    passed = -1
    places = sorted(dated.start() for pattern in _DATED for dated in pattern.finditer(source, 0, _MOST_BYTES))
    for place in places if blocks else ():
        at = bisect_right(starts, place) - 1
        for block in blocks[max(passed + 1, at) : at + 1]:
            day = _first_date([inline.text for inline in _inlines(block)], reading)
            if day:
                return day
        passed = max(at, passed)
    return None


def _inlines(block: Block) -> Sequence[Inline]:
    if isinstance(block, Table):
        return [cell for row in block.rows(5) for cell in row]
    return (block.inline,) if isinstance(block, (Paragraph, Heading, Item)) else ()


def _severity(facts: Sequence[tuple[str, str]], title: str) -> str | None:
    known = phrases("header", "severity").all
    for key, value in facts:
        if key in known and value.strip() and len(value) <= 80 and "/" not in value:
            return value.strip(" *`")
    named = _SEVERITY.search(title)
    return named[1] if named else None


def _is_template(title: str, facts: Sequence[tuple[str, str]]) -> bool:
    """A placeholder in the title, or where a date of the document belongs."""
    if _PLACEHOLDER.search(title) or _PLACEHOLDER_DATE.search(title):
        return True
    dated = phrases("header", "incident").all | phrases("header", "written").all | phrases("header", "date").all
    return any(key in dated and _PLACEHOLDER_DATE.search(value) for key, value in facts)
