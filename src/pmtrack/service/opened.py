"""The store, kept open between two looks at it, since opening takes longer than what is done with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pmtrack.service.reload import Watched
from pmtrack.store.place import locate

if TYPE_CHECKING:
    from pmtrack.store.database import Store

Key = tuple[str, Path, int | None]


@dataclass(slots=True)
class Opened:
    """May be asked by several threads at once."""

    watched: Watched
    _store: Store | None = None
    _key: Key | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def store(self) -> Store:
        """The open store: another one where the configuration names another, or its file was replaced.

        Raises:
            StoreError: it cannot be opened.
        """
        with self._lock:
            if self._store is None or self._key != self._now():
                self._drop()
                self._store = self.watched.app.store()
                self._key = self._now()
            return self._store

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._store:
            self._store.close()
        self._store = self._key = None

    def _now(self) -> Key:
        """What it is that is open."""
        config = self.watched.app.config
        file = locate(config.store, config.base).file
        try:
            return config.store, config.base, file.stat().st_ino if file else None
        except OSError:
            return config.store, config.base, None
