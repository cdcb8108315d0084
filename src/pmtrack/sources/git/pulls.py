"""Pull requests on GitHub, as requests and answers; who sends them, and at which pace, is not decided here.

https://docs.github.com/en/rest/pulls/pulls
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pmtrack.sources.base import Pull


class Desk(Protocol):
    """Whoever talks with the host. Both verbs raise `PmtrackError` for an answer that is none, or a refusal."""

    def get(self, path: str, params: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        """The entries of a list."""

    def send(self, verb: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a request answers that writes, which is never repeated."""


@dataclass(frozen=True, slots=True)
class GitHubPulls:
    """The pull requests of one repository.

    Args:
        repository: owner/name.
    """

    repository: str
    desk: Desk

    def find(self, branch: str, base: str) -> Pull | None:
        owner = self.repository.partition("/")[0]
        listed = self.desk.get(self._path(), {"state": "open", "head": f"{owner}:{branch}", "base": base})
        return next((_pull(one) for one in listed), None)

    def open(self, branch: str, base: str, title: str, body: str) -> Pull:
        words = {"title": title, "head": branch, "base": base, "body": body}
        return _pull(self.desk.send("POST", self._path(), words))

    def edit(self, pull: Pull, title: str, body: str) -> None:
        self.desk.send("PATCH", self._path(pull), {"title": title, "body": body})

    def close(self, pull: Pull) -> None:
        self.desk.send("PATCH", self._path(pull), {"state": "closed"})

    def _path(self, pull: Pull | None = None) -> str:
        return f"/repos/{self.repository}/pulls" + (f"/{pull.number}" if pull else "")


def _pull(answer: Mapping[str, Any]) -> Pull:
    return Pull(int(answer["number"]), str(answer["title"]), str(answer["body"] or "").replace("\r\n", "\n"))
