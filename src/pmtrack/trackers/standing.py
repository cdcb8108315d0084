"""Whether anything changed in a folder, without a look into its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

TICK = 2_000_000_000
"""Nanoseconds. A file that was changed so lately may change again with the same times: clocks of file systems are
coarse, up to 2 s on FAT (the "racy" entries of git's index are the same)."""


def mark(folder: Path, names: Iterable[str], now: int) -> str:
    """A digest of who these files are and when they changed, "" where it would prove nothing.

    The times of the last change of the inodes are in it: nobody can set those back. That of the folder is as well, so
    that a folder is never again what it was: what came and went in between is a change.

    Args:
        now: nanoseconds since 1970, before anything was looked at.
    """
    seen = hashlib.sha256()
    for name in ("", *sorted(names)):
        try:
            found = os.lstat(folder / name)
        except OSError:
            return ""
        if found.st_ctime_ns > now - TICK:
            return ""
        stamp = (name, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        seen.update(repr(stamp).encode("utf-8", "surrogateescape"))
    return seen.hexdigest()
