"""What GitHub's webhooks tell us to read again (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.hooks import Hint, Json, number, part

SIGNATURE, DELIVERY = "x-hub-signature-256", "x-github-delivery"
EVENT = "x-github-event"

LARGEST_ID, LARGEST_NUMBER = 10**16, 10**10


def read(headers: Mapping[str, str], payload: object) -> tuple[Hint, ...]:
    """As `trackers.hooks.Hooks`."""
    return hints(headers.get(EVENT, ""), payload)


def hints(event: str, payload: object) -> tuple[Hint, ...]:
    """What a delivery tells us to read again; nothing where it is none of our business, or makes no sense.

    A transferred issue is two: the one that has left, and the one that it has become. A sub-issue brings its parent.

    Args:
        event: of the header `X-GitHub-Event`. payload: the body, whatever its JSON was.
    """
    reader = READERS.get(event)
    return tuple(dict.fromkeys(reader(part(payload)))) if reader else ()


def _of_issue(payload: Json) -> Iterator[Hint]:
    """`issues` and `issue_comment`: the issue, and where it was or went."""
    changes = part(payload.get("changes"))
    yield from _hint(payload.get("repository"), payload.get("issue"))
    for side in ("old", "new"):
        yield from _hint(changes.get(f"{side}_repository"), changes.get(f"{side}_issue"))


def _of_family(payload: Json) -> Iterator[Hint]:
    """`sub_issues`: both may be in another repository than the one that tells of it."""
    for side in ("parent", "sub"):
        yield from _hint(payload.get(f"{side}_issue_repo") or payload.get("repository"), payload.get(f"{side}_issue"))


def _of_label(payload: Json) -> Iterator[Hint]:
    """`label`: issues that carry it say something else, though none of them was changed; none carries a new one."""
    ident = number(part(payload.get("repository")).get("id"), LARGEST_ID)
    changes = part(payload.get("changes"))
    if ident and payload.get("action") != "created" and (not changes or "name" in changes):
        yield Hint(None, ident)


READERS: Mapping[str, Callable[[Json], Iterator[Hint]]] = {
    "issues": _of_issue,
    "issue_comment": _of_issue,
    "sub_issues": _of_family,
    "label": _of_label,
}
"""Event -> who understands it."""


def _hint(repository: object, issue: object) -> Iterator[Hint]:
    ident = number(part(repository).get("id"), LARGEST_ID)
    found = number(part(issue).get("number"), LARGEST_NUMBER)
    if ident and found and "pull_request" not in part(issue):
        yield Hint(str(Place(ident, found)), ident)
