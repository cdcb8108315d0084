"""The link to the postmortem of an issue that is there already: in its description, and as the link beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, IssueRef
from pmtrack.trackers import body
from pmtrack.trackers.base import Missing
from pmtrack.trackers.jira import links, shape
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.jira.edits import Edit
from pmtrack.trackers.jira.making import Maker
from pmtrack.trackers.jira.region import Description
from pmtrack.trackers.limits import Kind


@dataclass(frozen=True, slots=True)
class Leader:
    """Args:
    maker: knows what a link looks like in a new issue.
    """

    desk: Desk
    maker: Maker

    def leads(self, drafts: Mapping[str, Draft]) -> dict[str, str]:
        """As `base.KeepsLinks` says."""
        raws = self.desk.raws(list(drafts))
        found = {ident: self._leads(raws[ident], draft) for ident, draft in drafts.items()}
        return {ident: address for ident, address in found.items() if address}

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        """As `base.KeepsLinks` says. The link beside the issue comes first: what is looked at is the description."""
        raw, home = self.desk.present(ref), self.desk.home
        before = raw["fields"].get("description")
        after = self._led(raw, before, draft, only_moved=False)
        if after != before and "description" not in home.editing(raw):
            sentence = f"{ref.key}: its description cannot be edited: put it on the project's edit screen"
            raise TrackerError(sentence, permanent=True)
        self.maker.link(ref.id, ref.key, draft)
        if after == before:
            return
        path, sent = home.path(f"issue/{ref.id}"), {"fields": {"description": after}}
        answer = home.client.write(Kind.WRITE, "PUT", path, sent, issue=ref.id, params=home.quietly())
        home.good(answer, key=ref.key, permission="Edit issues")

    def follow(self, raw: Json, edit: Edit, draft: Draft) -> Edit:
        """The same edit, with the link led to where the item stands now."""
        before = edit.fields.get("description", raw["fields"].get("description"))
        after = self._led(raw, before, draft, only_moved=True)
        if after == before or "description" not in self.desk.home.editing(raw):
            return edit
        return replace(edit, fields={**edit.fields, "description": after})

    def _led(self, raw: Json, before: Description, draft: Draft, *, only_moved: bool) -> Description:
        if not _is_web(draft.link):
            return before
        link = body.link(draft, self.maker.harmless)
        return links.led(before, link, _paths(raw, draft), only_moved=only_moved)

    def _leads(self, raw: Json | Missing, draft: Draft) -> str:
        if isinstance(raw, Missing) or not _is_web(draft.link):
            return ""
        if not self.desk.is_ours(shape.account(raw["fields"].get("creator"))):
            return ""
        link = body.link(draft, self.maker.harmless)
        found = links.leads(raw["fields"].get("description"), link, _paths(raw, draft))
        return found or self._beside(raw, draft)

    def _beside(self, raw: Json, draft: Draft) -> str:
        """Where the link beside an issue leads whose description has none."""
        home = self.desk.home
        answer = home.client.read(home.path(f"issue/{raw['id']}/remotelink"), {"globalId": self.maker.global_id(draft)})
        if answer.status == 404:
            return ""
        told = home.good(answer, key=str(raw["key"])).thing("object").get("object")
        return str(told.get("url") or "") if isinstance(told, Mapping) else ""


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in ("http", "https")


def _paths(raw: Json, draft: Draft) -> Sequence[str]:
    """What the document is called now, and what it was called when the marker was written."""
    mark = shape.marker(raw)
    return [draft.marker.path, *([mark.path] if mark else [])]
