"""How issues are named: a number to us, which no move changes, and `OPS-7` or an address to people (pure)."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_KEY = re.compile(r"([A-Z][A-Z0-9_]{0,254})-([1-9][0-9]{0,9})", re.ASCII)


def is_id(ref: str) -> bool:
    return bool(_ID.fullmatch(ref))


def key(words: str) -> str | None:
    """The key that these words are, None where they are none."""
    return words if _KEY.fullmatch(words) else None


def number(key: str) -> int:
    """The number in a key, 0 where it is none."""
    found = _KEY.fullmatch(key)
    return int(found[2]) if found else 0


def project(key: str) -> str:
    found = _KEY.fullmatch(key)
    return found[1] if found else ""


def ours(ticket: str, projects: frozenset[str], url: str) -> str | None:
    """The key of the issue of ours that people call so, None for anything else.

    Args:
        projects: keys of the project, past and present. url: of the server.
    """
    ticket = ticket.strip()
    named = key(ticket.upper()) or _on_page(ticket, url)
    return named if named and project(named) in projects else None


def _on_page(ticket: str, url: str) -> str | None:
    """The key in the address of an issue, or of a board with an issue open."""
    try:
        address, base = urlsplit(ticket), urlsplit(url)
    except ValueError:
        return None
    if (address.scheme, address.netloc.casefold()) != (base.scheme, base.netloc.casefold()):
        return None
    path = address.path.removeprefix(base.path)
    if path.startswith("/browse/"):
        return key(path.removeprefix("/browse/").rstrip("/"))
    return key(next(iter(parse_qs(address.query).get("selectedIssue", [])), ""))
