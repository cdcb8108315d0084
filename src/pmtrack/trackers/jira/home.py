"""The project where issues live: which Jira it is on, who we are there, and what new issues need. Asked once a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.secrets import variable
from pmtrack.trackers.jira import answers, paging, shape
from pmtrack.trackers.jira.answers import Answer
from pmtrack.trackers.jira.client import Client
from pmtrack.trackers.jira.cursor import Cursor
from pmtrack.trackers.jira.screen import Screen
from pmtrack.trackers.settings import JiraSettings

FRESH = 300.0
"""Seconds for which an answer about the project counts."""

NEEDED = ("BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES", "TRANSITION_ISSUES", "ADD_COMMENTS")
"""Permissions without which issues cannot be kept in step."""
QUIETING = ("ADMINISTER", "ADMINISTER_PROJECTS")
"""One of these lets an edit go without a mail to every watcher."""

Json = dict[str, Any]


@dataclass(slots=True)
class Home:
    """Attributes:
    name: of the tracker. id: of the project, "" until it is known; key: what it is called by now; keys: and before.
    cloud: Cloud, or else Data Center. me: our accountId or name.
    """

    name: str
    client: Client
    settings: JiraSettings
    clock: Callable[[], float]
    id: str = ""
    key: str = ""
    cloud: bool = True
    me: str = ""
    keys: frozenset[str] = frozenset()
    _project: Json = field(default_factory=dict)
    _seen_at: float = 0.0
    _rights: Mapping[str, bool] | None = None
    _types: dict[str, str] = field(default_factory=dict)
    _screens: dict[str, tuple[float, Screen]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = self.settings.project
        self.keys = frozenset({self.key})

    @property
    def nodes(self) -> bool:
        """Whether descriptions are nodes, and not wiki markup."""
        return self.cloud and self.settings.api == 3

    def path(self, rest: str) -> str:
        return f"/rest/api/{3 if self.nodes else 2}/{rest}"

    # ------------------------------------------------------------ which project

    def know(self) -> None:
        """Raises:
        TrackerError: it cannot be read.
        """
        if not self.id:
            self.find()

    def find(self) -> None:
        """Learn which Jira it is, who we are and which project is ours.

        Raises:
            TrackerError: one of them cannot be read.
        """
        self.id = ""
        self._project = {}
        answer = self.client.read("/rest/api/2/serverInfo")
        if answer.status == 403 and not self.client.account.email:
            raise self._kind_problem(cloud=True)
        self.cloud = self.good(answer).thing().get("deploymentType") == "Cloud"
        if self.cloud != bool(self.client.account.email):
            raise self._kind_problem(cloud=self.cloud)
        self.me = shape.account(self.read("myself").thing())
        self.about()

    def _kind_problem(self, *, cloud: bool) -> TrackerError:
        email = variable(self.settings.credential or self.name, "EMAIL")
        told = f"put the e-mail of the token's account into {email}" if cloud else f"leave {email} out"
        sentence = f"{self.client.url} is Jira {'Cloud' if cloud else 'Data Center'}: {told}"
        return TrackerError(sentence, permanent=True, retry_after=0.0)

    def take(self, mark: Cursor) -> None:
        """What an earlier run found out."""
        self.id, self.cloud, self.me = mark.project_id, mark.cloud, mark.me
        self.called(mark.key)

    def called(self, key: str) -> None:
        """The project has this key by now."""
        if key:
            self.key = key
            self.keys |= {key}

    def about(self) -> Json:
        """What Jira says of the project.

        Raises:
            TrackerError: it cannot be read.
        """
        if not self._project or self.clock() - self._seen_at > FRESH:
            found = self.read(f"project/{self.id or self.settings.project}").thing("id", "key")
            self.id = str(found["id"])
            self.called(str(found["key"]))
            self._project, self._seen_at, self._rights = found, self.clock(), None
        return self._project

    def look(self) -> None:
        """Make sure that we may look at it now.

        Raises:
            TrackerError: we may not.
        """
        self._project = {}
        self.about()

    # ------------------------------------------------------------ what we may

    def rights(self) -> Mapping[str, bool]:
        """What the account may do there, by the keys of the permissions."""
        if self._rights is None:
            params = {"projectKey": self.key, "permissions": ",".join((*NEEDED, *QUIETING))}
            told = self.read("mypermissions", params).thing("permissions")["permissions"]
            self._rights = {name: bool(found.get("havePermission")) for name, found in told.items()}
        return self._rights

    def quietly(self) -> Mapping[str, str]:
        """The parameter that spares the watchers a mail, where we may."""
        return {"notifyUsers": "false"} if any(self.rights().get(name) for name in QUIETING) else {}

    def problem(self) -> str | None:
        """Why no issue can be made in it, in one sentence; None where one can."""
        if self.about().get("archived"):
            return f"project {self.key} is archived: restore it, or name another project"
        lacking = [name.replace("_", " ").capitalize() for name in NEEDED if not self.rights().get(name)]
        if lacking:
            return f"the account lacks permissions in {self.key}: give it {', '.join(lacking)}"
        return None

    def good(self, answer: Answer, *, key: str = "", permission: str = "") -> Answer:
        """The answer, where it is a success.

        Raises:
            TrackerError: it is none; or it is what Jira answers to anybody, since it did not know us.
        """
        if answer.status < 300 and not answer.denied:
            return answer
        raise answers.refusal(answer, self.key, self.client.account.variable, key=key, permission=permission)

    def read(self, rest: str, params: Mapping[str, Any] | None = None, *, key: str = "") -> Answer:
        """Raises:
        TrackerError: there is no good answer.
        """
        return self.good(self.client.read(self.path(rest), params), key=key)

    # ------------------------------------------------------------ screens

    def type_id(self, name: str) -> str:
        """The id of an issue type of the project.

        Raises:
            TrackerError: there is none of that name.
        """
        if not self._types:
            rest = f"issue/createmeta/{self.key}/issuetypes"
            found = paging.everything(lambda at: self.read(rest, {"startAt": at}), "issueTypes", "values")
            self._types = {str(entry.get("name")): str(entry.get("id")) for entry in found}
        known = {called.casefold(): ident for called, ident in self._types.items()}
        if name.casefold() not in known:
            names = ", ".join(sorted(self._types)) or "none, for this account"
            sentence = f"there is no issue type {name!r} in {self.key}: name one of these ({names})"
            raise TrackerError(sentence, permanent=True, retry_after=0.0)
        return known[name.casefold()]

    def creating(self, type_name: str) -> Screen:
        """What a new issue of this type can be given.

        Raises:
            TrackerError: it cannot be read.
        """
        rest = f"issue/createmeta/{self.key}/issuetypes/{self.type_id(type_name)}"
        read = lambda at: self.read(rest, {"startAt": at, "maxResults": 200})  # noqa: E731
        return self._screen(rest, lambda: Screen.of(paging.everything(read, "fields", "values")))

    def editing(self, raw: Mapping[str, Any]) -> Screen:
        """What can be changed of such an issue; alike for all of its type.

        Raises:
            TrackerError: it cannot be read.
        """
        key, rest = str(raw.get("key")), f"issue/{raw['id']}/editmeta"
        return self._screen(shape.workflow(raw), lambda: Screen(self.read(rest, key=key).thing("fields")["fields"]))

    def forget(self) -> None:
        """Jira refused what a screen promised: read all that anew."""
        self._screens.clear()
        self._types.clear()
        self._rights = None

    def _screen(self, name: str, read: Callable[[], Screen]) -> Screen:
        at, found = self._screens.get(name, (0.0, None))
        if found is None or self.clock() - at > FRESH:
            found = read()
            if found.fields:  # an empty one is about this issue, or about us
                self._screens[name] = (self.clock(), found)
        return found
