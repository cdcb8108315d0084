"""Turn an issue into one that says what is wanted, and make sure that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Fields, Marker
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github import edits, shape
from pmtrack.trackers.github.answers import Answer, Broken
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.names import Native
from pmtrack.trackers.github.refs import Place
from pmtrack.trackers.limits import Kind

CHECKED = ("status", "owners", "priority", "due")
"""What GitHub drops in silence where the account may not set it."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Everything but creating: that is one request of its own."""

    desk: Desk

    def write(
        self,
        raw: Json,
        wanted: Fields,
        marker: Marker | None = None,
        *,
        begun: bool = False,
        led: Callable[[str], str] = str,
    ) -> Json:
        """Turn an issue into one that says `wanted`, and answer what it says then.

        GitHub drops in silence what it cannot do. So the answer is looked at, and what a field of the organisation did
        not take goes into the body or a label.

        Args:
            begun: something was done already, so that a refusal leaves half of it.
            led: a body -> the same with our link leading where it should, where it is written anyway.

        Raises:
            TrackerError: as the Protocol says of `update`.
        """
        names, native = self.desk.home.names, self.desk.home.native()
        edit = edits.edit(raw, wanted, names, native, marker)
        if not edit:
            return raw
        edit = edits.leading(edit, raw, led)
        self.desk.home.have_labels(edits.labels_needed(wanted, names, native))
        after = self._carry_out(raw, edit, begun=begun)
        now = self._said(after)
        if edit.native and (now.due, now.priority) != (wanted.due, wanted.priority):
            after = self._elsewhere(after, wanted, marker)
        self._check(after, wanted)
        return after

    def _elsewhere(self, raw: Json, wanted: Fields, marker: Marker | None) -> Json:
        """Put into body and labels what the fields of the organisation did not take."""
        names = self.desk.home.names
        self.desk.home.without(Native())
        try:
            self.desk.home.have_labels(edits.labels_needed(wanted, names, Native()))
        except TrackerError as error:
            raise half_done(error) from None
        return self._carry_out(raw, edits.edit(raw, wanted, names, Native(), marker), begun=True)

    def _carry_out(self, raw: Json, edit: edits.Edit, *, begun: bool) -> Json:
        place = self.desk.where(raw)
        steps: list[tuple[Kind, str, str, Any]] = []
        if edit.reopen:
            steps.append((Kind.WRITE, "PATCH", place.path, {"state": "open"}))
        if edit.patch:
            steps.append((Kind.WRITE, "PATCH", place.path, edit.patch))
        values = f"{place.path}/issue-field-values"
        if edit.values:
            steps.append((Kind.CREATE, "POST", values, {"issue_field_values": list(edit.values)}))
        steps += [(Kind.CREATE, "DELETE", f"{values}/{ident}", None) for ident in edit.cleared]
        for step in steps:
            raw = self._step(place, raw, step, begun=begun)
            begun = True
        return self._again(place) if edit.native else raw

    def _step(self, place: Place, raw: Json, step: tuple[Kind, str, str, Any], *, begun: bool) -> Json:
        kind, verb, path, sent = step
        try:
            answer = self.desk.home.client.write(kind, verb, path, sent)
            if verb == "DELETE" and answer.status == 404:
                return raw  # somebody cleared it first
            self.desk.home.good(answer, key=f"#{place.number}")
        except TrackerError as error:
            raise half_done(error) if begun else error from None
        return _issue(answer) if verb == "PATCH" else raw

    def _again(self, place: Place) -> Json:
        """The issue as it is after a write whose answer does not show it."""
        try:
            raw = self.desk.read(place)
        except TrackerError as error:
            raise half_done(error) from None
        if isinstance(raw, Missing):
            raise UnknownOutcome(f"#{place.number} vanished while it was written to: the next run looks again")
        return raw

    def _check(self, raw: Mapping[str, Any], wanted: Fields) -> None:
        """Raises:
        UnknownOutcome: the issue does not say what it was told to.
        """
        now = self._said(raw)
        left = [name for name in CHECKED if not shape.same(getattr(now, name), getattr(wanted, name))]
        if left:
            sentence = f"GitHub did not take {', '.join(left)} of #{raw['number']}: give the account the role Triage or"
            raise UnknownOutcome(f"{sentence} Write in {self.desk.home.name}")

    def _said(self, raw: Mapping[str, Any]) -> Fields:
        """What an issue says after it was written to.

        Raises:
            UnknownOutcome: a person was at it at the same moment, or it is no issue.
        """
        try:
            return shape.fields(raw, self.desk.home.names)
        except shape.ODD:
            key = f"#{raw.get('number')}"
            raise UnknownOutcome(f"{key} was changed while it was written to: the next run looks again") from None


def _issue(answer: Answer) -> Json:
    try:
        return answer.issue()
    except Broken:
        raise UnknownOutcome("GitHub's answer was cut: the next run looks at what was done") from None


def half_done(error: TrackerError) -> UnknownOutcome:
    """What a refusal is where something was done before it."""
    return UnknownOutcome(str(error), permanent=error.permanent, retry_after=error.retry_after)
