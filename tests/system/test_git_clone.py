"""The cached clone: only what changed is read, and whatever happens to it, it is mended or made anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from contract.source_suite import TEXT, Hub, bring_out
from pmtrack.errors import DocumentError, SourceError
from pmtrack.model import NOT_KNOWN, Who
from pmtrack.sources.base import Committed
from pmtrack.sources.git.command import Git
from pmtrack.sources.git.source import GitSource
from pmtrack.sources.settings import GitSettings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub.make(tmp_path / "hub.git", {f"{name}.md": TEXT + name.encode() for name in "abc"})


def source(hub: Hub, *, at: datetime = NOON, remote: str = "hub.git", **more: Any) -> GitSource:
    settings = GitSettings.model_validate({"name": "pm", "kind": "git", "remote": remote, "tracker": "board", **more})
    return GitSource(settings, hub.folder.parent, lambda: at)


def clone(hub: Hub) -> Path:
    return hub.folder.parent / ".pmtrack" / "clones" / "pm.git"


def paths(place: GitSource) -> list[str]:
    return [seen.path for seen in place.documents()]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, ...]]]:
    """Every command of git that is run."""
    commands: list[tuple[str, ...]] = []
    run = Git._run

    def noted(self: Git, arguments: tuple[str, ...], *rest: Any) -> Any:
        commands.append(arguments)
        return run(self, arguments, *rest)

    monkeypatch.setattr(Git, "_run", noted)
    return commands


class TestReading:
    def test_files_are_left_out_of_the_clone_until_they_are_read(self, hub: Hub, asked: list[tuple[str, ...]]) -> None:
        place = source(hub)
        assert paths(place) == ["a.md", "b.md", "c.md"]
        assert blobs(clone(hub)) == 0
        assert place.read("a.md").data == TEXT + b"a"
        assert blobs(clone(hub)) == 3, "what else is read is had in the same conversation"
        assert [place.read(path).data[-1:] for path in ("b.md", "c.md")] == [b"b", b"c"]
        assert sum("--stdin" in command and "fetch" in command for command in asked) == 1

    def test_what_did_not_change_is_not_read_again(self, hub: Hub, asked: list[tuple[str, ...]]) -> None:
        first = source(hub)
        before = {path: first.read(path).version for path in paths(first)}
        hub.push({"b.md": b"new"})
        asked.clear()
        again = source(hub)
        assert [path for path in paths(again) if again.version(path) != before[path]] == ["b.md"]
        assert len(asked) < 12

    def test_an_unchanged_branch_costs_one_conversation(self, hub: Hub, asked: list[tuple[str, ...]]) -> None:
        paths(source(hub))
        asked.clear()
        paths(source(hub))
        assert sum(command[0] in ("fetch", "ls-remote") for command in asked) == 1

    def test_who_saved_a_document_and_where_that_can_be_seen(self, hub: Hub) -> None:
        paths(source(hub))
        bo = hub.push({"b.md": b"1"}, author="Bo")
        cy = hub.push({"c.md": b"1"}, author="Cy")
        hub.push({"other.txt": b"1"}, author="Dee")
        place = source(hub)
        paths(place)
        assert place.read("b.md").who == Who("Bo", f"commit {bo[:12]}")
        assert place.read("c.md").who == Who("Cy", f"commit {cy[:12]}")
        assert place.read("a.md").who.actor == "Ana", "also of what changed before the last look"

    def test_our_own_commits_are_nobodys_edit(self, hub: Hub) -> None:
        place = source(hub)
        place.write(place.read("a.md"), b"ours")
        bring_out(place)
        assert source(hub).read("a.md").who.actor == "Ana"

    def test_a_first_clone_of_few_commits_knows_who_of_those(self, hub: Hub) -> None:
        hub.push({"b.md": b"1"}, author="Bo")
        place = source(hub, depth=1, remote=hub.folder.as_uri())
        assert len(paths(place)) == 3
        assert hub.git("rev-list", "--count", "main") == "2"
        counted = subprocess.run(
            ["git", f"--git-dir={clone(hub)}", "rev-list", "--count", "refs/pmtrack/head"],
            capture_output=True,
            check=True,
        )
        assert counted.stdout == b"1\n"
        place.write(place.read("b.md"), b"ours")
        bring_out(place)
        assert hub.read("b.md") == b"ours"
        hub.push({"c.md": b"later"}, author="Cy")
        assert source(hub, depth=1, remote=hub.folder.as_uri()).read("c.md").who.actor == "Cy"

    def test_what_is_kept_elsewhere_is_said(self, hub: Hub) -> None:
        hub.push({"b.md": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"})
        place = source(hub)
        with pytest.raises(DocumentError, match=r"b\.md is kept in Git LFS"):
            place.read("b.md")
        assert place.read("a.md").who != NOT_KNOWN

    def test_a_folder_that_is_left_out_is_left_out_with_all_below(self, hub: Hub) -> None:
        hub.push({"x/y/d.md": TEXT, "x/e.md": TEXT, "z/f.md": TEXT})
        assert paths(source(hub, exclude=["x/y", "*.md"])) == ["x/e.md", "z/f.md"]
        assert paths(source(hub, include=["x/**/*.md", "z/*.md"])) == ["x/e.md", "x/y/d.md", "z/f.md"]

    def test_links_are_told_or_count_once(self, hub: Hub) -> None:
        hub.push({}, links={"to-a.md": "a.md", "out.md": "/etc/passwd"})
        seen = {one.path: one.problem for one in source(hub).documents()}
        assert "to-a.md" not in seen
        assert "is a link" in (seen["out.md"] or "")


class TestAddresses:
    def test_a_line_is_shown_at_the_commit_where_it_holds(self, hub: Hub) -> None:
        place = source(hub, host="github", web="https://github.com/acme/pm")
        assert place.address("a.md", 3) == "", "nothing is known yet, and nobody is asked"
        paths(place)
        first = hub.at()
        assert place.address("a.md", 3) == f"https://github.com/acme/pm/blob/{first}/a.md?plain=1#L3"
        hub.push({"a.md": b"x"})
        assert str(first) in place.address("a.md", 3), "until the new lines were read"
        assert str(first) in source(hub, host="github", web="https://github.com/acme/pm").address("a.md", 3)

    def test_after_our_own_commit_lines_hold_there(self, hub: Hub) -> None:
        place = source(hub, link="https://host/{commit}/{path}#{line}")
        place.write(place.read("a.md"), b"ours")
        bring_out(place)
        assert place.address("a.md", 1) == f"https://host/{hub.at()}/a.md#1"
        assert source(hub, link="https://host/{commit}/{path}").address("b.md", 1) == f"https://host/{hub.at()}/b.md"

    def test_people_find_the_document_as_it_is_now(self, hub: Hub) -> None:
        assert (
            source(hub, link="https://host/{commit}/{path}", branch="main").locate("a b.md")
            == "https://host/main/a%20b.md"
        )
        assert source(hub).locate("a.md") == f"{hub.folder.as_uri()}/a.md"


BREAKS: dict[str, Callable[[Path], object]] = {
    "emptied": lambda place: [shutil.rmtree(one) if one.is_dir() else one.unlink() for one in place.iterdir()],
    "without HEAD": lambda place: (place / "HEAD").unlink(),
    "without objects": lambda place: shutil.rmtree(place / "objects"),
    "without packs": lambda place: [one.unlink() for one in (place / "objects" / "pack").iterdir()],
    "with half a pack": lambda place: [os.truncate(one, 60) for one in (place / "objects" / "pack").glob("*.pack")],
    "with half an index": lambda place: [os.truncate(one, 60) for one in (place / "objects" / "pack").glob("*.idx")],
    "with a broken setting": lambda place: (place / "config").write_text("[core\n"),
    "with a ref to nothing": lambda place: (place / "refs/pmtrack/head").write_text("1" * 40),
    "with a ref that is none": lambda place: (place / "refs/pmtrack/head").write_text("x"),
    "half made": lambda place: (place / "pmtrack-clone").write_text(""),
    "locked": lambda place: (place / "refs/pmtrack/head.lock").write_text(""),
    "locked in its settings": lambda place: [(place / f"{name}.lock").write_text("") for name in ("config", "HEAD")],
}


class TestABrokenClone:
    @pytest.mark.parametrize("what", BREAKS)
    @pytest.mark.parametrize("changed", [True, False])
    def test_is_mended_or_made_anew(self, hub: Hub, what: str, changed: bool) -> None:
        first = source(hub)
        before = [first.read(path) for path in paths(first)]
        for file in clone(hub).rglob("*"):
            file.chmod(0o755 if file.is_dir() else 0o644)
        BREAKS[what](clone(hub))
        if changed:
            hub.push({"a.md": b"new"})
        again = source(hub)
        assert paths(again) == ["a.md", "b.md", "c.md"]
        assert again.read("a.md").data == (b"new" if changed else before[0].data)
        assert again.read("b.md").version == before[1].version
        again.write(again.read("b.md"), b"ours")
        bring_out(again)
        assert hub.read("b.md") == b"ours"

    def test_a_damaged_file_is_said_and_had_again_by_the_next_run(self, hub: Hub) -> None:
        hub.git("config", "uploadpack.allowFilter", "false")
        first = source(hub)
        paths(first)
        oid = first.version("a.md")
        (pack,) = (clone(hub) / "objects" / "pack").glob("*.pack")
        away = pack.rename(hub.folder.parent / pack.name)
        Hub(clone(hub)).git("unpack-objects", "-q", data=away.read_bytes())
        file = clone(hub) / "objects" / oid[:2] / oid[2:]
        file.chmod(0o644)
        file.write_bytes(b"damaged")
        with pytest.raises(DocumentError, match=r"a\.md cannot be read from the clone of its source"):
            first.read("a.md")
        assert first.read("b.md").data == TEXT + b"b"
        again = source(hub)
        paths(again)
        assert again.read("a.md").data == TEXT + b"a"

    def test_what_is_not_ours_is_never_removed(self, hub: Hub) -> None:
        (clone(hub)).mkdir(parents=True)
        (clone(hub) / "thesis.txt").write_text("years of work")
        with pytest.raises(SourceError, match="is no clone that pmtrack made"):
            paths(source(hub))
        assert (clone(hub) / "thesis.txt").read_text() == "years of work"

    def test_a_place_that_cannot_be_written_is_said(self, hub: Hub) -> None:
        clone(hub).parent.parent.write_text("a file")
        with pytest.raises(SourceError, match="make that writable, or name another folder with cache"):
            paths(source(hub))

    def test_no_git_is_said(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nosuch")
        with pytest.raises(SourceError, match="there is no git on this machine"):
            paths(source(hub))

    def test_another_remote_under_the_same_name_is_read_anew(self, hub: Hub) -> None:
        paths(source(hub))
        other = Hub.make(hub.folder.parent / "other.git", {"z.md": TEXT})
        assert paths(source(other, remote="other.git")) == ["z.md"]
        shutil.move(hub.folder, hub.folder.parent / "moved.git")
        assert paths(source(hub, remote="moved.git")) == ["a.md", "b.md", "c.md"]

    def test_two_at_once_do_not_disturb_each_other(self, hub: Hub) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(6) as pool:
            found = list(pool.map(lambda _: paths(source(hub)), range(12)))
        assert found == [["a.md", "b.md", "c.md"]] * 12


class TestTheRemote:
    def test_a_branch_that_is_deleted_is_no_empty_listing(self, hub: Hub) -> None:
        paths(source(hub, branch="main"))
        hub.git("update-ref", "-d", "refs/heads/main")
        with pytest.raises(SourceError, match="has no branch main: push it again") as caught:
            paths(source(hub, branch="main"))
        assert "nothing was done that rests on a missing document" in str(caught.value)

    def test_an_empty_repository_is_no_empty_listing(self, tmp_path: Path) -> None:
        hub = Hub.make(tmp_path / "empty.git")
        for branch in (None, "main"):
            with pytest.raises(SourceError, match=r"has no (default )?branch"):
                paths(source(hub, remote="empty.git", branch=branch))

    def test_a_history_that_was_rewritten_is_followed(self, hub: Hub) -> None:
        hub.push({"a.md": b"dropped"})
        paths(source(hub))
        hub.push({"a.md": b"rewritten"}, on=hub.git("rev-parse", "main^"))
        place = source(hub)
        paths(place)
        assert place.read("a.md").data == b"rewritten"

    def test_a_new_default_branch_is_followed_and_said(self, hub: Hub) -> None:
        paths(source(hub))
        place = source(hub)
        paths(place)
        assert place.remarks(lambda: 7) == []
        hub.push({"a.md": b"trunk"}, branch="trunk", on=hub.at())
        hub.git("symbolic-ref", "HEAD", "refs/heads/trunk")
        place = source(hub)
        paths(place)
        assert place.read("a.md").data == b"trunk"
        assert place.remarks(lambda: 7) == [
            "the default branch of source pm is now trunk, no longer main: it is read from now on; "
            'set branch = "main" to stay; the links of 7 issues stay as they are until `pmtrack refresh-links` lets '
            "them follow"
        ]
        place.write(place.read("b.md"), b"ours")
        bring_out(place)
        assert (hub.read("b.md", "trunk"), hub.read("b.md")) == (b"ours", TEXT + b"b")
        again = source(hub)
        paths(again)
        assert again.remarks(lambda: 7) == []

    def test_a_remote_that_does_not_answer_is_asked_once(self, hub: Hub, asked: list[tuple[str, ...]]) -> None:
        shutil.move(hub.folder, hub.folder.parent / "away.git")
        place = source(hub)
        for question in (lambda: paths(place), lambda: place.read("a.md"), place.closed):
            with pytest.raises(SourceError, match="is not there, or not for this account"):
                question()
        assert sum(command[0] in ("fetch", "ls-remote") for command in asked) == 1

    def test_a_remote_that_hangs_is_given_up(self, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = tmp_path / "slow"
        slow.write_text("#!/bin/sh\nsleep 60\n")
        slow.chmod(0o755)
        monkeypatch.setenv("GIT_SSH_COMMAND", str(slow))
        with pytest.raises(SourceError, match="did not answer in time: try again"):
            paths(source(hub, remote="git@nosuch.invalid:a/b.git", timeout="1s"))


class TestTogether:
    def test_several_that_push_at_once_all_get_through(self, hub: Hub, tmp_path: Path) -> None:
        """Each with a store and a clone of its own, as on several machines."""
        from concurrent.futures import ThreadPoolExecutor

        def one(name: str) -> Committed:
            given: dict[str, Any] = {"remote": str(hub.folder), "publish": {"min_interval": "0s"}}
            settings = GitSettings.model_validate({"name": name, "kind": "git", "tracker": "board", **given})
            place = GitSource(settings, tmp_path / name, lambda: NOON)
            place.write(place.read(f"{name}.md"), b"ours")
            return place.commit("R", lambda _content: None)

        with ThreadPoolExecutor(3) as pool:
            done = list(pool.map(one, "abc"))
        assert [sorted(each.written) for each in done] == [["a.md"], ["b.md"], ["c.md"]]
        assert [hub.read(f"{name}.md") for name in "abc"] == [b"ours"] * 3
        assert all(len(hub.git("rev-list", "--parents", "-1", each).split()) == 2 for each in hub.ours())
        assert len(hub.ours()) == 3

    def test_no_process_is_left_behind(self, hub: Hub) -> None:
        place = source(hub)
        place.read("a.md")
        process = place._objects._process
        assert process is not None
        place.commit("R", lambda _content: None)
        assert process.poll() is not None


class TestTheInterval:
    def test_at_most_one_commit_in_an_interval(self, hub: Hub) -> None:
        place = source(hub)
        assert place.closed() is None
        place.write(place.read("a.md"), b"ours")
        bring_out(place)
        young = "source pm was written to at 12:00: the next commit is made from 13:00 UTC on (publish.min_interval)"
        assert source(hub, at=NOON + timedelta(minutes=59)).closed() == young
        assert source(hub, at=NOON + timedelta(minutes=60)).closed() is None
        assert source(hub, at=NOON, publish={"min_interval": "0s"}).closed() is None

    def test_it_is_known_without_a_store_and_by_another_worker(self, hub: Hub) -> None:
        place = source(hub)
        place.write(place.read("a.md"), b"ours")
        bring_out(place)
        shutil.rmtree(clone(hub))
        hub.push({"c.md": b"theirs"})
        assert "the next commit is made from 13:00" in str(source(hub).closed())

    def test_a_source_that_is_off_is_never_open(self, hub: Hub) -> None:
        assert "publish.mode is off" in str(source(hub, publish={"mode": "off"}).closed())


def blobs(place: Path) -> int:
    listing = subprocess.run(
        ["git", f"--git-dir={place}", "cat-file", "--batch-all-objects", "--batch-check=%(objecttype)"],
        capture_output=True,
        check=True,
    )
    return listing.stdout.split().count(b"blob")


def test_the_cache_is_beside_the_configuration(hub: Hub) -> None:
    paths(source(hub, cache=Path("elsewhere/pm")))
    assert (hub.folder.parent / "elsewhere" / "pm" / "HEAD").is_file()
