"""One request on its way through the rules: who asks, about what, and with what body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .access import may, sees
from .model import Issue, Project
from .render import Show
from .wire import Refused, Request, no_issue

if TYPE_CHECKING:
    from .hub import Hub


@dataclass(slots=True)
class Call:
    """Attributes:
    account: who asks, "" for nobody. args: the parts of the path by their names in the description.
    adf: long texts are ADF (v3) and not wiki markup (v2).
    """

    hub: Hub
    request: Request
    account: str
    args: Mapping[str, str]
    adf: bool
    body: Any = field(default_factory=dict)

    @property
    def show(self) -> Show:
        return Show(self.hub, self.request.api, self.account, self.adf)

    def may(self, project: Project | None, permission: str) -> bool:
        return may(self.hub, self.account, project, permission)

    def must(self, issue: Issue, permission: str, words: str) -> None:
        """403 without the permission in the issue's project, or where that project is only kept for reading.

        Raises:
            Refused: it may not.
        """
        project = self.hub.projects[issue.project]
        if not self.may(project, permission):
            raise Refused(403, words)
        if project.archived:
            raise Refused(403, "The project is archived, so its issues cannot be changed.")

    @property
    def issue(self) -> Issue:
        """The one in the path: by id, by key, or by a key of before. Hidden ones do not exist."""
        found = self.hub.find(self.args["issueIdOrKey"])
        if found is None:
            raise no_issue()
        if not sees(self.hub, self.account, found):
            self._login_wanted()
            raise no_issue(self.hub.hidden_status)
        return found

    def _login_wanted(self) -> None:
        """Data Center tells nobody in particular to log in, where Cloud goes on."""
        if not self.account and not self.hub.cloud:
            raise Refused(401, "You do not have the permission to see the specified issue.", "Login Required")

    @property
    def project(self) -> Project:
        name = self.args["projectIdOrKey"]
        found = self.hub.find_project(name)
        if found is None or not self.may(found, "BROWSE_PROJECTS"):
            self._login_wanted()
            raise Refused(404, f"No project could be found with key '{name}'.")
        return found

    # ------------------------------------------------------------ the query

    def flag(self, name: str) -> bool:
        return self.request.query.get(name, "").lower() == "true"

    def number(self, name: str, usual: int) -> int:
        text = str(self.request.query.get(name, usual))
        if not text.lstrip("-").isdigit():
            raise Refused(404, f'For input string: "{text}"')
        return int(text)

    def words(self, name: str) -> list[str]:
        """A list in the query, with commas between or repeated."""
        return [one.strip() for one in self.request.query.get(name, "").split(",") if one.strip()]

    def read_body(self) -> None:
        if not self.request.body:
            return
        try:
            self.body = json.loads(self.request.body)
        except ValueError as problem:
            raise Refused(400, "There was an error parsing JSON. Check that your request body is valid.") from problem
