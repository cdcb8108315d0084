"""One comment on a pull request, edited in place: nobody is told twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

TAG = "<!-- pmtrack:preview -->"
BOT = "github-actions[bot]"
"""Who a workflow's own token writes as; it does not tell."""

LONGEST = 60_000
"""Characters; GitHub takes 65,536."""
CUT = "\n\n(shortened: the whole of it is in the summary of the run)\n"

PAGE, PAGES = 100, 20
SECONDS = 30


class Refused(Exception):
    """One sentence: why the comment is not there. It is said, and nothing fails."""


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments of one pull request.

    Attributes:
        api: the address of the interface. number: of the pull request.
    """

    api: str
    repository: str
    number: int
    token: str = field(repr=False)

    def tell(self, words: str, *, anew: bool) -> str:
        """Say this in our comment, and answer what became of it: "made", "edited" or "the same".

        Args:
            anew: whether to make a comment where there is none; else there is nothing worth one.

        Raises:
            Refused: it cannot be written.
        """
        body = f"{words[:LONGEST]}{CUT if len(words) > LONGEST else ''}\n{TAG}\n"
        found = next(self._ours(), None)
        if found is None:
            if not anew:
                return "the same"
            self._ask("POST", f"/repos/{self.repository}/issues/{self.number}/comments", {"body": body})
            return "made"
        if str(found["body"]).replace("\r\n", "\n").strip() == body.strip():
            return "the same"
        self._ask("PATCH", f"/repos/{self.repository}/issues/comments/{found['id']}", {"body": body})
        return "edited"

    def _ours(self) -> Iterator[Mapping[str, Any]]:
        """Comments with our tag that we wrote: somebody else may have copied it."""
        me = self._me().casefold()
        for page in range(1, PAGES + 1):
            path = f"/repos/{self.repository}/issues/{self.number}/comments?per_page={PAGE}&page={page}"
            listed = self._ask("GET", path)
            for one in listed:
                if TAG in str(one.get("body")) and str((one.get("user") or {}).get("login")).casefold() == me:
                    yield one
            if len(listed) < PAGE:
                return

    def _me(self) -> str:
        try:
            return str(self._ask("GET", "/user").get("login") or BOT)
        except Refused:
            return BOT

    def _ask(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Raises:
        Refused: by the server, or it cannot be reached. A write is never repeated.
        """
        request = Request(f"{self.api}{path}", method=verb, data=json.dumps(body).encode() if body else None)
        request.add_header("Accept", "application/vnd.github+json")
        request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        request.add_header("X-GitHub-Api-Version", "2022-11-28")
        request.add_header("User-Agent", "pmtrack")
        try:
            with urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except HTTPError as error:
            error.close()
            raise Refused(_refusal(error.code)) from None
        except (URLError, HTTPException, TimeoutError, ValueError) as error:
            raise Refused(f"GitHub could not be asked ({error}): the summary of this run says the same") from None


def _refusal(code: int) -> str:
    if code in (401, 403, 404):
        return (
            f"GitHub takes no comment from this workflow ({code}): its token may only read, as for a pull request from "
            "a fork, or lacks `permissions: pull-requests: write`; the summary of this run says the same"
        )
    return f"GitHub takes no comment now ({code}): the summary of this run says the same"
