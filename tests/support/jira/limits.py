"""How much Jira lets one account do, and what is noted of a client that does not listen.

The numbers are those of "Rate limiting" for Cloud: a burst limit for each endpoint and method, and a limit of writes
for each issue. A refusal names what is full, and only that has to wait. Data Center has the limits of its
administrators: none here, until a test switches them on.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime

from ..github.limits import Ban
from .wire import Refused, Request

BURSTS = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
FINER = ((r"/issue/\*$", "GET", 150), (r"/issue/\*/changelog$", "GET", 200))
"""Endpoints with a number of their own."""
ISSUE_SHORT, ISSUE_LONG = "writes to one issue, 2 s", "writes to one issue, 30 s"
ISSUE_LIMITS = ((ISSUE_SHORT, 20, timedelta(seconds=2)), (ISSUE_LONG, 100, timedelta(seconds=30)))
BURST, PER_ISSUE, QUOTA = "jira-burst-based", "jira-per-issue-on-write", "jira-quota-tenant-based"
_ISSUE = re.compile(r"/issue/(?!bulk|createmeta)([^/]+)")


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one refusal names."""

    name: str
    amount: int
    window: timedelta
    reason: str


@dataclass(slots=True)
class Limits:
    """Attributes:
    on: as in Cloud; Data Center has none unless a test wants them.
    amounts: "burst", or one of the names above -> its number here, where a test wants a smaller one.
    tells, dates: whether a refusal has a Retry-After, and whether as an HTTP date in place of seconds.
    bans: requests to something that had been named as full, before the time to wait was over.
    """

    on: bool = True
    amounts: dict[str, int] = field(default_factory=dict)
    tells: bool = True
    dates: bool = False
    bans: list[Ban] = field(default_factory=list)
    _spent: dict[tuple[str, str], deque[datetime]] = field(default_factory=dict)
    _blocked: dict[tuple[str, str], tuple[datetime, float, str]] = field(default_factory=dict)

    def admit(self, account: str, request: Request, issue: str, now: datetime) -> None:
        """Let the request in and count it, or refuse it. `issue` is the id of the one that is written to, or "".

        Raises:
            Refused: a limit is reached, or the account had been told to wait.
        """
        buckets = list(self._buckets(request, issue)) if self.on else []
        self._keep_waiting(account, request, [*(one.name for one in buckets), "all"], now)
        for bucket in buckets:
            if len(self._since(account, bucket, now)) >= bucket.amount:
                raise self._over(account, bucket, now)
        for bucket in buckets:
            self._spent[account, bucket.name].append(now)

    def _buckets(self, request: Request, issue: str) -> Iterator[Bucket]:
        endpoint = endpoint_of(request)
        usual = next(
            (one for pattern, verb, one in FINER if verb == request.method and re.search(pattern, endpoint)), 0
        )
        amount = self.amounts.get("burst", usual or BURSTS.get(request.method, 100))
        yield Bucket(f"{request.method} {endpoint}", amount, timedelta(seconds=1), BURST)
        for name, most, window in ISSUE_LIMITS if issue else ():
            yield Bucket(f"{name}: {issue}", self.amounts.get(name, most), window, PER_ISSUE)

    def _since(self, account: str, bucket: Bucket, now: datetime) -> deque[datetime]:
        rows = self._spent.setdefault((account, bucket.name), deque())
        while rows and rows[0] <= now - bucket.window:
            rows.popleft()
        return rows

    def _over(self, account: str, bucket: Bucket, now: datetime) -> Refused:
        until = self._since(account, bucket, now)[0] + bucket.window
        wait = max(1, -(-(until - now) // timedelta(seconds=1)))
        self.block(account, now + timedelta(seconds=wait), bucket.reason, bucket.name)
        return self.refusal(now, wait if self.tells else None, bucket.reason, bucket.amount)

    def block(self, account: str, until: datetime, reason: str, name: str = "all") -> None:
        """What this account asks of it before `until` is noted, if it came after the refusal went out."""
        self._blocked[account, name] = until, time.monotonic(), reason

    def refusal(self, now: datetime, wait: int | None, reason: str, amount: int = 100) -> Refused:
        until = now + timedelta(seconds=wait or 1)
        told = {"X-RateLimit-Limit": str(amount), "X-RateLimit-Remaining": "0", "RateLimit-Reason": reason}
        told |= {"X-RateLimit-Reset": f"{until:%Y-%m-%dT%H:%MZ}", "X-RateLimit-NearLimit": "true"}
        if wait is not None:
            told["Retry-After"] = format_datetime(until, usegmt=True) if self.dates else str(wait)
        return Refused(429, "Rate limit exceeded.", headers=told)

    def headers(self, account: str, request: Request, now: datetime) -> dict[str, str]:
        """What every answer tells of the burst limit."""
        if not self.on:
            return {}
        bucket = next(self._buckets(request, ""))
        left = max(0, bucket.amount - len(self._since(account, bucket, now)))
        near = {"X-RateLimit-NearLimit": "true"} if left < bucket.amount / 5 else {}
        return {"X-RateLimit-Limit": str(bucket.amount), "X-RateLimit-Remaining": str(left), **near}

    def _keep_waiting(self, account: str, request: Request, names: list[str], now: datetime) -> None:
        for name in names:
            until, told, reason = self._blocked.get((account, name), (now, 0.0, ""))
            if now < until:
                if request.arrived > told:
                    self.bans.append(Ban(account, request.method, request.path, now, until))
                wait = -(-(until - now) // timedelta(seconds=1))
                raise self.refusal(now, wait if self.tells else None, reason)


def endpoint_of(request: Request) -> str:
    """The path without what differs from issue to issue and from project to project."""
    path = re.sub(r"^/rest/api/(2|3|latest)", "", request.path)
    path = re.sub(r"/issue/(?!bulk|createmeta)[^/]+", "/issue/*", path)
    return re.sub(r"/(project|properties|comment|remotelink|issuetypes|createmeta)/[^/]+", r"/\1/*", path)


def issue_in(request: Request) -> str:
    """The id or key of the issue that a request writes to, "" for none."""
    found = _ISSUE.search(request.path) if request.writes else None
    return found[1] if found else ""
