"""A folder of issue files keeps every tracker's promises."""

from __future__ import annotations

from pathlib import Path

from tracker_suite import TrackerContract

from pmtrack.model import Issue
from pmtrack.trackers import connect
from pmtrack.trackers.base import Tracker
from pmtrack.trackers.settings import FilesSettings


class TestFiles(TrackerContract):
    def fresh(self, folder: Path) -> Tracker:
        self.folder = folder
        return connect("board", FilesSettings(kind="files", path=Path("issues")), folder)

    def edit(self, tracker: Tracker, issue: Issue, status: str, title: str) -> None:
        path = self.folder / issue.ref.url
        text = path.read_text(encoding="utf-8").replace("status: open", f"status: {status}")
        path.write_text(text.replace(f"title: {issue.fields.title}", f"title: {title}"), encoding="utf-8")

    def delete(self, tracker: Tracker, issue: Issue) -> None:
        (self.folder / issue.ref.url).unlink()

    def trace(self, tracker: Tracker) -> object:
        return sorted((path, path.read_bytes(), path.stat().st_ino) for path in self.folder.rglob("*.md"))
