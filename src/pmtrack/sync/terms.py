"""What a document's words are in a tracker's terms (pure, given the tracker's own `normalise`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from pmtrack.documents import horizon_due, normal_priority
from pmtrack.model import ActionItem, Document, DueSource, Fields, Status
from pmtrack.people import Directory, Team
from pmtrack.policy import Policy, base_day, due_by_policy

Normalise = Callable[[Fields], Fields]


@dataclass(frozen=True, slots=True)
class Terms:
    """The team's people and policy. A change of either is no edit: only what a side says anew is put into terms."""

    directory: Directory
    policy: Policy

    def said(self, raw: Fields, kind: str, normalise: Normalise) -> Fields:
        """A document's fields as a tracker of this kind would say them; what is not stated stays empty."""
        owners = tuple(account for word in raw.owners if (account := self.directory.account(word, kind)))
        spoken = normalise(replace(raw, owners=owners, priority=_priority(raw.priority)))
        return replace(spoken, status=raw.status and spoken.status)

    def wanted(
        self, said: Fields, due_source: DueSource | None, document: Document, first_seen: date
    ) -> tuple[Fields, DueSource | None]:
        """What a new issue is to say: what policy supplies is the document's word at creation only."""
        opened = replace(said, status=said.status or Status.OPEN)
        if said.due:
            return opened, due_source
        base = base_day(document.written, document.incident_date, first_seen)
        due = due_by_policy(self.policy.of(document.source), said.priority, document.severity, base)
        return replace(opened, due=due), DueSource.POLICY if due else None

    def labels(self, item: ActionItem) -> tuple[str, ...]:
        """What a new issue of an item carries because of its teams and its kind ("prevent")."""
        kind = (item.kind or "").strip().casefold()
        names = [team.label for team in self._teams(item)] + [kind if kind.isalpha() else None]
        return tuple(dict.fromkeys(name for name in names if name))

    def components(self, item: ActionItem) -> tuple[str, ...]:
        """The same, on a tracker that has components."""
        return tuple(dict.fromkeys(team.jira_component for team in self._teams(item) if team.jira_component))

    def _teams(self, item: ActionItem) -> list[Team]:
        return [team for word in item.fields.owners if (team := self.directory.team(word))]


def stated(item: ActionItem, document: Document, first_seen: date) -> tuple[Fields, DueSource | None]:
    """What the item states, with its horizon counted out; and why it has its due date."""
    if item.fields.due:
        return item.fields, DueSource.EXPLICIT
    base = base_day(document.written, document.incident_date, first_seen)
    due = horizon_due(item.horizon, base) if item.horizon else None
    return replace(item.fields, due=due), DueSource.HORIZON if due else None


def _priority(words: str | None) -> str | None:
    return (normal_priority(words) or words) if words else None
