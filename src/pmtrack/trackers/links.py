"""Our link to the postmortem in a text that belongs to people by now: where it leads, and how it is led elsewhere (pure).

A link is ours by the words that the body of a new issue has it in; in a team's own template, which may have other words,
by its address: that of the same document at a commit, or the present one but for its line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from pmtrack.model import Draft

COMMIT = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")
_ADDRESS = re.compile(r"https?://[^\s<>\"'|\[\]()]+")
_WORDS = r"`[^`\n]+`, line \d+"
_OURS = re.compile(rf"\[{_WORDS}\]\(([^\s()]+)\)")
_LINE = re.compile(r"\d+$")

Paths = Iterable[str]
"""Of the document: as it is called now, and as it was called when its issue was made."""


def differ(was: str, now: str) -> bool:
    """Whether an address leads elsewhere than another one, whose line holds at a later commit perhaps."""
    return COMMIT.sub("", was) != COMMIT.sub("", now)


def ours(address: str, now: str, paths: Paths) -> bool:
    """Whether an address is one that the document had for us."""
    names = [quote(path, safe="/") for path in paths]
    at_commit = COMMIT.search(address) is not None and any(f"/{name}" in address for name in names)
    return at_commit or _bare(address, names) == _bare(now, names)


def leads(text: str, now: str, paths: Paths) -> str:
    """Where our link in a Markdown text leads, "" where there is none.

    Args:
        now: where it would lead if it were made today.
    """
    if found := _OURS.search(text):
        return found[1]
    return next(_addresses(text, now, list(paths)), "")


def led(text: str, draft: Draft, paths: Paths, label: str) -> str:
    """The Markdown text with our link leading to `draft.link`, and nothing else changed.

    Args:
        label: the words of the link as the body of a new issue has them.
    """
    was = leads(text, draft.link, paths)
    if not was or was == draft.link:
        return text
    whole = re.compile(rf"\[{_WORDS}\]\({re.escape(was)}\)")
    text = whole.sub(lambda _found: f"[{label}]({draft.link})", text)
    return re.sub(rf"{re.escape(was)}(?![^\s<>\"'|\[\]()])", lambda _found: draft.link, text)


def relabelled(words: str, draft: Draft) -> str:
    """The words of a link without marks, `a.md, line 3`, for today's path and line; other words stay."""
    found = re.fullmatch(r"(?P<path>.+), line \d+", words)
    return f"{draft.marker.path}, line {draft.line}" if found else words


def chosen(addresses: Iterable[str], now: str, paths: Paths) -> str:
    """The first of these that is ours, "" where none is."""
    known = list(paths)
    return next((one for one in addresses if ours(one, now, known)), "")


Led = Callable[[str], str]


def _addresses(text: str, now: str, paths: list[str]) -> Iterator[str]:
    return (found[0] for found in _ADDRESS.finditer(text) if ours(found[0], now, paths))


def _bare(address: str, names: Iterable[str]) -> str:
    """Without commit, line and document."""
    address = _LINE.sub("", COMMIT.sub("", address))
    for name in sorted(names, key=len, reverse=True):
        address = address.replace(f"/{name}", "/\0")
    return address
