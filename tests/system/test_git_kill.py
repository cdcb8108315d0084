"""Several processes at one clone, and some that are killed there: it is waited for, mended, and nothing is doubled."""

from __future__ import annotations

import fcntl
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from contract.source_suite import Hub
from pmtrack.errors import SourceError
from pmtrack.sources.git.source import connect
from pmtrack.sources.settings import GitSettings
from support.scratch import CONFIG, Scratch, assert_quiet
from system.test_kill import WORDS, marked, shop

REMOTE = 'kind = "git"\nremote = "hub.git"\nbranch = "main"\npublish = { min_interval = "0s" }'
KILLS = 14
HALLS = 6

HOLD = """
import fcntl, time
lock = open({lock!r}, "ab")
fcntl.flock(lock, fcntl.LOCK_EX)
print("held", flush=True)
time.sleep({seconds})
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch.make(tmp_path, config=CONFIG.replace('kind = "folder"\npath = "postmortems"', REMOTE))


@pytest.fixture
def hub(scratch: Scratch) -> Hub:
    return Hub.make(scratch.folder / "hub.git", {f"hall-{number}.md": shop(number).encode() for number in range(HALLS)})


def folder(scratch: Scratch) -> Path:
    return scratch.folder / ".pmtrack" / "clones" / "postmortems.git"


def test_killed_at_any_moment_a_run_goes_on_and_pushes_nothing_twice(scratch: Scratch, hub: Hub) -> None:
    """Between two kills somebody ticks an item, so that there is always something to fetch and something to push."""
    chance, killed, reach = random.Random(11), 0, 0.6
    for turn in range(KILLS):
        was_at_work = scratch.kill("sync", "--yes", after=chance.uniform(0, reach))
        killed += was_at_work
        reach *= 1.3 if was_at_work else 0.6
        path = f"hall-{turn % HALLS}.md"
        box = f"- [ ] Replace the {WORDS[turn // HALLS]}".encode()
        hub.push({path: hub.read(path).replace(box, box.replace(b"[ ]", b"[x]"), 1)}, author="Bo")
    scratch.run("sync", "--yes")
    scratch.sync("--yes")
    assert killed > KILLS // 4
    for number in range(HALLS):
        text = hub.read(f"hall-{number}.md").decode()
        assert text.count("pmtrack:begin") == text.count("pmtrack:end") == 1
        assert text.rstrip().endswith("The end.")
    linked = [row for row in scratch.status()["items"] if row["state"] == "linked"]
    assert sorted(marked(scratch).values()) == [1] * len(linked)
    runs = hub.git("log", "--format=%(trailers:key=Pmtrack-Run,valueonly)", "main").split()
    assert len(runs) == len(set(runs)), "one commit a run"
    head = hub.at()
    assert_quiet(scratch)
    assert hub.at() == head
    left = [path.name for path in folder(scratch).rglob("*.lock")] + list(folder(scratch).glob("index-*"))
    assert left == []


def test_a_clone_that_was_killed_while_it_was_made_is_made_anew(scratch: Scratch, hub: Hub) -> None:
    for after in (0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
        scratch.kill("plan", after=after)
    assert scratch.run("plan").code == 0
    assert not list(folder(scratch).rglob("*.lock"))


LEFT = {
    "a lock of the index of a commit": "index-x1/index.lock",
    "a lock of its settings": "config.lock",
    "a lock of where its history begins": "shallow.lock",
    "a lock of its packed refs": "packed-refs.lock",
    "a lock of the branch": "refs/pmtrack/head.lock",
    "half a pack": "objects/pack/tmp_pack_x1",
    "half an object": "objects/17/tmp_obj_x1",
}


@pytest.mark.parametrize("what", LEFT)
def test_what_a_killed_process_left_is_in_nobodys_way(scratch: Scratch, hub: Hub, what: str) -> None:
    scratch.sync("--yes")
    left = folder(scratch) / LEFT[what]
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"half")
    hub.push({"hall-0.md": hub.read("hall-0.md").replace(b"- [ ]", b"- [x]", 1)})
    assert "documents written 1" in scratch.sync().out
    assert not left.exists() or "tmp_" in left.name, "what may be another git's is left to it for an hour"
    assert_quiet(scratch)


# ------------------------------------------------------------ several at once


def test_two_processes_at_one_clone_take_turns(scratch: Scratch, hub: Hub) -> None:
    """A sync, and looks of others at the same moment: all of them get the whole listing."""
    with scratch.start("sync", "--yes") as process:
        looks = [scratch.start("plan", "--format", "json") for _ in range(3)]
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), out
    for look in looks:
        told, err = look.communicate(timeout=60)
        assert (look.returncode, err) == (0, ""), told
    assert_quiet(scratch)


def test_who_is_at_work_is_waited_for(scratch: Scratch, hub: Hub) -> None:
    holding = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(lock=_lock(scratch), seconds=1)], stdout=subprocess.PIPE, text=True
    )
    with holding:
        assert holding.stdout
        holding.stdout.readline()
        started = time.monotonic()
        scratch.sync("--yes")
        assert time.monotonic() - started > 0.5


def _lock(scratch: Scratch) -> str:
    where = folder(scratch)
    where.parent.mkdir(parents=True, exist_ok=True)
    return str(where.with_name(f"{where.name}.lock"))


def test_who_takes_too_long_is_said(scratch: Scratch, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = GitSettings(name="pm", kind="git", remote=str(hub.folder), tracker="t")
    place = connect(settings, scratch.folder)
    place._clone.patience = 0.1
    where = scratch.folder / ".pmtrack" / "clones"
    where.mkdir(parents=True)
    with (where / "pm.git.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(SourceError, match=r"another process is at work on the clone of source pm in .*: try again"):
            list(place.documents())
    assert len(list(place.documents())) == HALLS
