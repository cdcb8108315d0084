"""What changed since a bookmark: the whole answer, in as few requests as that takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pmtrack.model import Issue
from pmtrack.trackers.base import Listing
from pmtrack.trackers.github import cursor as bookmarks
from pmtrack.trackers.github import paging, region, shape
from pmtrack.trackers.github.answers import Answer
from pmtrack.trackers.github.cursor import Cursor
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.refs import Place

READ_AGAIN = 5
"""Times; a list that changes all the while is left to the next run."""


@dataclass(frozen=True, slots=True)
class News:
    """The list of issues of one repository."""

    desk: Desk

    def since(self, cursor: str) -> Listing:
        """What changed, without a request for any single issue; one request in all where nothing did.

        Raises:
            TrackerError: the answer could not be had, or not whole.
        """
        mark = self._bookmark(cursor)
        first = self._list(mark.since, mark.etag)
        if first.status == 304:
            self.desk.high = max(self.desk.high, mark.high)
            return Listing((), cursor)
        pages = self._whole(first, mark.since)
        entries = dict(pages.entries)
        after = self._moved(mark, pages, entries)
        issues, broken = self._issues(entries)
        high = max(mark.high, self.desk.high, *entries, 0)
        self.desk.high = high
        if not mark.since:
            self.desk.listed = max(entries, default=0)
        after = replace(after, name=self.desk.home.name, high=high)
        return Listing(issues, str(replace(mark, high=high, etag="") if broken else after), None, broken)

    def everything(self) -> Mapping[int, Json]:
        """All entries of the list by their numbers, pull requests too.

        Raises:
            TrackerError: the answer could not be had, or not whole.
        """
        return self._whole(self._list(""), "").entries

    def _bookmark(self, text: str) -> Cursor:
        """Where to go on; from the beginning where the repository is another one by now."""
        mark, configured = bookmarks.parse(text), self.desk.home.configured
        if mark and mark.configured == configured:
            self.desk.home.take(mark.repository, mark.name)
            return mark
        self.desk.home.find()
        if mark and mark.repository == self.desk.home.id:
            return replace(mark, configured=configured, name=self.desk.home.name)
        return Cursor(self.desk.home.id, configured, self.desk.home.name)

    def _list(self, since: str, etag: str = "") -> Answer:
        query = {"state": "all", "sort": "updated", "direction": "asc", "per_page": paging.PAGE}
        if since:
            query["since"] = since
        answer = self.desk.home.client.read(f"{self.desk.home.path}/issues", query, etag)
        return answer if answer.status == 304 else self.desk.home.good(answer)

    def _whole(self, first: Answer, since: str) -> paging.Pages:
        """All pages, and what moved while they were read once more."""
        pages = self._pages(first, since)
        for _ in range(READ_AGAIN):
            if not pages.shifted:
                return pages
            more = self._pages(self._list(pages.shifted), pages.shifted)
            pages = replace(pages, entries={**pages.entries, **more.entries}, shifted=more.shifted)
        raise paging.strange("kept changing while it was read")

    def _pages(self, first: Answer, since: str) -> paging.Pages:
        return paging.issues(first, lambda: self._list(since), self.desk.page, self.desk.base_url)

    def _moved(self, mark: Cursor, pages: paging.Pages, entries: dict[int, Json]) -> Cursor:
        """The next bookmark. After a long answer it moves on, and its own first answer is learnt at once.

        An ETag proves that nothing changed only where the answer was one page, and not a full one.
        """
        if pages.count > 1 or len(entries) >= bookmarks.ROLL:
            after = mark.moved([shape.updated_at(entry) for entry in entries.values()])
            if after != mark:
                pages = self._whole(self._list(after.since), after.since)
                entries.update(pages.entries)
                mark = after
        is_whole = pages.count == 1 and len(pages.entries) < paging.PAGE
        return replace(mark, etag=pages.etag if is_whole else "")

    def _issues(self, entries: Mapping[int, Json]) -> tuple[tuple[Issue, ...], dict[str, str]]:
        """The issues among the entries, and a sentence for each that cannot be understood."""
        found: list[Issue] = []
        broken = {}
        for number, raw in sorted(entries.items()):
            if "pull_request" in raw:
                continue
            try:
                self.desk.home.take(self.desk.home.id, shape.repository(raw))
                found += [] if self.desk.is_parent(raw) else [self.desk.issue(raw)]
            except region.Unreadable as error:
                broken[str(Place(self.desk.home.id, number))] = str(error)
        return tuple(found), broken
