"""What a run looks at, and how an item, its link, its issue and its words come together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from pmtrack.errors import TrackerError, UnknownOutcome
from pmtrack.model import Acceptance, DueSource, Fields, Hold, Issue, IssueRef, Marker, Status
from pmtrack.people import Directory, Person
from pmtrack.policy import Policy
from pmtrack.sync.issues import Board
from pmtrack.sync.observe import Observation
from pmtrack.sync.world import Tracked, Unseen, Verb
from pmtrack.text import digest
from pmtrack.trackers.memory import MemoryTracker
from support.bench import ALERT, HEAD, ROTATE, RUNBOOK, SETTLE, TODAY, Bench, BenchStore, Lagging, Pages

TICK = "[x] " + ALERT


def once(verb: str, when: str, error: Exception) -> Callable[[str, str], None]:
    """A fault for the next call of this verb only."""
    waiting = [error]

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when) and waiting:
            raise waiting.pop()

    return fault


def always(verb: str, when: str, error: Exception) -> Callable[[str, str], None]:
    """Every call of this verb fails."""

    def fault(called: str, moment: str) -> None:
        if (called, moment) == (verb, when):
            raise error

    return fault


def theirs(number: str, title: str = "Theirs") -> Issue:
    """An issue that a person made."""
    return Issue(IssueRef("board", number, f"#{number}", ""), Fields(title, Status.OPEN))


def ours(number: str, ident: str, title: str, path: str = "a.md") -> Issue:
    return replace(theirs(number, title), marker=Marker(ident, path, digest(title)), ours=True)


def seen(observation: Observation) -> dict[str, Tracked]:
    """By the words of the item."""
    return {one.known.item.fields.title: one for one in observation.world.tracked}


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def linked(bench: Bench) -> Bench:
    """Two items in two documents that have their issues."""
    bench.write(ALERT)
    bench.write(RUNBOOK, path="b.md")
    bench.run()
    bench.run()  # what the first one made is no news by now
    return bench


class TestANewItem:
    def test_comes_with_all_that_its_issue_is_to_say(self, bench: Bench) -> None:
        bench.policy = Policy(due={"P0": 7})
        bench.directory = Directory((Person("Ana Ruiz", aliases=("Ana",)),))
        bench.pages.texts["a.md"] = (
            HEAD + "| Action | Owner | Priority |\n| --- | --- | --- |\n" + f"| {ALERT} | Ana | P0 |\n"
        )

        (one,) = bench.observe().world.tracked

        raw = Fields(ALERT, None, ("Ana",), "P0")
        said = replace(raw, owners=("Ana Ruiz",))
        assert one.known.ident == one.ident == "I1"
        assert (one.document.title, one.document.changed_at) == ("Outage", bench.now)
        assert (one.tracker, one.settle, one.document_read) == ("board", SETTLE, True)
        assert (one.stated.raw, one.stated.said, one.stated.due_source) == (raw, said, None)
        assert one.wanted == replace(said, status=Status.OPEN, due=date(2026, 11, 27))
        assert one.wanted_source is DueSource.POLICY
        assert (one.link, one.intention, one.found, one.ticket) == (None, None, None, None)
        assert one.sight is Unseen.UNCHANGED

    def test_its_date_is_its_own(self, bench: Bench) -> None:
        bench.pages.texts["a.md"] = HEAD + "| Action | Due |\n| --- | --- |\n" + f"| {ALERT} | in 7 days |\n"

        (one,) = bench.observe().world.tracked

        assert one.stated.due_source is one.wanted_source is DueSource.HORIZON
        assert one.wanted.due == date(2026, 11, 27)

    def test_a_look_writes_nothing(self, bench: Bench) -> None:
        bench.write(ALERT)

        bench.observe()

        assert (bench.store.commits, bench.tracker.writes) == (0, 0)

    def test_its_tracker_cannot_be_read(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.tracker.fault = once("listing", "before", TrackerError("timed out"))

        found = bench.observe()

        assert found.world.tracked[0].sight is Unseen.UNKNOWN
        assert found.world.unread == {"board": "timed out"}
        assert found.problems == ["timed out"]

    def test_its_tracker_is_configured_no_more(self, linked: Bench) -> None:
        """Items that were linked there keep their words, and rest."""
        linked.targets = {"pm": "files"}
        linked.trackers = {"files": MemoryTracker("files")}
        places = replace(linked.places, trackers={"files": linked.trackers["files"]})
        linked.write(TICK)
        sentence = "there is no [trackers.board] any more: put it back; its issues are left as they are"

        found = Bench.observe(_With(linked, places))
        (one,) = (one for one in found.world.tracked if one.ident == "I1")

        assert found.problems == [sentence]
        assert found.world.unread == {"board": sentence}
        assert (one.tracker, one.settle, one.sight) == ("board", timedelta(), Unseen.UNKNOWN)
        assert one.stated.said == one.stated.raw

    def test_why_a_tracker_cannot_be_talked_to_is_said(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.unreachable = {"board": "no token in BOARD_TOKEN"}
        places = replace(bench.places, trackers={})

        found = Bench.observe(_With(bench, places))

        assert found.problems == ["no token in BOARD_TOKEN"]
        assert found.boards == {"board": Board("board", None, error="no token in BOARD_TOKEN")}


class _With(Bench):
    """The same bench with other places."""

    def __init__(self, bench: Bench, places: object) -> None:
        for name in bench.__slots__:
            setattr(self, name, getattr(bench, name))
        self.elsewhere = places

    @property
    def places(self):  # type: ignore[no-untyped-def]
        return self.elsewhere


class TestWhatConcernsARun:
    def test_nothing_where_nothing_happened(self, linked: Bench) -> None:
        found = linked.observe()

        assert found.world.tracked == ()
        assert found.problems == []
        assert found.world.linked == {"pm": 2}
        assert [reading.source for reading in found.readings] == ["pm"]
        assert list(found.boards) == ["board"]

    def test_the_document_that_changed(self, linked: Bench) -> None:
        linked.write(TICK)

        (one,) = linked.observe().world.tracked

        assert (one.ident, one.link, one.sight) == ("I1", linked.link("I1"), Unseen.UNCHANGED)
        assert one.stated.said.status is Status.DONE

    def test_the_document_whose_issue_changed(self, linked: Bench) -> None:
        linked.tracker.edit("2", status=Status.DONE)

        (one,) = linked.observe().world.tracked

        assert (one.ident, one.sight) == ("I2", linked.tracker.issues["2"])

    def test_the_document_whose_issue_is_gone(self, linked: Bench) -> None:
        linked.tracker.delete("2")
        linked.tracker.put(theirs("9"))

        (one,) = linked.observe().world.tracked

        assert (one.ident, one.sight) == ("I2", Unseen.GONE)

    def test_the_document_with_something_pending(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.tracker.fault = once("create", "before", TrackerError("422"))
        bench.run()

        assert [one.ident for one in bench.observe().world.tracked] == ["I1"]

    def test_the_document_whose_answer_was_lost(self, linked: Bench) -> None:
        linked.write(TICK)
        linked.tracker.fault = once("update", "after", UnknownOutcome("502"))
        linked.run()
        linked.write(ALERT)
        with linked.store.writing() as writer:  # nothing else speaks of it
            writer.save_link(replace(linked.link(), error=None, document=linked.link().issue))
            writer.save_items(
                [replace(one, stated=linked.link().document) for one in linked.store.items("pm", ["a.md"])]
            )
        linked.write(TICK)

        (one,) = linked.observe().world.tracked

        assert one.intention == linked.store.intentions()["I1"]

    def test_the_document_of_an_issue_that_belongs_to_nothing(self, linked: Bench) -> None:
        """Its item was dismissed before, and now an issue of it has turned up."""
        with linked.store.writing() as writer:
            writer.drop_link("I2")
            (known,) = linked.store.items("pm", ["b.md"])
            writer.save_items([replace(known, acceptance=Acceptance.DISMISSED)])
        linked.tracker.edit("2", title="Another title")

        (one,) = linked.observe().world.tracked

        assert (one.ident, one.found) == ("I2", linked.tracker.issues["2"])

    def test_a_source_that_is_configured_no_more_concerns_nobody(self, linked: Bench) -> None:
        linked.tracker.edit("1", status=Status.DONE)
        linked.pages = Pages("other")

        assert linked.observe().world.tracked == ()

    def test_each_source_with_its_own_tracker(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.sources = {"more": Pages("more", {"a.md": f"{HEAD}- [ ] {RUNBOOK}\n"})}
        bench.targets = {"more": "other"}
        bench.trackers = {"other": MemoryTracker("other", settle=timedelta(hours=1))}

        found = bench.observe()

        assert [(one.known.source, one.tracker) for one in found.world.tracked] == [("pm", "board"), ("more", "other")]
        assert found.world.tracked[1].settle == timedelta(hours=1)
        assert list(found.boards) == ["board", "other"]
        assert found.world.linked == {"pm": 0, "more": 0}

    def test_a_person_is_called_as_that_tracker_calls_them(self, bench: Bench) -> None:
        bench.directory = Directory((Person("Ana Ruiz", aliases=("Ana",), github="ana-r"),))
        bench.tracker.kind = "github"
        bench.write(f"{ALERT} (owner: Ana)")

        assert seen(bench.observe())[ALERT].stated.said.owners == ("ana-r",)

    def test_news_of_every_tracker_concern_it(self, linked: Bench) -> None:
        other = MemoryTracker("other")
        linked.sources = {"more": Pages("more", {"z.md": f"{HEAD}- [ ] {ROTATE}\n"})}
        linked.targets, linked.trackers = {"more": "other"}, {"other": other}
        linked.run()
        linked.run()
        linked.tracker.edit("1", status=Status.DONE)
        other.edit("1", status=Status.DONE)

        assert set(seen(linked.observe())) == {ALERT, ROTATE}

    def test_an_item_stays_with_the_tracker_where_its_issue_is(self, linked: Bench) -> None:
        linked.targets = {"pm": "other"}
        linked.trackers = {"other": MemoryTracker("other")}
        linked.write(TICK, ROTATE)

        found = seen(linked.observe())

        assert (found[ALERT].tracker, found[ROTATE].tracker) == ("board", "other")

    def test_a_document_that_cannot_be_read_is_silent(self, linked: Bench) -> None:
        linked.write(TICK)
        linked.pages.locked = {"a.md": "not readable"}
        linked.tracker.edit("1", title="Another title")
        linked.tracker.edit("2", title="Another title")

        found = seen(linked.observe())

        assert (found[ALERT].document_read, found[RUNBOOK].document_read) == (False, True)
        assert linked.observe().problems == ["a.md: not readable"]

    def test_a_source_that_cannot_be_listed_is_silent(self, linked: Bench) -> None:
        linked.pages.shut = "no such folder"
        linked.tracker.edit("1", title="Another title")

        found = linked.observe()

        assert [(one.ident, one.document_read) for one in found.world.tracked] == [("I1", False)]
        assert found.problems == ["no such folder"]


class TestHowMuchIsRead:
    def test_only_what_changed_unless_all_is_wanted(self, linked: Bench) -> None:
        linked.tracker.edit("1", title="Another title")
        linked.run()

        assert set(linked.observe().boards["board"].issues) == set()
        assert set(linked.observe(whole=frozenset({"other"})).boards["board"].issues) == set()
        assert set(linked.observe(whole=frozenset({"board"})).boards["board"].issues) == {"1", "2"}

    def test_what_was_asked_for_is_looked_for_from_the_oldest_on(self, bench: Bench) -> None:
        """Each knows the newest issue of its time: what came after the first one's is looked at."""
        bench.tracker = Lagging("board", settle=timedelta(hours=1), shown=())
        bench.tracker.fault = always("create", "after", UnknownOutcome("502"))
        bench.write(ALERT, RUNBOOK)
        bench.run()
        late, early = bench.store.intentions().values()
        with bench.store.writing() as writer:
            writer.intend(replace(late, high_mark="1"))
            writer.intend(replace(early, high_mark="", sent_at=early.sent_at - timedelta(seconds=1)))

        assert [one.found.ref.id for one in bench.observe().world.tracked if one.found] == ["1", "2"]

    def test_a_change_that_was_asked_for_needs_no_look_for_new_issues(self, linked: Bench) -> None:
        linked.write(TICK)
        linked.tracker.fault = once("update", "after", UnknownOutcome("502"))
        linked.run()

        linked.observe()

        assert linked.tracker.calls["since"] == 0


class TestWhereTheListMayLag:
    @pytest.fixture
    def lagging(self, bench: Bench) -> Bench:
        bench.tracker = Lagging("board", settle=SETTLE)
        bench.write(ALERT)
        bench.write(RUNBOOK, path="b.md")
        bench.run()
        bench.run()
        bench.tracker.calls.clear()
        return bench

    @staticmethod
    def fetched(bench: Bench) -> list[str]:
        """Ids that a look reads directly."""
        assert isinstance(bench.tracker, Lagging)
        bench.tracker.asked.clear()
        bench.observe()
        return sorted(bench.tracker.asked)

    def test_nothing_is_read_directly_where_nothing_happened(self, lagging: Bench) -> None:
        assert self.fetched(lagging) == []

    def test_an_issue_that_is_to_be_written_to_is(self, lagging: Bench) -> None:
        lagging.write(TICK)

        assert self.fetched(lagging) == ["1"]

    def test_an_issue_that_seems_to_have_changed_is(self, lagging: Bench) -> None:
        lagging.tracker.edit("2", title="Another title")

        assert self.fetched(lagging) == ["2"]

    def test_an_issue_whose_item_left_is(self, lagging: Bench) -> None:
        lagging.write()

        assert self.fetched(lagging) == ["1"]

    def test_one_whose_item_left_long_ago_is_not(self, lagging: Bench) -> None:
        lagging.write(ROTATE)
        lagging.run(rules={"yes": frozenset({"pm"})})
        lagging.run()
        lagging.write(ROTATE, path="c.md")

        assert "1" not in self.fetched(lagging)

    def test_one_whose_item_came_back_is(self, lagging: Bench) -> None:
        lagging.write(ROTATE)
        lagging.run(rules={"yes": frozenset({"pm"})})
        lagging.run()
        lagging.write(ROTATE, ALERT)

        assert self.fetched(lagging) == ["1"]

    def test_one_whose_last_change_failed_is(self, lagging: Bench) -> None:
        with lagging.store.writing() as writer:
            writer.save_link(replace(lagging.link("I1"), error="422"))

        assert self.fetched(lagging) == ["1"]

    def test_one_that_is_gone_is_not_whatever_its_document_says(self, lagging: Bench) -> None:
        with lagging.store.writing() as writer:
            writer.save_link(replace(lagging.link("I1"), gone=True))
        lagging.write(TICK)

        assert self.fetched(lagging) == []

    def test_one_that_was_gone_and_is_listed_is(self, lagging: Bench) -> None:
        """Whether it is back only a direct read can tell."""
        with lagging.store.writing() as writer:
            writer.save_link(replace(lagging.link("I1"), gone=True))
        lagging.tracker.put(replace(lagging.tracker.issues["1"], marker=None))
        lagging.write(ALERT, RUNBOOK)

        assert self.fetched(lagging) == ["1"]

    def test_one_whose_answer_was_lost_is(self, lagging: Bench) -> None:
        lagging.write(TICK)
        lagging.tracker.fault = once("update", "after", UnknownOutcome("502"))
        lagging.run()
        with lagging.store.writing() as writer:  # nothing but the intention speaks of it
            writer.save_link(replace(lagging.link("I1"), error=None, document=lagging.store.items("pm")[0].stated))

        assert self.fetched(lagging) == ["1"]

    def test_one_in_another_tracker_is_not(self, lagging: Bench) -> None:
        lagging.trackers = {"other": Lagging("other")}
        lagging.targets = {"pm": "other"}
        lagging.write(TICK)

        assert self.fetched(lagging) == ["1"]
        assert lagging.trackers["other"].asked == []  # type: ignore[attr-defined]

    def test_one_that_is_not_known_to_exist_is_not(self, lagging: Bench) -> None:
        lagging.write(ALERT, ROTATE)
        lagging.tracker.fault = once("create", "before", UnknownOutcome("502"))
        lagging.run()

        assert self.fetched(lagging) == []

    def test_a_list_that_tells_all_needs_no_second_look(self, linked: Bench) -> None:
        linked.write(TICK)

        linked.observe()

        assert linked.tracker.calls["fetch"] == 0


class TestTheIssueThatIsFound:
    def test_by_the_ident_of_an_item_that_is_known(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.tracker.fault = once("create", "after", UnknownOutcome("502"))
        bench.run()
        bench.write(f"{ALERT} soon")

        (one,) = bench.observe().world.tracked

        assert one.found == bench.tracker.issues["1"]
        assert one.intention == bench.store.intentions()["I1"]

    def test_an_item_that_has_its_issue_looks_for_no_other(self, linked: Bench) -> None:
        linked.tracker.put(ours("9", "X", ALERT))
        linked.write(TICK)

        assert seen(linked.observe())[ALERT].found is None

    def test_one_that_was_deleted_may_come_back_under_another_number(self, linked: Bench) -> None:
        with linked.store.writing() as writer:
            writer.save_link(replace(linked.link("I1"), gone=True))
        linked.tracker.delete("1")
        linked.tracker.put(ours("9", "I1", ALERT))
        linked.write(TICK)

        found = seen(linked.observe())[ALERT].found

        assert found is not None
        assert found.ref.id == "9"

    def test_after_the_store_was_lost_by_document_and_words(self, linked: Bench) -> None:
        linked.store = BenchStore()

        found = seen(linked.observe())

        assert [(one.ident, one.found and one.found.ref.id) for one in found.values()] == [("I1", "1"), ("I2", "2")]

    def test_an_issue_is_given_to_one_item(self, linked: Bench) -> None:
        """The same words stand there twice by now."""
        linked.store = BenchStore()
        linked.write(ALERT, ALERT)

        found = [one.found and one.found.ref.id for one in linked.observe().world.tracked if one.known.path == "a.md"]

        assert found == ["1", None]

    def test_an_issue_with_the_marker_of_an_item_is_that_items_whatever_its_words(self, bench: Bench) -> None:
        """Its issue was deleted, and somebody brought it back with the words of the item before it."""
        bench.write(ROTATE, ALERT)
        bench.run()
        with bench.store.writing() as writer:
            for ident, number in (("I1", "1"), ("I2", "2")):
                bench.tracker.delete(number)
                writer.save_link(replace(bench.link(ident), gone=True))
        bench.tracker.put(ours("9", "I2", ROTATE))
        bench.write(ROTATE, ALERT, RUNBOOK)

        found = seen(bench.observe())

        assert found[ROTATE].found is None
        assert found[ALERT].found == bench.tracker.issues["9"]

    def test_of_a_document_that_has_another_name_by_now(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.pages.texts["new.md"] = linked.pages.texts.pop("b.md")

        found = seen(linked.observe())[RUNBOOK]

        assert (found.ident, found.found and found.found.ref.id) == ("I2", "2")

    def test_of_a_line_that_stands_in_another_document_by_now(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.write(ROTATE)
        linked.write(RUNBOOK, ALERT, path="b.md")

        found = seen(linked.observe())

        assert found[ALERT].found == linked.tracker.issues["1"]
        assert found[ROTATE].found is None

    def test_a_copy_of_a_line_that_still_stands_where_it_did_is_another_item(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.write(ALERT, path="0.md")

        found = {one.known.path: one.found and one.found.ref.id for one in linked.observe().world.tracked}

        assert found == {"0.md": None, "a.md": "1", "b.md": "2"}

    def test_a_line_that_moved_and_left_before_it_had_its_issue_back_is_told_there(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.write(ROTATE)
        linked.write(RUNBOOK, ALERT, path="b.md")
        linked.tracker.fault = once("listing", "before", TrackerError("500"))
        linked.run()
        linked.write(RUNBOOK, path="b.md")

        one = seen(linked.observe())[ALERT]

        assert (one.known.present, one.found) == (False, linked.tracker.issues["1"])

    def test_two_lines_with_the_words_of_one_issue_do_not_share_it(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.write(ROTATE)
        linked.write(RUNBOOK, ALERT, ALERT, path="b.md")

        found = [one.found and one.found.ref.id for one in linked.observe().world.tracked]

        assert found == [None, "2", "1", None]

    def test_a_line_that_stood_there_when_the_document_was_last_read_is_not_looked_for_elsewhere(
        self, bench: Bench
    ) -> None:
        """The document did not change and nothing of it is pending, so it is not read in this run."""
        bench.write(TICK)
        bench.run()
        bench.tracker.put(ours("9", "X", ALERT))
        bench.write(ALERT, path="c.md")

        assert [(one.known.path, one.found) for one in bench.observe().world.tracked] == [("c.md", None)]

    @pytest.mark.parametrize("problem", ["a document", "a source"])
    def test_nothing_is_taken_from_elsewhere_while_something_cannot_be_read(self, linked: Bench, problem: str) -> None:
        linked.store = BenchStore()
        linked.write(ROTATE)
        linked.write(RUNBOOK, ALERT, path="b.md")
        if problem == "a document":
            linked.write(path="c.md")
            linked.pages.locked = {"c.md": "not readable"}
        else:
            linked.sources, linked.targets = {"more": Pages("more", shut="no such folder")}, {"more": "board"}

        assert seen(linked.observe())[ALERT].found is None

    def test_of_an_item_that_was_named_when_its_tracker_could_not_be_read(self, linked: Bench) -> None:
        linked.store = BenchStore()
        linked.pages.texts["new.md"] = linked.pages.texts.pop("b.md")
        linked.tracker.fault = once("listing", "before", TrackerError("500"))
        linked.run()

        found = seen(linked.observe())

        assert [found[title].found and found[title].found.ref.id for title in (ALERT, RUNBOOK)] == ["1", "2"]
        assert found[RUNBOOK].ident not in ("I1", "I2")

    def test_of_an_item_whose_create_was_refused(self, bench: Bench) -> None:
        """It has a link that says why, and nothing under way: the issue that an older store knew is its own."""
        bench.write(ALERT)
        bench.tracker.fault = once("create", "before", TrackerError("403: no"))
        bench.run()
        bench.tracker.put(ours("9", "X", ALERT, "old.md"))

        found = seen(bench.observe())[ALERT].found
        assert found
        assert found.ref.id == "9"

    def test_an_item_whose_issue_was_deleted_takes_no_other(self, linked: Bench) -> None:
        with linked.store.writing() as writer:
            writer.save_link(replace(linked.link("I1"), gone=True))
        linked.tracker.delete("1")
        linked.tracker.put(ours("9", "X", ALERT, "old.md"))
        linked.write(ALERT, head=HEAD.replace("Date:", "A sentence.\n\nDate:"))

        assert seen(linked.observe())[ALERT].found is None

    def test_an_issue_that_names_the_line_is_heard_before_the_line_is_taken_for_moved(self, linked: Bench) -> None:
        """The line left a.md, and stands in c.md and in d.md now; d.md's has an issue that the store forgot."""
        linked.write(head=HEAD)
        linked.write(ALERT, path="c.md")
        linked.write(ALERT, path="d.md")
        linked.tracker.put(ours("9", "X", ALERT, "c.md"))

        found = {one.known.path: one.ident for one in linked.observe().world.tracked if one.known.present}

        assert (found["c.md"], found["d.md"]) == ("X", "I1")

    def test_what_is_already_under_way_is_no_renamed_item(self, bench: Bench) -> None:
        """It has a link without an issue: its own issue is looked for by its marker, and no other one is taken."""
        bench.write(ALERT)
        bench.tracker.fault = once("create", "before", UnknownOutcome("502"))
        bench.run()
        bench.tracker.put(ours("9", "X", ALERT, "old.md"))

        assert seen(bench.observe())[ALERT].found is None


class TestTickets:
    @staticmethod
    def named(bench: Bench, *tickets: str) -> None:
        rows = "".join(f"| Item {n} | {ticket} |\n" for n, ticket in enumerate(tickets))
        bench.pages.texts["a.md"] = f"{HEAD}| Action | Ticket |\n| --- | --- |\n{rows}"

    def test_an_issue_that_was_there_before(self, bench: Bench) -> None:
        bench.tracker.put(theirs("7"))
        self.named(bench, "#7")

        (one,) = bench.observe().world.tracked

        assert one.ticket == bench.tracker.issues["7"]

    def test_one_that_is_not_there(self, bench: Bench) -> None:
        self.named(bench, "#7")

        found = bench.observe()

        assert found.world.tracked[0].ticket is Unseen.GONE
        assert found.problems == []

    def test_one_that_cannot_be_looked_up_is_said(self, bench: Bench) -> None:
        self.named(bench, "#7")
        bench.tracker.fault = once("fetch", "before", TrackerError("timed out"))

        found = bench.observe()

        assert found.world.tracked[0].ticket is Unseen.UNKNOWN
        assert found.problems == ["a.md:9: #7 could not be read: timed out"]

    @pytest.mark.parametrize(("wait", "asked"), [(None, 2), (0.0, 1)])
    def test_who_is_told_to_wait_asks_for_no_other(self, bench: Bench, wait: float | None, asked: int) -> None:
        self.named(bench, "#7", "#8")
        bench.tracker.fault = always("fetch", "before", TrackerError("429", retry_after=wait))

        found = bench.observe()

        assert [one.ticket for one in found.world.tracked] == [Unseen.UNKNOWN] * 2
        assert bench.tracker.calls["fetch"] == asked
        assert found.boards["board"].error == (None if wait is None else "429")
        assert found.world.unread == ({} if wait is None else {"board": "429"})

    def test_two_items_do_not_share_an_issue(self, bench: Bench) -> None:
        bench.tracker.put(theirs("7"))
        bench.tracker.put(theirs("8"))
        self.named(bench, "#7", "7", "#8")

        found = bench.observe()

        assert [one.ticket if isinstance(one.ticket, Unseen) else "there" for one in found.world.tracked] == [
            "there",
            Unseen.UNKNOWN,
            "there",
        ]
        assert found.problems == ["a.md:10: 7 is the issue of another item already: name another one"]

    def test_the_issue_of_another_item_is_not_taken_over(self, linked: Bench) -> None:
        linked.pages.texts["c.md"] = f"{HEAD}| Action | Ticket |\n| --- | --- |\n| Another item | #1 |\n"

        found = linked.observe()

        assert seen(found)["Another item"].ticket is Unseen.UNKNOWN
        assert found.problems == ["c.md:9: #1 is the issue of another item already: name another one"]

    def test_an_item_that_has_its_issue_is_not_asked_for_its_ticket(self, bench: Bench) -> None:
        bench.tracker.put(theirs("7"))
        self.named(bench, "#7")
        bench.run()
        self.named(bench, "#7", "#8")

        assert seen(bench.observe())["Item 0"].ticket is None

    def test_one_that_left_its_document_is_not_either(self, bench: Bench) -> None:
        self.named(bench, "#7", "#8")
        bench.run()
        bench.tracker.calls.clear()
        self.named(bench, "#7")

        found = seen(bench.observe())

        assert (found["Item 0"].ticket, found["Item 1"].ticket) == (Unseen.GONE, None)
        assert bench.tracker.calls["fetch"] == 1

    def test_one_whose_issue_was_deleted_may_name_another(self, linked: Bench) -> None:
        with linked.store.writing() as writer:
            writer.save_link(replace(linked.link("I1"), gone=True))
            (known,) = linked.store.items("pm", ["a.md"])
            writer.save_items([replace(known, decision="adopt #7")])
        linked.tracker.put(theirs("7"))
        linked.write(TICK)

        found = seen(linked.observe())[ALERT]

        assert found.ticket == linked.tracker.issues["7"]


class TestALostStore:
    def test_a_source_without_a_link_whose_tracker_holds_issues_of_ours(self, linked: Bench) -> None:
        linked.store = BenchStore()

        assert linked.observe().world.rebuilt == {"pm"}

    def test_a_source_with_a_link_has_its_store(self, linked: Bench) -> None:
        linked.tracker.put(ours("9", "X", "Old", "old.md"))

        assert linked.observe().world.rebuilt == frozenset()

    def test_a_new_source_with_a_new_tracker_has_lost_nothing(self, bench: Bench) -> None:
        bench.tracker.put(theirs("1"))
        bench.write(ALERT)

        assert bench.observe().world.rebuilt == frozenset()

    def test_each_source_by_its_own_tracker(self, linked: Bench) -> None:
        linked.sources = {"more": Pages("more")}
        linked.targets = {"more": "other"}
        linked.trackers = {"other": MemoryTracker("other")}
        linked.store = BenchStore()

        assert linked.observe().world.rebuilt == {"pm"}

    @pytest.mark.parametrize(
        ("kind", "source", "rebuilt"), [("rebuilt", "pm", {"pm"}), ("brake", "pm", set()), ("rebuilt", "gone", set())]
    )
    def test_so_long_as_one_waits_for_that_reason_all_do(
        self, linked: Bench, kind: str, source: str, rebuilt: set[str]
    ) -> None:
        with linked.store.writing() as writer:
            writer.save_holds(source, [Hold("h1", kind, source, (), "wait")])

        assert linked.observe().world.rebuilt == rebuilt


class TestWhatWasLost:
    def test_a_document_that_shows_no_item_any_more(self, linked: Bench) -> None:
        linked.write()

        assert linked.observe().world.emptied == {("pm", "a.md")}

    def test_one_that_still_has_an_item_did_not_lose_all(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.run()
        bench.write(RUNBOOK)

        assert bench.observe().world.emptied == frozenset()

    def test_one_that_was_empty_before_has_lost_nothing(self, linked: Bench) -> None:
        linked.write()
        linked.run(rules={"yes": frozenset({"pm"})})
        linked.write(head=HEAD + "\nNothing to do.\n")

        assert linked.observe().world.emptied == frozenset()

    def test_items_that_had_no_issue_are_no_loss(self, bench: Bench) -> None:
        bench.write(TICK)
        bench.run()
        bench.write()

        assert bench.observe().world.emptied == frozenset()

    def test_an_issue_that_was_only_intended_is_no_loss(self, bench: Bench) -> None:
        bench.write(ALERT)
        bench.tracker.fault = once("create", "before", UnknownOutcome("502"))
        bench.run()
        bench.write()

        assert bench.observe().world.emptied == frozenset()

    def test_a_document_that_is_gone_did_not_lose_its_items(self, linked: Bench) -> None:
        del linked.pages.texts["a.md"]

        assert linked.observe().world.emptied == frozenset()

    @pytest.mark.parametrize(("gone", "left", "halved"), [(1, 2, False), (1, 1, True), (2, 1, True), (1, 0, True)])
    def test_a_source_that_lost_half_of_its_documents(self, gone: int, left: int, halved: bool) -> None:
        bench = Bench()
        for n in range(gone + left):
            bench.write(f"Item {n} of the list", path=f"{n}.md", head=HEAD.replace("Outage", f"Outage {n}"))
        bench.run()
        for n in range(gone):
            del bench.pages.texts[f"{n}.md"]

        assert bench.observe().world.halved == ({"pm"} if halved else set())

    def test_documents_without_an_issue_are_no_loss(self, bench: Bench) -> None:
        bench.write(TICK)
        bench.run()
        bench.pages.texts.clear()

        assert bench.observe().world.halved == frozenset()

    def test_a_document_that_lost_an_item_is_still_a_document(self, bench: Bench) -> None:
        bench.write(ALERT, RUNBOOK)
        bench.run()
        bench.write(RUNBOOK)

        assert bench.observe().world.halved == frozenset()

    def test_what_was_lost_and_told_is_not_lost_again(self, linked: Bench) -> None:
        del linked.pages.texts["a.md"]
        linked.run(rules={"yes": frozenset({"pm"})})
        linked.tracker.edit("1", title="Another title")

        assert linked.observe().world.halved == frozenset()

    def test_each_source_by_itself(self, linked: Bench) -> None:
        other = Pages("more", {"z.md": f"{HEAD}- [ ] {ROTATE}\n"})
        linked.sources, linked.targets = {"more": other}, {"more": "board"}
        linked.run()
        other.texts.clear()

        assert linked.observe().world.halved == {"more"}


def test_what_is_wrong_is_told_documents_first(bench: Bench) -> None:
    bench.write(ALERT)
    bench.pages.locked = {"a.md": "not readable"}
    bench.pages.texts["b.md"] = f"{HEAD}| Action | Ticket |\n| --- | --- |\n| Item | #7 |\n"
    bench.tracker.put(ours("1", "X", "Old"))
    bench.tracker.put(ours("2", "X", "Old"))
    bench.tracker.fault = once("fetch", "before", TrackerError("timed out"))

    assert bench.observe().problems == [
        "a.md: not readable",
        "#2 carries the marker of an item that has its issue already: remove the marker from the copy",
        "b.md:9: #7 could not be read: timed out",
    ]


def test_an_ident_that_is_in_use_is_given_to_nobody_else(linked: Bench) -> None:
    """The marker of a deleted issue's copy names an item that is there: a new line with the same words is another."""
    with linked.store.writing() as writer:
        writer.save_link(replace(linked.link("I1"), gone=True))
    linked.tracker.put(ours("9", "I1", ROTATE, "c.md"))
    linked.write(ROTATE, path="c.md")

    assert seen(linked.observe())[ROTATE].ident not in ("I1", "I2")


def test_what_a_person_said_of_the_rules_does_not_matter_here(linked: Bench) -> None:
    linked.write(TICK)
    steps: Mapping[str, Verb] = {step.tracked.ident: step.verb for step in linked.run(carry_out=False).plan.steps}

    assert steps == {"I1": Verb.CLOSE}
    assert linked.today == TODAY
