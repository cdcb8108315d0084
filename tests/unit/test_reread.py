"""A better extractor is not an edit: what an author left alone keeps the meaning that it had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from pmtrack.documents import HEAD, Earlier, extract, heard, sketch, stayed
from pmtrack.documents.lines import Sketched
from pmtrack.model import ActionItem, Postmortem, Status
from pmtrack.sync import documents as reading
from pmtrack.sync.reextract import Kind, differences
from support.desk import SOURCE, Desk, assert_quiet

DOCUMENT = """\
# Outage

Date: 2026-11-20

## Action items

### Next week

- [ ] Add an alert (owner: Ana, P1)
- [ ] Write the runbook
  - Owner: Bo
- [ ] Rotate the certificate

| Action | Owner |
| --- | --- |
| Drop the cache | Cy |
| Test the restore | Di |

## Lessons

- Certificates expire on Sundays.
"""
ALERT, RUNBOOK, ROTATE, DROP, RESTORE = "Add an alert", "Write the runbook", "Rotate the", "Drop the", "Test the"
Change = Callable[[str], str]
POOL = (
    "",
    "- [x] Ask the vendor (owner: Eve)",
    "  - Owner: Bo",
    "  - Due: 2026-12-01",
    "### Later",
    "## Impact",
    "**This week**",
    "| Try it | Ana |",
    "Severity: SEV2",
    "Date: 2026-11-19",
)
"""Lines that an author may put in, or in the place of another one; the first is none."""


def blind(now: Postmortem) -> Postmortem:
    """What an earlier extractor read: no owner, no horizon, and of the last two items only the last."""
    items = (replace(i, fields=replace(i.fields, owners=()), horizon=None) for i in now.items)
    return replace(now, items=tuple(i for i in items if DROP not in i.fields.title), severity="SEV9")


def generous(now: Postmortem) -> Postmortem:
    """What another one read: the lesson is an item as well."""
    line = DOCUMENT.splitlines().index("- Certificates expire on Sundays.") + 1
    lesson = replace(now.items[0], fields=replace(now.items[0].fields, title="Certificates expire"), line=line)
    return replace(now, items=(*now.items, lesson))


def after(change: Change, earlier: Callable[[Postmortem], Postmortem] = blind) -> Postmortem:
    """How a document is meant that the earlier extractor read, and that an author changed then."""
    old = earlier(extract(DOCUMENT.encode(), "a.md"))
    data = change(DOCUMENT).encode()
    before = Earlier(old.items, sketch(DOCUMENT.encode()), {name: getattr(old, name) for name in HEAD})
    return heard(before, data, extract(data, "a.md"))


def owners(found: Postmortem) -> dict[str, tuple[str, ...]]:
    return {item.fields.title: item.fields.owners for item in found.items}


def item(found: Postmortem, words: str) -> ActionItem:
    (one,) = [item for item in found.items if words in item.fields.title]
    return one


def said(found: Postmortem) -> object:
    return [(one.line, one.fields, one.horizon, one.ticket) for one in found.items], found.written, found.severity


def swap(old: str, new: str) -> Change:
    assert old in DOCUMENT
    return lambda text: text.replace(old, new, 1)


class TestHeard:
    def test_the_readings_of_these_tests_differ(self) -> None:
        now = extract(DOCUMENT.encode(), "a.md")
        assert [one.fields.owners for one in now.items] == [("Ana",), ("Bo",), (), ("Cy",), ("Di",)]
        assert {one.horizon for one in now.items} == {"Next week"}

    def test_what_nobody_touched_is_read_as_before(self) -> None:
        assert after(lambda text: text).items == blind(extract(DOCUMENT.encode(), "a.md")).items

    def test_a_changed_line_is_read_by_todays_extractor_and_the_others_are_not(self) -> None:
        found = after(swap("- [ ] Add", "- [x] Add"))
        assert item(found, ALERT).fields.status is Status.DONE
        assert item(found, ALERT).fields.owners == ("Ana",)
        assert owners(found) | {ALERT: ()} == dict.fromkeys(owners(found), ())

    def test_an_item_that_only_todays_extractor_finds_is_not_there(self) -> None:
        assert not [one for one in after(swap("- [ ] Add", "- [x] Add")).items if DROP in one.fields.title]

    def test_it_is_there_once_its_author_touches_it(self) -> None:
        assert item(after(swap("Drop the cache", "Drop the old cache")), DROP).fields.owners == ("Cy",)

    def test_an_item_that_only_the_earlier_one_found_stays(self) -> None:
        found = after(swap("- [ ] Add", "- [x] Add"), generous)
        assert item(found, "Certificates expire").line == 21

    def test_it_goes_when_its_author_takes_it_out(self) -> None:
        assert "Certificates expire" not in owners(after(swap("- Certificates expire on Sundays.\n", ""), generous))

    def test_a_new_line_is_a_new_item(self) -> None:
        found = after(swap("- [ ] Rotate", "- [ ] Ask the vendor (owner: Eve)\n- [ ] Rotate"))
        assert item(found, "Ask the vendor").fields.owners == ("Eve",)
        assert item(found, ALERT).fields.owners == ()

    def test_lines_above_move_what_is_below_and_change_nothing(self) -> None:
        found = after(swap("## Action items", "Some words on the incident.\n\n## Action items"))
        assert [one.line for one in found.items] == [11, 12, 14, 19]
        assert item(found, RESTORE).fields.owners == ()

    @pytest.mark.parametrize(
        ("change", "heard_again"),
        [
            (swap("  - Owner: Bo", "  - Owner: Cy"), {RUNBOOK}),
            (swap("  - Owner: Bo\n", ""), {RUNBOOK}),
            (swap("  - Owner: Bo\n", "  - Owner: Bo\n  - Priority: P0\n"), {RUNBOOK}),
            (swap("### Next week", "### Next month"), {ALERT, RUNBOOK, ROTATE, RESTORE, DROP}),
            (swap("| Action | Owner |", "| Action | Reviewer |"), {RESTORE, DROP}),
            (swap("- [ ] Add an alert (owner: Ana, P1)\n", ""), set()),
            (swap("expire on Sundays", "expire on Mondays"), set()),
        ],
        ids=["sub-bullet", "its removal", "another one", "heading", "head of a table", "another item", "elsewhere"],
    )
    def test_what_an_item_is_read_from_is_its_own(self, change: Change, heard_again: set[str]) -> None:
        now = {one.fields.title: one for one in extract(change(DOCUMENT).encode(), "a.md").items}
        found = after(change)
        fresh = {one.fields.title for one in found.items if one == now[one.fields.title]}
        assert {words for words in (ALERT, RUNBOOK, ROTATE, RESTORE, DROP) if any(words in t for t in fresh)} == (
            heard_again
        )

    @pytest.mark.parametrize("words", POOL)
    def test_no_edit_of_one_line_is_lost(self, words: str) -> None:
        """By the very same extractor, so that every difference would be an edit that was not heard."""
        lines = DOCUMENT.splitlines(keepends=True)
        for at in range(len(lines)):
            for rest in (lines[at:], lines[at + 1 :]):
                data = "".join([*lines[:at], f"{words}\n" if words else "", *rest]).encode()
                now, meant = extract(data, "a.md"), after(lambda _, data=data: data.decode(), lambda same: same)
                assert said(meant) == said(now), data.decode()

    def test_the_documents_own_words_stay_until_it_changes_besides_its_items(self) -> None:
        assert after(swap("- [ ] Add", "- [x] Add")).severity == "SEV9"
        assert after(swap("- [ ] Rotate", "- [ ] Ask the vendor\n- [ ] Rotate")).severity == "SEV9"
        assert after(swap("## Lessons\n", "## Lessons\n\nSeverity: SEV2\n")).severity == "SEV2"
        assert after(swap("Date: 2026-11-20", "Date: 2026-11-19")).severity is None

    def test_without_a_sketch_everything_is_an_edit(self) -> None:
        now = extract(DOCUMENT.encode(), "a.md")
        assert heard(Earlier(now.items[:1], "", {}), DOCUMENT.encode(), now) == now


class TestLines:
    def test_a_report_block_is_blank(self) -> None:
        block = "<!-- pmtrack:begin v1 doc=00000000 sha=0000000000000000 -->\n- [ ] x\n<!-- pmtrack:end -->\n"
        plain, reported = sketch(b"# A\n\nb\n"), sketch(f"# A\n\n{block}\nb\n".encode())
        assert stayed(plain, reported) == {1: 1, 3: 7}

    @pytest.mark.parametrize("data", [b"", b"\n", b"a", b"\xff\xfe\r\r\n\x00", b"# A\r\n* b\r\n"])
    def test_any_bytes_have_a_sketch_that_is_like_itself(self, data: bytes) -> None:
        assert stayed(sketch(data), sketch(data)) == {
            number: number for number, line in enumerate(data.splitlines(), 1) if line.strip()
        }

    def test_a_swap_of_two_lines_is_seen(self) -> None:
        assert len(stayed(sketch(b"a\nb\nc\n"), sketch(b"a\nc\nb\n"))) == 2

    def test_what_is_too_long_to_compare_counts_as_changed(self) -> None:
        one, other = (b"\n".join(b"%d" % (n * step) for n in range(1, 3000)) for step in (7, 11))
        assert stayed(sketch(b"a\n" + one), sketch(b"a\n" + other)) == {1: 1}

    @pytest.mark.parametrize(
        ("text", "lines"),
        [
            ("A\n===\n\nB\n---\n\n- x", {1, 4, 7}),
            ("# A\n\n**Now**\n\n- x", {1, 3, 5}),
            ("# A\n\nLater:\n\n- x\n  more\n\n  and more", {1, 3, 5, 6, 8}),
            ("<h2>A</h2>\n\n- Ana\n  - x", {1, 3, 4}),
            ("# A\n\n## B\n\n## C\n\n- x\n\n## D", {1, 5, 7}),
            ("a | b\n- | -\nx | y", {1, 2, 3}),
        ],
    )
    def test_what_a_line_rests_on(self, text: str, lines: set[int]) -> None:
        start = next(n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(("- x", "x |")))
        assert Sketched(sketch(text.encode()), {start}).rests_on(start) == lines


@contextmanager
def earlier(kind: Callable[[Postmortem], Postmortem], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Runs inside are those of an earlier version."""
    with monkeypatch.context() as patch:
        patch.setattr(reading, "extract", lambda data, path: kind(extract(data, path)))
        patch.setattr(reading, "extractor", lambda: "0-then")
        yield


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A document whose issues an earlier version made."""
    desk = Desk.in_memory(tmp_path)
    (desk.postmortems / "a.md").write_text(DOCUMENT, encoding="utf-8")
    with earlier(blind, monkeypatch):
        desk.run()
    return desk


def edit(desk: Desk, old: str, new: str) -> None:
    text = desk.read()
    assert old in text
    (desk.postmortems / "a.md").write_text(text.replace(old, new, 1), encoding="utf-8")


def found(desk: Desk) -> list[str]:
    from pmtrack.sources.folder import FolderSource
    from pmtrack.sources.settings import FolderSettings

    with desk.store() as store:
        source = FolderSource(FolderSettings(name=SOURCE, path=Path(SOURCE), tracker="board"), desk.folder)
        return [
            f"{one.kind}: {one.text}: {[change.name for change in one.changes]}"
            for one in differences(source, store, [])
        ]


class TestRuns:
    def test_a_newer_version_on_an_unchanged_world_writes_nothing(self, desk: Desk) -> None:
        assert_quiet(desk)
        with desk.store() as store:
            assert store.outdated_count(["pm"], "today") == 1

    def test_what_it_reads_otherwise_is_shown_and_writes_nothing(self, desk: Desk) -> None:
        before = desk.trace()
        assert found(desk) == [
            f"{Kind.OTHER}: Add an alert: ['owners', 'horizon']",
            f"{Kind.OTHER}: Write the runbook: ['owners', 'horizon']",
            f"{Kind.OTHER}: Rotate the certificate: ['horizon']",
            f"{Kind.NEW}: Drop the cache: []",
            f"{Kind.OTHER}: Test the restore: ['owners', 'horizon']",
        ]
        assert desk.trace() == before

    def test_one_changed_line_is_one_change(self, desk: Desk) -> None:
        edit(desk, "- [ ] Rotate", "- [x] Rotate")
        done = desk.run()
        assert [str(step.verb) for step in done.plan.steps] == ["close"]
        assert (len(desk.issues()), len(found(desk))) == (4, 4), "the rest is still a suggestion"
        assert_quiet(desk)

    def test_a_line_that_is_taken_out_is_removed_and_nothing_else(self, desk: Desk) -> None:
        edit(desk, "- [ ] Rotate the certificate\n", "")
        assert [str(step.verb) for step in desk.run().plan.steps] == ["remove"]
        assert_quiet(desk)

    def test_what_only_the_earlier_version_called_an_item_is_not_removed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "x").mkdir()
        desk = Desk.in_memory(tmp_path / "x")
        (desk.postmortems / "a.md").write_text(DOCUMENT, encoding="utf-8")
        with earlier(generous, monkeypatch):
            desk.run()
        assert len(desk.issues()) == 6
        edit(desk, "- [ ] Rotate", "- [x] Rotate")
        assert [str(step.verb) for step in desk.run().plan.steps] == ["close"]
        assert [one for one in found(desk) if "GONE" in one or "no longer" in one] == [
            f"{Kind.GONE}: Certificates expire: []"
        ]
        assert_quiet(desk)

    def test_a_renamed_document_keeps_its_reading(self, desk: Desk) -> None:
        desk.move("a.md", "b.md")
        assert desk.run().plan.steps == ()
        assert len(desk.issues()) == 4
        assert_quiet(desk)

    def test_said_so_the_reading_is_the_documents_word(self, desk: Desk) -> None:
        planned = desk.run(reextract=True)
        assert sorted(str(step.verb) for step in planned.plan.steps) == [
            "create",
            "update",
            "update",
            "update",
            "update",
        ]
        assert (len(desk.issues()), found(desk)) == (5, [])
        assert_quiet(desk)

    def test_what_it_brings_is_braked_as_any_change(self, desk: Desk) -> None:
        from pmtrack.sync import Brake

        held = desk.run(reextract=True, brake=Brake(creates=0, others=3, percent=0))
        assert sorted((hold.kind, len(steps)) for hold, steps in held.plan.held) == [("brake", 1), ("brake", 4)]
        assert desk.memory.writes == 4

    def test_the_lines_of_what_is_kept_follow_the_report(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        edit(desk, "# Outage\n", "# Outage\n\nMore words.\n")
        desk.run()
        (known,) = [known for known in desk.known().values() if RESTORE in known.item.fields.title]
        assert desk.read().splitlines()[known.item.line - 1] == "| Test the restore | Di |"
