"""The YAML head of a Markdown issue, read by people and by us, and changed value by value (pure).

Only the bytes of a changed value are replaced: comments, order, unknown keys and the body are a person's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

LIMIT = 65_536
"""Characters of a head; a longer one is a mistake."""

_HEAD = re.compile(r"\ufeff?---[ \t]*\r?\n")
_END = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9][\w ().@/-]*")
_NULLS = frozenset({"", "~", "null", "none"})


class HeadError(ValueError):
    """The head cannot be understood; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Value:
    """One key's words, and where they stand in the text: from after the key to the end of the value."""

    words: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """An issue's text.

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

    @property
    def body(self) -> str:
        return self.text[self.end :].partition("\n")[2]


def parse(text: str) -> Sheet:
    """Read a head.

    Raises:
        HeadError: there is none, it does not end, or it is not a plain YAML mapping.
    """
    head = _HEAD.match(text)
    if not head:
        raise HeadError("its first line is not ---")
    end = _END.search(text, head.end())
    if not end or end.start() > LIMIT:
        raise HeadError("the line --- that ends its head is missing")
    values = _values(text[head.end() : end.start()], head.end())
    return Sheet(text, values, end.start(), "\r\n" if head[0].endswith("\r\n") else "\n")


def _values(inner: str, offset: int) -> dict[str, Value]:
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(inner, yaml.SafeLoader)):
            raise HeadError("it uses a YAML alias, which could grow without end")
        root = yaml.compose(inner, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise HeadError(_why(error)) from None
    if root is None:
        return {}
    if not isinstance(root, MappingNode):
        raise HeadError("its head is not made of `key: value` lines")
    values: dict[str, Value] = {}
    for key, node in root.value:
        if key.value in values:
            raise HeadError(f"{key.value} stands there twice")
        values[key.value] = Value(_words(node), offset + key.end_mark.index, offset + _end(node, inner))
    return values


def _why(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    # The head's first line is line 2 of the file, and YAML counts from 0.
    return f"line {mark.line + 2}: {getattr(error, 'problem', None) or 'not valid YAML'}" if mark else "not valid YAML"


def _words(node: Node) -> tuple[str, ...]:
    if isinstance(node, SequenceNode):
        return tuple(word for child in node.value for word in _words(child))
    if not isinstance(node, ScalarNode) or (node.style is None and node.value.strip().lower() in _NULLS):
        return ()
    return (node.value,)


def _end(node: Node, inner: str) -> int:
    """Where a value ends: block sequences and block scalars claim the line ends after them as well."""
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1], inner)
    end: int = node.end_mark.index
    while end > node.start_mark.index and inner[end - 1] in "\r\n":
        end -= 1
    return end


def change(sheet: Sheet, changes: Mapping[str, Sequence[str]]) -> str:
    """The text with these keys saying these words; no word leaves the key empty."""
    text, added = sheet.text, ""
    known = sorted((key for key in changes if key in sheet.values), key=lambda key: -sheet.values[key].start)
    for key in changes:
        if key not in sheet.values:
            added += f"{key}:{_spaced(written(changes[key]))}{sheet.newline}"
    text = text[: sheet.end] + added + text[sheet.end :]
    for key in known:
        value = sheet.values[key]
        between = re.match(r":[ \t]*", text[value.start : value.end])
        lead = between[0] if between and between.end() < value.end - value.start else ": "
        words = written(changes[key])
        text = text[: value.start] + (lead + words if words else ":") + text[value.end :]
    return text


def _spaced(words: str) -> str:
    return f" {words}" if words else ""


def written(words: Sequence[str]) -> str:
    """Words as a YAML value that reads back as the same words."""
    if len(words) == 1 and "," not in words[0]:
        return _scalar(words[0])
    return f"[{', '.join(_scalar(word) for word in words)}]" if words else ""


def _scalar(word: str) -> str:
    plain = _PLAIN.fullmatch(word) and word == word.strip() and word.lower() not in _NULLS
    return word if plain else json.dumps(word, ensure_ascii=False)
