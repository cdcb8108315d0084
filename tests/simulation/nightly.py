"""Live very many lives and print the figures: `python tests/simulation/nightly.py --seeds 100000 --first 0 --jobs 2`.

It ends with 1 where a promise was broken, and names each seed that did, whose story is told by
`python tests/simulation/nightly.py --tell SEED`. With `--github` or `--jira` they are lived on the real adapter.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.simulation.figures import Figures, lived
from support.simulation.github_board import live_on_github
from support.simulation.jira_board import live_on_jira
from support.simulation.life import Life, live
from support.simulation.terrain import OracleError

PORTIONS: Mapping[Callable[..., Life], int] = {live: 100, live_on_github: 10, live_on_jira: 5}
"""How a life is lived -> so many of them are worth the way to another process."""


def portions(first: int, seeds: int, size: int) -> Iterator[range]:
    """The seeds in parts that are worth the way to another process."""
    for start in range(first, first + seeds, size):
        yield range(start, min(start + size, first + seeds))


def tell(seed: int, way: Callable[..., Life]) -> int:
    """The story of one life; a broken promise stands before it."""
    try:
        life = way(seed, tracing=True)
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
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--github", dest="way", action="store_const", const=live_on_github, default=live)
    where.add_argument("--jira", dest="way", action="store_const", const=live_on_jira)
    chosen = parser.parse_args()
    if chosen.tell is not None:
        return tell(chosen.tell, chosen.way)
    total, began = Figures(), time.monotonic()
    with get_context("spawn").Pool(chosen.jobs) as pool:
        parts = portions(chosen.first, chosen.seeds, PORTIONS[chosen.way])
        for figures in pool.imap_unordered(partial(lived, live=chosen.way), parts):
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
