"""Holds requests and answers against GitHub's own API description, so that the stand-in cannot agree with the product
about something false.

It knows the part of JSON Schema that this description uses. It is stricter in one thing: an unknown key at the top of a
request body or in the query is a problem, because GitHub ignores it in silence and a spelling mistake would never show.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .wire import Answer, Request

DESCRIPTION = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "github-issues.openapi.json"
ABSENT = "needs ../shared/specs/github-issues.openapi.json (GitHub's API description), which is not part of the project"
REPOSITORY = "/repos/{owner}/{repo}"

EVERYWHERE = frozenset({301, 304, 400, 401, 403, 404, 410, 429, *range(500, 600)})
"""What the general pages allow for any endpoint ("Troubleshooting", "Best practices"), whether or not it is listed."""
BEYOND = {("DELETE", "/installation/token"): 204}
"""Documented operations that the cut description leaves out -> their good status."""

NULLABLE = (("issue-search-result-item", "body"),)
"""Where the description forgets that the service answers null: (schema, property)."""

FROM_LINKS = frozenset({"after", "before"})
"""Query parameters that the service puts into its Link headers, and the description leaves out."""

Json = Mapping[str, Any]


def is_date_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def is_uri(text: str) -> bool:
    parts = urlsplit(text)
    return bool(parts.scheme and parts.netloc)


FORMATS: Mapping[str, Callable[[str], bool]] = {"date-time": is_date_time, "uri": is_uri, "email": lambda t: "@" in t}
TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


@cache
def description() -> Spec | None:
    """The description beside the checkout, or None where it is absent (`ABSENT` is the reason to give)."""
    return Spec(json.loads(DESCRIPTION.read_bytes())) if DESCRIPTION.exists() else None


@dataclass(frozen=True, slots=True)
class Operation:
    template: str
    what: Json


class Spec:
    """The description, ready to be asked."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        for schema, name in NULLABLE:
            document["components"]["schemas"][schema]["properties"][name]["nullable"] = True
        self._paths = sorted(map(_compiled, document["paths"]), key=lambda path: path[0].count("{"))

    def operation(self, method: str, path: str) -> Operation | None:
        """The one that a request asks for; `/repositories/ID` is `/repos/OWNER/NAME` by another name."""
        path = re.sub(r"^/repositories/\d+", "/repos/o/r", path)
        for template, pattern in self._paths:
            operation = self._document["paths"][template].get(method.lower())
            if operation and pattern.fullmatch(path):
                return Operation(template, operation)
        return None

    def templates(self) -> Iterator[tuple[str, str, Json]]:
        for template, operations in self._document["paths"].items():
            for method, what in operations.items():
                yield method.upper(), template, what

    # ------------------------------------------------------------ requests

    def request_problems(self, request: Request) -> list[str]:
        if (request.method, request.path) in BEYOND:
            return []
        found = self.operation(request.method, request.path)
        if found is None:
            return [f"the description knows no {request.method} {request.path}"]
        problems = [*self._query_problems(found.what, request.query), *self._body_problems(found.what, request.body)]
        return [f"{request.method} {found.template}: {problem}" for problem in problems]

    def _query_problems(self, operation: Json, query: Mapping[str, str]) -> Iterator[str]:
        parameters = [self._resolved(parameter) for parameter in operation.get("parameters", ())]
        known = {parameter["name"]: parameter for parameter in parameters if parameter["in"] == "query"}
        yield from (f"no query parameter {name!r}" for name in query.keys() - known.keys() - FROM_LINKS)
        for name, parameter in known.items():
            if name in query:
                schema = self._resolved(parameter["schema"])
                yield from self.problems(schema, _typed(schema, query[name]), f"?{name}")
            elif parameter.get("required"):
                yield f"the query parameter {name!r} is missing"

    def _body_problems(self, operation: Json, body: bytes) -> Iterator[str]:
        wanted = operation.get("requestBody")
        if not body or wanted is None:
            if wanted and wanted.get("required"):
                yield "the body is missing"
            return
        try:
            value = json.loads(body)
        except ValueError as error:
            yield f"the body is not JSON: {error}"
            return
        schema = self._resolved(wanted["content"]["application/json"]["schema"])
        yield from self.problems(schema, value, "body")
        if isinstance(value, dict) and "properties" in schema:
            yield from (f"body: no key {key!r}" for key in value.keys() - schema["properties"].keys())

    # ------------------------------------------------------------ answers

    def answer_problems(self, request: Request, answer: Answer) -> list[str]:
        if BEYOND.get((request.method, request.path)) == answer.status:
            return []
        found = self.operation(request.method, request.path)
        listed = found.what["responses"].get(str(answer.status)) if found else None
        if listed is None and answer.status not in EVERYWHERE:
            return [f"{request.method} {request.path}: the description knows no answer {answer.status}"]
        schema = self._content(listed) if listed is not None else self._general(answer.status)
        where = f"answer {answer.status} to {request.method} {request.path}"
        if schema is None:
            return [f"{where}: a body where none belongs"] if answer.body is not None else []
        return list(self.problems(schema, answer.body, where))

    def _content(self, listed: Json) -> Json | None:
        content = self._resolved(listed).get("content")
        return content["application/json"]["schema"] if content else None

    def _general(self, status: int) -> Json | None:
        return None if status == 304 else self._document["components"]["schemas"]["basic-error"]

    # ------------------------------------------------------------ schemas

    def problems(self, schema: Json, value: Any, where: str = "value") -> Iterator[str]:
        """Every way in which the value does not follow the schema, each with its place."""
        schema = self._resolved(schema)
        if value is None and (schema.get("nullable") or None in schema.get("enum", ())):
            return
        for keyword, check in self._KEYWORDS.items():
            if keyword in schema:
                yield from check(self, schema, value, where)

    def _resolved(self, schema: Json) -> Json:
        while "$ref" in schema:
            found: Any = self._document
            for step in schema["$ref"].split("/")[1:]:
                found = found[step]
            schema = found
        return schema

    def _type(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if not TYPES[schema["type"]](value):
            yield f"{where}: {value!r:.80} is not of type {schema['type']}"

    def _enum(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if value not in schema["enum"]:
            yield f"{where}: {value!r:.80} is none of {schema['enum']}"

    def _format(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        check = FORMATS.get(schema["format"])
        if check and isinstance(value, str) and not check(value):
            yield f"{where}: {value!r:.80} is not a {schema['format']}"

    def _required(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (f"{where}: {key!r} is missing" for key in schema["required"] if key not in value)

    def _properties(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if isinstance(value, dict):
            for key, inner in schema["properties"].items():
                if key in value:
                    yield from self.problems(inner, value[key], f"{where}.{key}")

    def _additional(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            return
        allowed = schema["additionalProperties"]
        for key in value.keys() - schema.get("properties", {}).keys():
            if allowed is False:
                yield f"{where}: no key {key!r}"
            elif isinstance(allowed, dict):
                yield from self.problems(allowed, value[key], f"{where}.{key}")

    def _items(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from self.problems(schema["items"], item, f"{where}[{index}]")

    def _all(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        for inner in schema["allOf"]:
            yield from self.problems(inner, value, where)

    def _any(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        yield from self._choice(schema["anyOf"], value, where, at_most=len(schema["anyOf"]))

    def _one(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        yield from self._choice(schema["oneOf"], value, where, at_most=1)

    def _choice(self, choices: list[Json], value: Any, where: str, *, at_most: int) -> Iterator[str]:
        failures = [list(self.problems(inner, value, where)) for inner in choices]
        fitting = failures.count([])
        if not fitting:
            yield f"{where}: fits none of {len(choices)} forms, nearest: {min(failures, key=len)[0]}"
        elif fitting > at_most:
            yield f"{where}: fits {fitting} forms where one is allowed"

    _KEYWORDS: Mapping[str, Callable[[Spec, Json, Any, str], Iterator[str]]] = {
        "type": _type,
        "enum": _enum,
        "format": _format,
        "required": _required,
        "properties": _properties,
        "additionalProperties": _additional,
        "items": _items,
        "allOf": _all,
        "anyOf": _any,
        "oneOf": _one,
    }


def _compiled(template: str) -> tuple[str, re.Pattern[str]]:
    return template, re.compile(re.sub(r"\\\{[^/]+\\\}", "[^/]+", re.escape(template)))


def _typed(schema: Json, text: str) -> Any:
    """What stands in a query is text: as the description wants it, where that is possible."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    return {"true": True, "false": False}.get(text, text) if schema.get("type") == "boolean" else text
