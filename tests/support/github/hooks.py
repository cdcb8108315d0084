"""Webhooks: what GitHub tells by itself, signed as it signs.

Nothing is sent until a test says so, and then in the order, as often and as wrongly as it says: GitHub keeps no order,
may send twice, and never sends again by itself what failed ("Best practices for using webhooks").
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request as Post
from urllib.request import urlopen

TIMEOUT = 10
"""Seconds that a receiver has for its answer."""
UNREACHED = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Attributes:
    id: the same in every delivery of it, also when it is sent again.
    """

    id: str
    event: str
    body: bytes

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


def signature(secret: str, body: bytes) -> str:
    """Over the very bytes of the body; it covers no time, so that a replay is as well signed as the first."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


ORDERS: Mapping[str, Callable[[list[Delivery]], list[Delivery]]] = {
    "in order": list,
    "backwards": lambda waiting: waiting[::-1],
    "shuffled": lambda waiting: random.Random(len(waiting)).sample(waiting, len(waiting)),
}


@dataclass(slots=True)
class Hooks:
    """Attributes:
    url, secret: the receiver; nothing is noted while there is none.
    pending: noted and not yet sent; a test may reorder, repeat or remove. sent: what was, with the receiver's status.
    at_once: send everything as soon as it happens (for a server that runs by itself).
    """

    url: str = ""
    secret: str = ""
    at_once: bool = False
    pending: list[Delivery] = field(default_factory=list)
    sent: list[tuple[Delivery, int]] = field(default_factory=list)

    def to(self, url: str, secret: str) -> None:
        """From now on, tell this receiver."""
        self.url, self.secret = url, secret

    def note(self, event: str, payload: Mapping[str, Any]) -> None:
        if self.url:
            self.pending.append(Delivery(str(uuid.uuid4()), event, json.dumps(payload).encode()))

    def deliver(self, order: str = "in order", times: int = 1) -> list[int]:
        """Send what is pending; the receiver's statuses, 0 for no answer."""
        waiting, self.pending = ORDERS[order](self.pending), []
        return [self.send(delivery) for delivery in waiting for _ in range(times)]

    def lose(self) -> list[Delivery]:
        """What is pending never arrives; it comes back for a test that sends it an hour later."""
        lost, self.pending = self.pending, []
        return lost

    def send(self, delivery: Delivery, signed: str | None = None) -> int:
        """One delivery, with another signature where a test forges one ("" for none)."""
        status = self._post(delivery, signature(self.secret, delivery.body) if signed is None else signed)
        self.sent.append((delivery, status))
        return status

    def _post(self, delivery: Delivery, signed: str) -> int:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Event": delivery.event,
            "X-GitHub-Delivery": delivery.id,
            **({"X-Hub-Signature-256": signed} if signed else {}),
        }
        try:
            with urlopen(Post(self.url, delivery.body, headers, method="POST"), timeout=TIMEOUT) as answer:
                return int(answer.status)
        except HTTPError as refused:
            with refused:
                return refused.code
        except (URLError, OSError):
            return UNREACHED
