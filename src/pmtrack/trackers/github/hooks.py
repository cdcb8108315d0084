"""What GitHub's webhooks are good for: a hint where to look (pure).

They come twice, late, out of order or never, and a signature covers no time. So nothing in one is taken as the state of
an issue: it names issues that are to be read again, and a run without any of them comes to the same end.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "sha256="
"""Of `X-Hub-Signature-256`. `X-Hub-Signature`, which is SHA-1, is not enough."""

LARGEST_ID, LARGEST_NUMBER = 10**16, 10**10


@dataclass(frozen=True, slots=True)
class Hint:
    """Look there.

    Attributes:
        repository: its numeric id. number: of the issue; None for all of them, since a label has another name now.
    """

    repository: int
    number: int | None


def hints(event: str, payload: object) -> tuple[Hint, ...]:
    """What a delivery tells us to read again; nothing where it is none of our business, or makes no sense.

    A transferred issue is two: the one that has left, and the one that it has become. A sub-issue brings its parent.

    Args:
        event: of the header `X-GitHub-Event`. payload: the body, whatever its JSON was.
    """
    read = READERS.get(event)
    return tuple(dict.fromkeys(read(_part(payload)))) if read else ()


def signed(body: bytes, header: str, secret: bytes) -> bool:
    """Whether these very bytes were signed with the secret: `header` is that of `X-Hub-Signature-256`.

    Without a secret nothing is: everybody knows the empty one.
    """
    wanted = PREFIX + hmac.new(secret, body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), header.encode(errors="replace")) and bool(secret)


Json = Mapping[str, Any]


def _of_issue(payload: Json) -> Iterator[Hint]:
    """`issues` and `issue_comment`: the issue, and where it was or went."""
    changes = _part(payload.get("changes"))
    yield from _hint(payload.get("repository"), payload.get("issue"))
    for side in ("old", "new"):
        yield from _hint(changes.get(f"{side}_repository"), changes.get(f"{side}_issue"))


def _of_family(payload: Json) -> Iterator[Hint]:
    """`sub_issues`: both may be in another repository than the one that tells of it."""
    for side in ("parent", "sub"):
        yield from _hint(payload.get(f"{side}_issue_repo") or payload.get("repository"), payload.get(f"{side}_issue"))


def _of_label(payload: Json) -> Iterator[Hint]:
    """`label`: issues that carry it say something else, though none of them was changed."""
    ident = _number(_part(payload.get("repository")).get("id"), LARGEST_ID)
    if ident:
        yield Hint(ident, None)


READERS: Mapping[str, Callable[[Json], Iterator[Hint]]] = {
    "issues": _of_issue,
    "issue_comment": _of_issue,
    "sub_issues": _of_family,
    "label": _of_label,
}
"""Event -> who understands it."""


def _hint(repository: object, issue: object) -> Iterator[Hint]:
    ident = _number(_part(repository).get("id"), LARGEST_ID)
    number = _number(_part(issue).get("number"), LARGEST_NUMBER)
    if ident and number and "pull_request" not in _part(issue):
        yield Hint(ident, number)


def _part(found: object) -> Json:
    return found if isinstance(found, dict) else {}


def _number(found: object, largest: int) -> int | None:
    """JSON has no kinds of numbers, and `true` is 1 to Python."""
    return found if type(found) is int and 0 < found < largest else None
