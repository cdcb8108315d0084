"""The cases of tests/documents/cases, which anybody can add to (see the README there)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pmtrack.documents import extract
from pmtrack.model import ActionItem

_ROOT = Path(__file__).parents[2]
_CASES = _ROOT / "tests" / "documents" / "cases"
_EXAMPLES = _ROOT / "examples" / "postmortems"
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Case:
    """One heading of a file of cases."""

    name: str
    data: bytes
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def _case(name: str, body: str) -> Case:
    fence = re.search(r"^~~~~\n(.*?)^~~~~$", body, re.MULTILINE | re.DOTALL)
    file = re.search(r"^File: (\S+)$", body, re.MULTILINE)
    assert fence or file, f"{name}: no input"
    data = fence[1].encode() if fence else (_EXAMPLES / file[1]).read_bytes()
    rest = body[fence.end() :] if fence else body[file.end() :]
    lines = [line for line in rest.splitlines() if line.startswith("|")]
    table = [tuple(cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip())[1:-1]) for line in lines]
    assert table or "No items." in rest, f"{name}: no expected items"
    return Case(name, data, table[0] if table else ("line",), tuple(table[2:]))


def _cases() -> list[Case]:
    found = []
    for path in sorted(_CASES.glob("*.md")):
        if path.name != "README.md":
            for part in re.split(
                r"^## (?=.*\n\n(?:~~~~|File: ))", path.read_text(encoding="utf-8"), flags=re.MULTILINE
            )[1:]:
                name, _, body = part.partition("\n")
                found.append(_case(f"{path.stem}: {name}", body))
    return found


def _value(item: ActionItem, column: str) -> str:
    stated = item.fields
    values = {
        "line": item.line,
        "text": stated.title,
        "status": stated.status.value if stated.status else "",
        "owner": ", ".join(stated.owners),
        "due": stated.due or "",
        "horizon": item.horizon or "",
        "priority": stated.priority or "",
        "ticket": item.ticket or "",
        "kind": item.kind or "",
        "problems": "; ".join(item.problems),
        "sure": "" if item.confidence >= 0.5 else "suggestion",
    }
    return str(values[column])


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case.name)
def test_a_case_gives_exactly_its_items(case: Case) -> None:
    """Every column that the case names agrees, item for item."""
    found = extract(case.data).items
    assert [tuple(_value(item, column) for column in case.columns) for item in found] == list(case.rows)
