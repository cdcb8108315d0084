"""docs/images/: the status, a report block and the page, drawn from a few weeks of the example postmortems.

Everything is made by the program itself, on days that do not change. What is drawn is what it prints.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyromark
import svg

from pmtrack.app import App, Scope
from pmtrack.config import load
from pmtrack.documents import block
from pmtrack.reports import Selection, render
from pmtrack.reports.look import Look
from pmtrack.reports.render import as_table

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = 116
ASKED = "pmtrack status --overdue --due-within 14d"
SHOWN = "2026-09-14-checkout-latency.md"
FROM = b"## Action items"

BEGAN = "2026-11-04"
DAYS = (
    ("2026-11-06", "issues", "0011", "status: in_progress", "status: done"),
    ("2026-11-10", "issues", "0003", "status: open", "status: in_progress"),
    ("2026-11-13", "postmortems", "2026-09-14", "- [ ] Alert on the p95", "- [x] Alert on the p95"),
    ("2026-11-17", "issues", "0016", "status: open", "status: cancelled"),
    ("2026-11-20", "issues", "0005", "status: open", "status: done"),
    ("2026-11-21", "issues", "0012", "owner: Priya (SRE)", "owner: Lotte (Ops)"),
)
"""On a day, in a folder, in the file that begins like this, somebody writes one thing in the place of another."""

STYLE = """\
:root { color-scheme: light dark; --ground: #fff; --words: #1b1f24; --line: #d0d7de; --mark: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #12161b; --words: #e6edf3; --line: #3a444f; --mark: #7ab8ff; }
}
body { margin: 0; padding: 8px 24px; background: var(--ground); color: var(--words); }
body { font: 15px/1.45 system-ui, sans-serif; }
h2 { font-size: 1.25rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; }
td:not(:first-child) { white-space: nowrap; }
a { color: var(--mark); }
ul { padding-left: 1.2rem; }
li { list-style: none; margin: .2rem 0; }
h3 { font-size: 1rem; margin: .9rem 0 .2rem; }
"""


@dataclass
class Clock:
    """Shows the day that it was set to."""

    day: str

    def __call__(self) -> datetime:
        return datetime.fromisoformat(f"{self.day}T09:00").replace(tzinfo=UTC)


def drawn() -> dict[str, str]:
    """Name of a picture -> the picture."""
    with TemporaryDirectory() as name:
        folder, clock = Path(name), Clock(BEGAN)
        shutil.copytree(ROOT / "examples" / "postmortems", folder / "postmortems")
        shutil.copyfile(ROOT / "config" / "pmtrack.toml", folder / "pmtrack.toml")
        app = App(load(folder / "pmtrack.toml"), clock)
        app.sync(Scope(yes=True))
        for clock.day, where, start, old, new in DAYS:
            _write(folder / where, start, old, new)
            app.sync(Scope(yes=True))
        return {
            "status.svg": _status(app),
            "block.svg": _block((folder / "postmortems" / SHOWN).read_bytes()),
            "page.svg": svg.page(render(app.report(told=True), "html"), 1100, 1290, "The page of pmtrack"),
        }


def _write(folder: Path, start: str, old: str, new: str) -> None:
    (file,) = folder.glob(f"{start}*.md")
    text = file.read_text(encoding="utf-8")
    assert old in text, f"{file.name} does not say {old!r} any more"  # noqa: S101 - then the story is another one
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def _status(app: App) -> str:
    report = app.report(Selection(overdue=True, due_within=14))
    return svg.terminal([f"$ {ASKED}", *as_table(report, Look(COLUMNS, colour=True)).splitlines()], ASKED)


def _block(data: bytes) -> str:
    """The report in its document, as a viewer of Markdown shows it."""
    found = block.find(data)
    assert found is not None  # noqa: S101 - it was just written
    shown = data[data.index(FROM) : found.span.end].decode()
    options = pyromark.Options.ENABLE_TABLES | pyromark.Options.ENABLE_TASKLISTS
    html = pyromark.html(shown, options=options)
    page = f"<html><head><style>{STYLE}</style></head><body>{html}</body></html>"
    return svg.page(page, 1100, 680, "The report in a postmortem")
