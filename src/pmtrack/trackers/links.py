"""Our link to the postmortem, in a text that belongs to people by now: where it leads, and how it is led elsewhere.

Pure. A link is ours by the words that the body of a new issue has it in; in a team's own template, which may have other
words, by its address: that of the same document at a commit, or what the present one is but for its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, unquote

COMMIT = re.compile(r"(?<![0-9a-fA-F])[0-9a-f]{40}(?![0-9a-fA-F])")

MARKDOWN = re.compile(r"\[`[^`\n]+`, line \d+\]\(([^\s()]+)\)")
"""Our link as `body.link` writes it; its address is the group."""

_ADDRESS = re.compile(r"https?://[^\s<>\"'|\[\]()]+")
_BEYOND = r"(?![^\s<>\"'|\[\]()])"
_LINE = re.compile(r"\d+$")


def differ(was: str, now: str) -> bool:
    """Whether two addresses lead to different places. The commit is none: a line that stayed is the same at each."""
    return COMMIT.sub("", unquote(was)) != COMMIT.sub("", unquote(now))


def leads(text: str, link: str, paths: Iterable[str], form: re.Pattern[str] = MARKDOWN) -> str:
    """Where our link in a text leads, "" where there is none.

    Args:
        link: the whole link as it would be made today. form: of such a link; its first group is the address.
        paths: of the document, as it is called now and as it was called when the issue was made.
    """
    if found := form.search(text):
        return found[1]
    return first_of_ours((found[0] for found in _ADDRESS.finditer(text)), _address(link, form), paths)


def led(
    text: str, link: str, paths: Iterable[str], form: re.Pattern[str] = MARKDOWN, *, only_moved: bool = False
) -> str:
    """The text with our link leading where `link` does, and nothing else changed.

    Args:
        only_moved: leave one that differs by its commit alone.
    """
    was, now = leads(text, link, paths, form), _address(link, form)
    if not was or was == now or (only_moved and not differ(was, now)):
        return text
    text = form.sub(lambda found: link if found[1] == was else found[0], text)
    return re.sub(re.escape(was) + _BEYOND, lambda _found: now, text)


def _address(link: str, form: re.Pattern[str]) -> str:
    found = form.search(link)
    return found[1] if found else ""


def first_of_ours(addresses: Iterable[str], now: str, paths: Iterable[str]) -> str:
    """The first address that the document had for us, "" for none."""
    names = [quote(path, safe="/") for path in paths]
    return next((one for one in addresses if _is_ours(one, now, names)), "")


def _is_ours(address: str, now: str, names: Iterable[str]) -> bool:
    at_commit = COMMIT.search(address) is not None and any(f"/{name}" in address for name in names)
    return at_commit or _bare(address, names) == _bare(now, names)


def _bare(address: str, names: Iterable[str]) -> str:
    """Without commit, line and document."""
    address = _LINE.sub("", COMMIT.sub("", address))
    for name in sorted(names, key=len, reverse=True):
        address = address.replace(f"/{name}", "/\0")
    return address
