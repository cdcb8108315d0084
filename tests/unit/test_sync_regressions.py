"""What the simulation found, each as the smallest story that shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Fields, Issue, IssueRef, Marker, Side, Status
from pmtrack.people import Directory
from pmtrack.policy import Policy
from pmtrack.store.database import Store
from pmtrack.sync import Places, Recorder, Rules, Sync, Terms, sync
from pmtrack.text import digest
from pmtrack.trackers.base import Listing
from pmtrack.trackers.memory import MemoryTracker
from support.simulation.terrain import Shelf, Terrain

HEAD = "# Outage\n\nDate: 2026-11-01\n\n## Action items\n\n"
THEIRS = Issue(IssueRef("board", "1", "#1", "board://1"), Fields("Somebody's own work", Status.OPEN))
ITEM = "- [ ] Add an alert on the depth of the mail queue"


@dataclass(slots=True)
class Bench:
    """One document, one tracker, one store, and a clock that every run moves on by a minute."""

    store: Store
    tracker: MemoryTracker = field(default_factory=lambda: MemoryTracker("board", settle=timedelta(seconds=15)))
    terrain: Terrain = field(default_factory=lambda: Terrain(Random(0)))
    shelf: Shelf = field(init=False)
    idents: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.shelf = Shelf(self.terrain)

    def write(self, *lines: str) -> None:
        self.shelf.texts["a.md"] = (HEAD + "\n".join(lines) + "\n").encode()

    def run(self) -> Sync:
        self.terrain.pass_time(60.0)
        places = Places({"pm": self.shelf}, {"board": self.tracker}, {"pm": "board"})
        recorder = Recorder(self.store, "R", self.terrain.now, self.terrain.today)
        rules = Rules(now=self.terrain.now())
        terms = Terms(Directory(), Policy())
        return sync(places, terms, rules, recorder, new_ident=lambda: f"I{next(self.idents)}")

    def status(self, number: str = "1") -> Status | None:
        return self.tracker.issues[number].fields.status

    def conflicts(self) -> list[tuple[str, str | None]]:
        return [(event.name, event.loser) for event in self.store.history() if event.kind == "conflict"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Store.open("sqlite://", Path()) as store:
        yield Bench(store)


def once(verb: str, when: str, error: BaseException) -> Callable[[str, str], None]:
    """A fault for the next call of this verb only."""
    waiting = [error]

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when) and waiting:
            raise waiting.pop()

    return fault


def always(verb: str, error: BaseException) -> Callable[[str, str], None]:
    """A fault for every call of this verb."""

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, "before"):
            raise error

    return fault


def test_a_failed_update_of_an_issue_found_again_does_not_forget_that_it_was_asked_for(bench: Bench) -> None:
    """Without the intention the issue has no past, and the author's tick was dropped for the tracker's word."""
    bench.write(ITEM)
    bench.tracker.fault = once("create", "after", UnknownOutcome("502"))
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", TrackerError("422"))
    bench.run()
    bench.run()
    assert bench.status() is Status.DONE


def test_what_a_person_typed_is_on_record_before_it_is_overwritten(bench: Bench) -> None:
    """The answer was lost, so the next run saw both sides say the same, and the loser of the conflict was nowhere."""
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", title="A better title")
    bench.write(f"{ITEM} soon")
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.run()
    assert bench.conflicts() == [("title", "A better title")]


def test_a_conflict_is_recorded_once_however_often_its_write_fails(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", title="A better title")
    bench.write(f"{ITEM} soon")
    bench.tracker.fault = once("update", "before", TrackerError("422"))
    bench.run()
    bench.run()
    assert bench.conflicts() == [("title", "A better title")]


def test_who_was_told_to_wait_asks_nothing_more_in_this_run(bench: Bench) -> None:
    bench.write(ITEM, "- [ ] Write the runbook of the payment gateway", "- [ ] Rotate every certificate")
    bench.tracker.fault = once("create", "before", TrackerError("429", retry_after=60.0))
    bench.run()
    assert bench.tracker.calls["create"] == 1
    bench.run()
    assert bench.tracker.writes == 3


@dataclass(slots=True)
class Lagging(MemoryTracker):
    """Its list shows an older moment, and so cannot tell what exists."""

    shown: tuple[Issue, ...] | None = None

    def listing(self, cursor: str) -> Listing:
        found = MemoryTracker.listing(self, cursor)
        return Listing(found.issues if self.shown is None else self.shown, found.cursor)


@pytest.fixture
def lagging(bench: Bench) -> Bench:
    bench.tracker = Lagging("board", settle=timedelta(seconds=15))
    return bench


def test_a_list_that_lags_does_not_speak_for_the_tracker(lagging: Bench) -> None:
    """Our own close was not in the list yet: it was taken for a reopening, which then beat the author's."""
    lagging.write(ITEM)
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.write(ITEM.replace("[ ]", "[x]"))
    lagging.run()
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.write(ITEM)
    lagging.run()
    assert (lagging.status(), lagging.conflicts()) == (Status.OPEN, [])


def test_a_deleted_issue_is_found_out_where_the_list_cannot_tell(lagging: Bench) -> None:
    """The update failed in every run, and no cursor moved on."""
    lagging.write(ITEM)
    lagging.run()
    lagging.tracker.delete("1")
    lagging.write(f"{ITEM} soon")
    lagging.run()
    assert lagging.store.links()["I1"].gone
    assert not lagging.run().plan.steps


def test_an_author_may_take_back_what_was_sent_and_never_answered(bench: Bench) -> None:
    """The close had come, its answer had not: it was taken for a person's, and the author's reopening for nothing."""
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    assert (bench.status(), bench.conflicts()) == (Status.OPEN, [])


def test_what_came_without_an_answer_is_in_the_history_once(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "after", UnknownOutcome("502"))
    bench.run()
    bench.run()
    changed = [(e.name, e.after, e.side) for e in bench.store.history() if e.kind == "changed"]
    assert changed == [("status", "done", Side.DOCUMENT)]
    assert not bench.store.intentions()


def test_an_update_that_never_came_leaves_nothing_behind(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", UnknownOutcome("timed out"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    assert (bench.status(), bench.store.intentions(), bench.tracker.writes) == (Status.OPEN, {}, 1)


def test_an_update_that_may_still_come_is_waited_for(bench: Bench) -> None:
    bench.tracker.settle = timedelta(seconds=90)
    bench.write(ITEM)
    bench.run()
    bench.write(ITEM.replace("[ ]", "[x]"))
    bench.tracker.fault = once("update", "before", UnknownOutcome("timed out"))
    bench.run()
    bench.write(ITEM)
    bench.run()
    bench.tracker.edit("1", status=Status.DONE)  # as late as that
    bench.run()
    assert (bench.status(), bench.store.intentions()) == (Status.OPEN, {})


@pytest.mark.parametrize("line", [ITEM, ITEM.replace("[ ]", "[x]")], ids=["as it was", "with a tick"])
def test_an_item_that_comes_back_has_come_back_in_the_history(bench: Bench, line: str) -> None:
    """A report as of a day between took it for one that had been there all along."""
    other = "- [ ] Write the runbook of the payment gateway"
    for lines in ((ITEM, other), (other,), (line, other)):
        bench.write(*lines)
        bench.run()
    kinds = [event.kind for event in bench.store.history() if event.ident == "I1"]
    assert kinds[:3] == ["created", "removed", "restored"]
    assert kinds.count("restored") == 1


def test_a_deleted_issue_that_the_list_still_shows_is_not_back(lagging: Bench) -> None:
    """The list was behind the deletion, and so the item had its issue again until the next direct read."""
    lagging.write(ITEM)
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.tracker.delete("1")
    lagging.write(f"{ITEM} soon")
    lagging.run()
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.write(ITEM)
    lagging.run()
    assert lagging.store.links()["I1"].gone


def test_an_issue_found_again_is_taken_as_it_is_now(lagging: Bench) -> None:
    """The list had it as it was made; a person closed it since, and the author's new words were all that was heard."""
    lagging.write(ITEM)
    lagging.tracker.fault = once("create", "after", UnknownOutcome("502"))
    lagging.run()
    before = tuple(lagging.tracker.issues.values())
    lagging.tracker.edit("1", status=Status.DONE)
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = before
    lagging.run()
    assert lagging.store.links()["I1"].agreed.status is Status.DONE


@pytest.fixture
def lost(bench: Bench) -> Iterator[Bench]:
    """The same place with two items that have their issues, and a new store."""
    bench.write(ITEM, "- [ ] Rotate every certificate")
    bench.run()
    with Store.open("sqlite://", Path()) as store:
        bench.store = store
        yield bench


def test_creates_wait_for_a_yes_until_it_comes_when_the_store_was_lost(lost: Bench) -> None:
    """The hold fell with the first issue that was linked again."""
    lost.tracker.delete("2")
    lost.run()
    lost.run()
    assert [hold.kind for hold in lost.store.holds().values()] == ["rebuilt"]
    assert lost.tracker.calls["create"] == 2


def test_a_tracker_that_cannot_be_read_at_first_makes_no_duplicates_of_a_lost_store(lost: Bench) -> None:
    """The items of a renamed document had got their new idents before their markers could be seen."""
    lost.shelf.texts["b.md"] = lost.shelf.texts.pop("a.md")
    lost.tracker.fault = once("listing", "before", TrackerError("500"))
    lost.run()
    lost.run()
    assert {link.ref.id for link in lost.store.links().values() if link.ref} == {"1", "2"}


def test_issues_found_again_by_their_words_are_not_taken_for_other_peoples(bench: Bench) -> None:
    """Their markers name the items of the lost store: once all had changed, the tracker was left alone for good."""
    bench.write(ITEM, "- [ ] Rotate every certificate", "- [ ] Write the runbook of the payment gateway")
    bench.run()
    with Store.open("sqlite://", Path()) as bench.store:
        bench.tracker.fault = once("listing", "before", TrackerError("500"))
        bench.run()  # the items get other idents than those that the tracker knows
        bench.run()
        for number in ("1", "2", "3"):
            bench.tracker.edit(number, status=Status.DONE)
        assert bench.run().observation.problems == []
        assert [link.agreed.status for link in bench.store.links().values()] == [Status.DONE] * 3


def test_a_renamed_document_that_cannot_be_read_at_first_makes_no_duplicates(bench: Bench) -> None:
    """Its items were taken for removed ones, and for new ones as soon as it could be read."""
    bench.write(ITEM)
    bench.run()
    bench.shelf.texts["b.md"] = bench.shelf.texts.pop("a.md")
    bench.shelf.shut = frozenset(["b.md"])
    assert not bench.run().plan.steps
    bench.shelf.shut = frozenset()
    bench.run()
    assert (list(bench.tracker.issues), bench.store.places(["I1"])) == (["1"], {"I1": ("pm", "b.md")})


def test_a_document_renamed_while_another_cannot_be_read_is_the_same(bench: Bench) -> None:
    bench.write(ITEM)
    bench.run()
    bench.shelf.texts["b.md"] = bench.shelf.texts.pop("a.md")
    bench.shelf.texts["c.md"] = b""
    bench.shelf.shut = frozenset(["c.md"])
    bench.run()
    assert (list(bench.tracker.issues), bench.store.places(["I1"])) == (["1"], {"I1": ("pm", "b.md")})


def test_an_item_that_moved_before_the_store_was_lost_has_its_issue_still(lost: Bench) -> None:
    """Its marker names the document where it stood, which is there; so it was made again once its hold was gone."""
    lost.write("- [ ] Rotate every certificate")
    lost.shelf.texts["b.md"] = (HEAD + ITEM + "\n").encode()
    lost.run()
    assert {link.ref.id for link in lost.store.links().values() if link.ref} == {"1", "2"}


def test_the_same_words_in_another_document_are_another_item_when_the_store_was_lost(lost: Bench) -> None:
    lost.shelf.texts["b.md"] = (HEAD + ITEM + "\n").encode()
    lost.run()
    assert sorted(link.ref.id for link in lost.store.links().values() if link.ref) == ["1", "2"]
    assert lost.store.places(["I3"]) == {"I3": ("pm", "b.md")}


def test_an_issue_that_a_restored_store_forgot_is_linked_where_its_words_are_free(
    bench: Bench,
) -> None:
    """The item there was known from another document and had its issue; so the words elsewhere got a third one."""
    bench.write(ITEM)
    bench.run()
    forgotten = bench.tracker.issues["1"]
    marker = Marker("I9", "b.md", digest(ITEM.removeprefix("- [ ] ")))
    bench.tracker.put(replace(forgotten, ref=replace(forgotten.ref, id="2", key="2"), marker=marker))
    bench.shelf.texts |= {"b.md": bench.shelf.texts["a.md"], "c.md": bench.shelf.texts.pop("a.md")}
    bench.run()
    assert sorted(link.ref.id for link in bench.store.links().values() if link.ref) == ["1", "2"]
    assert bench.tracker.calls["create"] == 1


def test_a_document_that_is_back_and_cannot_be_read_at_first_gets_its_items_back(bench: Bench) -> None:
    """It was taken for read, with the bytes of before, and its items stayed removed."""
    bench.shelf.texts |= {"b.md": b"# Another\n", "c.md": b"# A third\n"}
    bench.write(ITEM)
    bench.run()
    data = bench.shelf.texts.pop("a.md")
    bench.run()
    assert bench.store.links()["I1"].orphaned
    bench.shelf.texts["a.md"], bench.shelf.shut = data, frozenset(["a.md"])
    bench.tracker.edit("1", priority="P2")  # so the document is looked at
    bench.run()
    bench.shelf.shut = frozenset()
    bench.run()
    assert not bench.store.links()["I1"].orphaned


def test_an_adopted_issue_that_was_deleted_and_is_listed_still_is_not_back(lagging: Bench) -> None:
    """It has no marker, so nothing looked at it directly."""
    lagging.tracker.put(THEIRS)
    lagging.write(f"{ITEM} (#1)")
    lagging.run()
    lagging.tracker.delete("1")
    lagging.write(f"{ITEM} soon (#1)")
    lagging.run()
    assert isinstance(lagging.tracker, Lagging)
    lagging.tracker.shown = (THEIRS,)
    lagging.write(f"{ITEM} very soon (#1)")
    lagging.run()
    assert lagging.store.links()["I1"].gone
    assert not lagging.store.links()["I1"].error


def test_who_is_told_to_wait_over_a_ticket_asks_nothing_more_in_this_run(bench: Bench) -> None:
    """Each further ticket was asked for, and then the whole list."""
    bench.write(ITEM)
    bench.run()
    bench.tracker.calls.clear()
    bench.tracker.fault = always("fetch", TrackerError("429", retry_after=60.0))
    bench.write(ITEM, "- [ ] Rotate every certificate (#7)", "- [ ] Drop unused indexes (#8)", "- [ ] Buy spares")
    bench.run()
    assert bench.tracker.calls == {"listing": 1, "fetch": 1}


def test_of_alike_items_that_vanished_a_renamed_document_keeps_its_own(bench: Bench) -> None:
    """The other one, cut in its own document in the same run, was taken for it, and was missing when it came back."""
    bench.write(ITEM)
    bench.shelf.texts["b.md"] = bench.shelf.texts["a.md"]
    bench.run()
    bench.write("- [ ] Rotate every certificate")
    bench.shelf.texts["c.md"] = bench.shelf.texts.pop("b.md")
    bench.run()
    assert bench.store.places(["I1", "I2"]) == {"I1": ("pm", "a.md"), "I2": ("pm", "c.md")}


def test_of_alike_items_of_two_documents_that_are_gone_the_renamed_one_keeps_its_own(bench: Bench) -> None:
    bench.write(ITEM)
    bench.shelf.texts["b.md"] = bench.shelf.texts["a.md"] + b"- [ ] Rotate every certificate\n"
    bench.run()
    del bench.shelf.texts["a.md"]
    bench.shelf.texts["c.md"] = bench.shelf.texts.pop("b.md")
    bench.run()
    assert bench.store.places(["I1", "I2"]) == {"I1": ("pm", "a.md"), "I2": ("pm", "c.md")}
