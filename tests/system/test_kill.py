"""A sync that is killed at any moment, and a database that is lost or old: one issue for each item all the same."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

from support.scratch import OUTAGE, Scratch, assert_quiet

WORDS = ("ledger", "mirror", "cable", "pump", "lamp", "valve", "hinge", "mast", "rudder", "anchor")
KILLS = 20


def shop(number: int) -> str:
    items = "".join(f"- [ ] Replace the {word} of hall {number} (owner: Ana)\n" for word in WORDS)
    return f"# Hall {number} flooded\n\nDate: 2026-03-02\n\n## Action items\n\n{items}\n## After\n\nThe end.\n"


def author(text: str) -> str:
    return re.sub(r"\n*<!-- pmtrack:begin.*?<!-- pmtrack:end -->\n*", "\n\n", text, flags=re.DOTALL).strip()


def marked(scratch: Scratch) -> Counter[str]:
    """How many issue files carry each item's ident."""
    found = (re.search(r"^pmtrack: (\S+)", path.read_text(encoding="utf-8"), re.MULTILINE) for path in scratch.issues)
    return Counter(match[1] for match in found if match)


def test_killed_at_any_moment_a_sync_goes_on_and_doubles_nothing(tmp_path: Path) -> None:
    """Between two kills the author ticks, rewords and adds, so that there is always something to do."""
    chance = random.Random(7)
    scratch = Scratch.make(tmp_path, {f"hall-{number}.md": shop(number) for number in range(2)})
    killed, reach = 0, 0.4
    for turn in range(KILLS):
        was_at_work = scratch.kill("sync", "--yes", after=chance.uniform(0, reach))
        killed += was_at_work
        reach *= 1.3 if was_at_work else 0.6  # about as long as a sync takes on this machine, now
        _edit(scratch, turn)
    scratch.run("sync", "--yes")
    scratch.sync("--yes")

    for number in range(2):
        text = scratch.read(f"hall-{number}.md")
        assert text.startswith(f"# Hall {number} flooded\n")
        assert text.count("pmtrack:begin") == text.count("pmtrack:end") == 1
        assert text.rstrip().endswith("The end.")
    items = scratch.status()["items"]
    assert len(items) == 20 + KILLS // 2
    linked = [row for row in items if row["state"] == "linked"]
    done_before = [row for row in items if (row["state"], row["status"]) == ("not_created", "done")]
    assert len(linked) + len(done_before) == len(items), "what was ticked before its issue was made needs none"
    assert marked(scratch) == Counter(row["id"] for row in linked)
    assert len(scratch.issues) == len(linked)
    assert killed > KILLS // 4
    # A kill inside a write leaves its temporary file, under a name that neither side reads.
    assert len(list(scratch.folder.rglob(".pmtrack-*"))) <= killed
    assert_quiet(scratch)


def _edit(scratch: Scratch, turn: int) -> None:
    path = f"hall-{turn % 2}.md"
    word = WORDS[turn // 2]
    if turn % 2:
        scratch.edit(f"- [ ] Replace the {word}", f"- [x] Replace the {word}", path)
    else:
        scratch.edit("\n## After", f"- [ ] Ask supplier {turn} about a spare {word}\n\n## After", path)
        scratch.write(path, re.sub(r"\n\n(- \[ \] Ask)", r"\n\1", scratch.read(path)))


def test_a_lost_database_is_rebuilt_from_the_markers(tmp_path: Path) -> None:
    """All are linked again, no issue is made, and nothing is written."""
    scratch = Scratch.make(tmp_path, {"outage.md": OUTAGE, "hall.md": shop(1)})
    scratch.sync("--yes")
    scratch.edit("- [ ] Write", "- [x] Write")
    scratch.sync()
    before, keys = scratch.files(), _keys(scratch)
    scratch.store.lose()

    said = scratch.sync().out

    assert "created 0" in said
    assert "adopted 13" in said
    assert scratch.files() == before
    assert _keys(scratch) == keys
    assert scratch.status()["totals"]["done"] == 1
    assert_quiet(scratch)


def test_an_item_added_while_the_database_was_lost_waits_for_a_yes(synced: Scratch) -> None:
    synced.store.lose()
    synced.edit("- [ ] Write", "- [ ] Call the bank about the line\n- [ ] Write")
    assert "held 1" in synced.run("plan").out or "held 1" in synced.sync().out
    assert len(synced.issues) == 3
    synced.sync("--yes")
    assert len(synced.issues) == 4
    assert_quiet(synced)


def test_yesterdays_database_makes_no_second_issue(scratch: Scratch) -> None:
    """What was created, closed and renamed since is found again."""
    scratch.sync("--yes")
    yesterday = scratch.store.keep()
    scratch.edit("- [ ] Write", "- [ ] Call the bank about the line\n- [x] Write")
    scratch.edit("Rotate the gateway certificate", "Rotate the two gateway certificates")
    scratch.sync()
    issues = {name: data for name, data in scratch.contents().items() if name.startswith("issues/")}
    scratch.store.restore(yesterday)

    assert "created 0" in scratch.sync("--yes").out

    assert {name: data for name, data in scratch.contents().items() if name.startswith("issues/")} == issues
    assert {row["state"] for row in scratch.status()["items"]} == {"linked"}
    assert scratch.row("Write")["status"] == "done"
    assert_quiet(scratch)


def test_a_database_from_before_everything_makes_no_second_issue(scratch: Scratch) -> None:
    """Restored from the day on which pmtrack was installed."""
    scratch.write("outage.md", OUTAGE.replace("- [ ]", "- "))
    empty = scratch.read()
    scratch.write("outage.md", "# Checkout refused cards\n")
    scratch.sync()
    old = scratch.store.keep()
    scratch.write("outage.md", empty)
    scratch.sync("--yes")
    before = scratch.files()
    scratch.store.restore(old)
    assert "created 0" in scratch.sync("--yes").out
    assert scratch.files() == before
    assert_quiet(scratch)


def _keys(scratch: Scratch) -> dict[str, str]:
    return {row["id"]: row["ticket"]["key"] for row in scratch.status()["items"]}
