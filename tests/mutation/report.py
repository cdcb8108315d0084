"""What the tests let pass: the survivors of `mutmut run`, as a Markdown table, against those that are explained.

A survivor is explained in `explained.toml` by its file, its function and the change itself, so that neither a new
mutant nor a moved line takes its explanation away. Exit code 1 where a survivor has none, or more than 5 % survive.

    python tests/mutation/report.py          # after `mutmut run`, in the same folder
    python tests/mutation/report.py --new    # the entries that `explained.toml` lacks, to be given a reason
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT = 5.0
"""So many in a hundred mutants may survive."""

EXPLAINED = Path(__file__).with_name("explained.toml")
MUTANTS = Path("mutants")

KILLED = frozenset({1, 3, 24, 36, 152, 255, -24, -9})
"""Exit codes of a test run that noticed: a test failed, or it never came to an end. Anything else is a survivor."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a mutant does, in words that stay: lines without their indent.

    Attributes:
        file: relative to the project. function: with its class ("Board.sight").
    """

    file: str
    function: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one file."""

    mutants: int = 0
    survived: int = 0
    explained: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.mutants + other.mutants, self.survived + other.survived, self.explained + other.explained)

    @property
    def percent(self) -> float:
        return 100 * self.survived / self.mutants if self.mutants else 0.0

    @property
    def words(self) -> str:
        killed = self.mutants - self.survived
        share = f"{self.survived} survived ({self.percent:.1f} %)"
        return f"{self.mutants} mutants, {killed} killed, {share}, of these {self.explained} explained"


def survivors(codes: Mapping[str, int | None]) -> list[str]:
    """Names of the mutants that no test noticed, or that no test reached."""
    return [name for name, code in codes.items() if code not in KILLED]


def function_of(mutant: str) -> str:
    """`pmtrack.sync.hold.x__by__mutmut_4` is a change of `_by`, `...xǁBoardǁsight__mutmut_1` one of `Board.sight`."""
    name = mutant.rpartition(".")[2].rpartition("__mutmut_")[0]
    return ".".join(name.split("ǁ")[1:]) if "ǁ" in name else name.removeprefix("x_")


def change(file: str, mutant: str, diff: str) -> Change:
    """The change that a unified diff of one function shows."""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    return Change(file, function_of(mutant), _marked("-", lines), _marked("+", lines))


def _marked(sign: str, lines: Iterable[str]) -> str:
    return "\n".join(line[1:].strip() for line in lines if line.startswith(sign))


def explanations(text: str) -> dict[Change, str]:
    """The table as it is written: each change with why no test can or need notice it."""
    found = {}
    for row in tomllib.loads(text).get("mutant", ()):
        wanted = Change(row["file"], row["function"], row["before"], row["after"])
        if not row["why"].strip() or wanted in found:
            raise ValueError(f"{wanted.file}, {wanted.function}: one reason for each change: {wanted.after}")
        found[wanted] = row["why"]
    return found


def table(tallies: Mapping[str, Tally]) -> str:
    """The figures for people."""
    lines = ["| file | mutants | killed | survived | % | explained |", "| --- | --: | --: | --: | --: | --: |"]
    rows = [*sorted(tallies.items()), ("all", sum(tallies.values(), Tally()))]
    for file, one in rows:
        killed = one.mutants - one.survived
        lines.append(f"| {file} | {one.mutants} | {killed} | {one.survived} | {one.percent:.1f} | {one.explained} |")
    return "\n".join(lines)


def complaints(total: Tally, unexplained: Sequence[Change]) -> list[str]:
    """Why the run is not what it has to be; empty where it is."""
    found = [f"no explanation: {one.file}, {one.function}: {one.before} -> {one.after}" for one in unexplained]
    if not total.mutants:
        found.append("there are no mutants: run mutmut first")
    if total.percent > LIMIT:
        found.append(f"{total.percent:.1f} % survived, and {LIMIT:.0f} % is the limit")
    return found


def entry(one: Change) -> str:
    """A row of `explained.toml` that waits for its reason."""
    rows = {"file": one.file, "function": one.function, "before": one.before, "after": one.after, "why": ""}
    return "[[mutant]]\n" + "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in rows.items())


def read(folder: Path) -> dict[str, dict[str, int | None]]:
    """By file, the exit code of the tests under each mutant."""
    metas = sorted(folder.rglob("*.py.meta"))
    found = {str(meta.relative_to(folder))[: -len(".meta")]: json.loads(meta.read_text("utf-8")) for meta in metas}
    return {file: meta["exit_code_by_key"] for file, meta in found.items() if meta["exit_code_by_key"]}


def count(
    codes: Mapping[str, Mapping[str, int | None]], reasons: Collection[Change], diff: Callable[[str, str], str]
) -> tuple[dict[str, Tally], list[Change]]:
    """The figures by file, and every survivor; `diff` shows (file, mutant)."""
    tallies, alive = {}, []
    for file, results in codes.items():
        found = [change(file, name, diff(file, name)) for name in survivors(results)]
        tallies[file] = Tally(len(results), len(found), sum(one in reasons for one in found))
        alive += found
    return tallies, alive


def _diff(file: str, mutant: str) -> str:
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    return get_diff_for_mutant(mutant, path=file)


def main(arguments: Sequence[str]) -> int:
    reasons = explanations(EXPLAINED.read_text("utf-8"))
    tallies, alive = count(read(MUTANTS), reasons, _diff)
    unexplained = [one for one in dict.fromkeys(alive) if one not in reasons]
    if "--new" in arguments:
        print("\n".join(map(entry, unexplained)))
        return 0
    total = sum(tallies.values(), Tally())
    wrong = complaints(total, unexplained)
    notes = [f"to be removed, no survivor any more: {one.function}: {one.after}" for one in reasons.keys() - set(alive)]
    print("\n".join([table(tallies), "", total.words, *sorted(notes), *wrong]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
