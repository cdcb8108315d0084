"""A tracker as the store remembers it, for saying what would happen without asking anybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef
from pmtrack.store.database import Store
from pmtrack.trackers.base import Listing, Missing, Sending, tidy, untold

READ_ONLY = "a tracker as it is remembered takes no writes"


class Remembered:
    """Nothing has changed in it since the last sync, and nothing can be written."""

    settle = timedelta()

    def __init__(self, name: str, kind: str, store: Store) -> None:
        self.name, self.kind = name, kind
        links = store.links(store.linked(name).values()).values()
        self._issues = {link.ref.id: Issue(link.ref, link.issue) for link in links if link.ref}

    def whoami(self) -> str:
        return self.name

    def listing(self, cursor: str) -> Listing:
        return Listing((), cursor, present=self._issues.keys())

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        return {ref: self._issues.get(ref, Missing.UNKNOWN) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:  # noqa: ARG002 - the Protocol's
        return ()

    def high_mark(self) -> str:
        return ""

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:  # noqa: ARG002
        raise TrackerError(READ_ONLY)

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:  # noqa: ARG002
        raise TrackerError(READ_ONLY)

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:  # noqa: ARG002
        raise TrackerError(READ_ONLY)

    def normalise(self, fields: Fields) -> Fields:
        return tidy(fields)

    def understands(self, ticket: str) -> str | None:  # noqa: ARG002
        """Whose a ticket is cannot be told here; either way no new issue is made."""
        return None
