"""What the place where a table is shown can do."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

WIDTH = 120
"""Columns of a table that no terminal shows."""

LINKING: Mapping[str, frozenset[str]] = {
    "TERM_PROGRAM": frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "mintty"}),
    "TERM": frozenset({"xterm-kitty", "alacritty", "foot", "foot-extra", "contour", "xterm-ghostty"}),
}
"""A variable -> the values of it by which a terminal says that it has hyperlinks (OSC 8)."""

LINKING_BY_PRESENCE = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM")
VTE_WITH_LINKS = 5000


@dataclass(frozen=True, slots=True)
class Look:
    """Attributes:
    width: columns. colour, links: whether escape sequences for them are understood.
    """

    width: int = WIDTH
    colour: bool = False
    links: bool = False


PLAIN = Look()


def look_of(stream: TextIO, environment: Mapping[str, str]) -> Look:
    """Of a terminal; of anything else plain text. NO_COLOR, FORCE_COLOR and FORCE_HYPERLINK are obeyed."""
    terminal = stream.isatty()
    able = terminal and environment.get("TERM") != "dumb"
    return Look(
        width=shutil.get_terminal_size((WIDTH, 24)).columns if terminal else WIDTH,
        colour=(able or bool(environment.get("FORCE_COLOR"))) and not environment.get("NO_COLOR"),
        links=able and _has_links(environment),
    )


def _has_links(environment: Mapping[str, str]) -> bool:
    if (forced := environment.get("FORCE_HYPERLINK")) is not None:
        return forced not in ("", "0", "false", "no")
    named = any(environment.get(name) in values for name, values in LINKING.items())
    vte = environment.get("VTE_VERSION", "")
    new_vte = vte.isascii() and vte.isdigit() and int(vte) >= VTE_WITH_LINKS
    return named or new_vte or any(name in environment for name in LINKING_BY_PRESENCE)
