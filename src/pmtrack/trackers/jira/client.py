"""The only place that knows the jira library: authentication, one request at a time, and how each of them ended.

The library's own retry is off: it repeats POSTs after lost connections, and one issue becomes four. A read is repeated
here; a write never is. Its session carries the requests; its resources and helpers are not used, since each of them
asks more than we want to know.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import requests
from jira import JIRA, JIRAError

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.secrets import hidden
from pmtrack.trackers.base import Sending, untold
from pmtrack.trackers.clocks import server_time
from pmtrack.trackers.jira import answers
from pmtrack.trackers.jira.answers import Answer
from pmtrack.trackers.jira.pace import Pace
from pmtrack.trackers.limits import Gate, Kind
from pmtrack.trackers.wire import Failure

TIMEOUT = (5, 30)
"""Seconds for a connection, and for an answer."""

PAUSES = (1.0, 3.0)
"""Seconds before a read is tried again, and once more."""

FAILURES = (requests.RequestException, JIRAError, OSError, ValueError, TypeError, AttributeError, RuntimeError)
"""What the library lets through: lost connections, answers cut short, errors whose words it cannot make out."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are. Attributes:
    variable: where the token came from, for sentences. email: "" on Data Center, where the token stands alone.
    """

    variable: str
    token: str
    email: str = ""

    def __repr__(self) -> str:
        return f"Account({self.variable})"

    @property
    def forms(self) -> tuple[str, str]:
        """The token, alone and as it travels."""
        return self.token, b64encode(f"{self.email}:{self.token}".encode()).decode()


class Client:
    """Args:
    gate: waits for the account's limits.

    Attributes:
        whose: the account that Jira last took us for, "" where it did not tell.
        ahead: seconds by which the server's clock is ahead of ours; where it is behind, nothing is missed.
    """

    def __init__(self, account: Account, url: str, gate: Gate) -> None:
        for name in ("jira", "jira.resilientsession"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # below, it tells of headers and bodies
        self.account = account
        self.url = url
        self.gate = gate
        self.pace = Pace(gate.clock, gate.sleep)
        self.ahead = 0.0
        self.whose = ""
        known: dict[str, Any] = {"basic_auth": (account.email, account.token)}
        self._jira = JIRA(
            url,
            get_server_info=False,
            logging=False,
            max_retries=0,
            timeout=TIMEOUT,
            **(known if account.email else {"token_auth": account.token}),
        )

    @property
    def retries(self) -> int:
        """The library's own retries: none. A client that has one makes one issue many."""
        return int(self._jira._session.max_retries)

    def read(self, path: str, params: Mapping[str, Any] | None = None, body: Any = None) -> Answer:
        """GET, or POST for a question that has a body; tried again where it fails on the way.

        Raises:
            TrackerError: there is no answer, Jira does not work, or a limit takes longer than we wait.
        """
        verb = "GET" if body is None else "POST"
        for pause in (*PAUSES, None):
            self.gate.enter(Kind.READ)
            try:
                answer = self._send(verb, path, params, body)
            except FAILURES as error:
                failure = _unreachable(error)
            else:
                shut = self._heed(answer)
                if shut is None and answer.status < 500:
                    return answer
                failure = self.gate.refusal(shut) if shut else self._down(answer)
                if shut:
                    continue  # the gate waits, or says that it takes too long
            if pause:
                self.gate.sleep(pause)
        raise failure

    def write(
        self,
        kind: Kind,
        verb: str,
        path: str,
        body: Any,
        *,
        issue: str = "",
        params: Mapping[str, Any] | None = None,
        sending: Sending = untold,
    ) -> Answer:
        """POST or PUT, once.

        Args:
            issue: the id of the issue that is written to, whose own limits count. sending: called right before, after
                every wait.

        Raises:
            UnknownOutcome: it may be done. TrackerError: it certainly is not.
        """
        self.pace.enter(issue)
        self.gate.enter(kind)
        sending()
        try:
            answer = self._send(verb, path, params, body)
        except FAILURES as error:
            raise _unreachable(error) if Failure(error, JIRAError).is_unsent else _lost() from None
        if answers.wait(answer, self.gate.clock()) and answers.of_one_issue(answer):
            raise TrackerError("the issue was written to too often just now: the next run goes on with it")
        shut = self._heed(answer)
        if shut is not None:
            raise self.gate.refusal(shut)
        if answer.status >= 500:
            raise self._refused(answer) or _lost(f"it answered {answer.status}")
        return answer

    def _send(self, verb: str, path: str, params: Mapping[str, Any] | None, body: Any) -> Answer:
        told: dict[str, Any] = {"params": dict(params or {}), "allow_redirects": False}
        if body is not None:
            told["json"] = body
        try:
            answered = self._jira._session.request(verb, f"{self.url}{path}", **told)
        except JIRAError as error:
            if error.response is None:
                raise
            answered = error.response
        headers = {name.lower(): value for name, value in answered.headers.items()}
        self.whose = _whose(headers) or self.whose
        text = answered.content.decode("utf-8", errors="replace")
        if answered.status_code >= 400:
            text = hidden(text, *self.account.forms)
        answer = Answer(answered.status_code, headers, text)
        self.ahead = max(0.0, server_time(answer.headers, self.gate.clock()) - self.gate.clock())
        return answer

    def _heed(self, answer: Answer) -> float | None:
        """Keep what the server says of its limits in mind; seconds where one refused this request."""
        now = self.gate.clock()
        shut, left = answers.wait(answer, now), answers.left(answer, now)
        if shut is not None and not answers.of_one_issue(answer):
            self.gate.shut(shut)
        elif shut is None and left:
            self.gate.hear(left)
        return shut

    def _down(self, answer: Answer) -> TrackerError:
        return self._refused(answer) or TrackerError(
            f"Jira does not work at the moment ({answer.status}): the next run tries again"
        )

    def _refused(self, answer: Answer) -> TrackerError | None:
        """What a server error that tells its reason means (read-only maintenance)."""
        found = answers.refusal(answer, "the project", self.account.variable)
        return found if answer.status == 503 and "read-only" in str(found) else None


def _whose(headers: Mapping[str, str]) -> str:
    """The accountId (Cloud) or the name (Data Center) of who asked."""
    found = unquote(headers.get("x-aaccountid") or headers.get("x-ausername") or "")
    return "" if found == "anonymous" else found


def _unreachable(error: Exception) -> TrackerError:
    why = Failure(error, JIRAError).why
    return TrackerError(f"Jira cannot be reached ({why}): check the network and url, then run again")


def _lost(why: str = "the answer was lost") -> UnknownOutcome:
    return UnknownOutcome(f"Jira may have done it or not ({why}): the next run looks, and goes on from there")
