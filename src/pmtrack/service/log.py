"""One line per event on standard error: for people on a terminal, as JSON elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog


def configure(form: str = "auto") -> Any:
    """The service's logger. It is given counts, ids and sentences, never a header, a body or a secret.

    Args:
        form: json, console, or auto for what suits whoever reads it.
    """
    is_console = form == "console" or (form == "auto" and sys.stderr.isatty())
    colors = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer(colors=colors) if is_console else structlog.processors.JSONRenderer()
    # A traceback as plain lines: a prettier one would show the values of variables, and so secrets.
    steps = structlog.processors
    structlog.configure(
        processors=[steps.add_log_level, steps.TimeStamper("iso", utc=True), steps.format_exc_info, renderer],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    log = structlog.get_logger()
    logging.getLogger("pmtrack").handlers = [_Told(log)]
    return log


class _Told(logging.Handler):
    """What other modules tell people (that a tracker waits, for one) is a line of the same log."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.INFO)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        self._log.log(record.levelno, record.getMessage(), logger=record.name)
