"""Our link to the postmortem in the bodies of issues, looked at and led elsewhere apart from any other change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pmtrack.errors import UnknownOutcome
from pmtrack.model import Draft, IssueRef
from pmtrack.trackers import body, links
from pmtrack.trackers.base import Missing
from pmtrack.trackers.github import refs, region, shape
from pmtrack.trackers.github.answers import Broken
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.news import News
from pmtrack.trackers.limits import Kind

MANY = 30
"""From so many on, the list of all issues is read: a page of it costs as much as one issue."""


@dataclass(frozen=True, slots=True)
class Links:
    """Args:
    harmless: neutralises the words of a document.
    """

    desk: Desk
    news: News
    harmless: Callable[[str], str]

    def leads(self, drafts: Mapping[str, Draft]) -> dict[str, str]:
        """As `base.KeepsLinks` says."""
        listed = self.news.everything() if len(drafts) >= MANY else {}
        found = {ident: self._leads(self._raw(ident, listed), draft) for ident, draft in drafts.items()}
        return {ident: address for ident, address in found.items() if address}

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        """As `base.KeepsLinks` says."""
        place, raw = self.desk.present(ref)
        before = shape.body(raw)
        after = self.led(before, draft)
        if after == before:
            return
        answer = self.desk.home.client.write(Kind.WRITE, "PATCH", self.desk.where(raw).path, {"body": after})
        try:
            told = self.desk.home.good(answer, key=f"#{place.number}").issue()
        except Broken:
            raise UnknownOutcome("GitHub's answer was cut: the next `pmtrack refresh-links` looks again") from None
        self.desk.issue(told, place)

    def led(self, text: str, draft: Draft, *, only_moved: bool = False) -> str:
        """A body with our link leading where the draft says; for a draft without a link as it is."""
        if not draft.link:
            return text
        return links.led(text, body.link(draft, self.harmless), _paths(text, draft), only_moved=only_moved)

    def _leads(self, raw: Json | Missing, draft: Draft) -> str:
        if isinstance(raw, Missing) or not self.desk.is_ours(shape.author(raw)):
            return ""
        text = shape.body(raw)
        return links.leads(text, body.link(draft, self.harmless), _paths(text, draft))

    def _raw(self, ident: str, listed: Mapping[int, Json]) -> Json | Missing:
        place = refs.place(ident, self.desk.home.id)
        if place is None:
            return Missing.GONE
        here = listed.get(place.number) if place.repository == self.desk.home.id else None
        return here or self.desk.read(place)


def _paths(text: str, draft: Draft) -> list[str]:
    """What the document is called now, and what it was called when the marker was written."""
    mark = region.marker(text)
    return [draft.marker.path, *([mark.path] if mark else [])]
