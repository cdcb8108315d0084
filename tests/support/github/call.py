"""One request on its way through the rules: who asks, about which repository and which issue, and with what body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .access import Token, at_least, role_of
from .changes import Doer
from .model import Deleted, Issue, Moved, Repo
from .render import Show
from .wire import Refused, Request, moved, not_found

if TYPE_CHECKING:
    from .hub import Hub


@dataclass(slots=True)
class Call:
    """Attributes:
    args: the parts of the path by their names in the description.
    """

    hub: Hub
    request: Request
    token: Token
    args: Mapping[str, str]
    _repo: Repo | None = None
    _issue: Issue | None = None
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def show(self) -> Show:
        return Show(self.hub, self.request.api, self.token)

    @property
    def doer(self) -> Doer:
        return Doer(self.token.login, self.token.app)

    @property
    def repo(self) -> Repo:
        assert self._repo is not None
        return self._repo

    @property
    def issue(self) -> Issue:
        assert self._issue is not None
        return self._issue

    @property
    def may_push(self) -> bool:
        """Who may set labels, assignees, milestone, type and fields; for others they are silently dropped."""
        return at_least(role_of(self.token, self.repo), "triage")

    # ------------------------------------------------------------ finding what the path names

    def find_repo(self) -> None:
        """By number, or by its name of now; an old name leads to the number (301)."""
        if "repository_id" in self.args:
            self._repo = self._seen(int(self.args["repository_id"]))
        elif "owner" in self.args:
            name = f"{self.args['owner']}/{self.args['repo']}".lower()
            if name not in self.hub.names:
                raise not_found()
            self._repo = self._seen(self.hub.names[name])
            if self._repo.full_name.lower() != name:
                raise self._elsewhere(self._repo)

    def _seen(self, ident: int) -> Repo:
        repo = self.hub.repos.get(ident)
        if repo is None or role_of(self.token, repo) is None:
            raise not_found()
        return repo

    def _elsewhere(self, repo: Repo) -> Refused:
        rest = self.request.path.split("/", 4)[4:]
        query = f"?{urlencode(self.request.query)}" if self.request.query else ""
        return moved("/".join([f"{self.request.api}/repositories/{repo.id}", *rest]) + query)

    def find_issue(self) -> None:
        """410 for a deleted one, 301 for a transferred one; but the parts of a transferred one are just gone (404)."""
        if "issue_number" not in self.args:
            return
        what = self.repo.latest(int(self.args["issue_number"]))
        if isinstance(what, Deleted):
            raise Refused(410, "This issue was deleted")
        if isinstance(what, Moved):
            raise self._transferred(what)
        if not isinstance(what, Issue):
            raise not_found()
        self._issue = what

    def _transferred(self, what: Moved) -> Refused:
        home = self.hub.repos[what.repo]
        whole = self.request.path.rsplit("/", 1)[1] == self.args["issue_number"]
        if role_of(self.token, home) is None or not whole:
            return not_found()
        return moved(f"{self.request.api}/repositories/{home.id}/issues/{what.number}")

    def read_body(self) -> None:
        if not self.request.body:
            return
        try:
            found = json.loads(self.request.body)
        except ValueError as problem:
            raise Refused(400, "Problems parsing JSON") from problem
        if not isinstance(found, dict):
            raise Refused(400, "Body should be a JSON object")
        self.body = found
