"""Where documents live: one module for each kind of source, all behind `base.Source`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pmtrack.sources.base import Source
    from pmtrack.sources.settings import SourceSettings

SOURCES = {"folder": "pmtrack.sources.folder", "git": "pmtrack.sources.git.source"}
"""The kinds of source -> the module whose `connect` makes one, loaded when it is needed."""


def connect(settings: SourceSettings, base: Path) -> Source:
    """The source that a configuration names; `base` is the configuration's folder."""
    source: Source = import_module(SOURCES[settings.kind]).connect(settings, base)
    return source
