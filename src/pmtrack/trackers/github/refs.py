"""How issues are named: `42/7` to us, which no renaming changes, and `#7` or an address to people (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")
_ID = re.compile(r"([1-9][0-9]{0,15})/([1-9][0-9]{0,9})")
_KEY = re.compile(r"(?:([\w.-]{1,100}/[\w.-]{1,100}))?#([1-9][0-9]{0,9})|GH-([1-9][0-9]{0,9})", re.ASCII)
_PAGE = re.compile(r"/([\w.-]{1,100}/[\w.-]{1,100})/issues/([1-9][0-9]{0,9})/?", re.ASCII)

PUBLIC_API, PUBLIC = "api.github.com", "github.com"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an issue is: the numeric id of its repository and its number. Neither is ever given to another."""

    repository: int
    number: int

    def __str__(self) -> str:
        return f"{self.repository}/{self.number}"

    @property
    def path(self) -> str:
        """In the API; GitHub itself uses this form in its Link headers."""
        return f"/repositories/{self.repository}/issues/{self.number}"


def place(ref: str, home: int) -> Place | None:
    """The place that an id names, or a bare number in the repository `home`."""
    found = _ID.fullmatch(ref)
    if found:
        return Place(int(found[1]), int(found[2]))
    number = ref.removeprefix("#")
    return Place(home, int(number)) if _NUMBER.fullmatch(number) and number.isascii() else None


def number(ticket: str, names: Iterable[str], host: str) -> int | None:
    """The number of the issue of ours that people call so, None for anything else.

    Args:
        names: what the repository is or was called, owner/name. host: of the pages.
    """
    ticket = ticket.strip()
    ours = {name.casefold() for name in names}
    found = _KEY.fullmatch(ticket)
    if found:
        return int(found[2] or found[3]) if not found[1] or found[1].casefold() in ours else None
    try:
        address = urlsplit(ticket)
    except ValueError:
        return None
    page = _PAGE.fullmatch(address.path)
    here = address.scheme in ("http", "https") and (address.netloc or "").casefold().removeprefix("www.") == host
    return int(page[2]) if page and here and page[1].casefold() in ours else None


def host(base_url: str) -> str:
    """Where the pages for people are: github.com, or the server of one's own."""
    found = urlsplit(base_url).netloc.casefold()
    return PUBLIC if found == PUBLIC_API else found.removeprefix("api.")
