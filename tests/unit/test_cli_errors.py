"""How the command line ends: exit codes, and what is said on the way out. In this process, without a store."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from pmtrack import cli
from pmtrack.errors import Busy, ConfigError, DocumentError, PmtrackError, SourceError, StoreError, TrackerError


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["pmtrack", *arguments])
    with pytest.raises(SystemExit) as ending:
        cli.main()
    code = ending.value.code
    assert isinstance(code, int)
    return code


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Makes every command fail that needs a configuration."""

    def breaks(error: BaseException) -> None:
        def fail(_context: object) -> NoReturn:
            raise error

        monkeypatch.setattr(cli, "_app", fail)

    return breaks


def test_a_bug_is_a_traceback_and_a_plea_and_exit_code_3(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: Callable[[BaseException], None]
) -> None:
    broken(ZeroDivisionError("by nothing"))
    assert run(monkeypatch, "plan") == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" in said.err
    assert "by nothing" in said.err
    assert said.err.splitlines()[-1].startswith("pmtrack: this is a bug in pmtrack ")


@pytest.mark.parametrize("kind", [PmtrackError, DocumentError, SourceError, StoreError, Busy, TrackerError])
def test_what_a_person_can_mend_is_a_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    broken: Callable[[BaseException], None],
    kind: type[PmtrackError],
) -> None:
    broken(kind("the moon is out: wait for the sun"))
    assert run(monkeypatch, "sync") == 1
    assert capsys.readouterr() == ("", "pmtrack: the moon is out: wait for the sun\n")


def test_every_problem_of_a_configuration_has_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: Callable[[BaseException], None]
) -> None:
    broken(ConfigError(["one", "two"]))
    assert run(monkeypatch, "plan") == 1
    assert capsys.readouterr().err == "pmtrack: one\npmtrack: two\n"


def test_control_signs_in_an_error_reach_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: Callable[[BaseException], None]
) -> None:
    """The name of a file may hold them."""
    broken(DocumentError("a\x1b[2J.md: cannot be read"))
    assert run(monkeypatch, "sync") == 1
    assert "\x1b" not in capsys.readouterr().err


def test_an_interrupt_is_no_bug(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: Callable[[BaseException], None]
) -> None:
    broken(KeyboardInterrupt())
    assert run(monkeypatch, "sync") == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuch",),
        ("sync", "--nosuch"),
        ("status", "--format", "yaml"),
        ("status", "--as-of", "yesterday"),
        ("extract",),
        ("plan", "--yes"),
    ],
    ids=" ".join,
)
def test_a_mistake_in_the_command_line_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, *arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_help_and_version_are_fine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("pmtrack ")
    assert run(monkeypatch, "--help") == 0
    out = capsys.readouterr().out
    for command in ("extract", "plan", "sync", "status", "digest", "check", "init", "serve"):
        assert f"\n  {command}" in out


def test_init_writes_what_loads_and_never_overwrites(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from pmtrack.config import load

    assert run(monkeypatch, "init", str(tmp_path)) == 0
    path = tmp_path / "pmtrack.toml"
    assert load(path).sources[0].name == "postmortems"
    assert [file.name for file in tmp_path.iterdir()] == ["pmtrack.toml"]
    path.write_text("# mine\n", encoding="utf-8")
    capsys.readouterr()
    assert run(monkeypatch, "init", str(tmp_path)) == 1
    assert path.read_text(encoding="utf-8") == "# mine\n"
    assert capsys.readouterr().err.startswith(f"pmtrack: {path} is there already")


def test_init_into_no_folder_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(monkeypatch, "init", str(tmp_path / "nosuch")) == 1
    assert capsys.readouterr().err.startswith("pmtrack: ")
