"""What people call accounts; the due dates of what is open, to be asked for without the rest."""

import json
from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

FIELDS = {"items": "stated", "links": "agreed"}
"""Table -> the column whose JSON holds the due date."""


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_names")),
    )
    for table, fields in FIELDS.items():
        op.add_column(table, sa.Column("open_due", sa.Date(), nullable=True))
        op.create_index(op.f(f"ix_{table}_open_due"), table, ["open_due"])
        _fill(table, fields)


def downgrade() -> None:
    for table in FIELDS:
        op.drop_index(op.f(f"ix_{table}_open_due"), table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("open_due")
    op.drop_table("names")


def _fill(table: str, fields: str) -> None:
    """In Python: PostgreSQL takes what JSON is apart only where it has no half of an emoji in it."""
    known = sa.table(table, sa.column("ident"), sa.column(fields), sa.column("open_due", sa.Date()))
    found = op.get_bind().execute(sa.select(known.c.ident, known.c[fields])).all()
    rows = [{"key": ident, "due": due} for ident, text in found if (due := _open_due(json.loads(text)))]
    if rows:
        fill = known.update().where(known.c.ident == sa.bindparam("key")).values(open_due=sa.bindparam("due"))
        op.get_bind().execute(fill, rows)


def _open_due(said: dict[str, str | None]) -> date | None:
    is_open = said["status"] not in ("done", "cancelled")
    return date.fromisoformat(said["due"]) if said["due"] and is_open else None
