"""The highest number that a folder of issues ever gave.

A number is an issue's id. Given again after its issue was deleted, it would tie the old item to the new issue.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pmtrack import atomic

FILE = ".last-number"
MAX_BYTES = 100
DIGITS = 9


def last(folder: Path) -> int:
    """The number that was given last; 0 where none was, or where the file was damaged."""
    return _read(folder / FILE)[0]


def reserve(folder: Path, highest: Callable[[], int]) -> int:
    """A number above every one that is there (`highest`) or was given, and that nobody else is given.

    Raises:
        FileExistsError, atomic.Changed: somebody else reserved one at this moment; ask again.
        OSError: as the system says. Nothing was reserved then.
    """
    path = folder / FILE
    given, stamp = _read(path)
    number = max(given, highest()) + 1
    data = f"{number}\n".encode()
    if stamp is None:
        atomic.create(path, data)
    else:
        atomic.replace(path, data, stamp)
    return number


def _read(path: Path) -> tuple[int, atomic.Stamp | None]:
    try:
        data, stamp = atomic.read(path, at_most=MAX_BYTES)
    except FileNotFoundError:
        return 0, None
    return int(data) if data.strip().isdigit() and len(data) < DIGITS else 0, stamp
