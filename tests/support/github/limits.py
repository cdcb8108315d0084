"""How much GitHub lets one account do, and what happens to a client that does not listen.

The numbers are those of "Rate limits for the REST API"; which requests create content is what the API description says
of them ("Creating content too quickly using this endpoint may result in secondary rate limiting").
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .wire import Refused, Request

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
UNTOLD = MINUTE
"""Without Retry-After a client has to wait at least a minute."""
APART = timedelta(seconds=1)
"""Advice: wait at least a second between two writes."""

_CONTENT = {
    "POST": r"/issues$|/issues/\d+/(comments|sub_issues|issue-field-values|dependencies/blocked_by)$|/pulls$",
    "PUT": r"/issues/\d+/issue-field-values$",
    "DELETE": r"/issues/\d+/issue-field-values/\d+$",
}


def creates_content(request: Request) -> bool:
    pattern = _CONTENT.get(request.method)
    return pattern is not None and re.search(pattern, request.path) is not None


def is_search(request: Request) -> bool:
    return request.path.startswith("/search/")


def _one(_request: Request) -> int:
    return 1


def _points(request: Request) -> int:
    return 5 if request.writes else 1


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `amount` in `window`; `applies` says to which requests, `cost` how much one counts."""

    name: str
    amount: int
    window: timedelta
    applies: Callable[[Request], bool]
    primary: bool = False
    cost: Callable[[Request], int] = _one


LIMITS = (
    Limit("core", 5000, HOUR, lambda request: not is_search(request), primary=True),
    Limit("search", 30, MINUTE, is_search, primary=True),
    Limit("content a minute", 80, MINUTE, creates_content),
    Limit("content an hour", 500, HOUR, creates_content),
    Limit("points a minute", 900, MINUTE, lambda _request: True, cost=_points),
)
ANONYMOUS_CORE = 60
"""Requests an hour without a token."""


@dataclass(frozen=True, slots=True)
class Ban:
    """A request that came although the account had been told to wait: GitHub may ban for it, a test must fail."""

    account: str
    method: str
    path: str
    at: datetime
    until: datetime


@dataclass(slots=True)
class _Spent:
    """What an account used of one limit: (when, how much)."""

    rows: deque[tuple[datetime, int]] = field(default_factory=deque)
    total: int = 0

    def add(self, at: datetime, cost: int) -> None:
        self.rows.append((at, cost))
        self.total += cost

    def take_back(self) -> None:
        self.total -= self.rows.pop()[1]

    def since(self, moment: datetime) -> int:
        while self.rows and self.rows[0][0] <= moment:
            self.total -= self.rows.popleft()[1]
        return self.total


@dataclass(slots=True)
class Limits:
    """Attributes:
    amounts: name of a limit -> its number here, where a test wants a smaller one.
    status, tells: how a secondary limit refuses: 403 or 429, with Retry-After or without.
    bans: what no client may ever cause. hasty: writes less than a second after the one before (advice, not refused).
    """

    amounts: dict[str, int] = field(default_factory=dict)
    status: int = 403
    tells: bool = True
    bans: list[Ban] = field(default_factory=list)
    hasty: list[tuple[str, str, datetime]] = field(default_factory=list)
    _spent: dict[tuple[str, str], _Spent] = field(default_factory=dict)
    _blocked: dict[tuple[str, str], tuple[datetime, float]] = field(default_factory=dict)
    _written: dict[str, datetime] = field(default_factory=dict)

    def amount(self, limit: Limit, account: str) -> int:
        usual = ANONYMOUS_CORE if (account, limit.name) == ("", "core") else limit.amount
        return self.amounts.get(limit.name, usual)

    def admit(self, account: str, request: Request, now: datetime) -> None:
        """Let the request in and count it, or refuse it.

        Raises:
            Refused: a limit is reached, or the account had been told to wait.
        """
        self._keep_waiting(account, request, now)
        for limit in LIMITS:
            if limit.applies(request) and self.used(account, limit, now) >= self.amount(limit, account):
                raise self._over(account, limit, now)
        for limit in LIMITS:
            if limit.applies(request):
                self._row(account, limit).add(now, limit.cost(request))
        self._note_haste(account, request, now)

    def refund(self, account: str, request: Request) -> None:
        """A 304 "does not count against your primary rate limit"."""
        for limit in LIMITS:
            if limit.primary and limit.applies(request):
                self._row(account, limit).take_back()

    def block(self, account: str, until: datetime, kind: str = "secondary") -> None:
        """Whatever this account asks before `until` is a ban."""
        self._blocked[account, kind] = until, time.monotonic()

    def used(self, account: str, limit: Limit, now: datetime) -> int:
        return self._row(account, limit).since(now - limit.window)

    def reset(self, account: str, limit: Limit, now: datetime) -> datetime:
        rows = self._row(account, limit).rows
        return (rows[0][0] if rows else now) + limit.window

    def headers(self, account: str, request: Request, now: datetime) -> dict[str, str]:
        limit = LIMITS[1] if is_search(request) else LIMITS[0]
        amount, used = self.amount(limit, account), self.used(account, limit, now)
        told = {"Limit": amount, "Remaining": max(0, amount - used), "Used": used, "Resource": limit.name}
        told["Reset"] = int(self.reset(account, limit, now).timestamp())
        return {f"X-RateLimit-{name}": str(value) for name, value in told.items()}

    def _row(self, account: str, limit: Limit) -> _Spent:
        return self._spent.setdefault((account, limit.name), _Spent())

    def _keep_waiting(self, account: str, request: Request, now: datetime) -> None:
        for kind in ("secondary", "search" if is_search(request) else "core"):
            until, told = self._blocked.get((account, kind), (now, 0.0))
            if now < until:
                if request.arrived > told:
                    self.bans.append(Ban(account, request.method, request.path, now, until))
                raise _refusal(self.status, until - now, tells=self.tells)

    def _over(self, account: str, limit: Limit, now: datetime) -> Refused:
        if limit.primary:
            self.block(account, self.reset(account, limit, now), limit.name)
            return Refused(403, f"API rate limit exceeded for {account or 'your address'}.")
        wait = max(self.reset(account, limit, now) - now, UNTOLD) if self.tells else UNTOLD
        self.block(account, now + wait)
        return _refusal(self.status, wait, tells=self.tells)

    def _note_haste(self, account: str, request: Request, now: datetime) -> None:
        if not request.writes:
            return
        if now - self._written.get(account, now - HOUR) < APART:
            self.hasty.append((request.method, request.path, now))
        self._written[account] = now


def _refusal(status: int, wait: timedelta, *, tells: bool) -> Refused:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refused(status, message, headers={"Retry-After": str(int(wait.total_seconds()))} if tells else {})
