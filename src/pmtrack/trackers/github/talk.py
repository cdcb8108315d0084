"""What is said in an issue and what happened to it: comments and events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pmtrack.model import IssueRef, Who
from pmtrack.text import one_line
from pmtrack.trackers.github import hands, paging, shape
from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.limits import Kind

COMMENT_LIMIT = 10_000
"""Characters; ours are a sentence or two."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One comment for each purpose is ours; events are only read."""

    desk: Desk

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        """One for each purpose, edited in place.

        Raises:
            TrackerError: as the Protocol says.
        """
        tag = f"<!-- pmtrack:comment {one_line(purpose, 40).replace('--', '-').replace('>', '')} -->"
        body = f"{text[:COMMENT_LIMIT]}\n\n{tag}"
        place, answer = self.desk.part(ref, "comments")
        client = self.desk.home.client
        for found in paging.everything(answer, self.desk.page, self.desk.base_url):
            if tag in str(found.get("body")) and self.desk.is_ours(shape.author(found)):
                path = f"/repositories/{place.repository}/issues/comments/{found.get('id')}"
                if str(found["body"]).replace("\r\n", "\n") != body:
                    self.desk.home.good(client.write(Kind.WRITE, "PATCH", path, {"body": body}), key=ref.key)
                return
        self.desk.home.good(client.write(Kind.CREATE, "POST", f"{place.path}/comments", {"body": body}), key=ref.key)

    def _events(self, ref: IssueRef) -> Iterable[Json]:
        """What happened to an issue, oldest first: the newest hundred at least.

        Raises:
            TrackerError: it cannot be asked for.
        """
        _, answer = self.desk.part(ref, "events")
        last = paging.last_address(answer, self.desk.base_url)
        first = answer.entries()
        return [*first, *self.desk.page(last, None).entries()] if last else first

    def who(self, ref: IssueRef) -> Mapping[str, Who]:
        """By the name of each field, who gave it the value that it has now.

        Raises:
            TrackerError: it cannot be asked for.
        """
        return hands.told(self._events(ref), ref.url, self.desk.home.names)
