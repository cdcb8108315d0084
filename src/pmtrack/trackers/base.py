"""What pmtrack asks of a tracker.

Terms: an *issue* is what the tracker holds; its *id* never changes, its *key* is what people call it; a *marker* is the
note that we leave in an issue; a *cursor* is the tracker's own bookmark for "changed since".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Status, Who
from pmtrack.text import one_line

OWNER_LIMIT = 100
PRIORITY_LIMIT = 40
"""Characters; a longer owner or priority is a sentence in the wrong column."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A complete answer to "what changed since?".

    Attributes:
        issues: those that changed, at least; one twice is not allowed.
        cursor: to be given the next time; equal to the given one where nothing changed and, if `present` is told,
            nothing is gone.
        present: the ids of all issues that exist, where the tracker can tell that in the same breath, else None.
        broken: id -> one sentence, for an issue that exists and cannot be understood.
    """

    issues: tuple[Issue, ...]
    cursor: str
    present: Set[str] | None = None
    broken: Mapping[str, str] = field(default_factory=dict)


class Missing(StrEnum):
    """Why a fetch has no issue to show."""

    GONE = "gone"  # deleted, as far as the tracker lets us know
    UNKNOWN = "unknown"  # not readable now; nothing may rest on it


Sending = Callable[[], None]


def untold() -> None:
    """Nobody wants to know that something is sent."""


class Tracker(Protocol):
    """One place where issues live. Every verb may raise `TrackerError`; no verb retries a write."""

    name: str
    kind: str
    settle: timedelta
    """How long after a create of unknown outcome the issue may still appear to `since`."""

    def whoami(self) -> str:
        """The account that we write as. A reading request: used by `pmtrack check`."""

    def listing(self, cursor: str) -> Listing:
        """All issues changed since `cursor` ("" for all that there are).

        Raises:
            TrackerError: the answer could not be had, or not whole. Never half an answer.
        """

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        """Each issue by id, or by what a document calls it (key, `#4`, URL); every ref has an entry."""

    def since(self, mark: str) -> Sequence[Issue]:
        """Issues created after the high mark, by direct reads and never by search."""

    def high_mark(self) -> str:
        """The newest issue known (after `listing` or a create), in the tracker's own notation; "" for none."""

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        """Make one issue, in one attempt.

        Args:
            sending: called right before a request that may make something, after every wait; from there on the issue
                may exist. Called again for a further one.

        Raises:
            UnknownOutcome: it may exist. TrackerError: it certainly does not.
        """

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        """Write these fields in one go, leave everything else as people have it, and answer what the issue now says.

        A field that says neither `before` nor `after` by now was changed by a person since it was read: nothing is
        written then. `draft` carries the marker to refresh, and the words for the part of the body that is ours. Where
        something is written, our link to the postmortem follows to where the item stands now.

        Raises:
            TrackerError: `str` says what to do; the issue is as it was. UnknownOutcome: some of it may be done.
        """

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        """Leave one comment for this purpose: another text edits it, the same text does nothing."""

    def normalise(self, fields: Fields) -> Fields:
        """What the tracker would answer to these: its length limits, its number of owners, its priorities."""

    def understands(self, ticket: str) -> str | None:
        """The ref by which `fetch` finds what a document calls `ticket`, or None where it is another tracker's."""


@runtime_checkable
class TellsWho(Protocol):
    """What a tracker may be able to do besides. One that cannot has no such method, and its changes are "not known"."""

    def who(self, ref: IssueRef, names: Sequence[str]) -> Mapping[str, Who]:
        """Who gave these fields of an issue the values that they have now, and where that can be seen.

        A field that it cannot tell of is left out. Asked once for each issue on which a person changed something, so
        it may cost a request or two; the newest changes are the ones that matter.

        Raises:
            TrackerError: it could not be asked. That is no failure of a run: it is "not known" then.
        """


@runtime_checkable
class CreatesMany(Tracker, Protocol):
    """What a tracker may be able to do besides: make many issues in one request."""

    at_once: int
    """The most that one request takes."""

    def create_many(self, drafts: Sequence[Draft], sending: Sending = untold) -> Sequence[Issue | TrackerError]:
        """Make these issues, in one attempt. For each, in the same order: what was made, or why not.

        Raises:
            UnknownOutcome: any of them may exist. TrackerError: certainly none does.
        """


@runtime_checkable
class KeepsLinks(Protocol):
    """What a tracker may be able to do besides: let the link to the postmortem in an issue of ours lead elsewhere.

    The link follows with any other change of the issue as well, see `Tracker.update`.
    """

    def leads(self, drafts: Mapping[str, Draft]) -> Mapping[str, str]:
        """Id of an issue -> where our link in it leads; one that holds no such link is left out.

        Args:
            drafts: by the ids of the issues, what they would be made of today.

        Raises:
            TrackerError: they cannot be looked at.
        """

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        """Let that link lead to `draft.link`; everything else stays as people have it.

        Raises:
            TrackerError: the issue is as it was. UnknownOutcome: it may be done.
        """


@runtime_checkable
class KnowsAudience(Protocol):
    """What a tracker may be able to do besides: tell who reads what is written there."""

    def is_exposed(self) -> bool:
        """Whether everybody would read an issue that is made here, and the team did not allow that.

        Asked once in a run that has an issue to make. A reading request.

        Raises:
            TrackerError: it could not be asked.
        """


def tidy(fields: Fields) -> Fields:
    """The least that every tracker makes of fields: each on one line, a title, a status, nobody twice."""
    return replace(
        fields,
        title=one_line(fields.title) or "Untitled",
        status=fields.status or Status.OPEN,
        owners=tuple(dict.fromkeys(name for owner in fields.owners if (name := one_line(owner, OWNER_LIMIT)))),
        priority=one_line(fields.priority or "", PRIORITY_LIMIT) or None,
    )


def changed(
    ref: IssueRef, now: Fields, changes: Sequence[FieldChange], same: Callable[[object, object], bool]
) -> Fields:
    """What an issue is to say after these changes.

    Args:
        same: whether two values of a field are the same to the tracker.

    Raises:
        TrackerError: a person changed one of them a moment ago.
    """
    for change in changes:
        found = getattr(now, change.name)
        if not any(same(found, said) for said in (change.before, change.after)):
            raise TrackerError(f"{ref.key}: {change.name} was changed a moment ago: the next run takes it up")
    told: dict[str, Any] = {change.name: change.after for change in changes}
    return replace(now, **told)
