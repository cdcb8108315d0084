"""A look at a git source against git itself: 10,000 documents, 100 of them changed.

    .venv/bin/python benchmarks/git_source.py [--documents N] [--changed N] [--rounds N]

Side by side, on the same repository and the same pushes: what a run of pmtrack does before it decides anything (fetch,
list, compare with what is known, read what differs, tell who saved it), and the least that git needs for the same
bytes: `git fetch`, `git diff --name-status`, and one `git cat-file --batch` for what changed. The remote is a folder on
this machine, so the network, which both would wait for alike, is not in it. Of all rounds the quickest counts: what
else the machine does is no property of the code.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from pmtrack.sources.git.source import connect
from pmtrack.sources.settings import GitSettings

DOCUMENT = """\
# Outage {at}

Date: 2026-03-02

## Summary

{filler}

## Action items

- [ ] Add an alert number {at}, version {version} (owner: Ana, P1, due 2099-12-01)
- [ ] Write runbook number {at}
"""
FILLER = "For an hour every third card was refused, and nobody was told.\n" * 40


def git(repository: Path, *arguments: str, data: bytes = b"") -> bytes:
    command = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def push(hub: Path, documents: range, version: int) -> None:
    """One commit that writes these documents."""
    lines = [f"commit refs/heads/main\ncommitter Ana <ana@acme.example> {1760000000 + version} +0000\ndata 4\nedit\n"]
    lines += ["from refs/heads/main^0\n"] if version else []
    for at in documents:
        text = DOCUMENT.format(at=at, version=version, filler=FILLER)
        lines.append(f"M 100644 inline {at // 200}/{at}.md\ndata {len(text.encode())}\n{text}\n")
    git(hub, "fast-import", "--quiet", data="".join(lines).encode())


def by_git(clone: Path, before: str) -> int:
    """How many documents changed since a commit, read by git alone."""
    git(clone, "fetch", "--quiet", "origin", "+refs/heads/main:refs/remotes/origin/main")
    changed = git(clone, "diff", "--name-status", "-z", before, "refs/remotes/origin/main").decode().split("\0")[1::2]
    asked = "".join(f"refs/remotes/origin/main:{path}\n" for path in changed)
    return len(changed) if git(clone, "cat-file", "--batch", data=asked.encode()) else 0


def by_pmtrack(settings: GitSettings, base: Path, known: Mapping[str, str]) -> dict[str, str]:
    """Path -> version of what changed, read by a source as a run makes it."""
    source = connect(settings, base)
    changed = [seen.path for seen in source.documents() if source.version(seen.path) != known.get(seen.path)]
    return {path: source.read(path).version for path in changed}


def measure(base: Path, documents: int, changed: int, rounds: int, *, filters: bool) -> tuple[list[float], list[float]]:
    """Seconds of git and of pmtrack, one each a round."""
    hub = base / "hub.git"
    git(hub, "init", "--quiet", "--bare", "--initial-branch=main", str(hub))
    git(hub, "config", "uploadpack.allowFilter", str(filters).lower())
    push(hub, range(documents), 0)
    git(hub, "repack", "-adq")
    settings = GitSettings(name="pm", kind="git", remote="hub.git", branch="main", tracker="board")
    started = time.perf_counter()
    known = by_pmtrack(settings, base, {})
    print(f"  first clone and all {len(known)} documents: {time.perf_counter() - started:.2f} s")
    clone = base / "plain.git"
    git(clone, "init", "--quiet", "--bare", str(clone))
    git(clone, "fetch", "--quiet", f"file://{hub}", "+refs/heads/main:refs/remotes/origin/main")
    git(clone, "config", "remote.origin.url", str(hub))
    plain, ours = [], []
    for version in range(1, rounds + 1):
        push(hub, range(version * 7, version * 7 + changed), version)
        before = git(clone, "rev-parse", "refs/remotes/origin/main").decode().strip()
        started = time.perf_counter()
        count = by_git(clone, before)
        between = time.perf_counter()
        found = by_pmtrack(settings, base, known)
        ours.append(time.perf_counter() - between)
        plain.append(between - started)
        assert count == len(found) == changed, (count, len(found))
        known |= found
    started = time.perf_counter()
    assert not by_pmtrack(settings, base, known)
    print(f"  nothing changed: {(time.perf_counter() - started) * 1000:.0f} ms")
    return plain, ours


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--changed", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--most", type=float, default=2.0, help="fail where pmtrack takes more than so many times as long"
    )
    options = parser.parse_args()
    failed = False
    for filters in (False, True):
        print(f"remote that {'leaves out files (partial clone)' if filters else 'sends all'}:")
        with tempfile.TemporaryDirectory() as folder:
            plain, ours = measure(Path(folder), options.documents, options.changed, options.rounds, filters=filters)
        times = min(ours) / min(plain)
        print(f"  git {min(plain) * 1000:.0f} ms, pmtrack {min(ours) * 1000:.0f} ms: {times:.2f} times")
        failed |= times > options.most
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
