"""Live very many lives and print the figures: `python tests/simulation/nightly.py --seeds 100000 --first 0 --jobs 2`.

It ends with 1 where a promise was broken, and names each seed that did, whose story is told by
`python tests/simulation/nightly.py --tell SEED`. With `--github` they are lived on the real adapter, over a socket.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.simulation.github_board import live_on_github
from support.simulation.life import live
from support.simulation.reading import remembered_reading
from support.simulation.terrain import OracleError

PORTION = 100


@dataclass(slots=True)
class Figures:
    """What came of some lives. `broken`: seed -> what it says."""

    lives: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)

    def __iadd__(self, other: Figures) -> Figures:
        self.lives += other.lives
        self.reached += other.reached
        self.broken |= other.broken
        return self


def lived(seeds: Sequence[int], *, github: bool = False) -> Figures:
    """These lives; a broken promise does not end the others."""
    figures = Figures()
    with remembered_reading():
        for seed in seeds:
            figures.lives += 1
            try:
                figures.reached += (live_on_github if github else live)(seed).terrain.reached
            except OracleError as error:
                figures.broken[seed] = str(error).splitlines()[0]
    return figures


def portions(first: int, seeds: int) -> Iterator[range]:
    """The seeds in parts that are worth the way to another process."""
    for start in range(first, first + seeds, PORTION):
        yield range(start, min(start + PORTION, first + seeds))


def tell(seed: int, *, github: bool = False) -> int:
    """The story of one life; a broken promise stands before it."""
    try:
        life = (live_on_github if github else live)(seed, tracing=True)
    except OracleError as error:
        sys.stdout.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(life.terrain.trace) + "\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tell", type=int, metavar="SEED")
    parser.add_argument("--github", action="store_true")
    chosen = parser.parse_args()
    if chosen.tell is not None:
        return tell(chosen.tell, github=chosen.github)
    total, began = Figures(), time.monotonic()
    with get_context("spawn").Pool(chosen.jobs) as pool:
        for figures in pool.imap_unordered(partial(lived, github=chosen.github), portions(chosen.first, chosen.seeds)):
            total += figures
            for words in figures.broken.values():
                sys.stdout.write(f"{words}\n")
                sys.stdout.flush()
            speed = total.lives / (time.monotonic() - began)
            sys.stderr.write(f"\r{total.lives} lives, {speed:.1f} a second, {len(total.broken)} broken promises ")
    sys.stderr.write("\n")
    for what, times in sorted(total.reached.items()):
        sys.stdout.write(f"{times:10} {what}\n")
    sys.stdout.write(f"{total.lives} lives, {len(total.broken)} broken promises\n")
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
