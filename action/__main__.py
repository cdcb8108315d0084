"""pmtrack as a GitHub Action, see docs/github-action.md: on a pull request what merging would do, else a sync.

Run by `action.yml` with the Python that `install` has set up. What it needs of GitHub comes through the environment.
"""

from __future__ import annotations

import html
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType

from branch import Branch, Moved, Repository, header
from comment import Refused, Thread
from settings import Settings, Trouble

SOURCE = Path(__file__).resolve().parent.parent / "src"
ATTEMPTS = 3
"""Runs of pmtrack, where somebody else saves the store meanwhile."""

NO_TARGET = (
    "pull_request_target gives a stranger's documents the secrets of this repository: use `on: pull_request` instead"
)
LOST = (
    "source {} is a folder with publish.report on, and what is written into this checkout is thrown away: use "
    'kind = "git" with this repository as its remote, or report = false'
)


def say(words: str) -> None:
    print(f"pmtrack: {words}", flush=True)


def warn(words: str) -> None:
    print(f"::warning title=pmtrack::{words}", flush=True)


def main(environment: Mapping[str, str]) -> int:
    """The exit code of the step."""
    try:
        settings = Settings.of(environment)
        if settings.event == "pull_request_target":
            raise Trouble(NO_TARGET)
        config = settings.read_config()
        file = settings.store_file(config)
        branch = _branch(settings, file) if file else None
        return preview(settings, branch) if settings.event == "pull_request" else sync(settings, branch, config)
    except Trouble as trouble:
        print(f"::error title=pmtrack::{trouble}", flush=True)
        return 1


def _branch(settings: Settings, file: Path) -> Branch:
    repository = Repository(settings.temp / f"pmtrack-store-{secrets.token_hex(4)}", settings.remote, settings.token)
    repository.make()
    return Branch(repository, settings.branch, file, settings.run, say)


# ------------------------------------------------------------ on a schedule, on a push, by hand


def sync(settings: Settings, branch: Branch | None, config: Mapping[str, object]) -> int:
    """A sync between a store restored and a store saved."""
    for name in _folders(config):
        warn(LOST.format(name))
    with branch.alone(settings.patience) if branch else nullcontext():
        for _ in range(ATTEMPTS):
            code, lines = _synced(settings, branch)
            if _saved(branch):
                break
            say("somebody else saved the store meanwhile: once more, with theirs")
        else:
            raise Trouble("the store could not be saved: let the next run find the issues again by their markers")
    _tell(settings, code, lines)
    return code


def _synced(settings: Settings, branch: Branch | None) -> tuple[int, list[str]]:
    if branch:
        branch.restore()
    return _run(settings, "sync", *(["--yes"] if settings.release else []))


def _saved(branch: Branch | None) -> bool:
    try:
        if branch and branch.save():
            say(f"the store was saved on {branch.name}")
    except Moved:
        return False
    return True


def _folders(config: Mapping[str, object]) -> Iterator[str]:
    """The names of the sources whose documents are written where nobody keeps them."""
    sources, publish = config.get("sources"), config.get("publish")
    wanted = not isinstance(publish, dict) or publish.get("report", True)
    for source in sources if isinstance(sources, list) else []:
        own = source.get("publish", {}) if isinstance(source, dict) else {}
        if isinstance(source, dict) and source.get("kind", "folder") == "folder" and own.get("report", wanted):
            yield str(source.get("name"))


def _tell(settings: Settings, code: int, lines: list[str]) -> None:
    """What was done, for the summary of the run and for later steps."""
    counts = re.findall(r"([a-z][a-z ]*?) (\d+)(?:, |$)", lines[-1]) if lines else []
    with settings.outputs.open("a", encoding="utf-8") as file:
        file.writelines(f"{name.replace(' ', '-')}={count}\n" for name, count in counts)
    title = "synced" if code == 0 else "synced, and somebody has to look"
    shown = html.escape("\n".join(lines)).replace("@", "&#64;")
    with settings.summary.open("a", encoding="utf-8") as file:
        file.write(f"### pmtrack: {title}\n\n<pre>\n{shown}\n</pre>\n")


# ------------------------------------------------------------ on a pull request


def preview(settings: Settings, branch: Branch | None) -> int:
    """Say what merging would do. The store is only read."""
    if branch:
        branch.restore()
    _fetch_parent(settings)
    # A stranger's pull request has no secrets, and so no database.
    instead = {"PMTRACK_STORE_URL": "sqlite://"} if settings.is_from_fork and branch is None else {}
    words = ("preview", "--base", f"{settings.sha}^1", "--head", settings.sha, "--format", "markdown")
    code, lines = _run(settings, *words, **instead)
    told = "\n".join(lines)
    if not told.startswith("### pmtrack"):
        return code or 1
    with settings.summary.open("a", encoding="utf-8") as file:
        file.write(f"{told}\n")
    if settings.comment and settings.token and settings.pull:
        _comment(settings, told)
    return 0


def _comment(settings: Settings, words: str) -> None:
    thread = Thread(settings.api, settings.repository, settings.pull or 0, settings.token)
    try:
        say(f"the comment: {thread.tell(words, anew='changes nothing' not in words.splitlines()[0])}")
    except Refused as refused:
        warn(str(refused))


def _fetch_parent(settings: Settings) -> None:
    """The commit that is merged into, which a shallow checkout lacks. A whole one is left as it is.

    Raises:
        Trouble: it cannot be had.
    """
    git = ["git", "-C", str(settings.workspace), "-c", f"safe.directory={settings.workspace}"]
    if _ends_well([*git, "cat-file", "-e", f"{settings.sha}^1"]):
        return
    kept = _ends_well([*git, "config", "--includes", "--get-regexp", r"^http\..*\.extraheader$"])
    login = {} if kept else header(settings.remote, settings.token)  # two of them would be refused
    if not _ends_well([*git, "fetch", "--quiet", "--no-tags", "--depth=2", settings.remote, settings.sha], login):
        raise Trouble("the commit that this would be merged into cannot be fetched: check out with fetch-depth: 2")


def _ends_well(command: list[str], more: Mapping[str, str] | None = None) -> bool:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", **(more or {})}
    return subprocess.run(command, capture_output=True, env=environment, check=False).returncode == 0


# ------------------------------------------------------------ pmtrack itself


def _run(settings: Settings, *words: str, **more: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a command of pmtrack, which are also in the log as they come."""
    command = [sys.executable, "-m", "pmtrack", "--config", str(settings.config), *words]
    store = {"PMTRACK_STORE_URL": settings.store_url} if settings.store_url else {}
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUNBUFFERED": "1", **store, **more}
    process = subprocess.Popen(command, cwd=settings.workspace, env=environment, stdout=subprocess.PIPE, text=True)
    lines = []
    with process, _as_text(), _passing_on(process):
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line.rstrip("\n"))
    return process.returncode, lines


@contextmanager
def _as_text() -> Iterator[None]:
    """GitHub takes a line that begins with `::` for a command; in between it does not."""
    word = secrets.token_hex(16)
    print(f"::stop-commands::{word}", flush=True)
    try:
        yield
    finally:
        print(f"::{word}::", flush=True)


@contextmanager
def _passing_on(process: subprocess.Popen[str]) -> Iterator[None]:
    """A job that is cancelled has ten seconds: pmtrack ends between two changes, and the store is saved."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)  # also from here on: the store is still to be saved
    yield


if __name__ == "__main__":
    sys.exit(main(os.environ))
