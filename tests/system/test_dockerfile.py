"""The image of the Dockerfile. It cannot be built everywhere, so its steps are carried out on this machine instead.

They install the locked packages, so that they need a package index: that is done where `PMTRACK_TEST_DOCKERFILE=1`
says so, as `.ci/run` does. `support.dockerfile` tells what differs from a container.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.dockerfile import AS_ROOT, Machine, allowed, steps

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = steps(DOCKERFILE)

builds = pytest.mark.skipif(
    os.environ.get("PMTRACK_TEST_DOCKERFILE") != "1",
    reason="installs the locked packages from a package index: PMTRACK_TEST_DOCKERFILE=1 lets it, as in .ci/run",
)


def rest(word: str) -> list[str]:
    return [step.rest for step in STEPS if step.word == word]


class TestAsWritten:
    def test_hadolint_finds_nothing(self) -> None:
        tool = shutil.which("hadolint", path=f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}")
        if tool is None:
            pytest.skip("needs hadolint, which the development dependencies bring (`make test`)")
        done = subprocess.run([tool, "--no-color", "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")

    def test_the_base_is_pinned_by_release_and_digest(self) -> None:
        (base,) = rest("ARG")
        assert re.fullmatch(r"PYTHON=python:3\.\d+\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)
        assert {one.split()[0] for one in rest("FROM")} == {"${PYTHON}"}

    def test_nothing_is_installed_by_pip_that_is_not_locked_with_its_hash(self) -> None:
        installs = re.findall(r"pip(?: --python \S+)? install [^&]*", " ".join(rest("RUN")))
        assert len(installs) == 3
        assert all("--require-hashes" in one or "--no-deps /dist/*.whl" in one for one in installs), installs

    def test_the_user_is_a_number_other_than_root(self) -> None:
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", rest("USER")[-1])

    def test_the_context_holds_what_is_copied_and_nothing_else(self) -> None:
        names = allowed((ROOT / ".dockerignore").read_text(encoding="utf-8"))
        copied = {name for line in rest("COPY") if "--from" not in line for name in line.split()[:-1]}
        assert names == copied

    def test_the_image_says_where_it_keeps_things_and_how_it_is(self) -> None:
        assert rest("VOLUME") == ["/data"]
        assert json.loads(rest("ENTRYPOINT")[0]) == ["pmtrack"]
        assert "/healthz" in rest("HEALTHCHECK")[0]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The image, built once."""
    machine = Machine.make(tmp_path_factory.mktemp("image") / "root", ROOT)
    machine.build(DOCKERFILE)
    return machine


def command(image: Machine, *words: str) -> subprocess.Popen[str]:
    """Something run in a container: without a writable place but /data and /tmp, as far as the test looks."""
    environment = {**image.environment, "HOME": str(image.path("/data"))}
    program = shutil.which(words[0], path=environment["PATH"]) or words[0]
    return subprocess.Popen(
        [program, *words[1:]],
        cwd=image.here,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(image: Machine, *words: str) -> str:
    with command(image, *words) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


def files(image: Machine) -> Mapping[str, float]:
    """When each file outside /data was last written."""
    data = image.path("/data")
    found = (path for path in image.root.rglob("*") if path.is_file() and not path.is_relative_to(data))
    return {str(path): path.stat().st_mtime for path in found}


@builds
class TestAsBuilt:
    def test_every_run_step_was_carried_out(self, image: Machine) -> None:
        assert image.done == rest("RUN")

    @pytest.mark.skipif(not AS_ROOT, reason="only Debian's root can make accounts")
    def test_the_account_is_there_and_owns_the_data(self, image: Machine) -> None:
        user, group = image.settings["USER"].split(":")
        lines = (image.path("/etc/passwd")).read_text(encoding="utf-8").splitlines()
        assert [line.split(":")[2:4] for line in lines] == [[user, group]]
        assert image.path("/data").stat().st_uid == int(user)

    def test_it_has_all_extras_and_no_pip(self, image: Machine) -> None:
        run(image, "python", "-c", "import apprise, prometheus_client, psycopg, starlette, uvicorn")
        assert not list(image.path("/opt/pmtrack/bin").glob("pip*"))

    def test_the_bytecode_is_in_the_image(self, image: Machine) -> None:
        assert list(image.path("/usr/local/lib/python3.13/json/__pycache__").glob("*.pyc"))
        (package,) = image.path("/opt/pmtrack/lib").glob("python3*/site-packages/pmtrack")
        assert list((package / "__pycache__").glob("*.pyc"))

    def test_it_works_without_the_checkout_and_without_a_configuration(self, image: Machine) -> None:
        assert re.fullmatch(r"pmtrack \d+\.\d+\.\d+\n", run(image, "pmtrack", "--version"))
        assert str(image.root) in run(image, "python", "-c", "import pmtrack; print(pmtrack.__file__)")
        assert "Look taxes up once" in run(image, "pmtrack", "extract", str(ROOT / "examples" / "postmortems"))

    def test_it_writes_nothing_but_its_data(self, image: Machine, tmp_path: Path) -> None:
        data = image.path("/data")
        run(image, "pmtrack", "init", str(data))
        shutil.copytree(ROOT / "examples" / "postmortems", data / "postmortems", dirs_exist_ok=True)
        before = files(image)
        assert "created 18" in run(image, "pmtrack", "sync", "--yes")
        assert "nothing to do" in run(image, "pmtrack", "sync")
        assert files(image) == before

    def test_the_health_check_tells_whether_it_serves(self, image: Machine, tmp_path: Path) -> None:
        port = _free_port()
        check = json.loads(image.settings["HEALTHCHECK"].partition("CMD ")[2])
        asking = [word.replace("8750", str(port)) for word in check]
        assert _code(image, asking) != 0
        config = tmp_path / "pmtrack.toml"
        text = (ROOT / "config" / "pmtrack.toml").read_text(encoding="utf-8")
        config.write_text(text.replace("[service]\n", f'[service]\nlisten = "127.0.0.1:{port}"\n'), encoding="utf-8")
        (tmp_path / "postmortems").mkdir()
        with _serving(image, config):
            until = time.monotonic() + 20
            while (code := _code(image, asking)) != 0 and time.monotonic() < until:
                time.sleep(0.2)
        assert code == 0
        assert _code(image, asking) != 0


@contextmanager
def _serving(image: Machine, config: Path) -> Iterator[None]:
    words = [*json.loads(image.settings["ENTRYPOINT"]), "--config", str(config), *shlex.split("serve")]
    assert json.loads(image.settings["CMD"]) == words[-1:]
    with command(image, *words) as process:
        try:
            yield
        finally:
            process.terminate()
            process.communicate(timeout=20)


def _code(image: Machine, words: list[str]) -> int:
    with command(image, *words) as process:
        process.communicate(timeout=30)
    return process.returncode


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
