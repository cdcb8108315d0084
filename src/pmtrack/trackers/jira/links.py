"""Our link to the postmortem in a description and beside it: where it leads, and how it is led elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pmtrack.trackers import links
from pmtrack.trackers.jira import adf, wiki
from pmtrack.trackers.jira.region import Description

Node = dict[str, Any]

MARKUP = re.compile(r"\[\{\{(?:[^{}\n]|\\[{}])+\}\}\|([^\s\[\]|]+)\]\[, line \d+\|\1\]")
"""Our link in wiki markup; its address is the group."""

_WORDS = re.compile(r".+, line \d+")


def leads(description: Description, link: str, paths: Sequence[str]) -> str:
    """As `trackers.links.leads`, of a description.

    Args:
        link: in Markdown.
    """
    blocks = adf.of_markdown(link)
    if not isinstance(description, dict):
        return links.leads(description or "", wiki.of_nodes(blocks), paths, MARKUP)
    runs = list(_links(description))
    by_words = (address for address, words in runs if _WORDS.fullmatch(words))
    return next(by_words, "") or links.first_of_ours((address for address, _ in runs), _address_of(blocks), paths)


def led(description: Description, link: str, paths: Sequence[str], *, only_moved: bool = False) -> Description:
    """As `trackers.links.led`, of a description.

    Args:
        link: in Markdown.
    """
    blocks = adf.of_markdown(link)
    if not isinstance(description, dict):
        markup = wiki.of_nodes(blocks)
        return links.led(description, markup, paths, MARKUP, only_moved=only_moved) if description else description
    was, now = leads(description, link, paths), _address_of(blocks)
    if was in ("", now) or (only_moved and not links.differ(was, now)):
        return description
    return _replaced(description, was, now, blocks[0]["content"])


def _address_of(blocks: Sequence[Node]) -> str:
    return next((address for block in blocks for address, _ in _links(block)), "")


def _links(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Address and words of every link below a node, in their order."""
    for address, run in groupby(_content(node), key=_address):
        inner = list(run)
        if address:
            yield address, "".join(str(one.get("text", "")) for one in inner)
        else:
            for one in inner:
                yield from _links(one)


def _replaced(node: Mapping[str, Any], was: str, now: str, link: Sequence[Node]) -> Node:
    """The node with this link in the place of ours; with other words only its address is changed."""
    content: list[Any] = []
    for address, run in groupby(_content(node), key=_address):
        inner = list(run)
        if address != was:
            content += [_replaced(one, was, now, link) for one in inner]
        elif _WORDS.fullmatch("".join(str(one.get("text", "")) for one in inner)):
            content += link
        else:
            content += [_readdressed(one, now) for one in inner]
    return {**node, "content": content} if "content" in node else dict(node)


def _readdressed(node: Mapping[str, Any], now: str) -> Node:
    marks = [
        {**mark, "attrs": {**mark["attrs"], "href": now}} if mark.get("type") == "link" else mark
        for mark in node["marks"]
    ]
    return {**node, "marks": marks}


def _content(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    content = node.get("content")
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []


def _address(node: Mapping[str, Any]) -> str:
    """Where a piece of text leads, "" for one that is no link."""
    marks: Iterable[Any] = node.get("marks") or ()
    found = (mark for mark in marks if isinstance(mark, Mapping) and mark.get("type") == "link")
    attributes = next((mark.get("attrs") for mark in found), None)
    return str(attributes.get("href") or "") if isinstance(attributes, Mapping) else ""
