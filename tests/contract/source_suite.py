"""What every source promises, and a git repository with people at work in it.

A source's own test file makes one, and says how a person changes its documents.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from pmtrack.errors import DocumentError, SourceError
from pmtrack.sources.base import Commits, Source

TEXT = b"# Outage\n\n- [ ] page somebody\n"
ODD = b"\xef\xbb\xbf# \xff\r\n caf\xc3\xa9 \r no end"


class SourceContract:
    """Inherit, and define these."""

    def fresh(self, folder: Path, documents: Mapping[str, bytes]) -> Source:
        """A source with these documents; what is larger than 100 kB is too large."""
        raise NotImplementedError

    def edit(self, documents: Mapping[str, bytes | None]) -> None:
        """A person saves these, None for one that they delete."""
        raise NotImplementedError

    def shown(self, path: str) -> bytes:
        """The document as everybody sees it."""
        raise NotImplementedError

    def lose(self) -> None:
        """The whole place is gone."""
        raise NotImplementedError

    def test_documents_are_listed_in_the_order_of_their_paths(self, tmp_path: Path) -> None:
        paths = ("b.md", "a/z.md", "a.md", "a/b/c.md", "B.md", "notes.txt", "\u00e9t\u00e9.md", "a b/c d.md", ".x/y.md")
        source = self.fresh(tmp_path, dict.fromkeys(paths, TEXT))
        expected = ["B.md", "a b/c d.md", "a.md", "a/b/c.md", "a/z.md", "b.md", "\u00e9t\u00e9.md"]
        assert [seen.path for seen in source.documents()] == expected
        assert all(seen.problem is None for seen in source.documents())

    def test_reading_gives_the_very_bytes_under_the_version_that_is_told(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": ODD, "b.md": TEXT, "c.md": b""})
        list(source.documents())
        for path, data in {"a.md": ODD, "b.md": TEXT, "c.md": b""}.items():
            content = source.read(path)
            assert (content.path, content.data, content.version) == (path, data, source.version(path))

    def test_equal_versions_are_equal_bytes(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT, "b.md": TEXT, "c.md": TEXT + b"\n"})
        list(source.documents())
        assert source.version("a.md") == source.version("b.md") != source.version("c.md")

    def test_a_listing_looks_anew(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT, "b.md": TEXT, "c.md": TEXT})
        before = {seen.path: source.version(seen.path) for seen in source.documents()}
        self.edit({"a.md": ODD, "b.md": None, "d.md": TEXT})
        after = {seen.path: source.version(seen.path) for seen in source.documents()}
        assert after.keys() == {"a.md", "c.md", "d.md"}
        assert after["a.md"] != before["a.md"]
        assert (after["c.md"], source.read("a.md").data) == (before["c.md"], ODD)

    @pytest.mark.parametrize(
        ("data", "words"),
        [(b"x\0y", "is not UTF-8 text"), (b"x" * 100_001, "is larger than the 100000 bytes"), (None, "not there any")],
    )
    def test_what_cannot_be_read_is_said_of_that_document_alone(
        self, tmp_path: Path, data: bytes | None, words: str
    ) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT, **({"b.md": data} if data else {})})
        list(source.documents())
        for _ in range(2):
            with pytest.raises(DocumentError, match=rf"^b\.md .*{words}"):
                source.read("b.md")
        assert source.read("a.md").data == TEXT

    def test_what_is_written_is_read_again_and_seen_by_all(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": ODD, "b.md": TEXT})
        list(source.documents())
        new = source.write(source.read("a.md"), ODD + b"more")
        assert (new.data, new.version) == (ODD + b"more", source.version("a.md"))
        assert source.read("a.md") == new
        bring_out(source)
        assert (self.shown("a.md"), self.shown("b.md")) == (ODD + b"more", TEXT)
        list(source.documents())
        assert source.read("a.md").version == new.version

    def test_what_is_written_twice_is_what_was_written_last(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT})
        list(source.documents())
        first = source.read("a.md")
        source.write(source.write(first, TEXT + b"1"), TEXT + b"2")
        with pytest.raises(DocumentError, match=r"a\.md .*changed since it was read"):
            source.write(first, b"3")
        bring_out(source)
        assert self.shown("a.md") == TEXT + b"2"

    def test_a_person_who_was_faster_is_never_overwritten(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT})
        list(source.documents())
        content = source.read("a.md")
        self.edit({"a.md": b"theirs"})
        with suppress(DocumentError):
            source.write(content, b"ours")
        bring_out(source)
        assert self.shown("a.md") == b"theirs"

    def test_of_a_place_that_is_gone_nothing_is_said_to_be_missing(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a.md": TEXT})
        assert len(list(source.documents())) == 1
        self.lose()
        with pytest.raises(SourceError, match="nothing was done that rests on a missing document"):
            list(source.documents())

    def test_people_find_a_document(self, tmp_path: Path) -> None:
        source = self.fresh(tmp_path, {"a b/c.md": TEXT})
        assert source.locate("a b/c.md").endswith(("a b/c.md", "a%20b/c.md"))


def bring_out(source: Source) -> None:
    """The end of a run."""
    if isinstance(source, Commits):
        source.commit("R", lambda _content: None)


@dataclass(frozen=True, slots=True)
class Hub:
    """A bare repository, and people who push to it."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, documents: Mapping[str, bytes] | None = None, branch: str = "main") -> Hub:
        hub = cls(folder)
        folder.mkdir(parents=True)
        hub.git("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(folder))
        hub.git("config", "uploadpack.allowFilter", "true")
        hub.git("config", "gc.auto", "0")
        if documents is not None:
            hub.push(documents, branch=branch, message="first")
        return hub

    def git(self, *arguments: str, data: bytes = b"") -> str:
        command = ["git", f"--git-dir={self.folder}", *arguments]
        done = subprocess.run(command, input=data, capture_output=True, check=False)
        assert done.returncode == 0, (arguments, done.stderr)
        return done.stdout.decode(errors="surrogateescape").rstrip("\n")

    def push(
        self,
        documents: Mapping[str, bytes | None],
        *,
        branch: str = "main",
        author: str = "Ana",
        message: str = "edit",
        on: str | None = None,
        links: Mapping[str, str] | None = None,
    ) -> str:
        """A person's commit, on top of the branch or of another commit; None deletes a document. Answers its id."""
        top = on or self.at(branch)
        words = message.encode()
        lines = [f"commit refs/heads/{branch}\n".encode()]
        lines += [f"{role} {author} <{author.lower()}@acme.example> 1760000000 +0000\n".encode() for role in ROLES]
        lines += [b"data %d\n%s\n" % (len(words), words), f"from {top}\n".encode() if top else b""]
        for path, data in documents.items():
            name = f'"{path}"' if " " in path else path
            change = f"D {name}\n".encode() if data is None else _file("100644", name, data)
            lines.append(change)
        lines += [_file("120000", path, target.encode()) for path, target in (links or {}).items()]
        self.git("fast-import", "--quiet", "--force", "--date-format=raw", data=b"".join(lines))
        return self.at(branch) or ""

    def at(self, branch: str = "main") -> str | None:
        found = self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")
        return found or None

    def read(self, path: str, branch: str = "main") -> bytes:
        command = ["git", f"--git-dir={self.folder}", "cat-file", "blob", f"refs/heads/{branch}:{path}"]
        return subprocess.run(command, capture_output=True, check=True).stdout

    def log(self, form: str = "%s", branch: str = "main") -> list[str]:
        """Newest first."""
        return self.git("log", f"--format={form}%x00", f"refs/heads/{branch}").split("\0\n") if self.at(branch) else []

    def ours(self, branch: str = "main") -> list[str]:
        """The ids of our commits, newest first."""
        return self.git("log", "--format=%H", "--grep=^Pmtrack-Run: ", f"refs/heads/{branch}").split()


ROLES = ("author", "committer")


def _file(mode: str, name: str, data: bytes) -> bytes:
    return f"M {mode} inline {name}\n".encode() + b"data %d\n%s\n" % (len(data), data)
