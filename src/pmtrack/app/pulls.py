"""The pull requests of git sources, by the accounts and within the limits that trackers have."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pmtrack.sources.base import Host, Proposes
from pmtrack.sources.git.pulls import GitHubPulls
from pmtrack.trackers.github.answers import Answer, refusal
from pmtrack.trackers.github.client import Account, Client
from pmtrack.trackers.limits import Gate, Kind, Ledger
from pmtrack.trackers.secrets import token, variable
from pmtrack.trackers.settings import Credential, Limits

_LOG = logging.getLogger(__name__)

API = {"https://github.com": "https://api.github.com"}
"""A host's address -> that of its interface, where it is not below it."""

PATIENCE = 60.0
"""Seconds to wait for a limit."""


def introduce(source: Proposes, name: str, credentials: Mapping[str, Credential]) -> None:
    """Tell a source how it asks for a review, where its host is one that pmtrack knows.

    Args:
        name: of the source, whose token is used where it names no credential.
    """
    host = source.host()
    if host and host.kind == "github":
        source.by(GitHubPulls(host.repository, _Desk(host, host.credential or name, credentials)))


@dataclass(slots=True)
class _Desk:
    """Talks with the host as soon as there is something to say, since only then a token is needed."""

    host: Host
    who: str
    credentials: Mapping[str, Credential]
    _client: Client | None = field(default=None)

    @property
    def client(self) -> Client:
        """Raises:
        TrackerError: there is no token.
        """
        if self._client is None:
            account = Account(variable(self.who, "TOKEN"), token(self.who))
            address = API.get(self.host.web, f"{self.host.web}/api/v3")
            limits = self.credentials[self.who].limits if self.who in self.credentials else Limits()
            budget = Ledger().budget(f"{address} {account.variable}", limits)
            gate = Gate(budget, "GitHub", PATIENCE, time.time, time.sleep, _LOG.warning)
            self._client = Client(account, address, gate)
        return self._client

    def get(self, path: str, params: Mapping[str, str]) -> Any:
        return self._json(self.client.read(path, params))

    def send(self, verb: str, path: str, body: Mapping[str, Any]) -> Any:
        return self._json(self.client.write(Kind.CREATE if verb == "POST" else Kind.WRITE, verb, path, dict(body)))

    def _json(self, answer: Answer) -> Any:
        if answer.status >= 300:
            raise refusal(answer, self.host.repository, self.client.account.variable)
        return answer.json()
