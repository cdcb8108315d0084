"""Things that are an id and a name: statuses, priorities, resolutions. They can be renamed and deleted."""

from __future__ import annotations

from collections.abc import Iterable


class Named(dict[int, str]):
    """Id -> name, in their order."""

    def __init__(self, first: int, names: Iterable[str] = ()) -> None:
        super().__init__(enumerate(names, first))
        self._next = max(self, default=first - 1) + 1

    def id_of(self, name: str) -> int | None:
        return next((ident for ident, one in self.items() if one.lower() == name.lower()), None)

    def ensure(self, name: str) -> int:
        """The id, new for a name that was not known."""
        ident = self.id_of(name)
        if ident is None:
            ident, self._next = self._next, self._next + 1
            self[ident] = name
        return ident

    def rename(self, old: str, new: str) -> None:
        self[self.ensure(old)] = new
