"""A Dockerfile carried out on a plain machine: every step for real, below a folder in the place of `/`.

What differs from a container: Python is the machine's own; `apt-get` fetches the lists into a folder and only simulates
the installation; accounts are made in files of their own. Who is not Debian's root does neither of these (`AS_ROOT`).
Nothing outside the folder is written.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_WORD = re.compile(r"(?P<word>[A-Z]+)\s+(?P<rest>.*)", re.DOTALL)
_TOP = re.compile(r"(?<![\w.}/(-])/(?=(?:src|build|dist|data|opt/pmtrack|var/lib/apt|usr/local/lib)\b)")
"""The places of the image, as they stand in its steps."""

PYTHON = Path(sys.base_prefix, "bin", "python3")
ACCOUNTS = ("passwd", "group", "shadow", "gshadow")

SHIMS: Mapping[str, str] = {
    "python": f'exec {PYTHON} "$@"',
    "apt-get": """\
test "$1" = install && shift && set -- --simulate install "$@"
exec /usr/bin/apt-get -qq -o Dir::State={root}/var/lib/apt -o Dir::State::status=/var/lib/dpkg/status \\
    -o Dir::Cache={root}/cache -o APT::Sandbox::User=root "$@" """,
    "groupadd": 'exec /usr/sbin/groupadd --prefix {root} "$@"',
    "useradd": 'exec /usr/sbin/useradd --prefix {root} "$@"',
}
"""Command -> what is done in its place."""

NEEDS = ("/usr/bin/apt-get", "/usr/sbin/useradd", "/usr/sbin/groupadd")
AS_ROOT = os.geteuid() == 0 and all(Path(tool).exists() for tool in NEEDS)
LEFT_OUT = dict.fromkeys(("apt-get", "groupadd", "useradd", "chown"), "exit 0")
"""What only Debian's root can do, even below a folder."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its word, and the rest with its lines joined."""

    word: str
    rest: str


def steps(text: str) -> list[Step]:
    """The instructions of a Dockerfile, in order."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    joined = re.sub(r"\\\n\s*", " ", lines)
    found = (_WORD.fullmatch(line.strip()) for line in joined.splitlines() if line.strip())
    return [Step(one["word"], one["rest"]) for one in found if one]


def allowed(ignore: str) -> set[str]:
    """The names at the top of the context that a .dockerignore lets in; it has to leave out all others."""
    lines = ignore.split()
    assert lines[0] == "*", "the context is what is named, and nothing else"
    return {line[1:] for line in lines if line.startswith("!")}


@dataclass
class Machine:
    """A machine whose `/` is a folder.

    Attributes:
        context: what COPY copies from. environment: as ENV left it; here: as WORKDIR did. done: the RUN steps so far.
    """

    root: Path
    context: Path
    environment: dict[str, str] = field(default_factory=dict)
    here: Path = Path()
    settings: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, root: Path, context: Path) -> Machine:
        """With the tools in the place of those that would change the machine, and a copy of Python's own library."""
        machine = cls(root, context)
        for name in ("bin", "etc", "cache", "var/lib/apt/lists/partial"):
            (root / name).mkdir(parents=True)
        for name in ACCOUNTS:
            (root / "etc" / name).touch()
        for name, script in (SHIMS if AS_ROOT else {**SHIMS, **LEFT_OUT}).items():
            file = root / "bin" / name
            file.write_text(f"#!/bin/sh\n{script.format(root=root)}\n", encoding="utf-8")
            file.chmod(0o755)
        library = Path(os.__file__).parent
        heavy = shutil.ignore_patterns("site-packages", "test", "tests", "__pycache__", "lib-dynload", "config-*")
        shutil.copytree(library, root / "usr/local/lib/python3.13", ignore=heavy)
        return machine

    def path(self, place: str) -> Path:
        """Where a path of the image is."""
        return self.root / place.lstrip("/")

    def told(self, text: str) -> str:
        """Words of a step with the places of the image as they are here."""
        return _TOP.sub(f"{self.root}/", text)

    def build(self, text: str) -> None:
        """Carry out a whole Dockerfile."""
        for step in steps(text):
            self._carry_out(step)

    def _carry_out(self, step: Step) -> None:
        if step.word == "FROM":
            base = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "SSL_", "HTTP"))}
            self.environment = {**base, "PATH": f"{self.root}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
            self.here = self.root
        elif step.word == "RUN":
            self._run(step.rest)
        elif step.word == "COPY":
            self._copy(shlex.split(step.rest))
        elif step.word == "ENV":
            self.environment |= dict(self._pairs(step.rest))
        elif step.word == "WORKDIR":
            self.here = self.path(step.rest)
            self.here.mkdir(parents=True, exist_ok=True)
        else:
            self.settings[step.word] = step.rest

    def _run(self, command: str) -> None:
        done = subprocess.run(
            ["/bin/sh", "-ec", self.told(command)],
            cwd=self.here,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"RUN {command}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        self.done.append(command)

    def _copy(self, words: list[str]) -> None:
        *sources, target = [word for word in words if not word.startswith("--")]
        if any(word.startswith("--from=") for word in words):  # the stages share one root
            assert sources == [target]
            assert self.path(target).is_dir()
            return
        for name in sources:
            there = self.context / name
            if there.is_dir():
                shutil.copytree(there, self.here / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(there, self.here / target)

    def _pairs(self, rest: str) -> Iterator[tuple[str, str]]:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            yield name, self.told(value).replace("$PATH", self.environment["PATH"])
