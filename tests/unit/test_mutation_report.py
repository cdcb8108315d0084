"""The report on the mutants: what counts as noticed, and which survivor has its explanation."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from mutation.report import (
    EXPLAINED,
    Change,
    Tally,
    change,
    complaints,
    count,
    entry,
    explanations,
    function_of,
    read,
    survivors,
    table,
)

ROOT = Path(__file__).parents[2]
FILE = "src/pmtrack/sync/hold.py"
DIFF = f"--- {FILE}\n+++ {FILE}\n@@ -1,3 +1,3 @@\n def _wait() -> int:\n-    return 1\n+    return 2\n"
ONE = Change(FILE, "_wait", "return 1", "return 2")


def test_whatever_no_test_noticed_or_reached_survived() -> None:
    codes = {"killed": 1, "error": 3, "endless": 36, "cpu": -24, "alive": 0, "no tests": 33, "not run": None, "odd": 35}

    assert survivors(codes) == ["alive", "no tests", "not run", "odd"]


@pytest.mark.parametrize(
    ("mutant", "function"),
    [
        ("pmtrack.sync.hold.x__by__mutmut_4", "_by"),
        ("pmtrack.sync.hold.x_hold_back__mutmut_12", "hold_back"),
        ("pmtrack.sync.issues.xǁBoardǁsight__mutmut_1", "Board.sight"),
        ("pmtrack.sync.world.xǁStepǁ__str____mutmut_7", "Step.__str__"),
    ],
)
def test_a_mutant_names_its_function(mutant: str, function: str) -> None:
    assert function_of(mutant) == function


def test_a_change_has_no_number_and_no_indent() -> None:
    """Another mutant before it, or another place in its file, and it is still the same change."""
    assert change(FILE, "pmtrack.sync.hold.x__wait__mutmut_4", DIFF) == ONE


def test_an_entry_can_be_read_back_once_it_has_a_reason() -> None:
    odd = Change(FILE, "_wait", 'say("a\\n“b”")', "say(None)\nreturn")

    assert explanations(entry(odd).replace('why = ""', 'why = "nobody hears it"')) == {odd: "nobody hears it"}


@pytest.mark.parametrize("text", [entry(ONE), 2 * entry(ONE).replace('why = ""', 'why = "so"')])
def test_each_change_has_one_reason(text: str) -> None:
    with pytest.raises(ValueError, match="one reason for each change"):
        explanations(text)


def test_the_figures_are_told_by_file_and_in_all() -> None:
    tallies, alive = count({FILE: {"x__wait__mutmut_1": 0, "x__wait__mutmut_2": 1}}, {ONE}, lambda *_: DIFF)

    assert alive == [ONE]
    assert tallies == {FILE: Tally(2, 1, 1)}
    assert table({**tallies, "a.py": Tally(8, 0, 0)}).splitlines()[2:] == [
        "| a.py | 8 | 8 | 0 | 0.0 | 0 |",
        f"| {FILE} | 2 | 1 | 1 | 50.0 | 1 |",
        "| all | 10 | 9 | 1 | 10.0 | 1 |",
    ]
    assert Tally(10, 1, 1).words == "10 mutants, 9 killed, 1 survived (10.0 %), of these 1 explained"


def test_nothing_is_wrong_with_few_survivors_that_are_explained() -> None:
    assert complaints(Tally(100, 5, 5), []) == []


def test_what_is_wrong_is_said() -> None:
    assert complaints(Tally(100, 6, 5), [ONE]) == [
        f"no explanation: {FILE}, _wait: return 1 -> return 2",
        "6.0 % survived, and 5 % is the limit",
    ]
    assert complaints(Tally(), []) == ["there are no mutants: run mutmut first"]


def test_the_results_are_read_as_the_run_leaves_them(tmp_path: Path) -> None:
    for name, codes in (("a.py", {"x_a__mutmut_1": 0}), ("b.py", {})):
        meta = tmp_path / "src" / f"{name}.meta"
        meta.parent.mkdir(exist_ok=True)
        meta.write_text(json.dumps({"exit_code_by_key": codes}), "utf-8")

    assert read(tmp_path) == {"src/a.py": {"x_a__mutmut_1": 0}}


def test_every_explanation_is_of_a_line_that_is_there() -> None:
    for one in explanations(EXPLAINED.read_text("utf-8")):
        lines = {line.strip() for line in (ROOT / one.file).read_text("utf-8").splitlines()}
        assert lines.issuperset(one.before.splitlines()), f"{one.file}, {one.function}: {one.before}"


def test_the_tests_that_the_mutants_are_tried_on_are_there() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]

    assert all((ROOT / path).is_file() for path in settings["pytest_add_cli_args_test_selection"])
