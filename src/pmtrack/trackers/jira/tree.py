"""A Markdown text as a tree, the common root of both forms that Jira takes (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyromark

_OPTIONS = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_STRIKETHROUGH

DEEPEST = 12
"""Levels of nesting; what stands deeper is put at this one."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What the parser calls `name`, with what it says of it; `inner` stands in it, for a leaf `value` is all."""

    name: str
    value: Any = None
    inner: list[Branch] = field(default_factory=list)


def parsed(source: str) -> Sequence[Branch]:
    """The blocks of a text. Linear, and without recursion."""
    root = Branch("Root")
    path, deeper = [root], 0
    for event in pyromark.events(source, options=_OPTIONS):
        name, value = _named(event)
        if name == "Start" and len(path) > DEEPEST:
            deeper += 1
        elif name == "Start":
            branch = Branch(*_named(value))
            path[-1].inner.append(branch)
            path.append(branch)
        elif name == "End" and deeper:
            deeper -= 1
        elif name == "End":
            path.pop()
        else:
            path[-1].inner.append(Branch(name, value))
    return root.inner


def plain(branches: Sequence[Branch]) -> str:
    """The words below these."""
    return "".join(_words(branches))


def _words(branches: Sequence[Branch]) -> Iterator[str]:
    for branch in branches:
        if branch.name in ("SoftBreak", "HardBreak"):
            yield "\n"
        elif branch.inner:
            yield from _words(branch.inner)
        elif isinstance(branch.value, str) and branch.name in LEAVES:
            yield branch.value


LEAVES = frozenset({"Text", "Code", "Html", "InlineHtml"})


def _named(event: Any) -> tuple[str, Any]:
    """An event or a tag, which the parser gives as a word or as {word: what it says}."""
    if isinstance(event, Mapping):
        ((name, value),) = event.items()
        return str(name), value
    return str(event), None
