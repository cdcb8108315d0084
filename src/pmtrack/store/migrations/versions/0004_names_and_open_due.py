"""What people call accounts; the due dates of what is open, to be asked for without the rest."""

from collections.abc import Sequence

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
    said = sa.type_coerce(sa.column(fields), sa.JSON)
    due, status = said["due"].as_string(), said["status"].as_string()
    known = sa.table(table, sa.column(fields), sa.column("open_due"))
    is_open = sa.or_(status.is_(None), status.not_in(["done", "cancelled"]))
    op.execute(known.update().where(due.is_not(None), is_open).values(open_due=due))
