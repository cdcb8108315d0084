"""How alembic runs the migrations: on the connection that `upgrade` hands over."""

from typing import Any, Literal

from alembic import context

from pmtrack.store.tables import metadata

PLAIN = {"AutoString": "sa.String()", "UTCDateTime": "sa.DateTime(timezone=True)"}


def render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """SQLModel's own column types as plain ones, so that a migration does not depend on its version."""
    return PLAIN.get(type(item).__name__, False) if kind == "type" else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=render,
)
context.run_migrations()
