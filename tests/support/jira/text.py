"""Times as Jira writes them, and long texts in the two forms that it knows: ADF (v3) and wiki markup (v2).

Jira converts between them with all their marks. Here only paragraphs and line breaks survive the way from one form to
the other, which is enough to see that a client reads the form that it asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

LONGEST = 32_767
"""Characters of a long text; of ADF the JSON counts here, which is the stricter reading."""


def stamp(moment: datetime | None, zone: str = "UTC") -> str | None:
    """In the caller's own time zone, with milliseconds."""
    if moment is None:
        return None
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def too_long(body: Any) -> bool:
    return len(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)) > LONGEST


def as_adf(body: Any) -> Any:
    """A text that was written as wiki markup, for v3."""
    if not isinstance(body, str):
        return body
    return {"version": 1, "type": "doc", "content": [_paragraph(part) for part in body.split("\n\n") if part]}


def _paragraph(text: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for line in text.split("\n"):
        content += [{"type": "hardBreak"}] if content else []
        content += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}


def as_wiki(body: Any) -> Any:
    """A text that was written as ADF, for v2: its words."""
    if not isinstance(body, Mapping):
        return body
    return "\n\n".join(_words(block) for block in body.get("content", ()))


def _words(node: Mapping[str, Any]) -> str:
    kind, inner = node.get("type"), node.get("content", ())
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    inside = "\n" if inner and inner[0].get("type") in ("listItem", "paragraph", "tableRow") else ""
    return inside.join(_words(child) for child in inner)
