"""What came of very many lives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from support.simulation.life import Life
from support.simulation.reading import remembered_reading
from support.simulation.terrain import OracleError


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


def lived(seeds: Iterable[int], live: Callable[[int], Life]) -> Figures:
    """These lives; a broken promise does not end the others."""
    figures = Figures()
    with remembered_reading():
        for seed in seeds:
            figures.lives += 1
            try:
                figures.reached += live(seed).terrain.reached
            except OracleError as error:
                figures.broken[seed] = str(error).splitlines()[0]
    return figures
