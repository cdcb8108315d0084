"""Text and pages as pictures that need nothing else: no font, no script, no other file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from html.parser import HTMLParser

CELL, LINE, SIZE = 8.4, 19, 14
"""Width of a sign, height of a line and of the type, in px."""
EDGE = 16

TYPE = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
GROUND, WORDS = "#12161b", "#e6edf3"
PAINT: Mapping[str, str] = {
    "1": ' font-weight="bold"',
    "2": ' fill="#8b949e"',
    "31": ' fill="#ff8f85"',
    "33": ' fill="#e8b95a"',
}
"""What a terminal is told -> how it looks here."""

_SAID = re.compile(r"\x1b\[(\d*)m")
_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta", "wbr"})
_CASES: Mapping[str, str] = {"viewbox": "viewBox", "preserveaspectratio": "preserveAspectRatio"}
"""Names that matter with their case in XML, which a parser of HTML does not keep."""
_SPACES: Mapping[str, str] = {"svg": "http://www.w3.org/2000/svg", "html": "http://www.w3.org/1999/xhtml"}


def terminal(lines: Sequence[str], title: str) -> str:
    """What a terminal shows, with the colours that it is told."""
    plain = [_SAID.sub("", line) for line in lines]
    width = round(max(map(len, plain)) * CELL + 2 * EDGE)
    height = len(lines) * LINE + 2 * EDGE
    rows = (row for at, line in enumerate(lines) for row in _row(line, EDGE + at * LINE + SIZE))
    return "\n".join(
        [
            _head(width, height, title),
            f'<rect width="100%" height="100%" rx="8" fill="{GROUND}"/>',
            f'<g font-family="{TYPE}" font-size="{SIZE}" fill="{WORDS}">',
            *rows,
            "</g>",
            "</svg>\n",
        ]
    )


def _head(width: int, height: int, title: str, style: str = "") -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg xmlns="{_SPACES["svg"]}" {size}{style} role="img">\n<title>{escape(title)}</title>'


def _row(line: str, y: int) -> Iterator[str]:
    """A line as pieces of one look; each as wide as its signs, whatever type there is."""
    paint, column = "", 0
    for part in re.split(r"(\x1b\[\d*m)", line):
        if said := _SAID.fullmatch(part):
            paint = PAINT.get(said[1], "")
            continue
        words = part.strip(" ")
        if words:
            x = EDGE + (column + len(part) - len(part.lstrip(" "))) * CELL
            place = f'x="{x:.1f}" y="{y}" textLength="{len(words) * CELL:.1f}" lengthAdjust="spacingAndGlyphs"'
            yield f'<text {place}{paint} xml:space="preserve">{escape(words, quote=False)}</text>'
        column += len(part)


def page(html: str, width: int, height: int, title: str) -> str:
    """The upper part of a page as a browser shows it: the page itself, in a frame of this size.

    Args:
        html: a page with its styles in it; its script is left out.
    """
    whole = _Strict()
    whole.feed(html)
    whole.close()
    head = _head(width, height, title, f' style="width:{width}px;height:{height}px;max-width:none"')
    inside = "".join(whole.parts).strip()
    return f'{head}\n<foreignObject width="{width}" height="{height}">\n{inside}\n</foreignObject>\n</svg>\n'


class _Strict(HTMLParser):
    """HTML as XML, without what a picture has no use for."""

    LEFT_OUT = frozenset({"script", "meta", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.LEFT_OUT:
            self._silent += tag not in _VOID
            return
        space = f' xmlns="{_SPACES[tag]}"' if tag in _SPACES else ""
        named = "".join(f' {_CASES.get(name, name)}="{escape(value or "")}"' for name, value in attrs)
        self.parts.append(f"<{tag}{space}{named}{'/' if tag in _VOID else ''}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.LEFT_OUT:
            self._silent -= tag not in _VOID
        elif tag not in _VOID:
            self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(escape(data, quote=False))
