"""The daemon's side towards HTTP; without an address, or the extra `web`, there is none."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from pmtrack.errors import ConfigError
from pmtrack.service.guard import guard
from pmtrack.service.listener import Listener, Nobody
from pmtrack.service.reload import Watched

WEB = ("starlette", "uvicorn", "prometheus_client")
"""What comes with the extra `web`."""


@contextmanager
def answering(watched: Watched, log: Any, environment: Mapping[str, str] = os.environ) -> Iterator[Listener]:
    """Answer by HTTP while the block runs, if the configuration wants that and the extra is there.

    Yields:
        What is to be told what the daemon does.

    Raises:
        ConfigError: nobody can listen at the address that the configuration names (at that of the defaults it is a line
            in the log); or the page would be open to anybody.
    """
    config = watched.app.config
    if not config.service.listen:
        yield Nobody()
        return
    guarding = guard(config, environment) if config.service.page else None
    if not all(find_spec(name) for name in WEB):
        log.warning("no HTTP: install pmtrack[web] to have health, metrics and webhooks, or set service.listen to ''")
        yield Nobody()
        return
    from pmtrack.service.behind import Behind  # noqa: PLC0415 - cannot be loaded without the extra
    from pmtrack.service.server import bind, serving  # noqa: PLC0415
    from pmtrack.service.web import site  # noqa: PLC0415

    try:
        bound = bind(config.service.listen)
    except ConfigError as error:
        if "listen" in config.service.model_fields_set:
            raise
        log.warning("no HTTP", reason=str(error))
        yield Nobody()
        return
    with Behind.made(watched, log, environment, guarding) as behind, serving(site(behind.door), bound) as address:
        log.info("listening", address=address)
        yield behind.metrics
