"""Files are read and replaced whole, or not at all, whatever the system refuses on the way."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pmtrack import atomic

OLD, NEW = b"- [ ] old\n" * 300, b"- [x] new, and longer\n" * 300


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.md"
    path.write_bytes(OLD)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_replace_answers_the_stamp_that_read_will_give(file: Path) -> None:
    _, stamp = atomic.read(file)
    new = atomic.replace(file, NEW, stamp)
    assert atomic.read(file) == (NEW, new)
    assert names(file.parent) == ["a.md"]


def test_create_answers_the_stamp_that_read_will_give(tmp_path: Path) -> None:
    made = atomic.create(tmp_path / "b.md", NEW)
    assert atomic.read(tmp_path / "b.md") == (NEW, made)
    assert names(tmp_path) == ["b.md"]


def test_create_never_replaces(file: Path) -> None:
    with pytest.raises(FileExistsError):
        atomic.create(file, NEW)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["a.md"]


def test_mode_is_kept(file: Path) -> None:
    file.chmod(0o664)
    atomic.replace(file, NEW, atomic.read(file)[1])
    assert file.stat().st_mode & 0o7777 == 0o664


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_owner_is_kept(file: Path) -> None:
    os.chown(file, 12345, 23456)
    atomic.replace(file, NEW, atomic.read(file)[1])
    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 23456)


def test_a_file_that_nobody_may_write_is_not_replaced(file: Path) -> None:
    """A rename asks only for the folder's permission; git-annex and careful people lock files in this way."""
    _, stamp = atomic.read(file)
    file.chmod(0o444)
    with pytest.raises(PermissionError):
        atomic.replace(file, NEW, stamp)
    assert file.read_bytes() == OLD
    assert names(file.parent) == ["a.md"]


def open_handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def rewritten(path: Path) -> None:
    path.write_bytes(b"another")


def ticked_in_the_same_moment(path: Path) -> None:
    """The same length, the same inode and, on a file system with a coarse clock, the same time."""
    before = path.stat()
    path.write_bytes(OLD.replace(b"[ ]", b"[x]"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def saved_by_an_editor(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(OLD)
    other.replace(path)


def removed(path: Path) -> None:
    path.unlink()


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def a_link_now(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_pipe_now(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder_now(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES = [
    rewritten,
    ticked_in_the_same_moment,
    saved_by_an_editor,
    removed,
    grown,
    a_link_now,
    a_pipe_now,
    a_folder_now,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_what_was_read_is_left_alone(file: Path, change: Callable[[Path], None]) -> None:
    _, stamp = atomic.read(file)
    change(file)
    before = names(file.parent)
    with pytest.raises(atomic.Changed):
        atomic.replace(file, NEW, stamp)
    assert names(file.parent) == before
    assert not file.is_file() or file.read_bytes() != NEW


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_during_our_write_is_seen(
    file: Path, change: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, stamp = atomic.read(file)
    fsync = os.fsync

    def slow(handle: int) -> None:
        fsync(handle)
        change(file)

    monkeypatch.setattr(os, "fsync", slow)
    with pytest.raises(atomic.Changed):
        atomic.replace(file, NEW, stamp)
    assert not [name for name in names(file.parent) if name.startswith(atomic.TEMPORARY)]
    assert not file.is_file() or file.read_bytes() != NEW


def test_a_file_that_grows_while_it_is_read_is_not_half_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = os.read

    def grow(*arguments: Any, **options: Any) -> Any:
        grown(file)
        return read(*arguments, **options)

    monkeypatch.setattr(os, "read", grow)
    with pytest.raises(atomic.Changed):
        atomic.read(file)


def test_reading_stops_at_the_cap(file: Path) -> None:
    assert atomic.read(file, at_most=len(OLD))[0] == OLD
    with pytest.raises(OSError, match="over the cap") as caught:
        atomic.read(file, at_most=len(OLD) - 1)
    assert caught.value.errno == errno.EFBIG


@pytest.mark.parametrize(
    ("change", "code"), [(a_link_now, errno.ELOOP), (a_pipe_now, errno.EINVAL), (a_folder_now, errno.EINVAL)]
)
def test_only_regular_files_are_read(file: Path, change: Callable[[Path], None], code: int) -> None:
    change(file)
    handles = open_handles()
    with pytest.raises(OSError) as caught:  # noqa: PT011 - the code is looked at below
        atomic.read(file)
    assert caught.value.errno == code
    assert open_handles() == handles


CALLS = ("open", "write", "fsync", "fstat", "fchmod", "lstat", "read", "replace", "link", "close")
CODES = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EDQUOT, errno.EACCES)


class Faults:
    """Lets the N-th call of one of the system's functions fail, and writes only a few bytes at a time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str, nth: int, code: int) -> None:
        self.left, self.code = nth, code
        self.struck = False
        write = os.write
        monkeypatch.setattr(os, "write", lambda handle, data: write(handle, bytes(data[:2000])))
        monkeypatch.setattr(os, call, self._failing(getattr(os, call), closes=call == "close"))

    def _failing(self, real: Callable[..., Any], *, closes: bool) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.left -= 1
            if self.left:
                return real(*arguments, **options)
            self.struck = True
            if closes:
                real(*arguments, **options)  # Linux closes the handle also where close fails
            raise OSError(self.code, os.strerror(self.code))

        return call


def strikes(call: str, code: int, work: Callable[[], object], check: Callable[[bool], None]) -> Iterator[int]:
    """Let each call in turn fail, until one run goes through without."""
    for nth in range(1, 60):
        with pytest.MonkeyPatch.context() as patch:
            faults = Faults(patch, call, nth, code)
            done = False
            with suppress(OSError):
                work()
                done = True
        check(done)
        if not faults.struck:
            return
        yield nth
    raise AssertionError(f"{call} is called without an end")


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", CODES)
def test_whatever_fails_the_file_is_the_old_or_the_new_one(tmp_path: Path, call: str, code: int) -> None:
    path = tmp_path / "a.md"

    def work() -> object:
        path.write_bytes(OLD)
        return atomic.replace(path, NEW, atomic.read(path)[1])

    def check(done: bool) -> None:
        assert path.read_bytes() == (NEW if done else OLD)
        assert names(tmp_path) == ["a.md"]

    struck = list(strikes(call, code, work, check))
    assert struck or call == "link"


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", CODES)
def test_whatever_fails_a_file_is_made_whole_or_not_at_all(tmp_path: Path, call: str, code: int) -> None:
    path = tmp_path / "a.md"

    def work() -> object:
        path.unlink(missing_ok=True)
        return atomic.create(path, NEW)

    def check(done: bool) -> None:
        assert names(tmp_path) == (["a.md"] if done else [])
        assert not done or path.read_bytes() == NEW

    struck = list(strikes(call, code, work, check))
    assert struck or call in ("replace", "lstat", "read")


def test_a_folder_that_cannot_be_synced_is_no_failure(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, seen = os.fsync, []

    def only_files(handle: int) -> None:
        seen.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        if seen[-1]:
            raise OSError(errno.EINVAL, "no")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    atomic.replace(file, NEW, atomic.read(file)[1])
    assert file.read_bytes() == NEW
    assert seen == [False, True], "the file first, then its folder"


def test_a_temporary_file_that_cannot_be_removed_hides_no_error(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "unlink", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        atomic.replace(file, NEW, atomic.read(file)[1])
    assert file.read_bytes() == OLD
