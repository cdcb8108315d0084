"""What reading a postmortem costs, side by side with a bare parse of the same Markdown.

    python benchmarks/extract.py [FOLDER]

Every document of the folder (the examples by default) is read in turn by all sides, the same number of times. Counted
is processor time, and of all rounds the quickest: what else the machine does is no property of the code. The first
line is read with nothing remembered of earlier documents, the second as in a long run. The last column compares with
markdown-it-py, which only parses.
"""

from __future__ import annotations

import functools
import gc
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyromark
from markdown_it import MarkdownIt

from pmtrack.documents import extract

ROUNDS = 15
_PEER = "bare parse by markdown-it-py"
EXAMPLES = Path(__file__).parents[1] / "examples" / "postmortems"


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    documents = [path.read_bytes() for path in sorted(folder.rglob("*.md"))]
    if not documents:
        sys.exit(f"no documents (*.md) in {folder}")
    size = sum(map(len, documents))
    items = sum(len(extract(document).items) for document in documents)
    print(f"{len(documents)} documents, {size / len(documents):,.0f} bytes and {items / len(documents):.1f} items each")
    caches = _caches()
    sides: dict[str, Callable[[], None]] = {
        "pmtrack, first documents": lambda: _forget(caches, lambda: _read(documents)),
        "pmtrack, in a long run": lambda: _read(documents),
        "bare parse by pyromark": lambda: _parse(documents),
        _PEER: lambda: _peer_parse(documents),
    }
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(ROUNDS):
        for name, side in sides.items():
            started = time.process_time()
            side()
            best[name] = min(best[name], time.process_time() - started)
    for name, seconds in best.items():
        speed, share = size / seconds / 1e6, seconds / best[_PEER]
        print(f"{name:<30}{seconds / len(documents) * 1e3:8.3f} ms a document {speed:8.1f} MB/s {share:8.2f} x")


def _read(documents: Sequence[bytes]) -> None:
    for document in documents:
        extract(document)


def _parse(documents: Sequence[bytes]) -> None:
    for document in documents:
        for _ in pyromark.events_with_range(document.decode(errors="replace"), options=pyromark.Options.ENABLE_TABLES):
            pass


def _peer_parse(documents: Sequence[bytes]) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for document in documents:
        parser.parse(document.decode(errors="replace"))


def _forget(caches: Sequence[functools._lru_cache_wrapper[object]], read: Callable[[], None]) -> None:
    for cache in caches:
        cache.cache_clear()
    read()


def _caches() -> list[functools._lru_cache_wrapper[object]]:
    """What is remembered of words in documents; the vocabulary itself stays."""
    found = [one for one in gc.get_objects() if isinstance(one, functools._lru_cache_wrapper)]
    return [one for one in found if one.__module__.startswith("pmtrack.") and (one.cache_info().maxsize or 0) > 1]


if __name__ == "__main__":
    main()
