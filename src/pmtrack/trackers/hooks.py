"""Webhooks, as far as they are alike everywhere: whose word a delivery is, and what it is good for (pure).

They come twice, late, out of order or never, and a signature covers no time. So nothing in one is taken as the state of
an issue: it names issues that are to be read again, and a run without any of them comes to the same end.

What differs is in the `hooks` of each kind of tracker.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qs

PREFIX = "sha256="
"""Of a signature. SHA-1, which some still send beside it, is not enough."""

FORM = "application/x-www-form-urlencoded"

HOOKS: Mapping[str, str] = {
    "github": "pmtrack.trackers.github.hooks",
    "jira": "pmtrack.trackers.jira.hooks",
}
"""The kinds of tracker that send webhooks -> the module that understands theirs, a `Hooks`."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hint:
    """Look there.

    Attributes:
        issue: its id, as a link has it; None for all of the repository, since a label has another name now.
        repository: its number, on GitHub, with which the ids of its issues begin.
    """

    issue: str | None
    repository: int | None = None

    def means(self, issue: str) -> bool:
        """Whether an issue (by its id) is to be read again."""
        return issue == self.issue if self.issue else issue.startswith(f"{self.repository}/")


class Senseless(Exception):
    """The body is not what it says it is."""


class Hooks(Protocol):
    """What the webhooks of one kind of tracker look like. Names of headers are in lower case."""

    SIGNATURE: str
    """The header with the signature."""
    DELIVERY: str
    """The header with a word that is the same however often something is delivered."""

    def read(self, headers: Mapping[str, str], payload: object) -> tuple[Hint, ...]:
        """What is to be read again; nothing where it is none of our business, or makes no sense."""


def signed(body: bytes, header: str, secret: bytes) -> bool:
    """Whether these very bytes were signed with the secret, in a time that tells nothing of either.

    Without a secret nothing is: everybody knows the empty one.
    """
    wanted = PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), header.encode(errors="replace")) and bool(secret)


def payload(headers: Mapping[str, str], body: bytes) -> object:
    """What is in a body: JSON, or a form with JSON in it.

    Raises:
        Senseless: it is neither.
    """
    try:
        if headers.get("content-type", "").partition(";")[0].strip().lower() == FORM:
            (body,) = (text.encode() for text in parse_qs(body.decode("ascii"), max_num_fields=8)["payload"])
        return json.loads(body)
    except (ValueError, KeyError, RecursionError):
        raise Senseless from None


def part(found: object) -> Json:
    """An object, empty where it is none."""
    return found if isinstance(found, dict) else {}


def number(found: object, largest: int) -> int | None:
    """JSON has no kinds of numbers, and `true` is 1 to Python."""
    return found if type(found) is int and 0 < found < largest else None
