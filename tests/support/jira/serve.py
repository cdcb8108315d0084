"""The thin layer between a real socket and the rules; the sockets are handled as for GitHub."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from ..github.serve import Handler as BaseHandler
from ..github.serve import Server as BaseServer
from .core import handle
from .hub import Hub
from .wire import Answer, Request


class Handler(BaseHandler):
    """Reads a request, has it decided, and puts the answer on the wire: whole, cut, late or not at all."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server looks for
        request = self._request(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        self._answer(handle(cast("Any", self.server.hub), request))

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the same

    def _request(self, body: bytes) -> Request:
        """A parameter that comes several times is a list, which is the same as one with commas between."""
        parts = urlsplit(self.path)
        query: dict[str, str] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            query[name] = f"{query[name]},{value}" if name in query else value
        headers = {name.lower(): value for name, value in self.headers.items()}
        api = f"http://{headers.get('host', self.server.where)}"
        return Request(self.command, parts.path, query, headers, body, api, time.monotonic())

    def _head(self, answer: Answer, length: int) -> None:
        """The date is the server's own, which may go wrong."""
        self.send_response_only(answer.status)
        usual = {"Server": "AtlassianEdge", "Content-Type": "application/json;charset=UTF-8"}
        usual["Date"] = format_datetime(self.server.hub.now(), usegmt=True)
        for name, value in {**usual, **answer.headers}.items():
            self.send_header(name, value)
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(length))
        self.end_headers()


class Server(BaseServer):
    """The sockets of the stand-in for GitHub in front of other rules."""

    request_queue_size = 64  # with the usual 5, many clients at once wait a second for their connection

    def __init__(self, hub: Hub, port: int = 0) -> None:
        super().__init__(cast("Any", hub), port)
        self.RequestHandlerClass = Handler


@contextmanager
def serve(hub: Hub, port: int = 0) -> Iterator[str]:
    """The hub on a loopback port; gives the address for `JIRA(...)`.

    Raises:
        AssertionError: at the end, for requests and answers that do not follow the API description, and for bans.
    """
    server = Server(hub, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub.api
    finally:
        server.stop()
        thread.join()
    hub.check()
