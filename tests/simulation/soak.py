"""A simulated day of the daemon with 50,000 items: `python tests/simulation/soak.py --documents 10000 --hours 24`.

It prints a table of what the process held and what the store had each hour, and ends with 1 where something grew that
must not, or a promise was broken. `--seed` lives another day.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.simulation.terrain import OracleError
from support.soak.figures import Hour
from support.soak.scale import Scale
from support.soak.story import Story


def options() -> argparse.Namespace:
    usual = Scale()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("documents", "sources", "hours", "authors", "team", "seed"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name))
    parser.add_argument("--every", default=usual.every, help="how often each source is synced (default: %(default)s)")
    parser.add_argument("--tick", type=float, default=usual.tick, help="seconds between two looks of the daemon")
    parser.add_argument("--folder", type=Path, help="an empty one, which stays")
    return parser.parse_args()


def say(hour: Hour) -> None:
    rows = hour.database.rows
    sys.stderr.write(
        f"hour {hour.hour}: {hour.held.memory / 2**20:.0f} MB, {rows['links']} issues, {rows['history']} events, "
        f"after {hour.seconds:.0f} s\n"
    )


def main() -> int:
    chosen = vars(options())
    folder, began = chosen.pop("folder"), time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        story = Story(folder or Path(scratch), Scale(**chosen), told=say)
        try:
            figures = story.tell()
        except OracleError as error:
            sys.stdout.write(f"a promise was broken: {error}\n")
            return 1
    sys.stdout.write(f"{figures.table()}\n")
    for what, times in sorted({**story.counted, **story.terrain.reached}.items()):
        sys.stdout.write(f"{times:10} {what}\n")
    problems = figures.problems()
    sys.stdout.write("".join(f"{problem}\n" for problem in problems))
    sys.stdout.write(f"{time.monotonic() - began:.0f} s, {len(problems)} problems\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
