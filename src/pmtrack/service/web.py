"""What can be asked of the daemon by HTTP: a table of routes, and how each answers. Nothing here decides anything.

No answer tells more of a failure than its status does, and none carries a word of a request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from pmtrack.app.hooks import Outcome
from pmtrack.errors import PmtrackError
from pmtrack.service.guard import Reply, Visit
from pmtrack.trackers.hooks import HOOKS

LARGEST = 1024 * 1024
"""Bytes of a webhook. GitHub sends up to 25 MB, of which nothing is needed but a few numbers; an issue has 64 KB."""

PATIENCE = 8.0
"""Seconds for a body to arrive: less than the server's own, so that there is an answer."""

THREADS = 4
"""How many of each sort of request are seen to at once; more would only wait for each other in the store."""

STATUS: Mapping[Outcome, int] = {
    Outcome.ACCEPTED: 202,
    Outcome.REPEATED: 200,
    Outcome.IGNORED: 200,
    Outcome.SENSELESS: 400,
    Outcome.UNSIGNED: 401,
    Outcome.CUT: 408,
    Outcome.TOO_LARGE: 413,
}

PLAIN: Mapping[str, str] = {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
"""The headers of every answer that is no page."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Door:
    """What stands behind the routes. All of it may take a while and is asked in threads, but for `heard`.

    Attributes:
        ready: a sentence for each thing that is not in order. metrics: their type and their text.
        hear: kind of tracker, headers by names in lower case, body. heard: told what became of each webhook.
        page: None where there is none. log: told of what went wrong.
    """

    ready: Callable[[], Sequence[str]]
    metrics: Callable[[], tuple[str, bytes]]
    hear: Callable[[str, Mapping[str, str], bytes], Outcome]
    heard: Callable[[str, Outcome], None]
    page: Callable[[Visit], Reply] | None
    log: Any


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers requests."""

    door: Door
    hooks: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))
    watchers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))
    readers: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(THREADS))

    async def alive(self, _request: Request) -> Response:
        """Whether the process answers, whatever else it is busy with."""
        return _plain(200, "alive\n")

    async def ready(self, _request: Request) -> Response:
        problems = await _in_thread(self.door.ready, self.watchers)
        return _plain(503, "".join(f"{line}\n" for line in problems)) if problems else _plain(200, "ready\n")

    async def metrics(self, _request: Request) -> Response:
        kind, text = await _in_thread(self.door.metrics, self.watchers)
        return Response(text, headers={**PLAIN, "Content-Type": kind})

    async def webhook(self, request: Request) -> Response:
        kind = request.path_params["kind"]
        if kind not in HOOKS:
            return _plain(404, "not found\n")
        outcome = await self._heard(kind, request)
        self.door.heard(kind, outcome)
        return _plain(STATUS[outcome], f"{outcome.value.replace('_', ' ')}\n")

    async def _heard(self, kind: str, request: Request) -> Outcome:
        body = await _body(request)
        if isinstance(body, Outcome):
            return body
        headers = {name.lower(): value for name, value in reversed(request.headers.items())}  # the first of two counts
        return await _in_thread(lambda: self.door.hear(kind, headers, body), self.hooks)

    async def page(self, request: Request) -> Response:
        page = self.door.page
        if page is None:
            return _plain(404, "not found\n")
        visit = Visit(
            client=request.client.host if request.client else "",
            headers={name.lower(): value for name, value in reversed(request.headers.items())},
            query=request.scope["query_string"].decode("latin-1"),
        )
        reply = await _in_thread(lambda: page(visit), self.readers)
        return Response(reply.body, reply.status, {**PLAIN, **reply.headers})


def site(door: Door) -> Starlette:
    """The application."""
    desk = Desk(door)
    routes = [
        Route("/healthz", _kept(desk.alive, door)),
        Route("/readyz", _kept(desk.ready, door)),
        Route("/metrics", _kept(desk.metrics, door)),
        Route("/webhooks/{kind}", _kept(desk.webhook, door), methods=["POST"]),
        Route("/", _kept(desk.page, door)),
    ]
    made = Starlette(routes=routes, exception_handlers={HTTPException: _refused})
    made.router.redirect_slashes = False  # it would lead to whatever host the request names
    return made


def _refused(_request: Request, error: Exception) -> Response:
    """No such path, or no such verb there."""
    status, headers = getattr(error, "status_code", 404), getattr(error, "headers", None) or {}
    return Response(f"{HTTPStatus(status).phrase.lower()}\n", status, {**PLAIN, **headers})


Endpoint = Callable[[Request], Awaitable[Response]]


def _kept(endpoint: Endpoint, door: Door) -> Endpoint:
    """The same, with every failure kept from whoever asks."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except PmtrackError as error:
            door.log.error("request failed", path=request.scope["route"].path, error=str(error))
            return _plain(503, "not now: try again later\n")
        except Exception:
            door.log.exception("request failed by a bug: please report it", path=request.scope["route"].path)
            return _plain(500, "failed\n")

    return answer


async def _body(request: Request) -> bytes | Outcome:
    """The body; or what is the matter with it, known before more of it than allowed is held."""
    if int(request.headers.get("content-length", 0)) > LARGEST:
        return Outcome.TOO_LARGE
    found = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for part in request.stream():
                found += part
                if len(found) > LARGEST:
                    return Outcome.TOO_LARGE
    except (TimeoutError, ClientDisconnect):
        return Outcome.CUT
    return bytes(found)


async def _in_thread(work: Callable[[], T], limiter: CapacityLimiter) -> T:
    return await to_thread.run_sync(work, limiter=limiter)


def _plain(status: int, text: str) -> Response:
    return Response(text, status, PLAIN)
