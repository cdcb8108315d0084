"""Behind a pooler that lends a connection for one transaction only, everything works as it does without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import pg, stored
from support.pooler import pooled
from support.scratch import CONFIG, OUTAGE, Scratch, assert_quiet, finish

TWO_SOURCES = CONFIG.replace(
    "[trackers.board]",
    '[[sources]]\nname = "others"\npath = "others"\ntracker = "board"\n\n[trackers.board]',
)


@pytest.fixture
def url() -> Iterator[str]:
    """An empty database with fewer connections than there are workers, so that each is lent to one after the other."""
    with pg.server().database("template0") as direct, pooled(direct, connections=2) as found:
        yield found


def test_a_store_behind_a_pooler_is_made_filled_and_read(url: str, tmp_path: Path) -> None:
    home = stored.Home(tmp_path, url)
    with home.opened() as one, home.opened() as other, home.opened(create=False) as looking:
        stored.fill(one)
        for turn in range(20):
            with other.writing() as writer:
                writer.save_items([stored.known(position=turn)])
                writer.hint("board", [str(turn)])
            with one.journal("acme").turn() as its:
                its.add(float(turn), "create")
            assert looking.items("docs")[0].position == turn
            assert len(home.snapshot().rows) == 1
        assert len(looking.journal("acme").news(0)) == len(one.hints(["board"])) == 20
        with other.writing() as writer:
            writer.save_items([stored.known(f"N{number}", position=number) for number in range(1000)])
        assert len(looking.items("docs")) == 1001


def test_the_commands_work_behind_a_pooler_and_of_three_syncs_none_is_in_the_way(url: str, tmp_path: Path) -> None:
    scratch = Scratch.make(tmp_path, config=TWO_SOURCES.replace("sqlite:///pmtrack.db", url))
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "b.md").write_text(OUTAGE.replace("refused", "lost"), encoding="utf-8")
    assert "create " in scratch.run("plan").out
    for answer in map(finish, [scratch.start("sync", "--yes") for _ in range(3)]):
        assert answer.code == 0 or "another pmtrack sync is at work" in answer.err, answer
    scratch.sync("--yes")
    assert scratch.status()["totals"]["items"] == 6
    for command in ("report", "digest", "review", "history", "check"):
        answer = scratch.run(command)
        assert (answer.code, answer.err) == (0, ""), answer
    assert scratch.run("backup", "pmtrack.copy.db").out == "pmtrack.copy.db: 6 items\n"
    assert_quiet(scratch)
