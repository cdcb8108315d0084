"""Whether a text is a document in Atlassian's format (ADF), by Atlassian's own schema where that is at hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ..github.spec import TYPES, Json
from ..github.spec import Spec as Base

SCHEMA = Path(__file__).resolve().parents[3].parent / "shared" / "specs" / "adf-full.schema.json"
ABSENT = "needs ../shared/specs/adf-full.schema.json (the schema of ADF), which is not part of the project"
BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")


class Schema(Base):
    """The part of JSON Schema that ADF's schema uses."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def problems(self, schema: Json, value: Any, where: str = "value") -> Iterator[str]:
        schema = self._resolved(schema)
        yield from super().problems(schema, value, where)
        yield from self._bounds(schema, value, where)

    def _bounds(self, schema: Json, value: Any, where: str) -> Iterator[str]:
        for name in BOUNDS:
            if name not in schema or not _counts(name, value):
                continue
            size = value if name in ("minimum", "maximum") else len(value)
            if size < schema[name] if name.startswith("min") else size > schema[name]:
                yield f"{where}: {name} is {schema[name]}"
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            yield f"{where}: {value!r:.80} is not of the form {schema['pattern']}"


def _counts(name: str, value: Any) -> bool:
    """Whether a bound is about a value of this type."""
    kind = {"minimum": "number", "maximum": "number", "minLength": "string", "maxLength": "string"}.get(name, "array")
    return TYPES[kind](value)


@cache
def schema() -> Schema | None:
    return Schema(json.loads(SCHEMA.read_bytes())) if SCHEMA.exists() else None


def problems(value: Any) -> list[str]:
    """What keeps a value from being a document."""
    rules = schema()
    if not isinstance(value, Mapping) or (value.get("type"), value.get("version")) != ("doc", 1):
        return ["no document of version 1"]
    if not isinstance(value.get("content"), list):
        return ["no content"]
    return [] if rules is None else list(rules.problems({"$ref": "#/definitions/doc_node"}, value, "document"))


def is_document(value: Any) -> bool:
    return not problems(value)
