"""The only place that knows PyGithub: authentication, one request at a time, and how each of them ended.

PyGithub's own retry is off: it repeats POSTs after answers that were lost, and one issue becomes eleven. A read is
repeated here; a write never is. Its throttle is off too: ours is shared by all that use the account, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import requests
from github import Auth, Consts, Github, GithubException, GithubIntegration
from jwt import PyJWTError

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.secrets import hidden
from pmtrack.trackers.base import untold
from pmtrack.trackers.github import answers
from pmtrack.trackers.github.answers import Answer
from pmtrack.trackers.limits import Gate, Kind
from pmtrack.trackers.wire import Failure

T = TypeVar("T")

TIMEOUT = 15
"""Seconds. GitHub itself gives up after ten."""

PAUSES = (1.0, 3.0)
"""Seconds before a read is tried again, and once more."""

API_VERSION = "2026-03-10"
"""Of github.com, where issue fields are part of an issue. A server of one's own is asked in its own version."""

FAILURES = (requests.RequestException, GithubException, RuntimeError, AssertionError, ValueError, OSError)
"""What PyGithub lets through: lost connections, answers cut short, redirects to elsewhere."""

WRITING = frozenset({"repo", "public_repo"})
"""Scopes of a classic token that let it write issues."""

REDIRECTED: Mapping[type[Exception], str] = {RuntimeError: "it leads to another address"}


@dataclass(frozen=True, slots=True)
class Account:
    """Who we are. Attributes:
    variable: where the secret came from, for sentences. token: or "" for an App, which has the other three.
    """

    variable: str
    token: str = ""
    app_id: int = 0
    installation_id: int = 0
    private_key: str = ""

    def __repr__(self) -> str:
        return f"Account({self.variable})"

    @property
    def is_installation(self) -> bool:
        """Whether an App acts, or an action's own token (`ghs_`): they have permissions, and no role as people have."""
        return not self.token or self.token.startswith("ghs_")


class Client:
    """Args:
    gate: waits for the account's limits.
    """

    def __init__(self, account: Account, base_url: str, gate: Gate) -> None:
        logging.getLogger("github.Requester").setLevel(logging.WARNING)  # below, it tells of redirects and of tokens
        self.account = account
        self._gate = gate
        self._scopes = ""
        self._sending: Callable[[], None] = untold
        self._options: dict[str, Any] = {
            "base_url": base_url,
            "timeout": TIMEOUT,
            "user_agent": "pmtrack",
            "per_page": 100,
            "retry": None,
            "seconds_between_requests": None,
            "seconds_between_writes": None,
            "api_version": API_VERSION if base_url == Consts.DEFAULT_BASE_URL else None,
        }
        self._auth = _auth(account)
        self._requester = Github(auth=self._auth, lazy=True, **self._options).requester

    @property
    def retries(self) -> object:
        """The library's own retry: None. A client that has one makes one issue many."""
        return self._requester.kwargs["retry"]

    def read(self, path: str, params: Mapping[str, Any] | None = None, etag: str = "") -> Answer:
        """GET, tried again where it fails on the way.

        Args:
            path: from the base address on, or an address on the same host. etag: 304 where nothing changed since.

        Raises:
            TrackerError: there is no answer, GitHub does not work, or a limit takes longer than we wait.
        """
        for pause in (*PAUSES, None):
            try:
                answer = self._send(Kind.READ, "GET", path, params, headers={"If-None-Match": etag} if etag else {})
            except FAILURES as error:
                failure = _unreachable(error)
            else:
                shut = self._heed(answer)
                if shut is None and answer.status < 500:
                    return answer
                failure = self._gate.refusal(shut) if shut else _down(answer)
                if shut:
                    continue  # the gate waits, or says that it takes too long
            if pause:
                self._gate.sleep(pause)
        raise failure

    def write(self, kind: Kind, verb: str, path: str, body: Any = None) -> Answer:
        """POST, PATCH or DELETE, once.

        Raises:
            UnknownOutcome: it may be done. TrackerError: it certainly is not.
        """
        try:
            answer = self._send(kind, verb, path, body=body)
        except FAILURES as error:
            raise _unreachable(error) if Failure(error).is_unsent else _lost() from None
        shut = self._heed(answer)
        if shut is not None:
            raise self._gate.refusal(shut)
        if answer.status >= 500:
            raise _lost(f"it answered {answer.status}")
        return answer

    @contextmanager
    def announcing(self, sending: Callable[[], None]) -> Iterator[None]:
        """Have `sending` called right before each request that makes something, after every wait."""
        self._sending = sending
        try:
            yield
        finally:
            self._sending = untold

    def login(self) -> str | None:
        """The account's own name, None where the token does not tell it.

        Raises:
            TrackerError: as `read`; or the token or key is not accepted.
        """
        if isinstance(self._auth, Auth.AppInstallationAuth):
            return f"{self._authenticate(self._slug)}[bot]"
        answer = self.read("/user")
        if answer.status == 200:
            self._scopes = answer.headers.get("x-oauth-scopes", "")
            return str(answer.issue().get("login") or "") or None
        if answer.status == 401:
            raise answers.refusal(answer, "", self.account.variable)
        return None  # the token of an action has no user

    def lacks(self) -> str | None:
        """What the account certainly lacks for writing issues, in one sentence; fine-grained tokens do not tell.

        Raises:
            TrackerError: as `login`, which comes first.
        """
        if isinstance(self._auth, Auth.AppInstallationAuth):
            if self._authenticate(self._right) != "write":
                return (
                    f"App {self.account.app_id} may not write issues: give its installation the permission issues=write"
                )
            return None
        scopes = {scope.strip() for scope in self._scopes.split(",")} - {""}
        if scopes and not scopes & WRITING:
            return f"the token in {self.account.variable} may not write issues: give it the scope repo"
        return None

    def _send(
        self,
        kind: Kind,
        verb: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        self._gate.enter(kind)
        token = self._authenticate(self._token) or self.account.token
        if kind is Kind.CREATE:
            self._sending()
        told = dict(headers or {})
        status, received, text = self._requester.requestJson(verb, path, dict(params or {}), told, body)
        return Answer(status, received, hidden(text, token) if status >= 400 else text)

    def _heed(self, answer: Answer) -> float | None:
        """Keep what the server says of its limits in mind; seconds where one refused this request."""
        now = self._gate.clock()
        shut, left = answers.wait(answer, now), answers.left(answer, now)
        if shut is not None:
            self._gate.shut(shut)
        elif left:
            self._gate.hear(left)
        return shut

    # ------------------------------------------------------------ Apps

    def _app(self) -> GithubIntegration:
        auth = Auth.AppAuth(self.account.app_id, self.account.private_key)
        return GithubIntegration(auth=auth, **self._options)

    def _slug(self) -> str:
        return self._app().get_app().slug

    def granted(self) -> tuple[str, datetime]:
        """A new token of the App's installation, and when it ends, an hour later (UTC).

        Raises:
            TrackerError: the App is not accepted, or cannot be asked.
        """
        return self._authenticate(self._grant)

    def _grant(self) -> tuple[str, datetime]:
        found = self._app().get_access_token(self.account.installation_id)
        return found.token, found.expires_at.astimezone(UTC)

    def _right(self) -> str:
        granted = self._app().get_access_token(self.account.installation_id)
        return str(granted.permissions.get("issues", "none"))

    def _token(self) -> str:
        """One that still lives; PyGithub renews an App's, and this has it ask before our own request."""
        return self._auth.token if isinstance(self._auth, Auth.AppInstallationAuth) else ""

    def _authenticate(self, work: Callable[[], T]) -> T:
        """Raises:
        TrackerError: the App is not accepted. Whatever fails here, our own request was not sent.
        """
        try:
            return work()
        except (PyJWTError, TypeError, ValueError):
            sentence = f"{self.account.variable} is no private key of an App: put the whole PEM file into it"
            raise TrackerError(sentence, permanent=True) from None
        except GithubException as error:
            raise self._app_refused(error) from None
        except FAILURES as error:
            raise _unreachable(error) from None

    def _app_refused(self, error: GithubException) -> TrackerError:
        if error.status >= 500:
            return _down(Answer(error.status, {}, ""))
        account = self.account
        sentence = {
            401: f"GitHub does not accept the key of App {account.app_id}: put its present key into {account.variable}",
            404: f"App {account.app_id} has no installation {account.installation_id}: check both numbers",
        }.get(error.status, f"App {account.app_id} may not be used now ({error.status}): look at its installation")
        return TrackerError(sentence, permanent=True)


def _auth(account: Account) -> Auth.Auth:
    if account.token:
        return Auth.Token(account.token)
    return Auth.AppAuth(account.app_id, account.private_key).get_installation_auth(account.installation_id)


def _unreachable(error: Exception) -> TrackerError:
    why = Failure(error, words=REDIRECTED).why
    return TrackerError(f"GitHub cannot be reached ({why}): check the network and base_url, then run again")


def _down(answer: Answer) -> TrackerError:
    return TrackerError(f"GitHub does not work at the moment ({answer.status}): the next run tries again")


def _lost(why: str = "the answer was lost") -> UnknownOutcome:
    return UnknownOutcome(f"GitHub may have done it or not ({why}): the next run looks, and goes on from there")
