"""Where a digest can be sent: one function for each scheme."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pmtrack import atomic
from pmtrack.errors import PmtrackError


def send(to: str, text: str, base: Path) -> None:
    """Send a digest.

    Args:
        to: "file:PATH", relative to `base`, or "stdout:".

    Raises:
        PmtrackError: it was certainly not sent.
    """
    scheme = scheme_of(to)
    CHANNELS[scheme](to.removeprefix(f"{scheme}:"), text, base)


def scheme_of(to: str) -> str:
    """The channel that a recipient names.

    Raises:
        ValueError: a sentence, where this version has no such channel.
    """
    scheme, colon, rest = to.partition(":")
    if not colon or scheme not in CHANNELS or (scheme == "file" and not rest):
        raise ValueError(f"{to!r} is no recipient of this version: write file:digest.md or stdout:")
    return scheme


def _file(path: str, text: str, base: Path) -> None:
    target = base / path
    try:
        try:
            _, stamp = atomic.read(target)
        except FileNotFoundError:
            atomic.create(target, text.encode())
        else:
            atomic.replace(target, text.encode(), stamp)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise PmtrackError(
            f"the digest cannot be written to {path} ({why}): see that its folder is there and may be written to"
        ) from None


def _stdout(_path: str, text: str, _base: Path) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


CHANNELS: Mapping[str, Callable[[str, str, Path], None]] = {"file": _file, "stdout": _stdout}
