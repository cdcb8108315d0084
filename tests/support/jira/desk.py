"""What tests of the stand-in and of the adapter need around a hub: a moved clock, clients, and bare requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from jira import JIRA

from ..github.clock import HandClock
from .access import Token
from .hub import Hub
from .people import Person
from .serve import serve

KEY = "OPS"


class Desk:
    """A hub that serves one project with two people, and clients of the first of them."""

    def __init__(self, *, cloud: bool = True, **hub: Any) -> None:
        self.clock = HandClock()
        self.hub = Hub(cloud=cloud, clock=self.clock, **hub)
        self.project = self.hub.add_project(KEY, people="ana bo")
        self.token = self.hub.add_token("ana")
        self.bo = Person.at(self.hub, "bo", KEY)
        self.url = ""

    @property
    def version(self) -> int:
        return 3 if self.hub.cloud else 2

    def seconds(self) -> float:
        """The time for a client that is given its clock."""
        return self.clock.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """A wait of such a client. The clock counts microseconds: a wait that is shorter must move it all the same."""
        self.clock.advance(seconds=max(seconds, 1e-3))

    def client(self, token: Token | None = None, **options: Any) -> JIRA:
        """The library, with one attempt for each request."""
        token = token or self.token
        login: Any = {"basic_auth": token.basic} if self.hub.cloud else {"token_auth": token.value}
        return JIRA(self.url, max_retries=0, timeout=5, **login, **options)

    def raw(self, method: str, path: str, token: Token | None = None, **more: Any) -> requests.Response:
        """A request to `path` of the newest version, or to a path that begins with /rest."""
        token = token or self.token
        where = path if path.startswith("/rest") else f"/rest/api/{self.version}{path}"
        headers = dict(more.pop("headers", {}))
        if self.hub.cloud:
            more.setdefault("auth", token.basic)
        else:
            headers.setdefault("Authorization", f"Bearer {token.value}")
        return requests.request(method, self.url + where, headers=headers, **{"timeout": 5, **more})

    def make(self, summary: str = "Add retries", token: Token | None = None, **fields: Any) -> requests.Response:
        return self.raw("POST", "/issue", token, json={"fields": body(summary, **fields)})

    def edit(self, key: str, **fields: Any) -> requests.Response:
        return self.raw("PUT", f"/issue/{key}", json={"fields": fields})

    def fields(self, key: str) -> Any:
        return self.raw("GET", f"/issue/{key}").json()["fields"]

    def jql(self, text: str, **more: Any) -> requests.Response:
        path = "/search/jql" if self.hub.cloud else "/search"
        return self.raw("POST", path, json={"jql": text, "fields": ["summary"], **more})

    def found(self, text: str, **more: Any) -> list[str]:
        return [row["key"] for row in self.jql(text, **more).json()["issues"]]


def body(summary: str = "Add retries", **fields: Any) -> dict[str, Any]:
    """The fields of a new issue."""
    return {"project": {"key": KEY}, "issuetype": {"name": "Task"}, "summary": summary, **fields}


def adf(*paragraphs: str) -> dict[str, Any]:
    blocks = [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in paragraphs]
    return {"version": 1, "type": "doc", "content": blocks}


@contextmanager
def serving(desk: Desk) -> Iterator[Desk]:
    with serve(desk.hub) as desk.url:
        yield desk
