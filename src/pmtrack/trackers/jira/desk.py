"""Issues by their ids: what they say in our values, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.model import Issue, IssueRef
from pmtrack.trackers.base import Missing
from pmtrack.trackers.jira import refs, region, shape
from pmtrack.trackers.jira.answers import Broken
from pmtrack.trackers.jira.home import Home
from pmtrack.trackers.jira.names import Names

Json = dict[str, Any]

AT_ONCE = 100
"""Issues that one request can ask for by their ids."""

ASKED: Json = {"fields": list(shape.FIELDS), "properties": [shape.PROPERTY]}
SHOWN = {"fields": ",".join(shape.FIELDS), "properties": shape.PROPERTY}


@dataclass(slots=True)
class Desk:
    """Attributes:
    tracker: its name. high: the highest number of an issue seen.
    """

    tracker: str
    home: Home
    names: Names
    high: int = 0

    def is_ours(self, account: str) -> bool:
        known = {name.casefold() for name in (self.home.me, *self.home.settings.accounts)}
        return bool(account) and account.casefold() in known

    def ref(self, ident: str, key: str) -> IssueRef:
        return IssueRef(self.tracker, ident, key, f"{self.home.client.url}/browse/{key}")

    def met(self, key: str) -> None:
        """There is an issue of this key."""
        if refs.project(key) in self.home.keys:
            self.high = max(self.high, refs.number(key))

    def issue(self, raw: Mapping[str, Any]) -> Issue:
        """An issue in our values.

        Raises:
            region.Unreadable: a person wrote no date where one should be.
            TrackerError: it is no issue.
        """
        try:
            self.met(str(raw["key"]))
            fields, marker = shape.fields(raw, self.names), shape.marker(raw)
            ours = marker is not None and self.is_ours(shape.account(raw["fields"].get("creator")))
            ref, names = self.ref(str(raw["id"]), str(raw["key"])), shape.display_names(raw)
            return Issue(ref, fields, marker, ours, shape.updated_at(raw), names)
        except region.Unreadable as error:
            raise region.Unreadable(f"{raw['key']}: {error}") from None
        except shape.ODD:
            raise Broken from None

    def read(self, ref: str) -> Json | Missing:
        """The issue of an id or a key. Jira follows one that was moved, and says of what it hides that it is not there.

        Raises:
            TrackerError: it cannot be asked for.
        """
        answer = self.home.client.read(self.home.path(f"issue/{ref}"), SHOWN)
        if answer.status == 404 and not answer.denied:
            self.home.look()
            return Missing.GONE
        return self.home.good(answer, key=ref).thing("id", "key", "fields")

    def fetch(self, wanted: Sequence[str]) -> dict[str, Issue | Missing]:
        """Each of these. Several are read together, where Jira can do that; what it does not show then, alone.

        Raises:
            TrackerError: they cannot be asked for.
        """
        together = self.home.cloud and len(wanted) > 1
        found = self._together([ref for ref in wanted if refs.is_id(ref)]) if together else {}
        return {ref: self._seen(found[ref]) if ref in found else self._alone(ref) for ref in wanted}

    def raws(self, idents: Sequence[str]) -> dict[str, Json | Missing]:
        """The JSON of these issues, read together where Jira can do that.

        Raises:
            TrackerError: they cannot be asked for.
        """
        together = self._together(idents) if self.home.cloud and len(idents) > 1 else {}
        return {ident: together.get(ident) or self.read(ident) for ident in idents}

    def _together(self, idents: Sequence[str]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for at in range(0, len(idents), AT_ONCE):
            asked = {"issueIdsOrKeys": idents[at : at + AT_ONCE], **ASKED}
            answer = self.home.good(self.home.client.read(self.home.path("issue/bulkfetch"), body=asked))
            found |= {str(raw.get("id")): raw for raw in answer.things("issues")}
        return found

    def _alone(self, ref: str) -> Issue | Missing:
        named = ref if refs.is_id(ref) else refs.ours(ref, self.home.keys, self.home.client.url)
        raw = self.read(named) if named else Missing.GONE
        return raw if isinstance(raw, Missing) else self._seen(raw)

    def _seen(self, raw: Json) -> Issue | Missing:
        try:
            return self.issue(raw)
        except region.Unreadable:
            return Missing.UNKNOWN

    def present(self, ref: IssueRef) -> Json:
        """Raises:
        TrackerError: it is not there.
        """
        raw = self.read(ref.id) if refs.is_id(ref.id) else Missing.GONE
        if isinstance(raw, Missing):
            raise TrackerError(f"{ref.key} was deleted: remove the item, or let it have a new issue", permanent=True)
        return raw
