"""Nodes as wiki markup, for version 2 of the interface and for Data Center (pure).

Rules: jira.atlassian.com, "Text formatting notation". Foreign words are escaped sign by sign, so that none of them
starts a macro, a mention, a link or an image.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pmtrack.text import ZERO_WIDTH

Node = Mapping[str, Any]

_ALWAYS = re.compile(r"[{}\[\]|^~!]|\?(?=\?)|(?<=\?)\?")
"""Macros, links, cells, and what is raised, lowered, shown as an image or cited."""
_EDGE = re.compile(r"(?<![^\W_])[*_+-](?=\S)|(?<=\S)[*_+-](?![^\W_])")
"""Marks act at the edge of a word only."""
_START = re.compile(r"^(\s*)(#|(?:h[1-6]|bq)(?=\.)|-(?=-{2,}))", re.MULTILINE)
"""Lists, headings, quotes and rules begin a line."""
_EMOTICON = re.compile(r"\((?=(?:[/x!?+*iynd-]|on|off|flag|flagoff|\*[rgby])\))|(?<=[:;])(?=[()DPp])")
_BACKSLASH = "&#92;"

MARKS = {"em": "_", "strong": "*", "strike": "-"}
LISTS = {"bulletList": "*", "orderedList": "#"}


def of_nodes(nodes: Iterable[Node]) -> str:
    """The markup of these blocks, an empty line between two."""
    return "\n\n".join(block for node in nodes if (block := BLOCKS.get(str(node["type"]), _nothing)(node)))


def escaped(words: str) -> str:
    """Words that say only themselves."""
    words = words.replace("\\", _BACKSLASH)
    words = _ALWAYS.sub(lambda found: f"\\{found[0]}", words)
    words = _EDGE.sub(lambda found: f"\\{found[0]}", words)
    words = _EMOTICON.sub(lambda found: f"\\{found[0]}" if found[0] else ZERO_WIDTH, words)
    return _START.sub(rf"\1{ZERO_WIDTH}\2", words)


def _nothing(_node: Node) -> str:
    return ""


def _paragraph(node: Node) -> str:
    return _inline(node)


def _heading(node: Node) -> str:
    return f"h{node['attrs']['level']}. {_inline(node).replace(chr(10), ' ')}"


def _quote(node: Node) -> str:
    return f"{{quote}}\n{of_nodes(node['content'])}\n{{quote}}"


def _code(node: Node) -> str:
    words = "".join(str(child["text"]) for child in node["content"])
    return f"{{noformat}}\n{words.replace('{noformat', '{' + ZERO_WIDTH + 'noformat')}\n{{noformat}}"


def _list(node: Node, above: str = "") -> str:
    sign = above + LISTS[node["type"]]
    return "\n".join(_item(item, sign) for item in node["content"])


def _item(item: Node, sign: str) -> str:
    """One line, and below it the lists that stand in it."""
    lists = [_list(child, sign) for child in item["content"] if child["type"] in LISTS]
    words = [of_nodes([child]) for child in item["content"] if child["type"] not in LISTS]
    line = " \\\\ ".join(word.replace("\n", " \\\\ ") for word in words if word)
    return "\n".join([f"{sign} {line}", *lists])


def _table(node: Node) -> str:
    return "\n".join(_row(row) for row in node["content"])


def _row(row: Node) -> str:
    heads = bool(row["content"]) and row["content"][0]["type"] == "tableHeader"
    bar = "||" if heads else "|"
    cells = (of_nodes(cell["content"]).replace("\n", " \\\\ ") or " " for cell in row["content"])
    return bar + bar.join(cells) + bar


BLOCKS: Mapping[str, Callable[[Node], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "blockquote": _quote,
    "codeBlock": _code,
    "bulletList": _list,
    "orderedList": _list,
    "rule": lambda _node: "----",
    "table": _table,
}


def _inline(node: Node) -> str:
    return "".join(_piece(child) for child in node["content"])


def _piece(node: Node) -> str:
    if node["type"] == "hardBreak":
        return "\n"
    marks = {mark["type"]: mark for mark in node.get("marks", ())}
    words = escaped(node["text"])
    if "code" in marks:
        words = f"{{{{{words}}}}}"
    for kind, sign in MARKS.items():
        words = _marked(words, sign) if kind in marks else words
    return f"[{words}|{_address(marks['link']['attrs']['href'])}]" if "link" in marks else words


def _marked(words: str, sign: str) -> str:
    """The sign stands at the words and not at their spaces; in braces it acts inside of a word, too."""
    core = words.strip()
    return words.replace(core, f"{{{sign}}}{core}{{{sign}}}", 1) if core else words


def _address(href: str) -> str:
    return re.sub(r"[\s|\[\]{}\\^~!]", lambda found: f"%{ord(found[0]):02X}", href)
