"""What git sources need of their host besides git: pull requests and the tokens of Apps, by the accounts and within the
limits that trackers have.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.sources.base import Host, Hosted
from pmtrack.sources.git.pulls import GitHubPulls
from pmtrack.trackers.github import account_of
from pmtrack.trackers.github.answers import Answer, refusal
from pmtrack.trackers.github.client import Client
from pmtrack.trackers.limits import Gate, Kind, Ledger
from pmtrack.trackers.settings import Credential, Limits

_LOG = logging.getLogger(__name__)

Json = dict[str, Any]

API = {"https://github.com": "https://api.github.com"}
"""A host's address -> that of its interface, where it is not below it."""

PATIENCE = 60.0
"""Seconds to wait for a limit."""

AHEAD = timedelta(minutes=15)
"""A token of an App has to live for so long yet: longer than one conversation with the remote may take."""

NO_APP = (
    "[credentials.{credential}] is a GitHub App, and the host of source {name} is not known as GitHub: set "
    'host = "github" and web for the source, or give it a credential with a token'
)


REFUSED = {
    403: "the account of {variable} may not open pull requests in {repository} ({message}): let it read and write them",
    422: "GitHub does not take the pull request of source {name} ({message}): look at the repository's settings",
}
"""Status -> what is to be done, where the answer tells no more."""

TELLING = ("archived", "saml")
"""Words in a refusal that tell more."""


def introduce(
    source: Hosted,
    credentials: Mapping[str, Credential],
    ledger: Ledger | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Tell a source how it asks for a review and gets the token of an App, where its host is one that pmtrack knows.

    Args:
        ledger: what each account did lately. sleep: how a wait for a limit is done.
    """
    host, shared = source.host(), source.credential
    credential = credentials.get(shared or "")
    if host is None or host.kind != "github":
        if credential and credential.app_id:
            source.use_token(_refusing(NO_APP.format(credential=shared, name=source.name)))
        return
    desk = _Desk(host, source.name, shared, credential, ledger or Ledger(), sleep)
    if source.proposes():
        source.by(GitHubPulls(host.repository, desk))
    if credential and credential.app_id:
        source.use_token(desk.token)


def _refusing(sentence: str) -> Callable[[], str]:
    def refused() -> str:
        raise TrackerError(sentence, permanent=True)

    return refused


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class _Desk:
    """Talks with the host as soon as there is something to say, since only then a token is needed.

    Args:
        name: of the source, whose own token is used where it names no credential.
    """

    host: Host
    name: str
    shared: str | None
    credential: Credential | None
    ledger: Ledger
    sleep: Callable[[float], None]
    now: Callable[[], datetime] = _now
    _client: Client | None = None
    _granted: tuple[str, datetime] | None = field(default=None, repr=False)

    @property
    def client(self) -> Client:
        """Raises:
        TrackerError: there is no token.
        """
        if self._client is None:
            account = account_of(self.name, self.shared, self.credential)
            address = API.get(self.host.web, f"{self.host.web}/api/v3")
            limits = self.credential.limits if self.credential else Limits()
            budget = self.ledger.budget(f"{address} {account.variable}", limits)
            gate = Gate(budget, "GitHub", PATIENCE, time.time, self.sleep, _LOG.warning)
            self._client = Client(account, address, gate)
        return self._client

    def token(self) -> str:
        """The App's, a new one where the last one ends soon.

        Raises:
            TrackerError: the App has no key here, is not accepted, or cannot be asked.
        """
        if self._granted is None or self.now() > self._granted[1] - AHEAD:
            self._granted = self.client.granted()
        return self._granted[0]

    def get(self, path: str, params: Mapping[str, str]) -> list[Json]:
        return self._good(self.client.read(path, params)).entries()

    def send(self, verb: str, path: str, body: Mapping[str, Any]) -> Json:
        kind = Kind.CREATE if verb == "POST" else Kind.WRITE
        return self._good(self.client.write(kind, verb, path, dict(body))).issue()

    def _good(self, answer: Answer) -> Answer:
        """Raises:
        TrackerError: it is a refusal.
        """
        if answer.status < 300:
            return answer
        variable, repository, said = self.client.account.variable, self.host.repository, answer.message
        tells = "x-accepted-github-permissions" in answer.headers or any(word in said.lower() for word in TELLING)
        if tells or answer.status not in REFUSED:
            raise refusal(answer, repository, variable)
        words = {"variable": variable, "repository": repository, "message": said, "name": self.name}
        raise TrackerError(REFUSED[answer.status].format(**words), permanent=True)
