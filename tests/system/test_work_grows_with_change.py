"""A sync where nothing happened looks at each document's identity and at nothing else; one change costs one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import pytest

from pmtrack.publish import reports as publishing
from pmtrack.sources.folder import FolderSource
from pmtrack.sync import documents as reading
from support.crash_effects import statements
from support.desk import Desk, assert_quiet

ITEMS = 4
WRITES = ("INSERT INTO", "UPDATE")


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """What a run does: documents read, extractions, questions to the store, and rows put into its tables."""
    seen: Counter[str] = Counter()

    def asked(place: str) -> None:
        sql = place.partition("before sql ")[2]
        for verb in WRITES:
            if sql.startswith(verb):
                seen[f"write of {sql.removeprefix(verb).split()[0]}"] += 1
        seen["questions"] += bool(sql)

    with ExitStack() as stack:
        stack.enter_context(statements(asked))
        for owner, name in ((FolderSource, "read"), (reading, "extract"), (publishing, "extract")):
            stack.enter_context(mock.patch.object(owner, name, _counting(getattr(owner, name), seen, name)))
        yield seen


def _counting(call: object, seen: Counter[str], name: str) -> object:
    def counts(*arguments: object, **named: object) -> object:
        seen[name] += 1
        return call(*arguments, **named)  # type: ignore[operator]

    return counts


def synced(folder: Path, documents: int) -> Desk:
    folder.mkdir()
    desk = Desk.in_memory(folder)
    for number in range(documents):
        desk.write(*(f"- [ ] Add alert {item} to service {number}" for item in range(ITEMS)), path=f"{number}.md")
    desk.run(yes=True)
    assert_quiet(desk)
    desk.memory.calls.clear()
    return desk


def run_counted(desk: Desk) -> Counter[str]:
    with counted() as seen:
        desk.run()
    return seen


@pytest.fixture(scope="module", params=[3, 40], ids=lambda count: f"{count} documents")
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return synced(tmp_path_factory.mktemp("place") / "folder", request.param)


def test_nothing_is_read_and_only_the_heartbeat_is_written(desk: Desk) -> None:
    desk.memory.calls.clear()
    before = desk.rows()
    seen = run_counted(desk)
    assert desk.rows() == before
    assert desk.memory.calls == {"listing": 1}
    assert (seen["read"], seen["extract"]) == (0, 0)
    assert {what for what in seen if what.startswith("write")} == {"write of cursors"}


def test_a_change_in_one_document_costs_the_same_among_few_and_among_many(tmp_path: Path) -> None:
    costs = []
    for documents in (3, 40):
        desk = synced(tmp_path / str(documents), documents)
        quiet = run_counted(desk)
        desk.write(*(f"- [x] Add alert {item} to service 1" for item in range(ITEMS)), path="1.md")
        seen = run_counted(desk)
        assert seen["read"] == 1 + 1  # to look, and to write the report
        assert desk.memory.calls["update"] == ITEMS
        costs.append(seen - quiet)
        assert_quiet(desk)
    assert costs[0] == costs[1]
