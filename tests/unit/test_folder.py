"""A folder as a source: all that is there is listed, nothing beyond it is touched, each trouble is a sentence."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pmtrack import atomic
from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources import SOURCES, connect
from pmtrack.sources.base import Source
from pmtrack.sources.settings import FolderSettings

TEXT = b"# Outage\n\n- [ ] page somebody\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "postmortems"
    folder.mkdir(parents=True)
    return folder


def put(root: Path, *paths: str, data: bytes = TEXT) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)


def source(root: Path, **more: Any) -> Source:
    return connect(FolderSettings(name="pm", path=Path(root.name), tracker="board", **more), root.parent)


def listed(root: Path, **more: Any) -> list[str]:
    seen = list(source(root, **more).documents())
    assert all(one.problem is None for one in seen)
    return [one.path for one in seen]


def problems(root: Path, **more: Any) -> dict[str, str]:
    return {seen.path: seen.problem for seen in source(root, **more).documents() if seen.problem}


def test_documents_are_listed_in_the_order_of_their_paths(root: Path) -> None:
    put(root, "b.md", "a/z.md", "a.md", "a/b/c.md", "B.md", "notes.txt", "\u00e9t\u00e9.md", "a b/c d.md")
    assert listed(root) == ["B.md", "a b/c d.md", "a.md", "a/b/c.md", "a/z.md", "b.md", "\u00e9t\u00e9.md"]


GLOBS: Sequence[tuple[dict[str, Any], list[str]]] = (
    ({"include": ["*.md"]}, ["a.md"]),
    ({"include": ["x/*.md"]}, ["x/b.md"]),
    ({"include": ["x/**/*.md"]}, ["x/b.md", "x/y/c.md"]),
    ({"include": ["x/**"]}, ["x/b.md", "x/y/c.md", "x/y/d.txt"]),
    ({"include": ["**/?.txt"]}, ["x/y/d.txt"]),
    ({"include": ["**/c*"]}, ["x/y/c.md"]),
    ({"include": ["**/y/*.md", "a.md"]}, ["a.md", "x/y/c.md"]),
    ({"include": ["**/**/*.md"]}, ["a.md", "x/b.md", "x/y/c.md"]),
    ({"exclude": ["x/**"]}, ["a.md"]),
    ({"exclude": ["x"]}, ["a.md"]),
    ({"exclude": ["**/y"]}, ["a.md", "x/b.md"]),
    ({"exclude": ["x/*.md"]}, ["a.md", "x/y/c.md"]),
    ({"exclude": ["**/[abc].md", "+.md"]}, ["a.md", "x/b.md", "x/y/c.md"]),
    ({"exclude": ["**"]}, []),
)


@pytest.mark.parametrize(("settings", "paths"), GLOBS)
def test_globs(root: Path, settings: dict[str, Any], paths: list[str]) -> None:
    put(root, "a.md", "x/b.md", "x/y/c.md", "x/y/d.txt")
    assert listed(root, **settings) == paths


def test_hidden_and_temporary_files_are_not_looked_at(root: Path) -> None:
    put(root, "a.md", ".git/b.md", ".draft.md", f"{atomic.TEMPORARY}1-2.md", "x/.cache/c.md")
    assert listed(root) == ["a.md"]


def test_reading_gives_the_bytes_and_their_version(root: Path) -> None:
    data = b"\xef\xbb\xbf# \xff\r\n caf\xc3\xa9 "
    put(root, "a.md", data=data)
    content = source(root).read("a.md")
    assert (content.path, content.data) == ("a.md", data)
    assert content.version == hashlib.sha256(data).hexdigest()


def test_the_version_alone_is_that_of_the_bytes(root: Path) -> None:
    big = TEXT * 10_000  # more than one portion
    put(root, "a.md", "deep/b.md")
    put(root, "big.md", data=big)
    docs = source(root)
    assert [docs.version(seen.path) for seen in docs.documents()] == [docs.read(p).version for p in listed(root)]


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (lambda path: path.unlink(), ""),
        (lambda path: path.write_bytes(TEXT * 2), ""),  # over the cap
        (lambda path: (path.unlink(), path.symlink_to("b.md")), ""),
        (lambda path: (path.unlink(), os.mkfifo(path)), hashlib.sha256(b"").hexdigest()),
    ],
)
def test_a_version_is_told_of_what_may_be_read_only(root: Path, change: Any, version: str) -> None:
    put(root, "a.md", "b.md")
    docs = source(root, max_bytes=len(TEXT))
    list(docs.documents())
    change(root / "a.md")
    assert docs.version("a.md") == version


def test_writing_answers_the_content_that_reading_gives(root: Path) -> None:
    put(root, "a.md", "b.md")
    place = source(root)
    content = place.write(place.read("a.md"), b"new")
    assert content == place.read("a.md")
    assert content.data == b"new"
    assert place.write(content, b"newer").data == (root / "a.md").read_bytes()
    assert (root / "b.md").read_bytes() == TEXT


def test_a_root_that_is_itself_a_link_is_followed(root: Path) -> None:
    put(root, "a.md")
    link = root.with_name("link")
    link.symlink_to(root)
    place = source(link)
    assert [seen.path for seen in place.documents()] == ["a.md"]
    assert place.write(place.read("a.md"), b"new") == place.read("a.md")


def test_locate_is_relative_to_the_configuration(root: Path) -> None:
    assert source(root).locate("a/b.md") == "postmortems/a/b.md"
    here = connect(FolderSettings(name="pm", path=Path(), tracker="t"), root)
    assert here.locate("a.md") == "a.md"


def test_a_link_to_a_listed_document_is_the_same_document_and_not_listed_again(root: Path) -> None:
    put(root, "a.md", "x/b.md")
    (root / "latest.md").symlink_to("x/b.md")
    (root / "again").symlink_to("x")
    assert listed(root) == ["a.md", "x/b.md"]


@pytest.mark.parametrize("target", ["../outside.md", "{outside}", "x/../../outside.md", "hop"])
def test_a_link_out_of_the_root_is_a_problem_and_never_read_or_written(root: Path, target: str) -> None:
    outside = root.parent / "outside.md"
    outside.write_bytes(TEXT)
    put(root, "x/a.md")
    (root / "hop").symlink_to("../outside.md")
    (root / "link.md").symlink_to(target.format(outside=outside))
    found = problems(root)
    assert list(found) == ["link.md"]
    assert "leaves the folder" in found["link.md"]
    with pytest.raises(DocumentError, match=r"^link\.md .*is a link"):
        source(root).read("link.md")


def test_a_folder_link_out_of_the_root_is_a_problem_until_it_is_excluded(root: Path) -> None:
    (root.parent / "other").mkdir()
    put(root.parent / "other", "a.md")
    put(root, "b.md")
    (root / "other").symlink_to("../other")
    assert "leaves the folder" in problems(root)["other"]
    assert listed(root, exclude=["other/**"]) == ["b.md"]
    with pytest.raises(DocumentError, match="not below"):
        source(root).read("other/a.md")


@pytest.mark.parametrize(
    "path", ["../outside.md", "x/../a.md", "x/../../outside.md", "{root}/../outside.md", "/etc/hostname"]
)
def test_paths_that_leave_the_root_are_refused(root: Path, path: str) -> None:
    put(root, "a.md", "x/b.md")
    (root.parent / "outside.md").write_bytes(TEXT)
    with pytest.raises(DocumentError, match="not below the folder"):
        source(root).read(path.format(root=root))


def test_a_document_that_became_a_link_out_is_not_written(root: Path) -> None:
    outside = root.parent / "outside.md"
    outside.write_bytes(TEXT)
    put(root, "a.md")
    place = source(root)
    content = place.read("a.md")
    (root / "a.md").unlink()
    (root / "a.md").symlink_to(outside)
    with pytest.raises(DocumentError):
        place.write(content, b"new")
    assert outside.read_bytes() == TEXT


def test_a_folder_that_became_a_link_out_is_not_written(root: Path) -> None:
    put(root, "x/a.md")
    place = source(root)
    content = place.read("x/a.md")
    (root / "x").rename(root.parent / "x")
    (root / "x").symlink_to("../x")
    with pytest.raises(DocumentError):
        place.write(content, b"new")
    assert (root.parent / "x" / "a.md").read_bytes() == TEXT


def make_loop(root: Path) -> None:
    (root / "bad.md").symlink_to("loop.md")
    (root / "loop.md").symlink_to("bad.md")


def make_dangling(root: Path) -> None:
    (root / "bad.md").symlink_to("nowhere.md")


def make_link_to_hidden(root: Path) -> None:
    put(root, ".x/a.md")
    (root / "bad.md").symlink_to(".x/a.md")


def make_link_to_excluded(root: Path) -> None:
    put(root, "secret/a.md")
    (root / "bad.md").symlink_to("secret/a.md")


def make_pipe(root: Path) -> None:
    os.mkfifo(root / "bad.md")


def make_socket(root: Path) -> None:
    where = Path.cwd()
    os.chdir(root)  # the address of a socket is at most 107 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("bad.md")
    finally:
        os.chdir(where)


@pytest.mark.parametrize(
    "make", [make_loop, make_dangling, make_link_to_hidden, make_link_to_excluded, make_pipe, make_socket]
)
def test_what_is_no_file_is_a_problem_and_the_others_go_on(root: Path, make: Any) -> None:
    put(root, "good.md")
    make(root)
    place = source(root, exclude=["secret/**"])
    seen = {one.path: one.problem for one in place.documents()}
    assert seen["good.md"] is None
    assert (seen["bad.md"] or "").startswith("bad.md ")
    assert "exclude it" in (seen["bad.md"] or "")
    with pytest.raises(DocumentError, match=r"^bad\.md "):
        place.read("bad.md")


def test_a_circle_of_folders_ends(root: Path) -> None:
    put(root, "x/a.md")
    (root / "x" / "up").symlink_to("..")
    (root / "x" / "self").symlink_to(".")
    assert listed(root) == ["x/a.md"]


def test_folders_deeper_than_functions_may_call_each_other(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(root, "a.md")
    monkeypatch.chdir(root)
    for _ in range(1100):
        Path("d").mkdir()
        os.chdir("d")
    found = listed(root)
    for _ in range(1100):
        os.chdir("..")
        Path("d").rmdir()  # what cleans up after tests does not go that deep
    assert found == ["a.md"]


@pytest.mark.parametrize("name", [b"a\xff.md", b"a\x1b[31m.md", b"a\nb.md", "a\u202e.md".encode()])
def test_a_name_that_cannot_be_shown_is_a_problem_and_is_shown_without_harm(root: Path, name: bytes) -> None:
    path = os.fsencode(root) + b"/" + name
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
    ((shown, problem),) = problems(root).items()
    assert shown.isprintable()
    shown.encode()
    assert problem.isprintable()
    assert "rename it" in problem


@pytest.mark.parametrize("data", [b"a\0b", "# Outage\n".encode("utf-16"), b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 9])
def test_binary_files_are_refused(root: Path, data: bytes) -> None:
    put(root, "a.md", data=data)
    with pytest.raises(DocumentError, match=r"^a\.md is not UTF-8 text .* exclude it$"):
        source(root).read("a.md")


def test_a_stray_control_character_is_no_binary_file(root: Path) -> None:
    put(root, "a.md", data=TEXT * 5 + b"\x1b[1mbold\x0c\x0b\x07")
    assert source(root).read("a.md").data.endswith(b"\x07")


def test_twenty_megabytes_are_over_the_cap_and_not_read(root: Path) -> None:
    put(root, "a.md", "b.md")
    os.truncate(root / "a.md", 20_000_000)
    place = source(root)
    assert [seen.path for seen in place.documents()] == ["a.md", "b.md"]
    with pytest.raises(DocumentError, match=r"^a\.md is larger than the 16000000 bytes that max_bytes .* exclude it$"):
        place.read("a.md")
    assert place.read("b.md").data == TEXT


def test_the_cap_is_a_setting(root: Path) -> None:
    put(root, "a.md", data=b"x" * 2000)
    assert source(root, max_bytes="2kb").read("a.md").data
    with pytest.raises(DocumentError, match="1999"):
        source(root, max_bytes=1999).read("a.md")


def test_a_missing_root_stops_the_source(root: Path) -> None:
    place = source(root.with_name("nowhere"))
    with pytest.raises(SourceError, match="the folder nowhere of source pm cannot be listed"):
        place.documents()


def test_a_root_that_is_a_file_stops_the_source(root: Path) -> None:
    put(root, "a.md")
    with pytest.raises(SourceError):
        source(root / "a.md").documents()


def test_a_folder_that_cannot_be_listed_stops_the_source(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else its documents would look deleted. Permissions do not stop root, so the system is made to refuse."""
    put(root, "a.md", "x/b.md", "y/c.md")
    scandir = os.scandir

    def refuse(path: Path) -> Any:
        if Path(path).name == "x":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(SourceError, match=r"Permission denied.*nothing was done"):
        source(root).documents()
    assert listed(root, exclude=["x/**"]) == ["a.md", "y/c.md"]


def test_a_document_that_changed_since_it_was_read_is_left(root: Path) -> None:
    put(root, "a.md")
    place = source(root)
    content = place.read("a.md")
    put(root, "a.md", data=TEXT.replace(b"[ ]", b"[x]"))
    with pytest.raises(DocumentError, match=r"^a\.md changed since it was read .* next run"):
        place.write(content, b"new")
    assert b"[x]" in (root / "a.md").read_bytes()


def test_a_vanished_document_is_a_sentence(root: Path) -> None:
    put(root, "a.md")
    place = source(root)
    content = place.read("a.md")
    (root / "a.md").unlink()
    with pytest.raises(DocumentError, match="not there any more"):
        place.read("a.md")
    with pytest.raises(DocumentError, match="changed since"):
        place.write(content, b"new")
    assert list(root.iterdir()) == []


@pytest.mark.parametrize("code", ["EROFS", "EACCES", "EPERM", "ENOSPC", "EDQUOT", "EIO", "EFBIG", "EBUSY"])
@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
def test_a_refused_write_is_a_sentence_and_leaves_nothing_behind(
    root: Path, call: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(root, "a.md")
    place = source(root)
    content = place.read("a.md")
    number = getattr(errno, code)

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(DocumentError) as caught:
        place.write(content, b"new")
    sentence = str(caught.value)
    assert sentence.startswith("a.md ")
    assert ": " in sentence
    assert "max_bytes" not in sentence
    assert str(root) not in sentence
    assert [path.name for path in root.iterdir()] == ["a.md"]
    assert (root / "a.md").read_bytes() == TEXT


def test_listing_asks_the_system_once_for_each_folder_and_never_for_a_file(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that ten thousand documents are listed in a moment."""
    put(root, *(f"{number % 4}/{number}.md" for number in range(40)))
    place, scandir, asked = source(root), os.scandir, []

    def counted(path: Path) -> Any:
        asked.append(path)
        return scandir(path)

    def looking(real: Any) -> Any:
        def look(path: Any, *arguments: Any, **options: Any) -> Any:
            assert not str(path).startswith(f"{root}/")
            return real(path, *arguments, **options)

        return look

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", counted)
        for call in ("stat", "lstat", "open"):
            patch.setattr(os, call, looking(getattr(os, call)))
        found = list(place.documents())
    assert len(found) == 40
    assert len(asked) == 5


def settings(**more: Any) -> FolderSettings:
    return FolderSettings.model_validate({"name": "pm", "path": "x", "tracker": "t", **more})


@pytest.mark.parametrize(
    ("words", "size"), [("16MB", 16_000_000), ("1 kb", 1000), ("7", 7), (" 2GB ", 2_000_000_000), ("9b", 9), (5, 5)]
)
def test_sizes(words: str | int, size: int) -> None:
    assert settings(max_bytes=words).max_bytes == size


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"max_bytes": "much"}, "write it as 16MB"),
        ({"max_bytes": "0MB"}, "greater than 0"),
        ({"max_bytes": -1}, "greater than 0"),
        ({"kind": "git"}, "use folder or git"),
        ({"kind": "wiki"}, "folder"),
        ({"kind": ["git"]}, "folder"),
        ({"include": ["/abs/*.md"]}, "relative to the source"),
        ({"include": ["../*.md"]}, "relative to the source"),
        ({"exclude": ["drafts/"]}, "relative to the source"),
        ({"name": "a b"}, "pattern"),
        ({"name": ""}, "at least 1"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_wrong_settings_say_what_is_wrong(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**wrong)


def test_every_kind_that_can_be_configured_can_be_connected(root: Path) -> None:
    assert set(FolderSettings.model_fields["kind"].annotation.__args__) <= set(SOURCES)  # type: ignore[union-attr]
    assert source(root).name == "pm"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (None, ""),
        ("https://host/{path}", "https://host/2026/check%20out%20%28%231%29.md"),
        ("https://host/b/{path}?x=1#L{line}", "https://host/b/2026/check%20out%20%28%231%29.md?x=1#L7"),
    ],
)
def test_the_address_of_a_line_is_the_teams(root: Path, link: str | None, address: str) -> None:
    settings = FolderSettings(name="pm", path=Path("postmortems"), tracker="board", link=link)
    assert connect(settings, root.parent).address("2026/check out (#1).md", 7) == address


@pytest.mark.parametrize(
    "link", ["", "{path}", "ftp://host/{path}", "https://host/x", "https://host/{path}{x}", "https://{path}"]
)
def test_a_link_that_leads_nowhere_is_refused(link: str) -> None:
    with pytest.raises(ValueError, match="leads nowhere: write it as https://host/"):
        FolderSettings(name="pm", path=Path("postmortems"), tracker="board", link=link)
