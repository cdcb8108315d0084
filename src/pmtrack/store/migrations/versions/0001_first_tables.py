"""The first tables."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cursors",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("cursor", sa.String(), nullable=False),
        sa.Column("last_success", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "digests",
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("period", "recipient", name=op.f("pk_digests")),
    )
    op.create_table(
        "documents",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("extractor", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("incident_date", sa.Date(), nullable=True),
        sa.Column("written", sa.Date(), nullable=True),
        sa.Column("severity", sa.String(), nullable=True),
        sa.Column("is_template", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("problems", sa.String(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("lines", sa.String(), nullable=False),
        sa.Column("block", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "path", name=op.f("pk_documents")),
    )
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_documents_review_on"), ["review_on"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_documents_source_path_version_present_extractor"),
            ["source", "path", "version", "present", "extractor"],
            unique=False,
        )

    op.create_table(
        "history",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ident", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("loser", sa.String(), nullable=True),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("run", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_history_acknowledged"), ["acknowledged"], unique=False)
        batch_op.create_index(batch_op.f("ix_history_ident"), ["ident"], unique=False)

    op.create_table(
        "holds",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("idents", sa.String(), nullable=False),
        sa.Column("sentence", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_holds_source"), ["source"], unique=False)

    op.create_table(
        "items",
        sa.Column("ident", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("stated", sa.String(), nullable=False),
        sa.Column("first_seen", sa.Date(), nullable=False),
        sa.Column("due_source", sa.String(), nullable=True),
        sa.Column("acceptance", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("waiting", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("acceptance IN ('accepted', 'proposed', 'dismissed')", name=op.f("ck_items_acceptance")),
        sa.ForeignKeyConstraint(
            ["source", "path"], ["documents.source", "documents.path"], name=op.f("fk_items_source_path")
        ),
        sa.PrimaryKeyConstraint("ident", name=op.f("pk_items")),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_items_source_path"), ["source", "path"], unique=False)
        batch_op.create_index(batch_op.f("ix_items_waiting"), ["waiting"], unique=False)

    op.create_table(
        "intentions",
        sa.Column("ident", sa.String(), nullable=False),
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("marker", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("sent", sa.String(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("high_mark", sa.String(), nullable=False),
        sa.Column("tries", WHOLE, nullable=False),
        sa.ForeignKeyConstraint(["ident"], ["items.ident"], name=op.f("fk_intentions_ident")),
        sa.PrimaryKeyConstraint("ident", name=op.f("pk_intentions")),
    )
    op.create_table(
        "links",
        sa.Column("ident", sa.String(), nullable=False),
        sa.Column("tracker", sa.String(), nullable=False),
        sa.Column("issue_id", sa.String(), nullable=True),
        sa.Column("ref", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("issue", sa.String(), nullable=False),
        sa.Column("agreed", sa.String(), nullable=False),
        sa.Column("due_source", sa.String(), nullable=True),
        sa.Column("unstated", sa.String(), nullable=False),
        sa.Column("adopted", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("orphaned", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["ident"], ["items.ident"], name=op.f("fk_links_ident")),
        sa.PrimaryKeyConstraint("ident", name=op.f("pk_links")),
        sa.UniqueConstraint("tracker", "issue_id", name=op.f("uq_links_tracker_issue_id")),
    )


def downgrade() -> None:
    op.drop_table("links")
    op.drop_table("intentions")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_items_waiting"))
        batch_op.drop_index(batch_op.f("ix_items_source_path"))

    op.drop_table("items")
    with op.batch_alter_table("holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_holds_source"))

    op.drop_table("holds")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_ident"))
        batch_op.drop_index(batch_op.f("ix_history_acknowledged"))

    op.drop_table("history")
    with op.batch_alter_table("documents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_documents_source_path_version_present_extractor"))
        batch_op.drop_index(batch_op.f("ix_documents_review_on"))

    op.drop_table("documents")
    op.drop_table("digests")
    op.drop_table("cursors")
