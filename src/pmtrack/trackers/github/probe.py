"""The issues after a number, by direct reads: the only way to see what a list does not show yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pmtrack.trackers.github.desk import Desk, Json
from pmtrack.trackers.github.refs import Place

LOOKED_AT = 500
"""Numbers; as many issues as an account can make in an hour."""

NOT_THERE = 3
"""Numbers in a row that are none, behind the newest that the list knows. Discussions take numbers too."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Reads one number after the other."""

    desk: Desk

    def after(self, start: Place) -> Iterator[tuple[Place, Json]]:
        """The issues and pull requests with a higher number in the same repository.

        Raises:
            TrackerError: one could not be asked for, or we may not look into the repository.
        """
        home, absent, end = self.desk.home, 0, 0
        for number in range(start.number + 1, start.number + 1 + LOOKED_AT):
            place = Place(start.repository, number)
            answer = home.client.read(place.path)
            absent = absent + 1 if answer.status == 404 else 0
            if absent == NOT_THERE:
                end = self._newest(place)
            if absent >= NOT_THERE and number >= end:
                return
            if answer.status not in (404, 410):
                yield place, home.good(answer).issue()

    def _newest(self, place: Place) -> int:
        """The highest number that the list knows; and the proof that nothing was there, rather than hidden from us."""
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": 1}
        path = place.path.rpartition("/")[0]
        found = self.desk.home.good(self.desk.home.client.read(path, query)).entries()
        return max((int(entry.get("number") or 0) for entry in found), default=0)
