"""What the front matter of a document says, and when its words were first seen as they are."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("documents", sa.Column("matter", sa.String(), nullable=True))
    default = sa.text("'1970-01-01 00:00:00'")
    op.add_column("documents", sa.Column("changed_at", MOMENT, nullable=False, server_default=default))
    _fill()


def downgrade() -> None:
    with op.batch_alter_table("documents") as batch:
        batch.drop_column("changed_at")
        batch.drop_column("matter")


def _fill() -> None:
    """When a document changed last is not known; it was not before it was first seen."""
    known = sa.table("documents", sa.column("first_seen", sa.Date()), sa.column("changed_at", MOMENT))
    days = op.get_bind().execute(sa.select(known.c.first_seen).distinct()).scalars().all()
    rows = [{"day": day, "moment": _beginning(day)} for day in days]
    if rows:
        fill = known.update().where(known.c.first_seen == sa.bindparam("day"))
        op.get_bind().execute(fill.values(changed_at=sa.bindparam("moment")), rows)


def _beginning(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
