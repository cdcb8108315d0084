"""Digests, reminders, and what people say of them: snooze, cancel, explain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from pmtrack.app import turn
from pmtrack.app.facts import Facts, address
from pmtrack.app.post import Delivery, Post, means
from pmtrack.app.setup import Setup
from pmtrack.errors import ConfigError, PmtrackError
from pmtrack.model import Event, Row
from pmtrack.reports.ask import normal_priority
from pmtrack.reports.channels import scheme_of
from pmtrack.reports.digest import CANCEL, SNOOZE, WAKE, latest
from pmtrack.reports.digest_forms import FORMS
from pmtrack.reports.digest_letter import Letter
from pmtrack.reports.explain import Case, explain
from pmtrack.reports.find import find
from pmtrack.reports.remind import LONGEST, Rounds, begins
from pmtrack.reports.selection import Selection
from pmtrack.store import read
from pmtrack.store.outbox import ALL, Outbox, Outcome, unsettled

if TYPE_CHECKING:
    from pmtrack.store.database import Store

SHOWN = timedelta(days=14)
"""How long a message that did not arrive is told of."""


@dataclass(frozen=True, slots=True)
class Part:
    """What of the store somebody is told: what any of these takes, everything without one; and what that is called."""

    only: tuple[Selection, ...] = ()
    about: str = ""

    def __add__(self, other: Part) -> Part:
        """Of both; everything and something is everything."""
        if not (self.only and other.only):
            return Part()
        return Part((*self.only, *other.only), f"{self.about} and {other.about}")


def audience(setup: Setup) -> dict[str, Part]:
    """Everybody who gets a digest, once each, with all that concerns them in it."""
    found: dict[str, Part] = {}
    for to, part in _parts(setup):
        found[to] = found[to] + part if to in found else part
    return found


def _parts(setup: Setup) -> Iterator[tuple[str, Part]]:
    digest, present = setup.config.digest, setup.config.directory.as_of(setup.today)
    yield from ((to, Part()) for to in digest.to)
    for name, recipients in digest.sources.items():
        yield from ((to, Part((Selection(source=name),), f"source {name}")) for to in recipients)
    for team in present.teams if digest.teams else ():
        if team.channel:
            yield team.channel, Part((Selection(owner=team.name),), f"team {team.name}")
    for person in present.people if digest.owners else ():
        if person.email:
            yield f"mailto:{person.email}", Part((Selection(owner=person.name),), person.name)


def digest_text(setup: Setup, only: Selection, form: str) -> str:
    """The digest of this week as it stands now, in one of `FORMS`."""
    if only.owner:
        only = replace(only, owner=setup.config.directory.shown(only.owner))
    names = [source.name for source in setup.config.sources]
    if only.source and only.source not in names:
        raise ConfigError([f"there is no source {only.source!r}: use one of {', '.join(names)}"])
    letter = Facts.read(setup).digest([only], _named(only))
    return FORMS[form](replace(letter, tail=(*letter.tail, *undelivered(setup))))


def _named(only: Selection) -> str:
    return ", ".join(words for words in (only.owner, only.source and f"source {only.source}", only.postmortem) if words)


def undelivered(setup: Setup) -> list[str]:
    """A sentence for each message of the last days that did not arrive, or may not have."""
    config = setup.config
    told = {Outcome.REFUSED: "was not delivered yet", Outcome.UNKNOWN: "may not have arrived"}
    return [
        f"{one.period} to {one.recipient} {told[one.outcome]}: {one.error or 'no reason is known'}"
        for one in unsettled(config.store, config.base, setup.now() - SHOWN)
    ]


def send_digests(
    setup: Setup, to: Sequence[str] = (), *, eager: bool = False, again: bool = False
) -> Iterator[Delivery]:
    """Send the digest that was due last to everybody who has not got it.

    Args:
        to: only to these; one whom the configuration does not name gets that of everything.
        eager: without the wait after a refusal. again: also to those who have it.

    Raises:
        Busy: another process is sending. ConfigError: a recipient is none.
    """
    everybody, digest = audience(setup), setup.config.digest
    parts = {name: everybody.get(name, Part()) for name in _checked(to)} if to else everybody
    period = latest(setup.now(), digest.day, digest.at, setup.config.zone)
    with turn.sending(setup) as store:
        how = {"empty": digest.empty, "eager": eager, "again": again}
        post = Post(store, means(setup, store), setup.now, period.name, **how)
        if not post.wants(parts):
            return
        facts = Facts.read(setup)
        yield from post.send(parts, lambda name: facts.digest(parts[name].only, parts[name].about))


def _checked(to: Iterable[str]) -> Iterator[str]:
    for name in to:
        try:
            scheme_of(name)
        except ValueError as error:
            raise ConfigError([f"--to: {error}"]) from None
        yield name


def rounds(setup: Setup, facts: Facts | None = None) -> Rounds:
    """Who is reminded of what."""
    config = setup.config
    paused = facts.pauses() if facts else {}
    where = facts.address if facts else address(setup)
    return Rounds(config.policy.reminding(), config.directory.as_of(setup.today), paused, where)


def send_reminders(setup: Setup) -> Iterator[Delivery]:
    """Send the reminders of today to everybody who has not got any today, if it is time.

    Raises:
        Busy: another process is sending.
    """
    config = setup.config
    day = config.policy.reminders.calendar().day(setup.now(), config.zone)
    if day is None or not any(how.is_on for how in config.policy.reminding().values()):
        return
    with turn.sending(setup) as store:
        with store.writing() as writer:
            if writer.outbox.is_over(day.isoformat(), setup.now()):
                return
        yield from _remind(setup, store, day)


def _remind(setup: Setup, store: Store, day: date) -> Iterator[Delivery]:
    facts = Facts.read(setup)
    plan = rounds(setup, facts)
    post = Post(store, means(setup, store), setup.now, day.isoformat())

    def letter(to: str) -> Letter | None:
        with store.writing() as writer:
            return plan.letter(facts.report, to, _since(writer.outbox, to, day), day)

    yield from post.send(plan.everybody(facts.report, day), letter)
    with store.writing() as writer:
        known = writer.outbox.of(day.isoformat()).values()
        waits = any(one.retry_at for one in known)
        (writer.outbox.note if waits else writer.outbox.mark)(day.isoformat(), setup.now())


def _since(outbox: Outbox, to: str, today: date) -> date:
    """The day of the last message to somebody, or the last day on which everybody was seen to."""
    days = [(today - timedelta(days=back)).isoformat() for back in range(1, LONGEST + 1)]
    found = (outbox.last(to, days), outbox.last(ALL, days))
    return begins((date.fromisoformat(day) if day else None for day in found), today)


def snooze(setup: Setup, items: Sequence[str], until: date, reason: str) -> list[str]:
    """No reminder of these items before that day; the words of each.

    Raises:
        PmtrackError: an item is none, the day is past, or there is no reason.
    """
    if until <= setup.today:
        raise PmtrackError(f"{until} is not after today: name a later day, or end it with `pmtrack snooze ITEM --end`")
    return _say(setup, items, f"{SNOOZE} {until.isoformat()}", reason)


def cancel(setup: Setup, items: Sequence[str], reason: str) -> list[str]:
    """No reminder of these items any more. Their issues and documents say what they said.

    Raises:
        PmtrackError: an item is none, or there is no reason.
    """
    return _say(setup, items, CANCEL, reason)


def wake(setup: Setup, items: Sequence[str]) -> list[str]:
    """Reminders again.

    Raises:
        PmtrackError: an item is none.
    """
    return _say(setup, items, WAKE, "asked for")


def _say(setup: Setup, items: Sequence[str], words: str, reason: str) -> list[str]:
    if not reason.strip():
        raise PmtrackError("it needs a reason, for whoever asks later why nobody was reminded: add --reason")
    rows = _found(setup, items)
    with setup.store() as store, store.writing() as writer:
        for row in rows:
            writer.record(Event(setup.now(), row.known.ident, "decided", after=words, evidence=reason.strip()))
    return [row.known.item.fields.title for row in rows]


def _found(setup: Setup, items: Sequence[str]) -> list[Row]:
    snapshot = read.snapshot(setup.config.store, setup.config.base)
    rows, problems = [], []
    for item in dict.fromkeys(items):
        try:
            rows.append(find(snapshot, item))
        except PmtrackError as error:
            problems.append(str(error))
    if problems:
        raise PmtrackError("\n".join(problems))
    return rows


def case(setup: Setup, item: str) -> tuple[Case, Mapping[str, Sequence[str]]]:
    """One item, and why it has its due date, its owner and its state.

    Raises:
        PmtrackError: there is no such item.
    """
    facts, config = Facts.read(setup), setup.config
    row, shown = facts.row(find(facts.snapshot, item).known.ident)
    found = Case(
        row,
        shown,
        facts.events.get(shown.id, ()),
        setup.today,
        config.zone,
        config.policy.policy(),
        rounds(setup, facts),
        config.policy.reminders.calendar(),
        normal_priority,
        facts.pauses().get(shown.id),
    )
    return found, explain(found)
