"""`pmtrack extract`: what documents hold, without any configuration."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pmtrack import atomic
from pmtrack.documents import as_json, extract
from pmtrack.errors import DocumentError
from pmtrack.text import plain

MAX_BYTES = 16_000_000

COLUMNS = ("line", "status", "owner", "due", "priority", "text")


def run(paths: Sequence[Path], output: str) -> int:
    """Print the items of every document; a document that cannot be read is a sentence and exit code 1."""
    answers, problems = [], []
    for path in documents(paths):
        try:
            answers.append(as_json(extract(read(path), str(path))))
        except DocumentError as error:
            problems.append(str(error))
    print(json.dumps(answers, ensure_ascii=False, indent=2) if output == "json" else _table(answers))
    for problem in problems:
        print(f"pmtrack: {plain(problem)}", file=sys.stderr)
    return 1 if problems else 0


def documents(paths: Sequence[Path]) -> Iterable[Path]:
    """The files that are named, and the Markdown files of the folders that are."""
    for path in paths:
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def read(path: Path) -> bytes:
    """What a file holds.

    Raises:
        DocumentError: it cannot be read.
    """
    try:
        data, _ = atomic.read(path.resolve(), at_most=MAX_BYTES)
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}: name a readable Markdown file") from None
    return data


def _table(answers: Sequence[dict[str, Any]]) -> str:
    return "\n\n".join(_document(answer) for answer in answers)


def _document(answer: dict[str, Any]) -> str:
    kind = ", a template" if answer["is_template"] else ""
    head = f"{plain(answer['path'])}: {plain(answer['title'])} ({len(answer['items'])} items{kind})"
    rows = [[plain(str(item[name] or "")) for name in COLUMNS] for item in answer["items"]]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(len(COLUMNS) - 1)]
    lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]) for row in rows]
    return "\n".join([head, *(f"  {line.rstrip()}" for line in lines)])
