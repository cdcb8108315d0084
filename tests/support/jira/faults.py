"""What can go wrong between a client and Jira, each once and on demand; what is general is that of GitHub's."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ..github.faults import Fault, Process, cut, dropped, dropped_after, late, meanwhile, not_json, slow
from .access import identify
from .limits import BURST
from .wire import Answer, Refused, Request, refusal

__all__ = [
    "Fault",
    "captcha",
    "cut",
    "dropped",
    "dropped_after",
    "error",
    "error_after",
    "half_done",
    "late",
    "limited",
    "loses",
    "meanwhile",
    "not_json",
    "page_repeated",
    "page_short",
    "read_only",
    "refused",
    "slow",
]


def error(status: int = 502) -> Fault:
    """The server fails before it did anything."""
    return Fault(f"error {status}", lambda _hub, _request, _process: refusal(status, "Internal server error"))


def error_after(status: int = 502) -> Fault:
    """The server fails although the effect has happened."""

    def act(_hub: Any, request: Request, process: Process) -> Answer:
        process(request)
        return refusal(status, "Internal server error")

    return Fault(f"error {status} after the effect", act)


def refused(status: int, *messages: str, **errors: str) -> Fault:
    """A refusal of your choice, without an effect."""
    return Fault(f"refused {status}", lambda _hub, _request, _process: refusal(status, *messages, **errors))


def read_only() -> Fault:
    """The maintenance of the service: nothing is written for a while."""
    return Fault(
        "read only", lambda _hub, _request, _process: refusal(503, "Jira is in read-only mode for maintenance.")
    )


def captcha() -> Fault:
    """Data Center after some failed logins: the account has to log in by hand first."""
    told = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=http://127.0.0.1/login.jsp"}

    def act(_hub: Any, _request: Request, _process: Process) -> Answer:
        return replace(
            refusal(403, "CAPTCHA_CHALLENGE"), headers={**told, "X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}
        )

    return Fault("captcha", act)


def limited(retry_after: int | None = 5, reason: str = BURST, status: int = 429, *, date: bool = False) -> Fault:
    """A limit out of the blue, with Retry-After in seconds, as a date, or without. Going on before its end is noted."""

    def act(hub: Any, request: Request, _process: Process) -> Answer:
        before, hub.limits.dates = hub.limits.dates, date
        answer: Answer = hub.limits.refusal(hub.now(), retry_after, reason).answer
        hub.limits.dates = before
        if retry_after:
            hub.limits.block(_account(hub, request), hub.now() + timedelta(seconds=retry_after), reason)
        return replace(answer, status=status)

    return Fault(f"limited {status}", act)


def _account(hub: Any, request: Request) -> str:
    try:
        return identify(hub, request)
    except Refused:
        return ""


def half_done(keep: int, *, status: int = 0) -> Fault:
    """A bulk create of which only the first `keep` are made, and then there is no answer, or an error."""

    def act(_hub: Any, request: Request, process: Process) -> Answer:
        body = json.loads(request.body)
        process(replace(request, body=json.dumps({"issueUpdates": body["issueUpdates"][:keep]}).encode()))
        return refusal(status, "Internal server error") if status else Answer(0, wire="dropped")

    return Fault(f"half done ({keep})", act)


def loses(name: str, key: str, *permissions: str) -> Fault:
    """From this request on somebody has lost permissions in a project (all where none is named)."""
    return Fault(
        "loses permissions", lambda hub, request, process: _after_loss(hub, request, process, name, key, permissions)
    )


def _after_loss(
    hub: Any, request: Request, process: Process, name: str, key: str, permissions: tuple[str, ...]
) -> Answer:
    hub.revoke(name, key, *permissions)
    return process(request)


# ---------------------------------------------------------------- lists

ROWS = ("issues", "values", "comments", "fields", "issueTypes")


def _later(request: Request) -> bool:
    """Whether it asks for a page after the first."""
    told: dict[str, Any] = dict(request.query)
    if request.body:
        told |= json.loads(request.body)
    return bool(told.get("nextPageToken") or int(told.get("startAt") or 0))


def _with_rows(answer: Answer, change: Callable[[list[Any]], list[Any]]) -> Answer:
    """What is no list (a refusal) stays as it is."""
    body = answer.body
    name = next((one for one in ROWS if isinstance(body, dict) and isinstance(body.get(one), list)), None)
    return answer if name is None else replace(answer, body={**body, name: change(body[name])})


def page_repeated() -> Fault:
    """A page after the first shows the first page again; where it goes on to is its own."""

    def act(_hub: Any, request: Request, process: Process) -> Answer:
        query = {name: text for name, text in request.query.items() if name not in ("nextPageToken", "startAt")}
        body = {
            name: one
            for name, one in json.loads(request.body or b"{}").items()
            if name not in ("nextPageToken", "startAt")
        }
        first = process(replace(request, query=query, body=json.dumps(body).encode() if request.body else b""))
        rows = next(first.body[name] for name in ROWS if name in first.body)
        return _with_rows(process(request), lambda _rows: rows)

    return Fault("page repeated", act, _later)


def page_short(keep: int = 0, *, token: bool = True) -> Fault:
    """A page with only its first `keep` entries; with `token=False` also as if it were the last one."""

    def act(_hub: Any, request: Request, process: Process) -> Answer:
        answer = _with_rows(process(request), lambda rows: rows[:keep])
        if token or not isinstance(answer.body, dict):
            return answer
        body = {name: one for name, one in answer.body.items() if name != "nextPageToken"}
        return replace(answer, body={**body, "isLast": True})

    return Fault(f"page short ({keep})", act)
