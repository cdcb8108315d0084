"""The daemon's HTTP side alone, on a real socket, and a client that sends what no library would."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from pmtrack.app import App
from pmtrack.config import load
from pmtrack.service.front import answering
from pmtrack.service.reload import Watched
from support import canary

TIMEOUT = 20


@dataclass
class Said:
    """A log that remembers: (level, event, what came with it)."""

    lines: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    def __getattr__(self, level: str) -> Any:
        return lambda event, **more: self.lines.append((level, event, more))

    def events(self) -> list[str]:
        return [event for _, event, _ in self.lines]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Front:
    """Attributes:
    address: "127.0.0.1:1234". listener: what the daemon's jobs tell what they do.
    """

    address: str
    log: Said
    listener: Any
    watched: Watched | None

    @property
    def place(self) -> tuple[str, int]:
        host, _, port = self.address.rpartition(":")
        return "127.0.0.1" if host == "0.0.0.0" else host.strip("[]"), int(port)

    def ask(
        self, path: str, verb: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection(*self.place, timeout=TIMEOUT)
        try:
            connection.request(verb, path, body, dict(headers or {}))
            found = connection.getresponse()
            answer = Answer(found.status, found.headers, found.read())
            canary.heard(f"the answer to {verb} {path}", str(answer.headers).encode() + answer.body)
            return answer
        finally:
            connection.close()

    def connected(self) -> socket.socket:
        return socket.create_connection(self.place, timeout=TIMEOUT)

    def send(self, raw: bytes) -> bytes:
        """These very bytes, and the beginning of what comes back, if anything does."""
        with self.connected() as connection:
            connection.settimeout(1)
            try:
                connection.sendall(raw)
                return connection.recv(65536)
            except (ConnectionError, TimeoutError):
                return b""

    def metric(self, line: str) -> float:
        """The value of a metric by its name and labels."""
        lines = self.ask("/metrics").text.splitlines()
        (value,) = [found.rpartition(" ")[2] for found in lines if found.startswith(f"{line} ")]
        return float(value)


def drained(connection: socket.socket) -> bytes:
    found = b""
    try:
        while part := connection.recv(65536):
            found += part
    except ConnectionError:
        pass
    return found


@contextmanager
def front(config: Path, environment: Mapping[str, str] | None = None) -> Iterator[Front]:
    """As the daemon opens it; its address has to have port 0, or the log says why there is none."""
    app, log = App(load(config)), Said()
    watched = Watched(app, load)
    with answering(watched, log, environment or {}) as listener:
        address = next((more["address"] for _, event, more in log.lines if event == "listening"), "")
        yield Front(address, log, listener, watched)
