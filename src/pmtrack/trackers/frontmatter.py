"""The YAML head of a Markdown file, read by people and by us, and changed value by value (pure).

Only the bytes of a changed value are replaced: comments, order, unknown keys and the body are a person's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from pmtrack.text import one_line

LIMIT = 65_536
"""Characters of a head; a longer one is a mistake."""
DEPTH = 20
"""How deep a person's own values may be nested; libyaml's composer recurses in C."""

Words = str | Sequence[str]
"""What a key is to say: a string as one value, a sequence as a list, nothing as an empty value."""

_HEAD = re.compile(r"\ufeff?---[ \t]*\r?\n")
_END = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_PLAIN = re.compile(r"[^\W_](?:[\w .,;@/'()+=!?-]*[\w.()!?])?")
_NULLS = frozenset({"", "~", "null", "none"})
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class HeadError(ValueError):
    """The head cannot be understood, or not changed; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Value:
    """One key's words.

    Attributes:
        listed: whether they are written as a list.
        start, end: where they stand in the text: from after the key to the end of the value.
    """

    words: tuple[str, ...]
    listed: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's text.

    Attributes:
        end: where the line that closes the head begins. newline: the text's own.
    """

    text: str
    values: Mapping[str, Value]
    end: int
    newline: str

    def words(self, key: str) -> tuple[str, ...]:
        """The words of a key; none where it is missing or empty."""
        return self.values[key].words if key in self.values else ()


def parse(text: str) -> Sheet:
    """Read a head.

    Raises:
        HeadError: there is none, it does not end, or it is not a plain YAML mapping.
    """
    head = _HEAD.match(text)
    if not head:
        raise HeadError("its first line is not ---")
    end = _END.search(text, head.end(), head.end() + LIMIT)
    if not end:
        raise HeadError("the line --- that ends its head is missing")
    values = _values(text[head.end() : end.start()], head.end())
    return Sheet(text, values, end.start(), "\r\n" if head[0].endswith("\r\n") else "\n")


def _values(inner: str, offset: int) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key, node in _pairs(inner):
        if not isinstance(key, ScalarNode):
            raise HeadError("one of its keys is not a word")
        if key.value in values:
            raise HeadError(f"{one_line(key.value, 40)} stands there twice")
        span = (offset + key.end_mark.index, offset + _end(node, inner))
        values[key.value] = Value(_words(node), isinstance(node, SequenceNode), *span)
    return values


def _pairs(inner: str) -> Sequence[tuple[Node, Node]]:
    try:
        _refuse_bombs(inner)
        root: Node | None = yaml.compose(inner, _LOADER)
    except yaml.YAMLError as error:
        raise HeadError(_why(error)) from None
    if root is None:
        return []
    if not isinstance(root, MappingNode):
        raise HeadError("its head is not made of `key: value` lines")
    return tuple(root.value)


def _refuse_bombs(inner: str) -> None:
    depth = 0
    for event in yaml.parse(inner, _LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise HeadError("it uses a YAML alias, which could grow without end")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            raise HeadError(f"its values are nested more than {DEPTH} deep")


def _why(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    # The head's first line is line 2 of the file, and YAML counts from 0.
    return f"line {mark.line + 2}: {getattr(error, 'problem', None) or 'not valid YAML'}" if mark else "not valid YAML"


def _words(node: Node) -> tuple[str, ...]:
    if isinstance(node, SequenceNode):
        return tuple(word for child in node.value for word in _words(child))
    if not isinstance(node, ScalarNode) or (not node.style and node.value.strip().lower() in _NULLS):
        return ()
    return (node.value,)


def _end(node: Node, inner: str) -> int:
    """Where a value ends: block collections and block scalars claim the line ends after them as well."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1], inner)
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1], inner)
    end: int = node.end_mark.index
    while end > node.start_mark.index and inner[end - 1] in "\r\n":
        end -= 1
    return end


def change(sheet: Sheet, changes: Mapping[str, Words]) -> str:
    """The text with these keys saying these words, and every other byte as it was.

    Raises:
        HeadError: the head is written in a way that does not let itself be changed.
    """
    text, end = sheet.text, sheet.end
    added = "".join(f"{line(key, changes[key])}{sheet.newline}" for key in changes if key not in sheet.values)
    text = text[:end] + added + text[end:]
    for key in sorted(changes.keys() & sheet.values.keys(), key=lambda key: -sheet.values[key].start):
        value = sheet.values[key]
        text = text[: value.start] + _spliced(text[value.start : value.end], changes[key]) + text[value.end :]
    return _proven(text, sheet, changes)


def _spliced(old: str, words: Words) -> str:
    gap = re.match(r":[ \t]+(?=[^\r\n])", old)
    new = _written(words)
    return (gap[0] if gap else ": ") + new if new else ":"


def _proven(text: str, sheet: Sheet, changes: Mapping[str, Words]) -> str:
    """The text, if it reads back as it should: YAML has more ways to be written than we know how to change."""
    expected = {key: value.words for key, value in sheet.values.items()}
    for key, words in changes.items():
        expected[key] = ((words,) if words else ()) if isinstance(words, str) else tuple(words)
    try:
        found = {key: value.words for key, value in parse(text).values.items()}
    except HeadError:
        found = {}
    if found != expected:
        raise HeadError("its head cannot be changed as it is written: give each key a line of its own, `key: value`")
    return text


def line(key: str, words: Words) -> str:
    """One line of a head."""
    return f"{key}: {_written(words)}".rstrip(" ")


def _written(words: Words) -> str:
    """Words as a YAML value that reads back as the same words."""
    if isinstance(words, str):
        return _scalar(words) if words else ""
    return f"[{', '.join(_scalar(word, within='list') for word in words)}]" if words else ""


def _scalar(word: str, within: str = "line") -> str:
    safe = _PLAIN.fullmatch(word) and word.lower() not in _NULLS and not (within == "list" and "," in word)
    return word if safe else "".join(map(_escaped, json.dumps(word, ensure_ascii=False)))


def _escaped(char: str) -> str:
    """YAML folds line separators and refuses controls even between quotes; JSON's own escapes leave these alone."""
    return char if char.isprintable() or char == "\u200d" else f"\\U{ord(char):08x}"
