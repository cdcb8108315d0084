"""A git host by HTTP on this machine: the real `git http-backend`, behind a door that asks for a token."""

from __future__ import annotations

import base64
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class GitWeb(ThreadingHTTPServer):
    """Serves the repositories of a folder; `/old.git` leads to `/hub.git`.

    Attributes:
        lets_in: a token -> whether it opens the door. delay: seconds before each answer.
        heard: the Authorization of each request. push_refused: nobody may push.
    """

    daemon_threads = True

    def __init__(self, folder: Path, lets_in: Callable[[str], bool]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = folder
        self.lets_in = lets_in
        self.delay = 0.0
        self.heard: list[str] = []
        self.push_refused = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hub.git"


class Handler(BaseHTTPRequestHandler):
    server: GitWeb

    def do_GET(self) -> None:
        time.sleep(self.server.delay)
        self.server.heard.append(self.headers.get("Authorization", ""))
        path, _, query = self.path.partition("?")
        if path.startswith("/old.git"):
            self._say(301, {"Location": self.path.replace("/old.git", "/hub.git")})
        elif not self.server.lets_in(self._token()):
            self._say(401, {"WWW-Authenticate": 'Basic realm="git"'})
        elif self.server.push_refused and "receive-pack" in self.path:
            self._say(403, {})
        else:
            self._backend(path, query)

    def do_POST(self) -> None:
        self.do_GET()

    def _token(self) -> str:
        scheme, _, words = self.headers.get("Authorization", "").partition(" ")
        return base64.b64decode(words).decode().partition(":")[2] if scheme == "Basic" else ""

    def _backend(self, path: str, query: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self._chunks()
        environment = {
            "GIT_PROJECT_ROOT": str(self.server.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "bot",
            "PATH": "/usr/bin:/bin",
        }
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env=environment, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._say(int(fields.pop("Status", "200").split()[0]), fields, content)

    def _chunks(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return b""
        parts = []
        while size := int(self.rfile.readline().strip(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        return b"".join(parts)

    def _say(self, code: int, fields: dict[str, str], content: bytes = b"") -> None:
        self.send_response(code)
        for name, value in {**fields, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        return


@contextmanager
def serve(folder: Path, lets_in: Callable[[str], bool]) -> Iterator[GitWeb]:
    server = GitWeb(folder, lets_in)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
