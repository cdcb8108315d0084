"""Lists that are none to Markdown, as lists: "•" for a mark, or indented like code; at equal byte length."""

from __future__ import annotations

import re

from pmtrack.documents.titles import names_section

_MARKS = "•●▪‣◦·・∙○■□►▸➤→⇒➜➔"
# Most texts have none of these marks at the start of a line: a pattern that starts with a literal says so fastest.
_MARKED = re.compile(rf"\n[ \t]*[{_MARKS}]")
_DASHED = re.compile(r"\n[ \t]*[–—][ \t]")
_MARK = re.compile(rf"^([ \t]*)([{_MARKS}])(?=[ \t]*[^\s{_MARKS}])", re.MULTILINE)
_SIGNS = "■□◆◇▼▽▲△●○◎★☆▶►【"
_CHAPTERS = re.compile(rf"\n[{_SIGNS}]")
_CHAPTER = re.compile(rf"^([{_SIGNS}])[ \t\u3000]*([^\n]{{1,40}}?)[ \t]*$", re.MULTILINE)
_ARROW = re.compile(r"\n([ \t]*)[-=]>(?=[ \t]+\w)")
_DASHES = re.compile(r"(?:^[ \t]{0,12}[–—][ \t]+\S[^\n]*(?:\n|\Z)){2,}", re.MULTILINE)
_DASH = re.compile(r"^([ \t]*)[–—]", re.MULTILINE)
_INDENTED = re.compile(r"(\t| {4})(?=(?:[-*+]|\d{1,2}[.)])[ \t])")
_LISTED = re.compile(r" {0,3}(?:[-*+]|\d{1,2}[.)])[ \t]")
_SUSPECT = re.compile(r"\n(?:\t| {4})(?:[-*+]|\d{1,2}[.)])[ \t]")
_SHIFTED = {"\t": " ", "    ": " "}


def as_lists(text: str) -> str:
    """The text with real list marks; those of authors take as many bytes as a mark and some spaces."""
    if "->" in text or "=>" in text:
        text = _ARROW.sub(r"\n\1- ", "\n" + text)[1:]
    below = "\n" + text
    if not text.isascii():
        if _CHAPTERS.search(below):
            text = _chapters(text)
            below = "\n" + text
        if _MARKED.search(below):
            text = _MARK.sub(lambda m: m[1] + "-".ljust(len(m[2].encode())), text)
        if _DASHED.search(below):
            text = _DASHES.sub(lambda m: _DASH.sub(r"\1-  ", m.group()), text)
    if "\n\t" in text or "\n    " in text:
        return _shifted(text) if _SUSPECT.search("\n" + text) else text
    return text


def _chapters(text: str) -> str:
    """Signs before the names of sections make these headings: the signs that stand before a known name."""
    known = {line[1] for line in _CHAPTER.finditer(text) if names_section(line[2])}
    if not known:
        return text
    return _CHAPTER.sub(
        lambda line: (
            f"## {line[2]}" + " " * (len(line[0].encode()) - len(line[2].encode()) - 3) if line[1] in known else line[0]
        ),
        text,
    )


def _shifted(text: str) -> str:
    """A list that stands in no other and is indented as code is: nobody means code by it."""
    lines = text.split("\n")
    inside = shifting = False
    for at, line in enumerate(lines):
        indented = _INDENTED.match(line)
        if indented and not inside and (shifting or _may_begin(lines, at)):
            shifting = True
            lines[at] = _unindented(line, indented[1])
        elif line.strip():
            shifting = shifting and line[0] in " \t"
            inside = bool(_LISTED.match(line)) or (inside and line[0] in " \t")
    return "\n".join(lines)


def _may_begin(lines: list[str], at: int) -> bool:
    """Whether a list may begin on a line: at the start, below an empty line, a heading or a colon."""
    above = lines[at - 1].strip() if at else ""
    return not above or above.startswith("#") or above.rstrip("* ").endswith((":", "："))


def _unindented(line: str, indent: str) -> str:
    """The mark moves to the left, the words stay where they are."""
    if indent == "\t":
        return " " + line[1:]
    mark, rest = line[4:].split(None, 1) if len(line[4:].split(None, 1)) == 2 else (line[4:].rstrip(), "")
    gap = len(line) - 1 - len(mark) - len(rest)
    return f" {mark}{' ' * gap}{rest}" if 0 < gap <= 4 else line
