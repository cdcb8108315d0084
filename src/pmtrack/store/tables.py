"""The tables. The only module that knows SQLModel; what a column holds is said in `values`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

# Constraints without a name could not be changed by a later migration on SQLite.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = SQLModel.metadata


class Whole(TypeDecorator[int]):
    """A whole number of 64 bits, as SQLite has them anyway."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        # SQLite counts by itself in columns only that are called INTEGER.
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class DocumentRow(SQLModel, table=True):
    """The index holds what a sync asks of every document, so that the rest of the rows is not read for it."""

    __tablename__ = "documents"
    __table_args__ = (Index(None, "source", "path", "version", "present", "extractor"),)

    source: str = Field(primary_key=True)
    path: str = Field(primary_key=True)
    version: str
    extractor: str
    title: str
    first_seen: date
    incident_date: date | None
    written: date | None
    severity: str | None
    is_template: bool
    confidential: bool
    present: bool
    problems: str
    review_on: date | None = Field(index=True)
    lines: str
    block: str | None
    actor: str | None
    evidence: str | None
    matter: str | None
    changed_at: datetime = Field(sa_column_kwargs={"server_default": "1970-01-01 00:00:00"})


class ItemRow(SQLModel, table=True):
    __tablename__ = "items"
    __table_args__ = (
        ForeignKeyConstraint(["source", "path"], ["documents.source", "documents.path"]),
        Index(None, "source", "path"),
        CheckConstraint("acceptance IN ('accepted', 'proposed', 'dismissed')", name="acceptance"),
    )

    ident: str = Field(primary_key=True)
    source: str
    path: str
    position: int = Field(sa_type=Whole)
    item: str
    stated: str
    first_seen: date
    due_source: str | None
    acceptance: str
    decision: str | None
    present: bool
    waiting: bool = Field(default=False, index=True, sa_column_kwargs={"server_default": false()})
    open_due: date | None = Field(default=None, index=True)


class LinkRow(SQLModel, table=True):
    """`issue_id` stands in `ref` as well: here it makes sure that an issue has one item; empty once it is gone.

    `open_due` stands in `agreed` (of an item: in `stated`) as well: the due date of what is not closed, for asking what
    is overdue without reading the rest.
    """

    __tablename__ = "links"
    __table_args__ = (UniqueConstraint("tracker", "issue_id"),)

    ident: str = Field(primary_key=True, foreign_key="items.ident")
    tracker: str
    issue_id: str | None
    ref: str | None
    document: str
    issue: str
    agreed: str
    due_source: str | None
    unstated: str
    adopted: bool
    gone: bool
    orphaned: bool
    error: str | None
    open_due: date | None = Field(default=None, index=True)


class IntentionRow(SQLModel, table=True):
    __tablename__ = "intentions"

    ident: str = Field(primary_key=True, foreign_key="items.ident")
    tracker: str
    marker: str
    document: str
    sent: str
    sent_at: datetime
    high_mark: str
    tries: int = Field(sa_type=Whole)


class HistoryRow(SQLModel, table=True):
    __tablename__ = "history"

    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    at: datetime
    ident: str = Field(index=True)
    kind: str
    name: str
    before: str | None
    after: str | None
    side: str | None
    actor: str | None
    evidence: str | None
    loser: str | None
    acknowledged: bool = Field(index=True)
    run: str


class HoldRow(SQLModel, table=True):
    __tablename__ = "holds"

    id: str = Field(primary_key=True)
    kind: str
    source: str = Field(index=True)
    idents: str
    sentence: str


class CursorRow(SQLModel, table=True):
    """The heartbeat: one row for each source and tracker, updated in place."""

    __tablename__ = "cursors"

    name: str = Field(primary_key=True)
    cursor: str = ""
    last_success: datetime | None = None
    error: str | None = None


class DigestRow(SQLModel, table=True):
    """One row for each period and recipient of a digest or a reminder, claimed before it is sent, see `outbox`."""

    __tablename__ = "digests"

    period: str = Field(primary_key=True)
    recipient: str = Field(primary_key=True)
    claimed_at: datetime
    sent_at: datetime | None = None
    outcome: str = Field(default="sending", sa_column_kwargs={"server_default": "sending"})
    tries: int = Field(default=1, sa_column_kwargs={"server_default": "1"}, sa_type=Whole)
    retry_at: datetime | None = None
    error: str | None = None


class NameRow(SQLModel, table=True):
    """What people call an account of a tracker, where that is another word."""

    __tablename__ = "names"

    account: str = Field(primary_key=True)
    name: str


class RequestRow(SQLModel, table=True):
    """What an account asked of a server within the last hour: one line of its journal.

    A number is never given twice, so that nobody who has read up to one misses a line.
    """

    __tablename__ = "requests"
    __table_args__ = (Index(None, "account", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    account: str
    at: float
    what: str


class LeaseRow(SQLModel, table=True):
    """Who may do a piece of work now, see `lease`. Times are seconds since 1970, by the clock of the database."""

    __tablename__ = "leases"

    name: str = Field(primary_key=True)
    holder: str
    epoch: int = Field(sa_type=Whole)
    until: float | None
    began: float


class HintRow(SQLModel, table=True):
    """An issue that is to be read directly by the next run that has to do with it, see `Store.hints`.

    A hint that is given again gets a new number, so that whoever dealt with the earlier one does not take it away.
    An urgent one is not to wait until its source is due.
    """

    __tablename__ = "hints"
    __table_args__ = (UniqueConstraint("tracker", "issue_id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=Whole)
    tracker: str
    issue_id: str
    urgent: bool


class DeliveryRow(SQLModel, table=True):
    """A webhook's delivery that was heard already."""

    __tablename__ = "deliveries"

    id: str = Field(primary_key=True)
    at: datetime = Field(index=True)
