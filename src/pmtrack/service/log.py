"""One line per event on standard error: for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def configure() -> Any:
    """The service's logger. It is given counts and sentences, never a header, a body or a secret."""
    terminal = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.processors.TimeStamper("iso", utc=True), renderer],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    return structlog.get_logger()
