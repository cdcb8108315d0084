"""Markdown as nodes of the Atlassian Document Format, and the words of such nodes (pure).

Built node by node and never by markup, so that nothing in foreign words can act. Format:
developer.atlassian.com/cloud/jira/platform/apis/document/structure; what may stand in what is its JSON schema's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pmtrack.trackers.jira.tree import Branch, parsed, plain

Node = dict[str, Any]

MARKS: Mapping[str, str] = {"Emphasis": "em", "Strong": "strong", "Strikethrough": "strike"}
"""The parser's word -> ours."""
INLINE = frozenset({"Text", "Code", "InlineHtml", "SoftBreak", "HardBreak", "Link", "Image", *MARKS})

LINES = frozenset({"paragraph", "heading", "codeBlock", "tableRow", "rule"})
"""Nodes that end a line of words."""


def document(blocks: Iterable[Node]) -> Node:
    return {"version": 1, "type": "doc", "content": list(blocks)}


def text(words: str, *marks: Node) -> list[Node]:
    """A text node; none for no words, since an empty one is not allowed."""
    if not words:
        return []
    return [{"type": "text", "text": words, "marks": list(marks)} if marks else {"type": "text", "text": words}]


def paragraph(words: str, *marks: Node) -> Node:
    return {"type": "paragraph", "content": text(words, *marks)}


def of_markdown(source: str) -> list[Node]:
    """The blocks that a Markdown text is."""
    return _blocks(parsed(source), top=True)


def words(node: Any) -> str:
    """All words below a node, a line for each block and each hard break; whoever made it."""
    lines = "".join(_words(node)).split("\n")
    return "\n".join(line for line in lines if line.strip())


def _words(node: Any) -> Iterator[str]:
    waiting: list[Any] = [node]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, Mapping):
            kind, content = found.get("type"), found.get("content")
            yield str(found.get("text", "")) if kind == "text" else "\n" if kind == "hardBreak" else ""
            waiting += ["\n"] if kind in LINES else []
            waiting += reversed(content) if isinstance(content, list) else []


# ---------------------------------------------------------------- blocks


def _blocks(branches: Iterable[Branch], *, top: bool = False) -> list[Node]:
    """Words that stand between blocks (as in a tight list) are a paragraph of their own."""
    found: list[Node] = []
    for inline, run in groupby(branches, key=lambda branch: branch.name in INLINE):
        if inline:
            found.append({"type": "paragraph", "content": _inline(list(run))})
            continue
        for branch in run:
            found += BLOCKS.get(branch.name, _nothing)(branch, top)
    return found


def _nothing(_branch: Branch, _top: bool) -> list[Node]:
    return []


def _paragraph(branch: Branch, _top: bool) -> list[Node]:
    return [{"type": "paragraph", "content": _inline(branch.inner)}]


def _heading(branch: Branch, top: bool) -> list[Node]:
    if not top:
        return _paragraph(branch, top)
    return [{"type": "heading", "attrs": {"level": int(branch.value["level"][1])}, "content": _inline(branch.inner)}]


def _quote(branch: Branch, top: bool) -> list[Node]:
    inner = _blocks(branch.inner)
    return [{"type": "blockquote", "content": inner}] if top and inner else inner


def _code(branch: Branch, _top: bool) -> list[Node]:
    return [{"type": "codeBlock", "content": text(plain(branch.inner).rstrip("\n"))}]


def _html(branch: Branch, _top: bool) -> list[Node]:
    return [paragraph(plain(branch.inner).strip())]


def _list(branch: Branch, _top: bool) -> list[Node]:
    items = [{"type": "listItem", "content": _blocks(item.inner) or [paragraph("")]} for item in branch.inner]
    return [{"type": "bulletList" if branch.value is None else "orderedList", "content": items}] if items else []


def _rule(_branch: Branch, top: bool) -> list[Node]:
    return [{"type": "rule"}] if top else []


def _table(branch: Branch, top: bool) -> list[Node]:
    if not top:
        return [paragraph(" | ".join(plain([cell]) for cell in row.inner)) for row in branch.inner]
    return [{"type": "table", "content": [_row(row) for row in branch.inner]}]


def _row(row: Branch) -> Node:
    kind = "tableHeader" if row.name == "TableHead" else "tableCell"
    cells = [{"type": kind, "content": [{"type": "paragraph", "content": _inline(cell.inner)}]} for cell in row.inner]
    return {"type": "tableRow", "content": cells}


BLOCKS: Mapping[str, Callable[[Branch, bool], list[Node]]] = {
    "Paragraph": _paragraph,
    "Heading": _heading,
    "BlockQuote": _quote,
    "CodeBlock": _code,
    "HtmlBlock": _html,
    "List": _list,
    "Rule": _rule,
    "Table": _table,
}
"""The parser's word -> the nodes, told whether they stand at the top, where alone some of them may."""


# ---------------------------------------------------------------- words in a block


def _inline(branches: Sequence[Branch], marks: Mapping[str, Node] | None = None) -> list[Node]:
    nodes: list[Node] = []
    for branch in branches:
        nodes += _pieces(branch, marks or {})
    return _joined(nodes)


def _pieces(branch: Branch, marks: Mapping[str, Node]) -> list[Node]:
    if branch.name in MARKS:
        kind = MARKS[branch.name]
        return _inline(branch.inner, {**marks, kind: {"type": kind}})
    if branch.name in ("Link", "Image"):
        return _inline(branch.inner, {**marks, **_link(str(branch.value["dest_url"]))})
    if branch.name == "HardBreak":
        return [{"type": "hardBreak"}]
    if branch.name == "SoftBreak":
        return text(" ", *marks.values())
    if branch.name == "Code":  # goes with a link, and with no other mark
        return text(branch.value, *(mark for kind, mark in marks.items() if kind == "link"), {"type": "code"})
    return text(plain([branch]).replace("\n", " "), *marks.values())


def _link(address: str) -> dict[str, Node]:
    """Leads to http(s) only, whatever the words say."""
    safe = address.lower().startswith(("http://", "https://"))
    return {"link": {"type": "link", "attrs": {"href": address}}} if safe else {}


def _joined(nodes: Iterable[Node]) -> list[Node]:
    """The same with neighbours of the same marks in one."""
    found: list[Node] = []
    for node in nodes:
        last = found[-1] if found else {}
        if node["type"] == last.get("type") == "text" and node.get("marks") == last.get("marks"):
            found[-1] = {**last, "text": last["text"] + node["text"]}
        else:
            found.append(node)
    return found
