"""The HTTP server: uvicorn in a thread of this process, without its signal handlers and its own log."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from pmtrack.errors import ConfigError

_LOG = logging.getLogger("pmtrack.http")

AT_ONCE = 256
"""Connections; who comes after them is told to come again."""

HEAD_BYTES = 16 * 1024
"""Of the first line and the headers of a request."""

ASKING, ANSWERING, IDLE = 10.0, 60.0, 5
"""Seconds that a client has to send a request, to fetch the answer, and to think of another one."""

STARTS, ENDS = 10.0, 0.5
"""Seconds until the server has to listen, and those that requests under way have to come to their end."""

SAID = (h11.DONE, h11.MUST_CLOSE)
"""What h11 calls a client that has sent all of its request."""

LAST_PORT = 65_535

WHY = {
    errno.EADDRINUSE: "is in use by another process: stop that, or name another port",
    errno.EACCES: "may not be used by this user: name a port above 1023",
    errno.EADDRNOTAVAIL: "is no address of this machine: name one that it has",
}


@contextmanager
def serving(app: Any, bound: socket.socket) -> Iterator[str]:
    """Answer while the block runs; it ends within a second, and the socket with it.

    Args:
        app: an ASGI application. bound: see `bind`.

    Yields:
        The address that was taken, "127.0.0.1:8750" or "[::1]:8750".
    """
    host, port = bound.getsockname()[:2]
    server = uvicorn.Server(_settings(app))
    thread = threading.Thread(target=server.run, args=([bound],), name="http", daemon=True)
    with _heard_by_us():
        thread.start()
        try:
            _await(server, thread)
            yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        finally:
            _end(server, thread)
            bound.close()


def bind(address: str) -> socket.socket:
    """A socket that listens as soon as it is served.

    Args:
        address: "127.0.0.1:8750", "[::1]:8750" or "localhost:8750"; port 0 is any that is free.

    Raises:
        ConfigError: nobody can listen there.
    """
    host, _, port = address.rpartition(":")
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        found = []
    if not found or int(port) > LAST_PORT:
        raise _unusable(address, "is no address: write it as 127.0.0.1:8750 or [::1]:8750")
    family, _, _, _, place = min(found, key=lambda one: one[0] is not socket.AF_INET)
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(place)
    except OSError as error:
        made.close()
        why = WHY.get(error.errno or 0, "cannot be used: name another address")
        raise _unusable(address, why) from None
    return made


def _unusable(address: str, why: str) -> ConfigError:
    return ConfigError([f"service.listen: {address} {why}"])


def _settings(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=Impatient,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # who asks is who is connected; what a proxy says of it is for the page to judge
        server_header=False,
        limit_concurrency=AT_ONCE,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
    )


def _await(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + STARTS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise RuntimeError("the HTTP server did not start")
        time.sleep(0.01)


def _end(server: uvicorn.Server, thread: threading.Thread) -> None:
    """A request that hangs is left behind; what it writes is a transaction, which is done or not."""
    server.should_exit = True
    thread.join(ENDS)
    server.force_exit = True
    thread.join(ENDS)


class Impatient(H11Protocol):
    """Ends connections of clients that take their time, so that they do not keep others out."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._give(ASKING)

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:  # a further request on the same connection
            self._give(ASKING)
        super().data_received(data)
        if self.conn.their_state in SAID and self.cycle and not self.cycle.response_complete:
            self._give(ANSWERING)

    def on_response_complete(self) -> None:
        if self.conn.their_state is not h11.SEND_BODY:  # the rest of a body that nobody wanted is still to come
            self._give(None)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._give(None)
        super().connection_lost(exc)

    def _give(self, seconds: float | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self.transport.abort)


class _Told(logging.Handler):
    """What goes wrong in the server is a line of our log: one sentence, nothing of the request."""

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[0] is asyncio.CancelledError:  # by us, at the end
            return
        cause = f" ({record.exc_info[0].__name__})" if record.exc_info and record.exc_info[0] else ""
        _LOG.error("the HTTP server: %s%s", record.getMessage().strip().partition("\n")[0], cause)


@contextmanager
def _heard_by_us() -> Iterator[None]:
    """The server's own log, as far as it tells of failures."""
    told, theirs = _Told(logging.ERROR), [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    before = [(log.level, log.propagate) for log in theirs]
    for log in theirs:
        log.setLevel(logging.ERROR)
        log.propagate = False
        log.addHandler(told)
    try:
        yield
    finally:
        for log, (level, propagate) in zip(theirs, before, strict=True):
            log.removeHandler(told)
            log.setLevel(level)
            log.propagate = propagate
