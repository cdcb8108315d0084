"""A folder of Markdown issues, `0001-short-title.md`: the embedded default, made to be read and edited by hand.

The number in the file's name is the issue's id; the rest of the name is for people and may be changed. Everything that
pmtrack does not need is left as it is.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pmtrack import atomic
from pmtrack.errors import TrackerError
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef, Marker, Status
from pmtrack.text import one_line
from pmtrack.trackers import body, frontmatter
from pmtrack.trackers.base import Listing, Missing
from pmtrack.trackers.frontmatter import HeadError, Sheet
from pmtrack.trackers.settings import FilesSettings

MAX_BYTES = 1_000_000
TRIES = 3

_NAME = re.compile(r"(\d{1,9})(?:-.*)?\.md")
_KEY = re.compile(r"#(\d{1,9})|(\d{4,9})")
_NO_SLUG = re.compile(r"[^a-z0-9]+")

STATUS_WORDS: Mapping[str, Status] = {
    **dict.fromkeys(("open", "todo", "to do", "new", "reopened", "backlog"), Status.OPEN),
    **dict.fromkeys(("in progress", "doing", "started", "wip"), Status.IN_PROGRESS),
    **dict.fromkeys(("done", "closed", "complete", "completed", "fixed", "resolved"), Status.DONE),
    **dict.fromkeys(("cancelled", "canceled", "wontfix", "won't fix", "won't do", "not planned"), Status.CANCELLED),
}
"""What people write as a status; `_` and `-` count as spaces."""

MARKER = "pmtrack"
"""The key that carries ident, digest and path."""

KEYS = {"title": "title", "status": "status", "owners": "owner", "priority": "priority", "due": "due"}
"""Field -> key."""


def connect(name: str, settings: FilesSettings, base: Path) -> FilesTracker:
    return FilesTracker(name, base / settings.path, str(settings.path))


@dataclass(frozen=True, slots=True)
class _File:
    """One issue file as it was read."""

    path: Path
    sheet: Sheet
    stamp: atomic.Stamp
    issue: Issue


class FilesTracker:
    """Args:
    folder: where the issues are; made with the first of them. shown: the folder as the configuration writes it.
    """

    kind = "files"
    settle = timedelta()

    def __init__(self, name: str, folder: Path, shown: str) -> None:
        self.name = name
        self._folder = folder
        self._shown = shown.rstrip("/")

    def whoami(self) -> str:
        return "nobody in particular: files have no accounts"

    def listing(self, _cursor: str) -> Listing:
        """Everything, every time: files have no index of what changed."""
        names = self._names()
        issues, broken = [], dict(self._doubled(names))
        for number, name in sorted(names):
            if str(number) in broken:
                continue
            try:
                issues.append(self._read(name).issue)
            except TrackerError as error:
                broken[str(number)] = str(error)
        return Listing(tuple(issues), "", frozenset(str(number) for number, _ in names), broken)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        found = self.listing("")
        issues = {issue.ref.id: issue for issue in found.issues}
        missing = {ref: Missing.UNKNOWN if ref in found.broken else Missing.GONE for ref in refs}
        return {ref: issues.get(ref, missing[ref]) for ref in refs}

    def since(self, mark: str) -> Sequence[Issue]:
        return [issue for issue in self.listing("").issues if int(issue.ref.id) > int(mark or 0)]

    def high_mark(self) -> str:
        return str(max((number for number, _ in self._names()), default=0))

    def create(self, draft: Draft) -> Issue:
        fields = self.normalise(draft.fields)
        values = {**_values(fields), MARKER: [_marker_words(draft.marker)]}
        head = "".join(f"{key}: {frontmatter.written(words)}".rstrip() + "\n" for key, words in values.items())
        data = f"---\n{head}---\n\n{body.markdown(draft)}".encode()
        number = int(self.high_mark())
        while True:
            number += 1
            name = f"{number:04}-{_slug(fields.title)}.md"
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                atomic.create(self._folder / name, data)
            except FileExistsError:
                continue
            except OSError as error:
                raise self._failed(name, "made", error) from None
            return self._read(name).issue

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        def changed(file: _File) -> str:
            for change in changes:
                if getattr(file.issue.fields, change.name) not in (change.before, change.after):
                    raise TrackerError(f"{ref.key}: {change.name} was changed a moment ago: the next run takes it up")
            wanted: dict[str, Any] = {change.name: change.after for change in changes}
            new = self.normalise(Fields(**wanted))
            values = {KEYS[change.name]: _values(new)[KEYS[change.name]] for change in changes}
            if "title" in values:
                values[MARKER] = [_marker_words(draft.marker)]
            return frontmatter.change(file.sheet, values)

        return self._rewrite(ref, changed)

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        begin, end = f"<!-- pmtrack:comment {purpose} -->", "<!-- /pmtrack:comment -->"

        def commented(file: _File) -> str:
            old, newline = file.sheet.text, file.sheet.newline
            note = newline.join([begin, one_line(text, limit=2_000), end])
            at = old.find(begin)
            stop = old.find(end, at) if at >= 0 else -1
            if stop >= 0:
                return old[:at] + note + old[stop + len(end) :]
            gap = newline if old.endswith("\n") else newline * 2
            return f"{old}{gap}{note}{newline}"

        self._rewrite(ref, commented)

    def normalise(self, fields: Fields) -> Fields:
        owners = dict.fromkeys(name for owner in fields.owners if (name := one_line(owner, limit=100)))
        return Fields(
            title=one_line(fields.title) or "Untitled",
            status=fields.status or Status.OPEN,
            owners=tuple(owners),
            priority=one_line(fields.priority or "", limit=40) or None,
            due=fields.due,
        )

    def understands(self, ticket: str) -> str | None:
        words = ticket.strip()
        if "://" in words:
            return None
        key, name = _KEY.fullmatch(words), _NAME.fullmatch(words.rpartition("/")[2])
        number = (key[1] or key[2]) if key else name[1] if name else None
        return str(int(number)) if number else None

    def _names(self) -> list[tuple[int, str]]:
        """Number and name of every issue file; links and folders are none."""
        try:
            with os.scandir(self._folder) as entries:
                return [
                    (int(match[1]), entry.name)
                    for entry in entries
                    if (match := _NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False)
                ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TrackerError(
                f"the issues in {self._shown} cannot be listed ({error.strerror}): make the folder readable"
            ) from None

    def _doubled(self, names: Sequence[tuple[int, str]]) -> Iterator[tuple[str, str]]:
        for number, count in Counter(number for number, _ in names).items():
            if count > 1:
                same = " and ".join(sorted(name for other, name in names if other == number))
                yield str(number), f"{same} in {self._shown} have the same number: give one of them another"

    def _read(self, name: str) -> _File:
        path, shown = self._folder / name, f"{self._shown}/{name}"
        try:
            data, stamp = atomic.read(path, at_most=MAX_BYTES)
            sheet = frontmatter.parse(data.decode("utf-8"))
            fields, marker = _fields(sheet), _marker(sheet)
        except OSError as error:
            raise self._failed(name, "read", error) from None
        except UnicodeDecodeError:
            raise TrackerError(f"{shown}: is not UTF-8: save it as UTF-8") from None
        except HeadError as error:
            raise TrackerError(f"{shown}: {error}: mend it, the other issues go on without it") from None
        digits = name.partition("-")[0].removesuffix(".md")
        ref = IssueRef(self.name, str(int(digits)), digits, shown)
        written = datetime.fromtimestamp(stamp[-1] / 1e9, UTC)
        return _File(path, sheet, stamp, Issue(ref, fields, marker, ours=marker is not None, updated_at=written))

    def _rewrite(self, ref: IssueRef, change: Callable[[_File], str]) -> Issue:
        name = next((name for number, name in self._names() if str(number) == ref.id), None)
        if name is None:
            raise TrackerError(f"{ref.key} is not in {self._shown} any more: put it back, or remove the item")
        for _ in range(TRIES):
            file = self._read(name)
            text = change(file)
            if text == file.sheet.text:
                return file.issue
            try:
                atomic.replace(file.path, text.encode(), file.stamp)
            except atomic.Changed:
                continue
            except OSError as error:
                raise self._failed(name, "written", error) from None
            return self._read(name).issue
        raise TrackerError(f"{ref.url} changes all the time: the next run tries again")

    def _failed(self, name: str, verb: str, error: OSError) -> TrackerError:
        return TrackerError(f"{self._shown}/{name} cannot be {verb} ({error.strerror}): mend that, then sync again")


def _fields(sheet: Sheet) -> Fields:
    return Fields(
        title=" ".join(sheet.words("title")),
        status=_status(sheet),
        owners=tuple(part.strip() for word in sheet.words("owner") for part in _several(sheet, word) if part.strip()),
        priority=" ".join(sheet.words("priority")) or None,
        due=_due(sheet),
    )


def _several(sheet: Sheet, word: str) -> Sequence[str]:
    """`Ana, Ben` by hand is two people; in a YAML list a comma is part of a name."""
    return word.split(",") if len(sheet.words("owner")) == 1 and "[" not in _raw(sheet, "owner") else [word]


def _raw(sheet: Sheet, key: str) -> str:
    value = sheet.values[key]
    return sheet.text[value.start : value.end]


def _status(sheet: Sheet) -> Status:
    words = " ".join(sheet.words("status"))
    status = STATUS_WORDS.get(" ".join(re.split(r"[\s_-]+", words.strip().lower()))) if words else Status.OPEN
    if status is None:
        known = ", ".join(status.value for status in Status)
        raise HeadError(f"status: {one_line(words, 40)!r} is no status: write one of {known}")
    return status


def _due(sheet: Sheet) -> date | None:
    words = " ".join(sheet.words("due")).strip()
    try:
        return date.fromisoformat(words) if words else None
    except ValueError:
        raise HeadError(f"due: {one_line(words, 40)!r} is no date: write it as 2026-12-01") from None


def _marker(sheet: Sheet) -> Marker | None:
    parts = " ".join(sheet.words(MARKER)).split(" ", 2)
    return Marker(ident=parts[0], digest=parts[1], path=parts[2]) if len(parts) == 3 else None


def _marker_words(marker: Marker) -> str:
    return f"{marker.ident} {marker.digest} {marker.path}"


def _values(fields: Fields) -> dict[str, Sequence[str]]:
    """The words of every key."""
    return {
        "title": [fields.title],
        "status": [fields.status.value] if fields.status else [],
        "owner": fields.owners,
        "priority": [fields.priority] if fields.priority else [],
        "due": [fields.due.isoformat()] if fields.due else [],
    }


def _slug(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", folded)[:50].strip("-") or "issue"
