"""The thin layer between a real socket and the rules."""

from __future__ import annotations

import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from .core import handle
from .hub import Hub
from .web import is_page, page
from .wire import Answer, Request

LOOPBACK = "127.0.0.1"
ENTERPRISE = "/api/v3"
"""Where a server of one's own has its interface; both ways lead to the same."""


class Handler(BaseHTTPRequestHandler):
    """Reads a request, has it decided, and puts the answer on the wire: whole, cut, late or not at all."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # head and body leave in one packet
    server: Server

    def do_GET(self) -> None:
        hub, login = self.server.hub, self.server.page_for
        request = self._request(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self._answer(page(hub, request, login) if login and is_page(request) else handle(hub, request))
        if hub.hooks.at_once:
            hub.hooks.deliver()

    do_POST = do_PATCH = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

    def _request(self, body: bytes) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        base = ENTERPRISE if parts.path.startswith(f"{ENTERPRISE}/") else ""
        api = f"http://{headers.get('host', self.server.where)}{base}"
        return Request(self.command, parts.path.removeprefix(base), query, headers, body, api, time.monotonic())

    def _answer(self, answer: Answer) -> None:
        if answer.wait:
            self.server.hub.stopped.wait(answer.wait)
        if answer.wire == "dropped":
            self._hang_up()
            return
        raw = answer.raw
        self._head(answer, len(raw))
        self.wfile.write(raw[: len(raw) // 2] if answer.wire == "cut" else raw)
        with suppress(OSError):  # the client may have given up
            self.wfile.flush()
        if answer.wire == "cut":
            self._hang_up()

    def _head(self, answer: Answer, length: int) -> None:
        """The date is the server's own, which may go wrong."""
        self.send_response_only(answer.status)
        usual = {"Server": "github.com", "Content-Type": "application/json; charset=utf-8"}
        usual |= {"Date": format_datetime(self.server.hub.now(), usegmt=True), "X-GitHub-Media-Type": "github.v3"}
        for name, value in {**usual, **answer.headers}.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_args: Any) -> None:
        """The hub has the log."""


class Server(ThreadingHTTPServer):
    """One thread for each connection; it ends them all when it stops, so that no client is left waiting."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: Hub, port: int = 0, page_for: str = "") -> None:
        super().__init__((LOOPBACK, port), Handler)
        self.hub = hub
        self.where = f"{LOOPBACK}:{self.server_port}"
        self._open: set[socket.socket] = set()
        hub.api = f"http://{self.where}"
        hub.stopped.clear()
        self.page_for = page_for
        if page_for:
            hub.web = hub.api

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error; anything else is one of the stand-in, and must not go unseen."""
        if not isinstance(sys.exception(), ConnectionError):
            self.hub.violations.append(f"the stand-in failed: {traceback.format_exc()}")

    def stop(self) -> None:
        self.hub.stopped.set()
        self.shutdown()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


@contextmanager
def serve(hub: Hub, port: int = 0, page_for: str = "") -> Iterator[str]:
    """The hub on a loopback port; gives the address for `base_url`.

    With `page_for` there is a page for people too, which acts as that person.

    Raises:
        AssertionError: at the end, for requests and answers that do not follow the API description, and for bans.
    """
    server = Server(hub, port, page_for)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub.api
    finally:
        server.stop()
        thread.join()
    hub.check()
