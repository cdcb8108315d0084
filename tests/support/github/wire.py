"""A request and an answer, apart from any socket, and the refusals that have one form everywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"
READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Request:
    """Attributes:
    headers: by names in lower case. api: the address that the caller used, for the URLs in the answer.
    arrived: monotonic seconds; what had arrived before a refusal went out could not know of it.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    api: str = "http://127.0.0.1"
    arrived: float = math.inf

    @property
    def writes(self) -> bool:
        return self.method not in READING


@dataclass(frozen=True, slots=True)
class Answer:
    """Attributes:
    body: what becomes JSON; None for no body at all; bytes go out as they are.
    wire: "whole", "dropped" (the connection ends without a byte) or "cut" (it ends in the middle of the body).
    wait: seconds before the answer goes out.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    wire: str = "whole"
    wait: float = 0

    @property
    def raw(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class Refused(Exception):
    """GitHub says no; `answer` is how."""

    def __init__(
        self, status: int, message: str, errors: Sequence[Any] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        body: dict[str, Any] = {"message": message, "documentation_url": DOCUMENTATION, "status": str(status)}
        self.answer = Answer(status, {**body, "errors": list(errors)} if errors else body, headers or {})


def not_found() -> Refused:
    """Also what a stranger is told about a private repository: its existence is nobody's business."""
    return Refused(404, "Not Found")


def moved(location: str) -> Refused:
    refused = Refused(301, "Moved Permanently", headers={"Location": location})
    refused.answer.body["url"] = location
    return refused


def invalid(*errors: Mapping[str, Any]) -> Refused:
    return Refused(422, "Validation Failed", errors)


def error(field_name: str, code: str = "invalid", resource: str = "Issue", **more: Any) -> dict[str, Any]:
    return {"resource": resource, "field": field_name, "code": code, **more}
