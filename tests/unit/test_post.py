"""Sending, over refusals, silences and deaths: never twice after a recorded success, and never lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pmtrack.app import post, turn
from pmtrack.app.post import LONGEST_WAIT, UNKNOWN_TRIES, Delivery, Post
from pmtrack.app.setup import Setup
from pmtrack.config import Config
from pmtrack.errors import Busy
from pmtrack.reports.channels import Means, Message, NotSent, Unsure
from pmtrack.reports.digest_letter import Letter, Line, Section
from pmtrack.store.database import Store
from pmtrack.store.outbox import ALL, Outcome, Sending, unsettled
from support import stored

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MAIL, CHAT = "mailto:ana@acme.example", "slack:ops"
FULL = Letter("Week 48", (), (Section("Overdue", (Line("x"),), 1),))
WEEK = "2026-W48"


class Died(BaseException):
    """The process ends here."""


@dataclass
class World:
    """A store, a clock, and channels that do as they are told, in turn; then they take everything."""

    store: Store
    now: datetime = START
    fates: list[BaseException | None] = field(default_factory=list)
    arrived: list[tuple[str, str]] = field(default_factory=list)

    def send(self, to: str, message: Message, _means: Means) -> None:
        """A fate that is unsure, or a death, comes after the message arrived."""
        fate = self.fates.pop(0) if self.fates else None
        if not isinstance(fate, NotSent):
            self.arrived.append((to, message.period))
        if fate:
            raise fate

    def post(self, **more: object) -> Post:
        return Post(self.store, Means(Path()), lambda: self.now, WEEK, **more)  # type: ignore[arg-type]

    def run(self, *to: str, letter: Letter | None = FULL, **more: object) -> list[Delivery]:
        return list(self.post(**more).send(to or (MAIL,), lambda _to: letter))

    def outcomes(self, *to: str) -> list[Outcome]:
        return [done.outcome for done in self.run(*to)]

    def rows(self) -> dict[str, Sending]:
        with self.store.writing() as writer:
            return writer.outbox.of(WEEK)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Store.open("sqlite://", Path()) as store:
        made = World(store)
        monkeypatch.setattr(post, "send", made.send)
        yield made


@pytest.mark.parametrize("to", [MAIL, CHAT, "file:x.md", "stdout:"])
def test_what_was_sent_is_never_sent_again(world: World, to: str) -> None:
    assert world.outcomes(to) == [Outcome.SENT]
    world.now += timedelta(days=5)
    assert world.outcomes(to) == []
    assert world.run(to, eager=True) == []
    assert world.arrived == [(to, WEEK)]
    assert world.rows()[to] == Sending(WEEK, to, START, START, Outcome.SENT)


def test_it_can_be_asked_for_once_more(world: World) -> None:
    world.run(CHAT)
    assert [done.outcome for done in world.run(CHAT, again=True)] == [Outcome.SENT]
    assert len(world.arrived) == 2
    assert world.outcomes(CHAT) == []


@pytest.mark.parametrize("to", [MAIL, CHAT])
def test_what_was_refused_is_tried_again_later_and_later(world: World, to: str) -> None:
    world.fates = [NotSent("no")] * 9
    waits = []
    for _ in range(9):
        assert world.outcomes(to) == [Outcome.REFUSED]
        assert world.outcomes(to) == []
        retry_at = world.rows()[to].retry_at
        assert retry_at
        waits.append(retry_at - world.now)
        world.now = retry_at
    assert waits[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert waits[-1] == LONGEST_WAIT
    assert world.outcomes(to) == [Outcome.SENT]
    assert world.rows()[to].error is None
    assert len(world.arrived) == 1


def test_a_person_need_not_wait(world: World) -> None:
    world.fates = [NotSent("no")]
    world.run(MAIL)
    assert world.run(MAIL) == []
    assert [done.outcome for done in world.run(MAIL, eager=True)] == [Outcome.SENT]


def test_a_mail_of_unknown_outcome_is_sent_again_and_not_for_ever(world: World) -> None:
    world.fates = [Unsure("perhaps")] * 9
    for _ in range(6):
        world.run(MAIL)
        world.now += timedelta(hours=2)
    assert len(world.arrived) == UNKNOWN_TRIES
    assert world.rows()[MAIL].outcome is Outcome.UNKNOWN


def test_a_chat_of_unknown_outcome_is_shown_and_left(world: World) -> None:
    world.fates = [Unsure("perhaps")]
    assert world.run(CHAT) == [Delivery(CHAT, Outcome.UNKNOWN, "perhaps")]
    world.now += timedelta(days=3)
    assert world.run(CHAT) == world.run(CHAT, eager=True) == []
    assert len(world.arrived) == 1


def test_a_mail_that_we_died_over_is_sent_again_as_the_same(world: World) -> None:
    world.fates = [Died()]
    with pytest.raises(Died):
        world.run(MAIL)
    assert world.rows()[MAIL].outcome is Outcome.SENDING
    assert world.outcomes() == [Outcome.SENT]
    assert world.arrived == [(MAIL, WEEK)] * 2  # of one period and recipient: one Message-ID


def test_a_chat_that_we_died_over_is_shown_and_left(world: World) -> None:
    world.fates = [Died()]
    with pytest.raises(Died):
        world.run(CHAT)
    (told,) = world.run(CHAT)
    assert told.outcome is Outcome.UNKNOWN
    assert str(told) == (
        "not known whether it was sent to slack:ops: pmtrack ended while it was sent: look there whether it arrived"
    )
    assert world.run(CHAT) == []
    assert len(world.arrived) == 1


def test_one_that_fails_keeps_no_other_from_getting_it(world: World) -> None:
    world.fates = [NotSent("no"), None, Unsure("perhaps"), None]
    assert world.outcomes(MAIL, "file:a", CHAT, "file:b") == [
        Outcome.REFUSED, Outcome.SENT, Outcome.UNKNOWN, Outcome.SENT,
    ]  # fmt: skip
    world.now += timedelta(minutes=2)
    assert world.outcomes(MAIL, "file:a", CHAT, "file:b") == [Outcome.SENT]


def test_nothing_to_say_is_not_sent_and_stays_said(world: World) -> None:
    assert world.run(MAIL, letter=Letter("Week 48")) == [Delivery(MAIL, Outcome.EMPTY)]
    assert world.run(MAIL) == []  # not in the middle of the week either
    assert world.arrived == []


def test_nothing_to_say_is_sent_where_that_is_wanted(world: World) -> None:
    assert [done.outcome for done in world.run(MAIL, letter=Letter("Week 48"), empty=True)] == [Outcome.SENT]


def test_who_gets_nothing_leaves_no_row(world: World) -> None:
    assert world.run(MAIL, letter=None) == []
    assert world.rows() == {}


def test_a_bug_in_a_channel_is_no_success(world: World) -> None:
    world.fates = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        world.run(MAIL)
    assert world.outcomes() == [Outcome.SENT]


fates = st.lists(
    st.sampled_from(("fine", "refused", "unsure", "died")), max_size=12
).map(lambda names: [MAKE[name]() for name in names])  # fmt: skip
MAKE: dict[str, Callable[[], BaseException | None]] = {
    "fine": lambda: None, "refused": lambda: NotSent("no"), "unsure": lambda: Unsure("perhaps"), "died": Died,
}  # fmt: skip


@given(fates, st.sampled_from([MAIL, CHAT]))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_whatever_happens_a_recorded_success_is_the_last(given: list[BaseException | None], to: str) -> None:
    """A chat arrives at most once; a mail goes on until it succeeded, or its outcome was unknown too often."""
    with pytest.MonkeyPatch.context() as patch, Store.open("sqlite://", Path()) as store:
        world = World(store, fates=list(given))
        patch.setattr(post, "send", world.send)
        for _ in range(16):
            before = world.rows().get(to)
            count = len(world.arrived)
            with suppress(Died):
                world.run(to)
            if before and before.outcome is Outcome.SENT:
                assert len(world.arrived) == count
            world.now += timedelta(hours=2)
        final = world.rows()[to].outcome
        assert final in {Outcome.SENT, Outcome.UNKNOWN}
        assert world.arrived
        if to == CHAT:
            assert len(world.arrived) == 1
        else:
            assert final is Outcome.SENT or len(world.arrived) >= 1


# ------------------------------------------------------------ the store's part


def test_one_process_at_a_time_sends(tmp_path: Path) -> None:
    app = Setup(Config(base=tmp_path, file=tmp_path / "pmtrack.toml", store=stored.URL))
    with (
        turn.sending(app),
        pytest.raises(Busy, match="another pmtrack is sending messages"),
        turn.sending(app),
    ):
        pass
    with turn.sending(app):
        pass


def test_what_did_not_arrive_is_told_for_a_while(tmp_path: Path) -> None:
    assert unsettled(stored.URL, tmp_path, START) == ()
    with stored.opened(tmp_path) as store, store.writing() as writer:
        for to, outcome in (
            ("a:", Outcome.SENT),
            ("b:", Outcome.REFUSED),
            ("c:", Outcome.UNKNOWN),
            ("d:", Outcome.EMPTY),
        ):
            writer.outbox.claim(WEEK, to, START)
            writer.outbox.settle(WEEK, to, outcome, error="why" if to in ("b:", "c:") else None)
    told = unsettled(stored.URL, tmp_path, START - timedelta(days=1))
    assert [(one.recipient, one.outcome, one.error) for one in told] == [
        ("b:", Outcome.REFUSED, "why"), ("c:", Outcome.UNKNOWN, "why"),
    ]  # fmt: skip
    assert unsettled(stored.URL, tmp_path, START + timedelta(days=1)) == []


def test_the_last_day_of_somebody_is_one_on_which_something_went_out(world: World) -> None:
    days = ["2026-11-20", "2026-11-21", "2026-11-22"]
    with world.store.writing() as writer:
        box = writer.outbox
        for day, outcome in zip(days, (Outcome.SENT, Outcome.UNKNOWN, Outcome.REFUSED), strict=True):
            box.claim(day, MAIL, START)
            box.settle(day, MAIL, outcome)
        assert box.last(MAIL, days) == "2026-11-21"
        assert box.last(CHAT, days) is None
        assert box.last(MAIL, ["2026-11-19"]) is None


def test_the_mark_of_a_day_replaces_the_one_before(world: World) -> None:
    with world.store.writing() as writer:
        box = writer.outbox
        box.mark("2026-11-20", START)
        box.mark("2026-11-21", START)
        assert box.of("2026-11-20") == {}
        assert box.of("2026-11-21").keys() == {ALL}
