"""What is said in an issue and what happened to it: comments and history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pmtrack.model import IssueRef, Who
from pmtrack.text import one_line
from pmtrack.trackers.jira import adf, hands, paging, shape, wiki
from pmtrack.trackers.jira.answers import Answer
from pmtrack.trackers.jira.desk import Desk, Json
from pmtrack.trackers.limits import Kind

COMMENT_LIMIT = 5_000
"""Characters; ours are a sentence or two."""

HISTORY = 100


@dataclass(frozen=True, slots=True)
class Talk:
    """One comment for each purpose is ours; the history is only read."""

    desk: Desk

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        """One for each purpose, edited in place. Its last line says which.

        Args:
            text: Markdown.

        Raises:
            TrackerError: as the Protocol says.
        """
        home, tag = self.desk.home, f"pmtrack: {one_line(purpose, 40)}"
        ident, rest = ref.id, f"issue/{ref.id}/comment"
        body = self._body(text[:COMMENT_LIMIT], tag)
        for found in list(self._comments(ref, rest)):
            if self._tag(found) == tag and self.desk.is_ours(shape.account(found.get("author"))):
                if _words(found.get("body")) != _words(body):
                    path = home.path(f"{rest}/{found.get('id')}")
                    home.good(home.client.write(Kind.WRITE, "PUT", path, {"body": body}, issue=ident), key=ref.key)
                return
        answer = home.client.write(Kind.CREATE, "POST", home.path(rest), {"body": body}, issue=ident)
        home.good(answer, key=ref.key, permission="Add comments")

    def _comments(self, ref: IssueRef, rest: str) -> Iterable[Json]:
        def ask(at: int) -> Answer:
            answer = self.desk.home.client.read(self.desk.home.path(rest), {"startAt": at, "maxResults": 100})
            if answer.status == 404:
                self.desk.present(ref)
            return self.desk.home.good(answer, key=ref.key)

        return paging.everything(ask, "comments")

    def _body(self, text: str, tag: str) -> Any:
        blocks = [*adf.of_markdown(text), adf.paragraph(tag, {"type": "em"})]
        return adf.document(blocks) if self.desk.home.nodes else wiki.of_nodes(blocks)

    def _tag(self, comment: Mapping[str, Any]) -> str:
        return _words(comment.get("body")).rpartition("\n")[2].strip("_{} ")

    def who(self, ref: IssueRef) -> Mapping[str, Who]:
        """By the name of each field, who gave it the value that it has now.

        Raises:
            TrackerError: it cannot be asked for.
        """
        histories = self._history(ref) if self.desk.home.cloud else self._whole_history(ref)
        return hands.told(histories, ref.url, self.desk.names)

    def _history(self, ref: IssueRef) -> list[Json]:
        """On Cloud, oldest first: the first hundred, and the newest hundred."""
        rest = f"issue/{ref.id}/changelog"
        first = self.desk.home.read(rest, {"maxResults": HISTORY}, key=ref.key)
        found, total = first.things("values"), int(first.thing().get("total") or 0)
        if total <= len(found):
            return found
        last = {"startAt": max(len(found), total - HISTORY), "maxResults": HISTORY}
        return [*found, *self.desk.home.read(rest, last, key=ref.key).things("values")]

    def _whole_history(self, ref: IssueRef) -> list[Json]:
        params = {"fields": "updated", "expand": "changelog"}
        found = self.desk.home.read(f"issue/{ref.id}", params, key=ref.key).thing("changelog")
        histories: list[Json] = found["changelog"].get("histories") or []
        return sorted(histories, key=lambda history: int(history.get("id") or 0))


def _words(body: Any) -> str:
    """The words of a comment, whichever form it has."""
    return adf.words(body) if isinstance(body, Mapping) else str(body or "").replace("\r\n", "\n").strip()
