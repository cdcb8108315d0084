"""Holds requests and answers of Cloud against Atlassian's own API description, so that the stand-in cannot agree with
the product about something false. Data Center has no description here, so it is not held against one.

Version 2 is checked by the description of version 3: they differ in long texts, of which it says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ..github.spec import Json, Operation, _compiled, _typed
from ..github.spec import Spec as Base
from .wire import Answer, Request

DESCRIPTION = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "jira-cloud-v3.openapi.json"
ABSENT = "needs ../shared/specs/jira-cloud-v3.openapi.json (Jira's API description), which is not part of the project"

EVERYWHERE = frozenset({400, 401, 403, 404, 410, 415, 429, *range(500, 600)})
"""What the general pages allow for any endpoint, whether or not it is listed."""
FROM_LIBRARY = frozenset({"includeActive", "includeInactive"})
"""What the client library puts into a query although Cloud has no use for it (and takes no offence)."""
BEYOND = frozenset({"/rest/applinks/latest/listApplicationlinks"})
"""Paths that are of another interface."""
NULLABLE = (
    ("User", "accountId"),
    *(("ChangeDetails", name) for name in ("from", "fromString", "to", "toString")),
    *(("SearchAndReconcileRequestBean", name) for name in ("expand", "properties")),
)
"""Where the service answers null although the description forgets it, or takes the null that the library sends."""


@cache
def description() -> Spec | None:
    """The description beside the checkout, or None where it is absent (`ABSENT` is the reason to give)."""
    return Spec(json.loads(DESCRIPTION.read_bytes())) if DESCRIPTION.exists() else None


def described(request: Request) -> Request:
    """As the description names it: its version, and the number of a transition as text."""
    body = request.body
    if request.path.endswith("/transitions") and body:
        body = re.sub(rb'("transition"\s*:\s*\{\s*"id"\s*:\s*)(\d+)', rb'\1"\2"', body)
    path = re.sub(r"^/rest/api/(2|latest)/", "/rest/api/3/", request.path)
    return replace(request, path=path, body=body)


class Spec(Base):
    """The description, ready to be asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        for schema, name in NULLABLE:
            document["components"]["schemas"][schema]["properties"][name]["nullable"] = True
        self._paths = sorted(map(_compiled, document["paths"]), key=lambda path: path[0].count("{"))

    def operation(self, method: str, path: str) -> Operation | None:
        for template, pattern in self._paths:
            operation = self._document["paths"][template].get(method.lower())
            if operation and pattern.fullmatch(path):
                return Operation(template, operation)
        return None

    def request_problems(self, request: Request) -> list[str]:
        found = [] if request.path in BEYOND else super().request_problems(described(request))
        return list(dict.fromkeys(found))

    def _query_problems(self, operation: Json, query: Mapping[str, str]) -> Iterator[str]:
        """A list may be repeated or have commas; "True" is what Python makes of true."""
        parameters = [self._resolved(parameter) for parameter in operation.get("parameters", ())]
        known = {one["name"]: self._resolved(one["schema"]) for one in parameters if one["in"] == "query"}
        yield from (f"no query parameter {name!r}" for name in query.keys() - known.keys() - FROM_LIBRARY)
        for name, schema in known.items():
            if name in query:
                yield from self._parameter(name, schema, query[name])

    def _parameter(self, name: str, schema: Json, text: str) -> Iterator[str]:
        if schema.get("type") == "array":
            for part in text.split(","):
                yield from self._parameter(name, self._resolved(schema["items"]), part)
        else:
            text = text.lower() if schema.get("type") == "boolean" else text
            yield from self.problems(schema, _typed(schema, text), f"?{name}")

    def answer_problems(self, request: Request, answer: Answer) -> list[str]:
        if request.path in BEYOND:
            return []
        asked = described(request)
        found = self.operation(asked.method, asked.path)
        where = f"answer {answer.status} to {request.method} {request.path}"
        listed = found.what["responses"].get(str(answer.status)) if found else None
        if listed is None and answer.status not in EVERYWHERE:
            return [f"{where}: the description knows no such answer"]
        schema = self._content(listed) if listed is not None and answer.status < 400 else self._general(answer.status)
        if answer.status == 400 and found and found.template.endswith("/issue/bulk") and "issues" in answer.body:
            schema = self._content(found.what["responses"]["201"])  # as for a part that fails, says the general text
        return [] if schema is None or answer.body is None else list(self.problems(schema, answer.body, where))

    def _general(self, status: int) -> Json | None:
        return dict(self._document["components"]["schemas"]["ErrorCollection"])
