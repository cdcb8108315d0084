"""What waits for a person, as a list and as a sheet to decide many things at once (pure)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields

from pmtrack.errors import PmtrackError
from pmtrack.model import Acceptance, BlockState, Document, Row, Snapshot, State
from pmtrack.reports.build import error, state
from pmtrack.text import csv_cell, plain


@dataclass(frozen=True, slots=True)
class Waiting:
    """One item, or one document, that a person should look at.

    Attributes:
        id: of a document it is `source:path`.
        state: why, see `State` and `BlockState`; sentence: the same for people.
    """

    id: str
    state: State | BlockState
    source: str
    postmortem: str
    line: int
    text: str
    owner: str
    due: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of a sheet: `line` is its number there."""

    line: int
    item: str
    words: str
    reason: str


SENTENCES: Mapping[State, str] = {
    State.PROPOSED: "may be an action item: accept it, or dismiss it with a reason",
    State.TEMPLATE: "stands in a template: create it all the same, or leave it",
}
EDITED = "the report block was edited by hand: keep it, or replace it"

SHEET = (*(field.name for field in fields(Waiting)), "decision", "reason")


def waiting(snapshot: Snapshot) -> list[Waiting]:
    """Everything that is held, proposed, failed or in conflict, in the order of the documents; then edited blocks."""
    found = [found for row in snapshot.rows if (found := _waiting(row))]
    return found + [_edited(one) for one in snapshot.documents if _is_asked(one)]


def _is_asked(document: Document) -> bool:
    return document.present and document.block is not None and document.block.state is BlockState.EDITED


def _edited(document: Document) -> Waiting:
    return Waiting(
        id=f"{document.source}:{document.path}",
        state=BlockState.EDITED,
        source=document.source,
        postmortem=document.path,
        line=1,
        text=document.title,
        owner="",
        due="",
        sentence=EDITED,
    )


def _waiting(row: Row) -> Waiting | None:
    sentence = _sentence(row)
    if sentence is None or not row.known.present:
        return None
    stated = row.known.stated
    return Waiting(
        id=row.known.ident,
        state=state(row),
        source=row.known.source,
        postmortem=row.known.path,
        line=row.known.item.line,
        text=row.known.item.fields.title,
        owner=", ".join(stated.owners),
        due=stated.due.isoformat() if stated.due else "",
        sentence=sentence,
    )


def _sentence(row: Row) -> str | None:
    if row.known.acceptance is Acceptance.DISMISSED:
        return None
    if row.conflicts:
        return "; ".join(
            f"{e.name}: {e.after} stands, {e.loser} was written too: acknowledge it" for e in row.conflicts
        )
    if failed := error(row):
        return failed
    if row.hold and not (row.link and row.link.ref):
        return row.hold.sentence
    return None if row.link else SENTENCES.get(state(row))


def as_csv(items: list[Waiting]) -> str:
    """A sheet with two empty columns: a decision (as `pmtrack review` takes them), and a reason."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(SHEET)
    writer.writerows([*(csv_cell(plain(str(value))) for value in asdict(item).values()), "", ""] for item in items)
    return out.getvalue()


def decisions(sheet: str) -> Iterator[Decision]:
    """The lines of a sheet that decide something.

    Raises:
        PmtrackError: the sheet lacks one of the columns that are needed.
    """
    reader = csv.DictReader(io.StringIO(sheet))
    if missing := {"id", "decision"} - set(reader.fieldnames or ()):
        raise PmtrackError(f"the sheet has no column {' and no column '.join(sorted(missing))}: export it anew")
    for row in reader:
        if words := (row["decision"] or "").strip():
            yield Decision(reader.line_num, row["id"].strip(), words, (row.get("reason") or "").strip())
