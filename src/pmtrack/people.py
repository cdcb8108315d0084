"""Who is meant by the words in a document, and what they are called in a tracker (pure)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """Attributes:
    aliases: as documents write them. until: the last day in the team; successor: the name of who took over.
    """

    name: str
    aliases: tuple[str, ...] = ()
    github: str | None = None
    jira: str | None = None
    email: str | None = None
    until: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """A team as an owner. Attributes:
    lead: the name of its default assignee. label, jira_component: what its issues carry.
    """

    name: str
    aliases: tuple[str, ...] = ()
    lead: str | None = None
    label: str | None = None
    jira_component: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everybody that the team named. Case, spaces and a leading @ do not matter.

    Attributes:
        names: of accounts that the team did not name, as a tracker shows them.
    """

    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, compare=False)
    _people: dict[str, Person] = field(init=False, repr=False, compare=False)
    _teams: dict[str, Team] = field(init=False, repr=False, compare=False)
    _accounts: dict[str, Person] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_people", {_key(w): p for p in self.people for w in _words(p)})
        object.__setattr__(self, "_teams", {_key(w): t for t in self.teams for w in _words(t)})
        accounts = {_key(name): p for p in self.people for of in ACCOUNTS.values() if (name := of(p))}
        object.__setattr__(self, "_accounts", accounts)

    def person(self, words: str) -> Person | None:
        return self._people.get(_key(words))

    def team(self, words: str) -> Team | None:
        return self._teams.get(_key(words))

    def account(self, words: str, kind: str) -> str:
        """What a tracker of this kind calls them: else their name; the words where nobody is known.

        A team has no account: its lead is meant, "" where it has none, and a tracker without accounts takes its name.
        """
        person, team = self.person(words), self.team(words)
        if team and not person and kind in ACCOUNTS:
            return self.account(team.lead, kind) if team.lead and self.person(team.lead) else ""
        if person:
            return ACCOUNTS.get(kind, _name)(person) or person.name
        return team.name if team else words.strip()

    def as_of(self, day: date) -> Directory:
        """The same, where whoever left before that day is whoever took over from them."""
        names = {person.name: self._present(person, day).name for person in self.people}
        people = tuple(
            replace(person, aliases=(*person.aliases, *self._inherited(person, names)))
            for person in self.people
            if names[person.name] == person.name
        )
        return Directory(people, self.teams)

    def _present(self, person: Person, day: date) -> Person:
        """Who does a person's work; themselves where the successors go round in a circle."""
        heir, seen = person, {person.name}
        while heir.until and heir.until < day and heir.successor:
            successor = self.person(heir.successor)
            if successor is None:
                break
            if successor.name in seen:
                return person
            seen.add(successor.name)
            heir = successor
        return heir

    def _inherited(self, heir: Person, names: Mapping[str, str]) -> Iterator[str]:
        for person in self.people:
            if person.name != heir.name and names[person.name] == heir.name:
                yield from _words(person)

    def shown(self, account: str) -> str:
        """The name for an account of whatever kind, or for the words of a document; unknown ones as they are."""
        known = self._accounts.get(_key(account)) or self.person(account) or self.team(account)
        return known.name if known else self.names.get(account, account)

    def problems(self) -> list[str]:
        """A sentence for each name that means two people."""
        return list(self._ambiguous())

    def _ambiguous(self) -> Iterator[str]:
        owners: dict[str, list[str]] = defaultdict(list)
        everybody: tuple[Person | Team, ...] = (*self.people, *self.teams)
        for found in everybody:
            for key in {_key(word) for word in _words(found)}:
                owners[key].append(found.name)
        for word, names in sorted(owners.items()):
            if len(names) > 1:
                yield f"{word!r} means {' and '.join(sorted(names))}: leave it to one of them"


def _name(person: Person) -> str:
    return person.name


ACCOUNTS: Mapping[str, Callable[[Person], str | None]] = {
    "github": lambda person: person.github,
    "jira": lambda person: person.jira or person.email,
}
"""The kind of tracker -> a person's account there."""


def _words(found: Person | Team) -> tuple[str, ...]:
    return (found.name, *found.aliases)


def _key(words: str) -> str:
    return "".join(words.split()).lstrip("@").casefold()
