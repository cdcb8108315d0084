"""What changed since a bookmark: the whole answer, in as few requests as that takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pmtrack.model import Issue
from pmtrack.trackers.base import Listing
from pmtrack.trackers.jira import cursor as bookmarks
from pmtrack.trackers.jira import jql, paging, region, shape
from pmtrack.trackers.jira.answers import Answer
from pmtrack.trackers.jira.cursor import Cursor
from pmtrack.trackers.jira.desk import ASKED, SHOWN, Desk, Json

MADE_FRESH = 50
"""Issues that one search can be told to look up afresh."""

AHEAD = 60.0
"""Seconds by which a server's clock may be ahead of what we took it for."""


@dataclass(slots=True)
class News:
    """The issues of one project. `written`: ids of those that we wrote last, which search may not know yet."""

    desk: Desk
    written: deque[str] = field(default_factory=lambda: deque(maxlen=MADE_FRESH))

    def since(self, cursor: str) -> Listing:
        """What changed; one request in all where nothing did.

        Raises:
            TrackerError: the answer could not be had, or not whole.
        """
        mark, client = self._bookmark(cursor), self.desk.home.client
        taken_for = client.ahead
        entries = self._changed(mark)
        if mark.since and client.ahead > taken_for + AHEAD:
            entries = self._changed(mark)  # what we asked for began too late
        if not entries and not mark.since:
            self.desk.home.look()  # else there is nothing because we may not see it
        self._meet_ourselves()
        issues, broken = self._issues(entries)
        self.desk.high = max(self.desk.high, mark.high)
        after = replace(mark, key=self.desk.home.key, me=self.desk.home.me, high=self.desk.high)
        updated = [shape.updated_at(raw) for raw in entries.values()]
        return Listing(issues, str(after if broken else after.moved(updated, self._now())), None, broken)

    def _bookmark(self, text: str) -> Cursor:
        """Where to go on; from the beginning where the project is another one by now."""
        mark, home = bookmarks.parse(text), self.desk.home
        url, project = home.client.url, home.settings.project
        if mark and (mark.url, mark.project) == (url, project) and mark.cloud == bool(home.client.account.email):
            home.take(mark)
            return mark
        home.find()
        fresh = Cursor(url, project, home.id, home.key, home.cloud, home.me)
        is_same = mark and (mark.url, mark.project_id) == (url, home.id)
        return replace(fresh, since=mark.since, high=mark.high) if mark and is_same else fresh

    def _changed(self, mark: Cursor) -> Mapping[str, Json]:
        home, query = self.desk.home, self._query(mark)
        answer = self.search(query)
        if answer.status == 400 and mark.since:  # the project may have another key by now
            home.look()
            query = self._query(mark)
            answer = self.search(query)
        return self._pages(query, [home.good(answer)])

    def _query(self, mark: Cursor) -> str:
        """The same for all pages of one reading, though the time goes on."""
        return jql.changed(self.desk.home.key, mark.minutes(self._now()))

    def search(self, query: str, token: str = "", at: int = 0) -> Answer:
        """One page of a search."""
        home = self.desk.home
        if not home.cloud:
            asked = {**SHOWN, "jql": query, "startAt": at, "maxResults": paging.PAGE}
            return home.client.read(home.path("search"), asked)
        body: Json = {"jql": query, "maxResults": paging.PAGE, **ASKED}
        body |= {"nextPageToken": token} if token else {}
        body |= {"reconcileIssues": [int(ident) for ident in self.written]} if self.written else {}
        return home.client.read(home.path("search/jql"), body=body)

    def everything(self, query: str) -> Mapping[str, Json]:
        """All pages of a search, by the ids of the issues.

        Raises:
            TrackerError: as `since`.
        """
        return self._pages(query, [])

    def _pages(self, query: str, first: list[Answer]) -> Mapping[str, Json]:
        """`first` holds the first page, where that was asked for already."""
        home = self.desk.home
        if home.cloud:
            return paging.by_token(lambda token: first.pop() if first else home.good(self.search(query, token)))
        return paging.by_offset(lambda at: first.pop() if first else home.good(self.search(query, at=at)))

    def _meet_ourselves(self) -> None:
        """Jira tells with every answer whose token that was: another one, perhaps, than in an earlier run."""
        home = self.desk.home
        home.me = home.client.whose or home.me

    def _issues(self, entries: Mapping[str, Json]) -> tuple[tuple[Issue, ...], dict[str, str]]:
        """The issues among the entries, and a sentence for each that cannot be understood."""
        found, broken = [], {}
        for ident, raw in sorted(entries.items(), key=lambda entry: int(entry[0])):
            self.desk.home.called(str((raw["fields"].get("project") or {}).get("key") or ""))
            try:
                found.append(self.desk.issue(raw))
            except region.Unreadable as error:
                broken[ident] = str(error)
        return tuple(found), broken

    def _now(self) -> datetime:
        """By the server's clock, as far as we know it."""
        client = self.desk.home.client
        return datetime.fromtimestamp(client.gate.clock() + client.ahead, UTC)
