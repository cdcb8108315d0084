"""A reading view of text that was saved as UTF-8 and read as something else."""

from __future__ import annotations

import re

_LEADS = frozenset(
    char for at in range(0xC2, 0xF5) for name in ("mac_roman", "cp1252") for char in bytes([at]).decode(name)
)
"""What the first byte of a character of UTF-8 was read as."""
_RUN = re.compile(r"[^\x00-\x7f]{2,}")
_SUSPECT = re.compile(rf"[{re.escape(''.join(sorted(_LEADS)))}](?=[^\x00-\x7f])")


def _western(run: str) -> bytes:
    return b"".join(_western_byte(char) for char in run)


def _western_byte(char: str) -> bytes:
    return bytes([ord(char)]) if 0x80 <= ord(char) <= 0xFF else char.encode("cp1252")


def _macintosh(run: str) -> bytes:
    return run.encode("mac_roman")


def _repaired(run: str) -> str:
    for encode in (_macintosh, _western):
        try:
            return encode(run).decode("utf-8")
        except UnicodeError:
            continue
    return run


def is_meant(text: str) -> bool:
    """Whether nothing in a text that is not ASCII looks as if it was misread."""
    return not _SUSPECT.search(text)


def pieces(text: str) -> list[tuple[int, int, str]]:
    """The text as pieces `(start, end, reading)`; start and end count characters of `text`."""
    if text.isascii() or is_meant(text):
        return [(0, len(text), text)] if text else []
    found: list[tuple[int, int, str]] = []
    at = 0
    for match in _RUN.finditer(text):
        reading = _repaired(match.group()) if match.group()[0] in _LEADS else match.group()
        if reading != match.group():
            if match.start() > at:
                found.append((at, match.start(), text[at : match.start()]))
            found.append((match.start(), match.end(), reading))
            at = match.end()
    if at < len(text):
        found.append((at, len(text), text[at:]))
    return found


def repair(text: str) -> str:
    """The text as it was meant."""
    return "".join(reading for _, _, reading in pieces(text))
