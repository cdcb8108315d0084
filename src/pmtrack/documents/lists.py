"""Action items in lists: bullets, numbers and boxes, and what is nested in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pmtrack.documents import deadlines, decorations, fields
from pmtrack.documents.blocks import Block, Item, Paragraph
from pmtrack.documents.candidate import MAX_ITEMS, Candidate, after_label, kind_rank
from pmtrack.documents.fields import Context, Stated
from pmtrack.documents.inline import Inline
from pmtrack.documents.names import is_named_at_the_end
from pmtrack.documents.promising import takes_on
from pmtrack.documents.sections import Kind, Scope, Section
from pmtrack.documents.titles import names_section
from pmtrack.documents.verbs import asks_for_work, is_past
from pmtrack.model import Status

_LABEL_WORDS = 6
_MARKED = re.compile(r"\s*(?:\[|\W{0,4}\w[^:：]{0,24}[:：]|TODO)")
# Where neither a digit nor a last bracket stands, no day and no name are told; and what happened begins with its time.
_SETS_OFF = re.compile(r"\d|[)\]）】]\W{0,3}\Z")
_CLOCK = re.compile(r"\W{0,4}(?:\d{1,2}[:h.]\d\d|\d{4}-\d\d|\d{1,2}[./]\d)")
_CLOSINGS = (")", "]", "）", "】")
_MAX_DEPTH = 60
_FEWEST = 2


@dataclass(slots=True)
class Node:
    """An item with what is nested in it."""

    item: Item
    children: list[Node] = field(default_factory=list)
    texts: list[Inline] = field(default_factory=list)


def tree(blocks: Sequence[tuple[int, Block]]) -> list[Node]:
    """The list items of a section as a forest."""
    nodes: dict[int, Node] = {}
    roots: list[Node] = []
    for index, block in blocks:
        if isinstance(block, Item) and not block.quoted and block.depth <= _MAX_DEPTH:
            node = nodes[index] = Node(block)
            above = nodes.get(block.parent)
            (above.children if above else roots).append(node)
        elif isinstance(block, Paragraph) and block.item in nodes:
            nodes[block.item].texts.append(block.inline)
    return roots


def candidates(section: Section, context: Context, *, only_boxes: bool = False) -> list[Candidate]:
    """The action items in the lists of a section.

    Args:
        only_boxes: the section has a table of action items, so that plain bullets in it explain something.
    """
    found: list[Candidate] = []
    for node in tree(section.blocks):
        if len(found) < MAX_ITEMS:
            _walk(node, section.scope, context, found)
    return [one for one in found if one.stated.boxed or not only_boxes]


def evident(section: Section, context: Context) -> list[Candidate]:
    """The lists that are of work whatever their heading says: most of each states who does it and until when."""
    if section.scope.kind is not Kind.NONE or section.scope.sealed:
        return []
    return [one for run in _runs(section) for one in _evident(replace(section, blocks=run), context)]


def _runs(section: Section) -> list[list[tuple[int, Block]]]:
    """The blocks of a section, a list at a time."""
    runs: dict[int, list[tuple[int, Block]]] = {}
    here: list[tuple[int, Block]] = []
    for index, block in section.blocks:
        if isinstance(block, Item) and block.depth <= 1:
            here = runs.setdefault(block.run, [])
        here.append((index, block))
    return list(runs.values())


def _evident(section: Section, context: Context) -> list[Candidate]:
    nodes = tree(section.blocks)
    stating = sum(_may_state(node.item.inline.text) for node in nodes) if len(nodes) >= _FEWEST else 0
    if stating < _FEWEST or stating * 2 < len(nodes):
        return []
    scope = section.scope._replace(kind=Kind.ACTION, origin=nodes[0].item.start)
    found = candidates(replace(section, scope=scope), context)
    sure = sum(_is_planned(one, context) for one in found)
    return found if sure >= _FEWEST and sure * 3 >= len(found) * 2 else []


def _may_state(text: str) -> bool:
    return _SETS_OFF.search(text) is not None and _CLOCK.match(text) is None


def _is_planned(one: Candidate, context: Context) -> bool:
    """Whether somebody is to do it until a day that lies ahead."""
    stated, base = one.stated, context.reading.base
    due = stated.due or deadlines.amid(stated.title, context)
    is_due = due is not None and (base is None or due >= base)
    named = stated.owners or takes_on(stated.title, context.reading.text)
    is_named = bool(named) or is_named_at_the_end(stated.title)
    return is_named and (is_due or bool(stated.due_words) or stated.status is not None) and not is_past(stated.title)


def requests(section: Section, context: Context) -> list[Candidate]:
    """A list that mostly asks for work, under a heading that says nothing of it: proposals."""
    nodes = tree(section.blocks)
    if section.scope.kind is not Kind.NONE or section.heading is None or len(nodes) < _FEWEST:
        return []
    if sum(asks_for_work(node.item.inline.text) for node in nodes) * 2 <= len(nodes):
        return []
    return candidates(replace(section, scope=section.scope._replace(kind=Kind.IDEA)), context)


def _walk(node: Node, scope: Scope, context: Context, found: list[Candidate]) -> None:
    if scope.kind is Kind.OTHER and not node.children:
        return
    inline = node.item.inline
    if _is_label(node):
        below = scope.under(inline.text.strip(), node.item.start)
        for child in node.children:
            _walk(child, below, context, found)
        return
    if scope.kind is Kind.OTHER or not (scope.works or _MARKED.match(inline.text)):
        for child in node.children:
            _walk(child, scope, context, found)
        return
    stated = _read(node, context)
    if _is_work(inline, stated, scope):
        _take(node, stated, scope, context, found)
    elif not scope.works:
        for child in node.children:
            _walk(child, scope, context, found)


def _take(node: Node, stated: Stated, scope: Scope, context: Context, found: list[Candidate]) -> None:
    """Work, and what of its own is nested in it."""
    before = len(found)
    for child in node.children:
        _nested(child, scope, context, found)
    if any(one.stated.labelled for one in found[before:]):
        return
    _report_past(node.item.inline, stated)
    own = Candidate(
        stated,
        node.item.start,
        node.item.end,
        scope,
        kind_rank(scope, stated),
        (scope.origin, "box" if stated.boxed else "list"),
    )
    found.insert(before, own)


def _report_past(inline: Inline, stated: Stated) -> None:
    if stated.status is None and is_past(after_label(inline, stated.title)):
        stated.status = Status.DONE
        stated.reported = True


def _nested(child: Node, scope: Scope, context: Context, found: list[Candidate]) -> None:
    """Below work, only boxes and labelled work are work of their own."""
    stated = decorations.read(child.item.inline, context)
    if stated.boxed or stated.labelled:
        _walk(child, scope, context, found)


def _read(node: Node, context: Context) -> Stated:
    if not (node.texts or node.children or "\n" in node.item.inline.text):
        return decorations.read(node.item.inline, context)
    lines = node.item.inline.lines()
    if len(lines) > 1 and lines[0].text.endswith(_CLOSINGS):
        alone = decorations.read(lines[0], context)
        if alone.tailed:
            return decorations.read(lines[0], context, [*lines[1:], *_beside(node)])
    count = next((at for at, line in enumerate(lines) if at and fields.is_fact(line)), len(lines))
    inline = node.item.inline.head(count)
    return decorations.read(inline, context, [*lines[count:], *_beside(node)])


def _beside(node: Node) -> list[Inline]:
    return [*node.texts, *(child.item.inline for child in node.children)]


def _is_label(node: Node) -> bool:
    """An item that only groups the items in it."""
    words = node.item.inline.text.strip()
    if not node.children or words.startswith("[") or _has_facts(node):
        return False
    bare = words.rstrip(":： *")
    if words.endswith((":", "：")) or names_section(bare):
        return True
    if any(start <= 1 and end >= len(bare) for start, end in node.item.inline.bold):
        return True
    count = len(bare.split())
    return count == 1 or (count <= _LABEL_WORDS and not words.endswith(".") and not asks_for_work(bare))


def _has_facts(node: Node) -> bool:
    return any(fields.is_fact(child.item.inline) for child in node.children)


def _is_work(inline: Inline, stated: Stated, scope: Scope) -> bool:
    label = inline.text.partition(":")[0]
    if any(start <= 1 and end >= len(label) for start, end in inline.bold) and scope.under(label, 0).kind is Kind.OTHER:
        return False
    if stated.boxed:
        return scope.kind is not Kind.OTHER
    if stated.labelled:
        return scope.kind is not Kind.OTHER or scope.works
    if scope.kind is Kind.MEASURE and scope.status is None and is_past(after_label(inline, stated.title)):
        return False
    return scope.works and not fields.is_fact(inline)
