"""How a store is opened: migrated, or only to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from pmtrack.store.engine import IN_MEMORY, connect, copy, stands_at
from pmtrack.store.look import look
from pmtrack.store.place import HEAD, Place, outdated, revision


def opened(place: Place, *, create: bool) -> Engine:
    """An engine on a store whose tables are what this version needs.

    Args:
        create: False to look only, see `Store.open`.
    """
    if place.server:
        return _on_server(place, create=create)
    found = look(place, lambda connection: revision(connection, place), None)
    if create:
        return _upgraded(connect(place), place, found)
    return _upgraded(copy(place.file) if place.file and place.file.exists() else connect(IN_MEMORY), place, found)


def _on_server(place: Place, *, create: bool) -> Engine:
    engine = connect(place)
    with _closed_in_the_end(engine), engine.connect() as connection:
        found = stands_at(connection, place)
    if create or found == HEAD:
        return _upgraded(engine, place, found)
    engine.dispose()
    if found:
        raise outdated(place)
    return _upgraded(connect(IN_MEMORY), IN_MEMORY, None)


def _upgraded(engine: Engine, place: Place, found: str | None) -> Engine:
    if found == HEAD:
        return engine
    # Alembic takes longer to load than a sync of a small folder, and is hardly ever needed.
    from pmtrack.store.migrations import upgrade  # noqa: PLC0415

    with _closed_in_the_end(engine):
        upgrade(engine, place)
    return engine


@contextmanager
def _closed_in_the_end(engine: Engine) -> Iterator[None]:
    """Where it fails nobody else will close it."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise
