"""What the configuration gives further fields, in the form that each of them takes (pure)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pmtrack.model import Draft
from pmtrack.text import one_line, plain
from pmtrack.trackers.jira import adf, wiki
from pmtrack.trackers.jira.names import tag

Given = str | int | float | tuple[str, ...]
"""What a configuration may say."""

LINE_LIMIT = 255
"""Characters in a field of one line."""

_PLACE = re.compile(r"\{(\w+)\}")


def known(draft: Draft) -> dict[str, str]:
    """What stands for `{title}` and the like."""
    return {
        "title": draft.fields.title,
        "postmortem": draft.postmortem,
        "source": draft.source,
        "path": draft.marker.path,
        "ident": draft.marker.ident,
        "line": str(draft.line),
        "link": draft.link,
        "due": draft.fields.due.isoformat() if draft.fields.due else "",
        "priority": draft.fields.priority or "",
    }


def filled(given: Given, words: Mapping[str, str]) -> Given:
    """The same with its places filled in; a word in braces that is none of ours stays as it is."""
    if isinstance(given, str):
        return _PLACE.sub(lambda found: words.get(found[1], found[0]), given)
    if isinstance(given, tuple):
        return tuple(str(filled(one, words)) for one in given)
    return given


def value(field: Mapping[str, Any], given: Given, *, nodes: bool, cloud: bool) -> Any:
    """A value as this field takes it, None for an empty one.

    Args:
        field: its metadata. nodes: whether long texts are nodes.

    Raises:
        ValueError: no such value fits; half a sentence.
    """
    if given in ("", ()):
        return None
    schema = field.get("schema") or {}
    kind, custom = str(schema.get("type")), str(schema.get("custom") or "")
    if custom.endswith(":textarea") or schema.get("system") in ("description", "environment"):
        return _long(str(given), nodes=nodes)
    if kind == "array":
        many = given if isinstance(given, tuple) else (str(given),)
        return [ITEMS.get(str(schema.get("items")), _named)(one, cloud) for one in many if one]
    if isinstance(given, tuple):
        raise ValueError("it takes one value, not a list")  # noqa: TRY004 - the configuration is wrong, not a type
    return KINDS.get(kind, _words)(given, cloud)


def _long(words: str, *, nodes: bool) -> Any:
    blocks = [adf.paragraph(plain(line)) for line in words.split("\n")]
    return adf.document(blocks) if nodes else wiki.of_nodes(blocks)


def _words(given: Given, _cloud: bool) -> Any:
    return one_line(str(given), LINE_LIMIT)


def _number(given: Given, _cloud: bool) -> Any:
    try:
        return given if isinstance(given, int | float) else float(str(given))
    except ValueError:
        raise ValueError(f"it takes a number, not {one_line(str(given), 40)!r}") from None


def _option(given: Given, _cloud: bool) -> Any:
    return {"value": str(given)}


def _named(given: Given, _cloud: bool) -> Any:
    return {"name": str(given)}


def _label(given: Given, _cloud: bool) -> Any:
    return tag(str(given))


def person(account: Given, cloud: bool) -> Any:
    """A person: Cloud knows them by an id, Data Center by a name."""
    return {"accountId" if cloud else "name": str(account)}


def _issue(given: Given, _cloud: bool) -> Any:
    return {"key": str(given)}


Writer = Callable[[Given, bool], Any]

KINDS: Mapping[str, Writer] = {
    "number": _number,
    "option": _option,
    "option-with-child": _option,
    "user": person,
    "issuelink": _issue,
    "priority": _named,
    "resolution": _named,
    "securitylevel": _named,
    "version": _named,
    "group": _named,
}
"""The type of a field -> how its value is written; whatever else there is takes words."""

ITEMS: Mapping[str, Writer] = {"string": _label, "option": _option, "user": person}
"""The type of the entries of a list -> how each is written; components, versions and groups have names."""
