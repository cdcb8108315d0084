"""The configuration while the daemon runs: read anew when it changes, and kept as it was where it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pmtrack.app import App
from pmtrack.config import Config
from pmtrack.errors import ConfigError

Stamp = tuple[tuple[int, int, int] | None, ...]

FIXED = ("listen", "page", "page_header", "trusted_proxies", "log")
"""What of `[service]` is heeded at the start only."""


@dataclass(slots=True)
class Watched:
    """An app whose configuration may change.

    Args:
        load: reads the configuration file.
    """

    app: App
    load: Callable[[Path], Config]
    _stamp: Stamp = ()
    _asked: bool = field(default=False)

    def __post_init__(self) -> None:
        self._stamp = _stamp(self.app.config)

    def ask(self) -> None:
        """Read it anew though no file seems to have changed: SIGHUP."""
        self._asked = True

    def look(self, log: Any) -> bool:
        """Read it anew where it has to be. Whether another configuration holds from now on."""
        stamp = _stamp(self.app.config)
        if stamp == self._stamp and not self._asked:
            return False
        self._stamp, self._asked = stamp, False
        try:
            config = self.load(self.app.config.file)
        except ConfigError as error:
            for problem in error.problems:
                log.error("configuration not taken: the earlier one holds", problem=problem)
            return False
        for key in FIXED:
            if getattr(config.service, key) != getattr(self.app.config.service, key):
                log.warning("this takes a restart", key=f"service.{key}")
        self.app = replace(self.app, config=config)
        self._stamp = _stamp(config)
        log.info("configuration taken", config=str(config.file), sources=len(config.sources))
        return True


def _stamp(config: Config) -> Stamp:
    people = config.base / config.people if config.people else None
    return tuple(_of(path) for path in (config.file, people) if path)


def _of(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns
