"""What of an issue's description is ours: a panel with what the screens have no place for, and a marker (pure).

A description is nodes (version 3) or wiki markup (version 2 and Data Center); None where there is none. Everything
outside our parts stays as it is: other nodes untouched, other markup byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, unquote

from pmtrack.model import Marker
from pmtrack.text import one_line
from pmtrack.trackers.jira import adf, wiki

Description = dict[str, Any] | str | None

TITLE = "pmtrack"
HINT = "pmtrack keeps these lines in step; change what stands behind the colon."
DUE, OWNER, PRIORITY = "Due", "Owner", "Priority"
NAMES = (OWNER, PRIORITY, DUE)

OPENING, CLOSING = f"{{panel:title={TITLE}}}", "{panel}"
_OPENING = re.compile(r"\{panel:(?:[^{}\n|]*\|)*title=pmtrack(?:\|[^{}\n]*)?\}")
_LINE = re.compile(r"[\s>*_-]*(due|owner|priority)(?: date)?[ \t*_]*:[ \t*_]*(.*)", re.IGNORECASE)
_NONE = frozenset({"", "-", "none", "n/a", "tbd"})
_ANCHOR = re.compile(r"\{anchor:pmtrack-v1-([\w%.~]+)-([\w%.~]*)-([\w%.~/]*)(?:-([\w%.~]+))?\}", re.ASCII)


class Unreadable(ValueError):
    """What a person wrote in our panel is not what it should be; `str` is half a sentence with what to write."""


def kept(description: Description) -> dict[str, str]:
    """The lines of the panel: what each is called -> its words, those that say something."""
    found = {}
    for line in _panel_words(description).split("\n"):
        match = _LINE.match(line)
        if match:
            words = match[2].replace("\\", "").strip(" \t\r*_`")
            found.update({match[1].title(): words} if words.lower() not in _NONE else {})
    return found


def due(lines: Mapping[str, str]) -> date | None:
    """The date in the panel, None where there is none.

    Raises:
        Unreadable: the words are no date.
    """
    words = lines.get(DUE)
    if words is None:
        return None
    try:
        return datetime.fromisoformat(words).date()
    except ValueError:
        raise Unreadable(f"{one_line(words, 40)!r} is no due date: write it as 2026-12-01") from None


def with_kept(description: Description, lines: Mapping[str, str], *, nodes: bool) -> Description:
    """The description with these lines in the panel; it comes with the first line, and goes with the last.

    Args:
        nodes: what an empty description becomes.
    """
    told = [f"{name}: {lines[name]}" for name in NAMES if lines.get(name)]
    if isinstance(description, dict) or (not description and nodes):
        return _with_node(description if isinstance(description, dict) else adf.document([]), told)
    return _with_markup(description or "", told)


def composed(
    markdown: str, lines: Mapping[str, str], marker: Marker | None, none: str | None = None, *, nodes: bool
) -> Description:
    """The description of a new issue: the text, the panel, and in markup the marker where one is given."""
    blocks = adf.of_markdown(markdown)
    if nodes:
        return with_kept(adf.document(blocks), lines, nodes=True)
    return with_marker(with_kept(wiki.of_nodes(blocks), lines, nodes=False), marker, none)


# ---------------------------------------------------------------- the marker, where no property may be given at once


def marker(description: Description) -> Marker | None:
    """Ours in markup: an anchor, which nobody sees. Nodes carry none."""
    found = _anchor(description)
    if found is None:
        return None
    ident, digest, path = (unquote(found[part], errors="surrogateescape") for part in (1, 2, 3))
    return Marker(ident, path, digest)


def unset(description: Description) -> str | None:
    """What stands beside the marker: the id of the priority that means none."""
    found = _anchor(description)
    return unquote(found[4]) if found and found[4] else None


def with_marker(description: Description, mark: Marker | None, none: str | None = None) -> Description:
    """The markup with this marker in the place of the old one, else at its end.

    Args:
        none: as `unset` answers; where it is not given, that of the old one stays.
    """
    if mark is None or not isinstance(description, str):
        return description
    found = _anchor(description)
    kept = quote(none or unset(description) or "", safe="")
    parts = [quote(part, safe="/", errors="surrogateescape") for part in (mark.ident, mark.digest, mark.path)]
    parts += [kept] if kept else []
    note = "{anchor:pmtrack-v1-" + "-".join(part.replace("-", "%2D") for part in parts) + "}"
    if found:
        return description[: found.start()] + note + description[found.end() :]
    return f"{description}\n\n{note}" if description else note


def _anchor(description: Description) -> re.Match[str] | None:
    found = list(_ANCHOR.finditer(description)) if isinstance(description, str) else []
    return found[-1] if found else None


# ---------------------------------------------------------------- the two forms


def _panel_words(description: Description) -> str:
    if isinstance(description, dict):
        panel = next((node for node in _content(description) if _is_ours(node)), None)
        return adf.words(panel)
    place = _place(description or "")
    return (description or "")[slice(*place)] if place else ""


def _content(description: Mapping[str, Any]) -> list[Any]:
    content = description.get("content")
    return content if isinstance(content, list) else []


def _is_ours(node: Any) -> bool:
    is_panel = isinstance(node, Mapping) and node.get("type") == "panel"
    return is_panel and adf.words(node).lstrip().lower().startswith(TITLE)


def _with_node(description: dict[str, Any], told: list[str]) -> Description:
    content = _content(description)
    at = next((number for number, node in enumerate(content) if _is_ours(node)), len(content))
    lines = [adf.paragraph(line) for line in told]
    panel = {"type": "panel", "attrs": {"panelType": "note"}, "content": [adf.paragraph(HINT), *lines]}
    return {**description, "content": [*content[:at], *([panel] if told else []), *content[at + 1 :]]}


def _place(markup: str) -> tuple[int, int] | None:
    """Where the words of the panel start and stop."""
    start = _OPENING.search(markup)
    stop = markup.find(CLOSING, start.end()) if start else -1
    return (start.end(), stop) if start and stop >= 0 else None


def _with_markup(markup: str, told: list[str]) -> str:
    place = _place(markup)
    inside = "\n".join(["", *(wiki.escaped(line) for line in told), ""])
    if place and told:
        return markup[: place[0]] + inside + markup[place[1] :]
    if place:
        start = markup.rindex("{panel:", 0, place[0])
        return _joined(markup[:start], markup[place[1] + len(CLOSING) :])
    if not told:
        return markup
    anchors = [found.start() for found in _ANCHOR.finditer(markup)]
    at = anchors[-1] if anchors else len(markup)
    return _joined(_joined(markup[:at], f"{OPENING}{inside}{CLOSING}"), markup[at:])


def _joined(first: str, second: str) -> str:
    """Two parts with an empty line between them."""
    first, second = first.rstrip("\r\n"), second.lstrip("\r\n")
    return f"{first}\n\n{second}" if first and second else first + second
