"""One way through the house: a module imports only from rows above it and from its own package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "pmtrack"

ROWS = (
    ("errors",),
    ("model",),
    ("text", "atomic", "spans", "secrets"),
    ("policy", "ready"),
    ("people",),
    ("documents", "sources", "trackers", "store"),
    ("sync", "reports"),
    ("publish",),
    ("config",),
    ("app",),
    ("cli", "service"),
)
ABOVE = {name: {other for row in ROWS[:at] for other in row} for at, row in enumerate(ROWS) for name in row}

ONLY_IN = {
    "github": "trackers/github/client.py",
    "jira": "trackers/jira/client.py",
    "sqlmodel": "store/tables.py",
    "psycopg": "store/postgres.py",
    "apscheduler": "service/scheduler.py",
    "starlette": "service/web.py",
    "uvicorn": "service/server.py",
    "prometheus_client": "service/metrics.py",
    "typer": "cli/__init__.py",
}

# What ties the two ends together and belongs to no row: cli starts the service, the package has a version.
ALLOWED = {("cli", "service"), ("cli", "__version__"), ("service", "__version__"), ("__main__", "cli")}


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            base = node.module or ""
            yield from (f"{base}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            raise AssertionError(f"{path}: relative import")


def row_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_only_from_above(path: Path) -> None:
    own = row_of(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "pmtrack" or own == "__init__":
            continue
        target = parts[1] if len(parts) > 1 else ""
        assert target == own or target in ABOVE.get(own, ()) or (own, target) in ALLOWED, f"{own} imports {target}"


@pytest.mark.parametrize(("library", "home"), ONLY_IN.items())
def test_a_library_has_one_home(library: str, home: str) -> None:
    users = {
        str(path.relative_to(PACKAGE))
        for path in modules()
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert users <= {home}


def test_every_module_has_a_row() -> None:
    assert {row_of(path) for path in modules()} - {"__init__", "__main__"} == set(ABOVE)
