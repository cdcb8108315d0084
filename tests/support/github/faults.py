"""What can go wrong between a client and GitHub, each once and on demand.

A fault stands around the carrying out of one request: it may let the effect happen or not, and give any answer. The
list follows what operators report: errors after the effect, lost and cut answers, late effects, pages that repeat.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from .pages import etag
from .wire import Answer, Refused, Request

if TYPE_CHECKING:
    from .hub import Hub

Process = Callable[[Request], Answer]
DROPPED = Answer(0, wire="dropped")


@dataclass(frozen=True, slots=True)
class Fault:
    """Attributes:
    act: gives the answer; it may call the given function to have the request carried out.
    fits: which of the matching requests it waits for.
    """

    name: str
    act: Callable[[Hub, Request, Process], Answer]
    fits: Callable[[Request], bool] = lambda _request: True


@dataclass(slots=True)
class _Waiting:
    """A fault in the queue: `skip` matching requests pass before it, then it meets `times` of them (None: all)."""

    method: str
    path: str
    fault: Fault
    times: int | None
    skip: int

    def meets(self, request: Request) -> bool:
        same = self.method == request.method and fnmatch.fnmatchcase(request.path, f"*{self.path}")
        if same and self.fault.fits(request) and self.skip:
            self.skip -= 1
            return False
        return same and self.fault.fits(request)


@dataclass(slots=True)
class Faults:
    """The queue: each fault meets the next request that matches."""

    waiting: list[_Waiting] = field(default_factory=list)

    def next(self, method: str, path: str, fault: Fault, times: int | None = 1, skip: int = 0) -> None:
        """For the next request whose path ends in `path` (with `*` for anything); for all with `times=None`."""
        self.waiting.append(_Waiting(method, path, fault, times, skip))

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, request: Request) -> Fault | None:
        row = next((row for row in self.waiting if row.meets(request)), None)
        if row is None:
            return None
        row.times = None if row.times is None else row.times - 1
        if row.times == 0:
            self.waiting.remove(row)
        return row.fault


def _server_error(status: int) -> Answer:
    return Refused(status, "Server Error").answer


def error(status: int = 502) -> Fault:
    """The server fails before it did anything."""
    return Fault(f"error {status}", lambda _hub, _request, _process: _server_error(status))


def error_after(status: int = 502) -> Fault:
    """The server fails although the effect has happened."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        process(request)
        return _server_error(status)

    return Fault(f"error {status} after the effect", act)


def dropped() -> Fault:
    """The connection ends and nothing has happened."""
    return Fault("dropped", lambda _hub, _request, _process: DROPPED)


def dropped_after() -> Fault:
    """The connection ends without an answer although the effect has happened."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        process(request)
        return DROPPED

    return Fault("dropped after the effect", act)


def late(seconds: float = 10) -> Fault:
    """The connection ends, and the effect comes this much later. GitHub ends processing after 10 seconds."""

    def act(hub: Hub, request: Request, _process: Process) -> Answer:
        hub.later.append((hub.now() + timedelta(seconds=seconds), request))
        return DROPPED

    return Fault(f"effect {seconds} s late", act)


def slow(seconds: float) -> Fault:
    """All is well, but the answer takes its time: for a client's own time-out."""
    return Fault(f"slow by {seconds} s", lambda _hub, request, process: replace(process(request), wait=seconds))


def cut() -> Fault:
    """The answer ends in the middle of its body."""
    return Fault("cut", lambda _hub, request, process: replace(process(request), wire="cut"))


def not_json(status: int = 200) -> Fault:
    """Something between client and server answers with a page of its own; the effect has happened."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        process(request)
        return Answer(status, b"<html>Unicorn!</html>", {"Content-Type": "text/html"})

    return Fault("not JSON", act)


def limited(status: int = 403, retry_after: int | None = 60) -> Fault:
    """A secondary limit out of the blue, with Retry-After or without. Going on before its end is a ban."""

    def act(hub: Hub, request: Request, _process: Process) -> Answer:
        account = hub.tokens[token].account if (token := _token(request)) in hub.tokens else ""
        hub.limits.block(account, hub.now() + timedelta(seconds=60 if retry_after is None else retry_after))
        told = {} if retry_after is None else {"Retry-After": str(retry_after)}
        return Refused(status, "You have exceeded a secondary rate limit.", headers=told).answer

    return Fault(f"secondary limit {status}", act)


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").partition(" ")[2]


def refused(status: int, message: str = "Not Found", *errors: Any) -> Fault:
    """A refusal of your choice, without an effect."""
    return Fault(f"refused {status}", lambda _hub, _request, _process: Refused(status, message, errors).answer)


def meanwhile(happens: Callable[[], object], *, after: bool = False) -> Fault:
    """No fault: somebody acts just before this request is carried out, or just after."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        if not after:
            happens()
        answer = process(request)
        if after:
            happens()
        return answer

    return Fault("meanwhile", act)


def stale() -> Fault:
    """304 for a conditional request although something has changed."""
    return Fault(
        "stale 304", lambda _hub, _request, _process: Answer(304), lambda request: "if-none-match" in request.headers
    )


# ---------------------------------------------------------------- lists


def _page(request: Request) -> int:
    return int(request.query.get("page", "1"))


def _with_body(answer: Answer, body: Any) -> Answer:
    """The server does not know that it is wrong: the ETag is that of what it sends.

    What is no list (304, a refusal) stays as it is.
    """
    if not isinstance(answer.body, list):
        return answer
    wrong = replace(answer, body=body)
    return replace(wrong, headers={**answer.headers, "ETag": etag(wrong)})


def page_repeated() -> Fault:
    """A page after the first shows the page before it again; its Link header is its own."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        query = {name: text for name, text in request.query.items() if name != "after"}
        before = process(replace(request, query={**query, "page": str(_page(request) - 1)}))
        return _with_body(process(request), before.body)

    return Fault("page repeated", act, lambda request: _page(request) > 1)


def page_short(keep: int = 0, *, page: int = 1, link: bool = True) -> Fault:
    """A page with only its first `keep` entries; with `link=False` also without any sign of further pages."""

    def act(_hub: Hub, request: Request, process: Process) -> Answer:
        whole = process(request)
        headers = {name: value for name, value in whole.headers.items() if link or name != "Link"}
        return _with_body(replace(whole, headers=headers), (whole.body or [])[:keep])

    return Fault(f"page short ({keep})", act, lambda request: _page(request) == page)


def foreign_link(host: str = "http://127.0.0.2:9") -> Fault:
    """The Link header leads to another host: a client must not carry its token there."""

    def act(hub: Hub, request: Request, process: Process) -> Answer:
        whole = process(request)
        link = whole.headers.get("Link", f'<{request.api}{request.path}?page=2>; rel="next"')
        return replace(whole, headers={**whole.headers, "Link": link.replace(request.api, host)})

    return Fault("foreign Link", act)
