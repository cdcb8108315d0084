"""Which branch of ours a document is proposed on: one for all of a source, or one for each folder (pure)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

HERE = "-"
"""Stands for the documents that lie in the folder itself from which folders are counted."""

_REFUSED = re.compile(r"[^\w.+,-]|^[.-]|\.(?=\.|$)|\.(?=lock$)")
"""What `git check-ref-format` refuses in a part of a branch's name, and more that is easily mistaken."""


def one(name: str) -> str:
    """The branch for all documents of a source."""
    return f"pmtrack/{_part(name)}"


def each(name: str) -> str:
    """What the branches for the folders of a source begin with; none of them is in the way of the one for all."""
    return f"pmtrack-{_part(name)}/"


def grouped(name: str, paths: Iterable[str], roots: Sequence[str], *, per_folder: bool) -> Mapping[str, list[str]]:
    """Branch -> the documents that are proposed on it.

    Args:
        name: of the source. roots: the folders from which folders are counted, none for the repository's own.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        found[each(name) + _folder(path, roots) if per_folder else one(name)].append(path)
    return found


def _folder(path: str, roots: Sequence[str]) -> str:
    """The first folder below the root that a document lies below, as a part of a branch's name."""
    above = min((root for root in roots if path.startswith(f"{root}/")), key=len, default="")
    start = [part for part in above.split("/") if part]
    folder, *rest = path.split("/")[len(start) :]
    return "/".join([*map(_part, start), _part(folder) if rest else HERE])


def _part(words: str) -> str:
    """Words as a part of a branch's name, different for different words."""
    return _REFUSED.sub(lambda sign: "".join(f"={byte:02X}" for byte in sign[0].encode(errors="replace")), words)
