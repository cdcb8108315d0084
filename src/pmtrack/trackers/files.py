"""A folder of Markdown issues, `0001-short-title.md`: the embedded default, made to be read and edited by hand.

The number in the file's name is the issue's id; the rest of the name is for people and may be changed. Everything that
pmtrack does not need is left as it is.
"""

from __future__ import annotations

import os
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any

from pmtrack import atomic
from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Draft, FieldChange, Fields, Issue, IssueRef
from pmtrack.trackers import frontmatter, issuefile, numbering, standing
from pmtrack.trackers.base import Listing, Missing, Sending, tidy, untold
from pmtrack.trackers.frontmatter import HeadError, Sheet, Words
from pmtrack.trackers.settings import FilesSettings

MAX_BYTES = 1_000_000
TRIES = 3

_NAME = re.compile(r"([0-9]{1,9})(?:-.*)?\.md", re.DOTALL)
_KEY = re.compile(r"#?([0-9]{1,9})")
_NO_SLUG = re.compile(r"[^a-z0-9]+")


def connect(name: str, settings: FilesSettings, base: Path) -> FilesTracker:
    return FilesTracker(name, base / settings.path, settings.path.as_posix())


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
    clock: nanoseconds since 1970.
    """

    kind = "files"
    settle = timedelta()

    def __init__(self, name: str, folder: Path, shown: str, clock: Callable[[], int] = time.time_ns) -> None:
        self.name = name
        self._folder = folder
        self._shown = shown
        self._clock = clock

    def whoami(self) -> str:
        return "nobody in particular: files have no accounts"

    def listing(self, cursor: str) -> Listing:
        """Everything, where any file changed: files have no index of what did."""
        now, numbered = self._clock(), self._numbered()
        present = frozenset(map(str, numbered))
        cursor_now = standing.mark(self._folder, chain.from_iterable(numbered.values()), now)
        if cursor and cursor_now == cursor:
            return Listing((), cursor, present)
        issues, broken = [], {}
        for number, names in sorted(numbered.items()):
            try:
                issues.append(self._only(names).issue)
            except TrackerError as error:
                broken[str(number)] = str(error)
        return Listing(tuple(issues), "" if broken else cursor_now, present, broken)

    def fetch(self, refs: Sequence[str]) -> Mapping[str, Issue | Missing]:
        numbered = self._numbered()
        wanted = {ref: self.understands(ref) for ref in refs}
        return {ref: self._found(numbered.get(int(number), ()) if number else ()) for ref, number in wanted.items()}

    def since(self, mark: str) -> Sequence[Issue]:
        return [issue for issue in self.listing("").issues if int(issue.ref.id) > int(mark or 0)]

    def high_mark(self) -> str:
        try:
            return str(max(self._highest(), numbering.last(self._folder)) or "")
        except OSError as error:
            raise self._failed(numbering.FILE, "read", error) from None

    def create(self, draft: Draft, sending: Sending = untold) -> Issue:
        sending()
        data = issuefile.rendered(draft).encode()
        name = slug = f"{_slug(draft.fields.title)}.md"
        for _ in range(TRIES):
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
                name = f"{numbering.reserve(self._folder, self._highest):04}-{slug}"
                atomic.create(self._folder / name, data)
            except (FileExistsError, atomic.Changed):
                continue
            except OSError as error:
                raise self._failed(name, "made", error) from None
            return self._written(name)
        raise TrackerError(f"others make issues in {self._shown} all the time: the next run tries again")

    def update(self, ref: IssueRef, changes: Sequence[FieldChange], draft: Draft) -> Issue:
        wanted: dict[str, Any] = {change.name: change.after for change in changes}
        said = issuefile.values(tidy(Fields(**wanted)))

        def changed(file: _File) -> str:
            new: dict[str, Words] = {}
            for change in changes:
                found = getattr(file.issue.fields, change.name)
                if found not in (change.before, change.after):
                    raise TrackerError(f"{ref.key}: {change.name} was changed a moment ago: the next run takes it up")
                if found != change.after:
                    new[issuefile.KEYS[change.name]] = said[issuefile.KEYS[change.name]]
            new |= issuefile.marked(draft.marker) if "title" in new else {}
            text = frontmatter.change(file.sheet, new)
            is_written = text != file.sheet.text and file.issue.ours
            return issuefile.led(text, draft, only_moved=True) if is_written else text

        return self._rewrite(ref, changed)

    def leads(self, drafts: Mapping[str, Draft]) -> Mapping[str, str]:
        numbered = self._numbered()
        files = {ident: self._only(names) for ident in drafts if (names := numbered.get(int(ident)))}
        found = {ident: issuefile.leads(file.sheet.text, drafts[ident]) for ident, file in files.items()}
        return {ident: address for ident, address in found.items() if address}

    def lead(self, ref: IssueRef, draft: Draft) -> None:
        self._rewrite(ref, lambda file: issuefile.led(issuefile.renamed(file.sheet, draft), draft))

    def comment(self, ref: IssueRef, purpose: str, text: str) -> None:
        self._rewrite(ref, lambda file: issuefile.commented(file.sheet, purpose, text))

    def normalise(self, fields: Fields) -> Fields:
        return tidy(fields)

    def understands(self, ticket: str) -> str | None:
        """A key, a file's name, or a path to a file in a folder of the same name as ours."""
        path = PurePosixPath(ticket.strip())
        if path.parent.name not in ("", self._folder.name) or "://" in ticket:
            return None
        found = _KEY.fullmatch(path.name) or _NAME.fullmatch(path.name)
        return str(int(found[1])) if found else None

    def _highest(self) -> int:
        return max(self._numbered(), default=0)

    def _numbered(self) -> Mapping[int, Sequence[str]]:
        """The names of the issue files by their numbers; links and folders are none."""
        found = defaultdict[int, list[str]](list)
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    if (match := _NAME.fullmatch(entry.name)) and entry.is_file(follow_symlinks=False):
                        found[int(match[1])].append(entry.name)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TrackerError(
                f"the issues in {self._shown} cannot be listed ({error.strerror}): make it a folder that you may read"
            ) from None
        return found

    def _found(self, names: Sequence[str]) -> Issue | Missing:
        try:
            return self._only(names).issue if names else Missing.GONE
        except TrackerError:
            return Missing.UNKNOWN

    def _only(self, names: Sequence[str]) -> _File:
        if len(names) > 1:
            same = " and ".join(sorted(names))
            raise TrackerError(f"{same} in {self._shown} have the same number: give one of them another")
        return self._read(names[0])

    def _read(self, name: str) -> _File:
        path, shown = self._folder / name, f"{self._shown}/{name}"
        try:
            data, stamp = atomic.read(path, at_most=MAX_BYTES)
            sheet = frontmatter.parse(data.decode("utf-8"))
            fields, marker = issuefile.fields(sheet), issuefile.marker(sheet)
        except OSError as error:
            raise self._failed(name, "read", error) from None
        except UnicodeDecodeError:
            raise TrackerError(f"{shown}: is not UTF-8: save it as UTF-8") from None
        except HeadError as error:
            raise _mend(shown, error) from None
        digits = name.removesuffix(".md").partition("-")[0]
        ref = IssueRef(self.name, str(int(digits)), digits, shown)
        written = datetime.fromtimestamp(stamp[-1] / 1e9, UTC)
        return _File(path, sheet, stamp, Issue(ref, fields, marker, ours=marker is not None, updated_at=written))

    def _rewrite(self, ref: IssueRef, change: Callable[[_File], str]) -> Issue:
        names = self._numbered().get(int(ref.id))
        if not names:
            raise TrackerError(f"{ref.key} is not in {self._shown} any more: put it back, or remove the item")
        for _ in range(TRIES):
            file = self._only(names)
            try:
                text = change(file)
                if text == file.sheet.text:
                    return file.issue
                atomic.replace(file.path, text.encode(), file.stamp)
            except HeadError as error:
                raise _mend(file.issue.ref.url, error) from None
            except atomic.Changed:
                continue
            except OSError as error:
                raise self._failed(names[0], "written", error) from None
            return self._written(names[0])
        raise TrackerError(f"{ref.url} changes all the time: the next run tries again")

    def _written(self, name: str) -> Issue:
        """What a file says that was just written. If it cannot be read, it was written all the same."""
        try:
            return self._read(name).issue
        except TrackerError as error:
            raise UnknownOutcome(str(error)) from None

    def _failed(self, name: str, verb: str, error: OSError) -> TrackerError:
        return TrackerError(f"{self._shown}/{name} cannot be {verb} ({error.strerror}): mend that, then sync again")


def _mend(shown: str, error: HeadError) -> TrackerError:
    return TrackerError(f"{shown}: {error}: mend it, the other issues go on without it")


def _slug(title: str) -> str:
    folded = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return _NO_SLUG.sub("-", folded)[:50].strip("-") or "issue"
