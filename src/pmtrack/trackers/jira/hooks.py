"""What Jira's webhooks tell us to read again (pure).

Sources: developer.atlassian.com, "Webhooks" for Cloud ("Secure admin webhooks", "Identifying webhooks"), and "Managing
webhooks" for Data Center. Only webhooks that an administrator makes can have a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pmtrack.trackers.hooks import Hint, Json, number, part
from pmtrack.trackers.jira import refs

SIGNATURE, DELIVERY = "x-hub-signature", "x-atlassian-webhook-identifier"

LARGEST_ID = 10**18


def read(_headers: Mapping[str, str], payload: object) -> tuple[Hint, ...]:
    """As `trackers.hooks.Hooks`. The event stands in the body."""
    found = part(payload)
    event = found.get("webhookEvent")
    reader = READERS.get(event) if isinstance(event, str) else None
    return tuple(dict.fromkeys(reader(found))) if reader else ()


def _of_issue(payload: Json) -> Iterator[Hint]:
    """Events of an issue and of its comments."""
    yield from _hint(part(payload.get("issue")).get("id"))


def _of_link(payload: Json) -> Iterator[Hint]:
    """A link has two ends."""
    link = part(payload.get("issueLink"))
    for end in ("sourceIssueId", "destinationIssueId"):
        yield from _hint(link.get(end))


READERS: Mapping[str, Callable[[Json], Iterator[Hint]]] = {
    **dict.fromkeys((f"jira:issue_{verb}" for verb in ("created", "updated", "deleted")), _of_issue),
    **dict.fromkeys((f"comment_{verb}" for verb in ("created", "updated", "deleted")), _of_issue),
    **dict.fromkeys((f"issuelink_{verb}" for verb in ("created", "deleted")), _of_link),
}
"""Event -> who understands it."""


def _hint(ident: object) -> Iterator[Hint]:
    """Of an issue it is text, of a link a number."""
    words = str(ident) if isinstance(ident, str) or number(ident, LARGEST_ID) else ""
    if refs.is_id(words):
        yield Hint(words)
