"""A token reaches the remote, and nothing and nobody else: not the disk, not arguments, not a sentence."""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.source_suite import TEXT, Hub, bring_out
from pmtrack.errors import SourceError
from pmtrack.sources.git.source import GitSource, connect
from pmtrack.sources.settings import GitSettings
from support import canary
from support.git_web import GitWeb, serve

TOKEN = f"ghp_{canary.WORD}0123456789"
BASIC = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
FORMS = (TOKEN, BASIC)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hub = Hub.make(tmp_path / "srv" / "hub.git", {"a.md": TEXT, "b.md": TEXT})
    hub.git("config", "http.receivepack", "true")
    return hub


@pytest.fixture
def web(hub: Hub) -> Iterator[GitWeb]:
    with serve(hub.folder.parent, lambda token: token == TOKEN) as server:
        yield server


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PMTRACK_PM_TOKEN", TOKEN)


def source(folder: Path, url: str, **more: Any) -> GitSource:
    settings = GitSettings.model_validate({"name": "pm", "kind": "git", "remote": url, "tracker": "board", **more})
    return connect(settings, folder)


def on_disk(folder: Path) -> list[Path]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(form.encode() in path.read_bytes() for form in FORMS)]


def test_reading_and_writing_with_a_token(tmp_path: Path, hub: Hub, web: GitWeb, there: None) -> None:
    place = source(tmp_path, web.url)
    assert [seen.path for seen in place.documents()] == ["a.md", "b.md"]
    place.write(place.read("a.md"), b"ours")
    bring_out(place)
    assert hub.read("a.md") == b"ours"
    assert set(web.heard) == {f"Basic {BASIC}"}, "from the first request on"
    assert on_disk(tmp_path) == []


def test_no_process_shows_it_to_others(tmp_path: Path, web: GitWeb, there: None) -> None:
    place = source(tmp_path, web.url)
    shown, told, stop = [], [], threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    words = (process / "cmdline").read_bytes()
                    if b"git" in words.split(b"\0")[0]:
                        shown.append(words)
                        told.append((process / "environ").read_bytes())
                except OSError:
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    web.delay = 0.3
    list(place.documents())
    place.write(place.read("a.md"), b"ours")
    bring_out(place)
    stop.set()
    watcher.join()
    names = {words.split(b"\0")[0].rpartition(b"/")[2] for words in shown}
    assert any(name.startswith(b"git-remote-http") or b"remote-http" in words for name in names for words in shown)
    assert not any(form.encode() in words for words in shown for form in FORMS)
    assert any(BASIC.encode() in words for words in told), "it is in the environment, which is the user's own"


def test_no_sentence_and_no_log_tells_it(
    tmp_path: Path, web: GitWeb, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("PMTRACK_PM_TOKEN", "wrong-" + TOKEN)
    monkeypatch.setenv("GIT_TRACE_CURL", "1")
    place = source(tmp_path, web.url)
    with pytest.raises(SourceError, match="does not let us in: set PMTRACK_PM_TOKEN") as caught:
        list(place.documents())
    assert TOKEN not in f"{caught.value!r} {caplog.text} {place.__dict__!r}"


def test_a_remote_without_a_token_says_which_variable(tmp_path: Path, web: GitWeb) -> None:
    with pytest.raises(SourceError, match="does not let us in: set PMTRACK_PM_TOKEN in the environment"):
        list(source(tmp_path, web.url).documents())


def test_a_named_credential_that_is_not_there_is_said_before_anything_is_asked(tmp_path: Path, web: GitWeb) -> None:
    with pytest.raises(SourceError, match="there is no PMTRACK_ACME_TOKEN in the environment"):
        list(source(tmp_path, web.url, credential="acme").documents())
    assert web.heard == []


def test_a_push_that_is_refused_loses_nothing(tmp_path: Path, hub: Hub, web: GitWeb, there: None) -> None:
    place = source(tmp_path, web.url)
    place.write(place.read("a.md"), b"ours")
    web.push_refused = True
    done = place.commit("R1", lambda _content: None)
    assert not done.written
    assert "let the account of PMTRACK_PM_TOKEN write to the repository" in done.left["a.md"]
    assert TOKEN not in str(done)
    assert hub.read("a.md") == TEXT


def test_a_repository_that_moved_is_followed_and_said(tmp_path: Path, hub: Hub, web: GitWeb, there: None) -> None:
    place = source(tmp_path, web.url.replace("hub.git", "old.git"), branch="main")
    assert len(list(place.documents())) == 2
    moved = f"the repository of source pm moved to {web.url}/: set remote to the new address"
    assert place.remarks(lambda: 0) == [moved]
    list(place.documents())
    links = "; the links of 12 issues stay as they are until `pmtrack refresh-links` lets them follow"
    assert place.remarks(lambda: 12) == [moved + links], "until the configuration names the new one"
