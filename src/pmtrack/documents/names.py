"""Names around the work of a list ("... - Bob", "Bob: ...", "Bob to ..."): owners where the list has the habit."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pmtrack.documents import deadlines, decorations
from pmtrack.documents.candidate import Candidate
from pmtrack.documents.fields import KEY, Context, label
from pmtrack.documents.naming import NAME, PEOPLE, Spoken, is_name, split_names, spoken_in
from pmtrack.documents.phrase import tidy
from pmtrack.documents.promising import may_take_on, takes_on
from pmtrack.documents.verbs import gerunds, third_persons
from pmtrack.documents.vocabulary import fold, is_empty, phrases, table

_OWNER = rf"(?:{NAME}(?: (?:team|squad|guild))?)"
_AT_END = re.compile(rf"(?:\s(?:-{{1,2}}>?|[–—→⇒])\s|\s[(\[])({_OWNER}(?:(?:, | & |/){_OWNER}){{0,4}})[)\]]?\Z")
_AFTER_COLON = re.compile(rf"\s?[:：]\s({_OWNER}(?:(?:, | & |/){_OWNER}){{0,2}})\Z")
_TEAM_AT_END = re.compile(r"\s[(\[]([^\W\d_][\w.'-]*(?: [\w.'-]+){0,3})[)\]]\Z")
_MINE = re.compile(r"\s(?:-{1,2}>?|[–—→⇒])\s([^\W\d_]{2,9})\Z")
_SOMEBODY = re.compile(r"(?:\s(?:[-–—→⇒]|->)\s|\s[(\[])([\w.']+(?:[ -][\w.']+){0,3})[)\]]?\Z")
_BEFORE = re.compile(
    rf"(?:^|(?<=, )|(?<=; ))({PEOPLE})"
    r"(\s?[:：]\s+|\s(?:to|will|should|shall|must|(?:is|are) going to)\s(?:also\s)?"
    r"|\s(?:is|are)\s(?:(?:now|also|already)\s)?(?=\w{1,20}ing\b))(?=([^\W\d_]+))"
)
_DOES = re.compile(rf"(?:^|(?<=[.:] ))({NAME}) (?=([^\W\d_]{{3,}})(?: (\w+)|\Z))")
_OBJECTS = frozenset(
    ["a", "an", "the", "our", "all", "every", "each", "this", "these", "its", "their", "through", "up", "out", "with"]
)
_BRACKETED = re.compile(rf"[(\[]({PEOPLE})[)\]]\s*[:–-]?\s+(?=\S)")
_NOBODY = re.compile(r"[(\[]([^()\[\]]{3,24})[)\]]\s*[:–-]?\s+(?=\S)")
_BETWEEN = re.compile(r", | & |/")
_TEAM = re.compile(
    r"(?:.{0,60}: )?(?:[Oo]ur )?((?:[Tt]he )?(?:[\w-]{2,20} ){1,3}(?:team|squad|guild))(?= (?:to|will|should|must) )"
)
_APART = (" -", " (", " [", "–", "—", "→", "⇒")
_SAYS = (":", "：", " to ", " will ", " should ", " shall ", " must ", " going to ", " is ", " are ")
_SEVERAL = 2
_LABEL_SPACES, _MOST_IN_TEAM, _SHORTEST_FUTURE = 3, 8, 5
_TAIL, _LEAD = 120, 200


def name_owners(found: Sequence[Candidate], context: Context) -> None:
    """Give the items of a list their owners where at least half of them, and two, have one."""
    spoken = spoken_in(context.reading.text)
    lists: dict[tuple[int, str], list[Candidate]] = defaultdict(list)
    for one in found:
        if one.group[1] != "table":
            lists[one.group].append(one)
    known = {word for one in found for owner in one.stated.owners for word in fold(owner).split()}
    _under_people(found, spoken)
    for members in lists.values():
        _in_front(members)
        _before(members, spoken, known)
        _subjects(members, context)
        _behind(members, context)
        for one in members:
            _does(one, spoken)
            team = None if one.stated.owners else _TEAM.match(one.stated.title)
            if team:
                one.stated.owners = (team[1],)
    listed = [one for members in lists.values() for one in members]
    _behind(listed, context)
    _again(listed, {fold(owner) for one in found for owner in one.stated.owners}, context)


def _under_people(found: Sequence[Candidate], spoken: Spoken) -> None:
    """The work below the names of people is theirs, where all of a list stands below such names."""
    below: dict[int, list[Candidate]] = defaultdict(list)
    for one in found:
        below[one.scope.origin].append(one)
    for members in below.values():
        names = {one.scope.title for one in members}
        if all(map(_owner_of_heading, names)):
            for one in members:
                one.stated.owners = one.stated.owners or _owner_of_heading(one.scope.title)
        elif len(names) > 1 and all(is_name(name) and not spoken.says(name) for name in names):
            for one in members:
                one.stated.owners = one.stated.owners or (one.scope.title,)


def _owner_of_heading(title: str) -> tuple[str, ...]:
    """Whose a list is by its heading ("Owner: Anna")."""
    keyed = KEY.match(title)
    return split_names(keyed[2]) if keyed and label(keyed[1]) == "owner" else ()


def _subjects(members: Sequence[Candidate], context: Context) -> None:
    """Who does what each item of a list tells ("Selma richtet eine Meldung ein"), where it is the habit of the list."""
    may = [one for one in members if may_take_on(one.stated.title)]
    if len(may) < _SEVERAL or len(may) * 2 < len(members):
        return
    told = [(one, people) for one in may if (people := takes_on(one.stated.title, context.reading.text))]
    if len(told) < _SEVERAL or len(told) * 2 < len(members):
        return
    for one, people in told:
        one.stated.owners = one.stated.owners or people
        one.stated.due = one.stated.due or deadlines.amid(one.stated.title, context)


def _behind(members: Sequence[Candidate], context: Context) -> None:
    named = [
        (one, match) for one in members if not one.stated.owners and (match := _name(one.stated.title, one.scope.title))
    ]
    sure = [(one, match) for one, match in named if one.stated.tailed]
    for one, match in named if _is_habit(len(named), members) else sure:
        one.stated.owners = tuple(name.strip() for name in _BETWEEN.split(match[1]))
        decorations.again(one.stated, tidy(one.stated.title[: match.start()]), context)


def _again(members: Sequence[Candidate], known: set[str], context: Context) -> None:
    """Who owns one item may own another, also where the name is written small there."""
    for one in members:
        title = one.stated.title
        is_free = not one.stated.owners and _is_apart(title)
        match = _SOMEBODY.search(title, max(len(title) - _TAIL, 1)) if is_free else None
        if match and fold(match[1]) in known:
            one.stated.owners = (match[1],)
            decorations.again(one.stated, tidy(title[: match.start()]), context)


def _is_habit(named: int, members: Sequence[Candidate]) -> bool:
    owned = named + sum(bool(one.stated.owners) for one in members)
    return named > 0 and owned >= 2 and owned * 2 >= len(members)


def _name(title: str, heading: str = "") -> re.Match[str] | None:
    """The names at the end of a title.

    Args:
        heading: of the list; where it asks who does what, a name may follow a short label.
    """
    tail = max(len(title) - _TAIL, 1)
    match = _AT_END.search(title, tail) if _is_apart(title) else None
    if match is None and ": " in title and (title.count(" ") > _LABEL_SPACES or _asks_who(heading)):
        match = _AFTER_COLON.search(title, tail)
    if match is None and title.endswith((")", "]")):
        match = _TEAM_AT_END.search(title, tail)
    mine = _MINE.search(title, tail) if match is None and _is_apart(title) else None
    if mine and (mine[1] in phrases("words", "myself") or mine[1] in phrases("words", "everybody")):
        return mine
    return match if match and all(map(_may_own, _BETWEEN.split(match[1]))) else None


def _does(one: Candidate, spoken: Spoken) -> None:
    """Who does it, where words tell it: "Ann adds a test", "Laura añadirá una prueba", "El equipo de red revisará"."""
    title = one.stated.title
    if one.stated.owners:
        return
    team = phrases("words", "a_team").leading(title)
    if team:
        words = title.split()
        verb = next((at for at, word in enumerate(words[:_MOST_IN_TEAM]) if at > 1 and _is_future(word)), 0)
        one.stated.owners = (" ".join(words[:verb]),) if verb else ()
        return
    found = _DOES.search(title[:_LEAD])
    if found is None or fold(found[1]) in phrases("words", "filler").all or not _is_person(found[1], spoken):
        return
    if _is_future(found[2]) or (found[3] in _OBJECTS and fold(found[2]) in third_persons()):
        one.stated.owners = (found[1],)


def _is_future(word: str) -> bool:
    return len(word) > _SHORTEST_FUTURE and word.casefold().endswith(tuple(table("words")["future_ending"]))


def _is_apart(title: str) -> bool:
    """Whether anything in a title may stand before the name of somebody."""
    return any(sign in title for sign in _APART)


def _asks_who(heading: str) -> bool:
    return phrases("words", "who").leading(heading) is not None


def is_named_at_the_end(title: str) -> bool:
    """Whether a title ends with what may be the name of its owner ("... - Bob")."""
    return _name(title) is not None


def _may_own(words: str) -> bool:
    """A name, the initials of one, or a team."""
    folded = fold(words).split()
    if not folded or folded[-1] in phrases("words", "role").all or folded[0] in phrases("words", "team").all:
        return bool(folded)
    if words in phrases("words", "part"):
        return True
    initials = len(words) == 2 and words.isupper() and words not in phrases("words", "thing")
    return initials or is_name(words)


def _in_front(members: Sequence[Candidate]) -> None:
    """Names in brackets before the work: "(Vito) Stage the firmware"."""
    named = [(one, match) for one in members if not one.stated.owners and (match := _BRACKETED.match(one.stated.title))]
    named = [(one, match) for one, match in named if all(map(_may_lead, split_names(match[1])))]
    for one in members:
        nobody = None if one.stated.owners else _NOBODY.match(one.stated.title)
        if nobody and is_empty(nobody[1]):
            one.stated.title = tidy(one.stated.title[nobody.end() :])
    if _is_habit(len(named), members):
        for one, match in named:
            one.stated.owners = split_names(match[1])
            one.stated.title = tidy(one.stated.title[match.end() :])


def _may_lead(words: str) -> bool:
    return is_name(words) or fold(words) in phrases("words", "role").all or fold(words) in phrases("words", "part").all


def _before(members: Sequence[Candidate], spoken: Spoken, known: set[str]) -> None:
    """Names before a colon, or before "to" and "will"; what a list calls so may also be its topics."""
    named = list(_leads(members, spoken))
    sure = [pair for pair in named if known & set(fold(pair[1][1]).split())]
    for one, match in named if _is_habit(len(named), members) else sure:
        one.stated.owners = split_names(match[1])
        if match.start() == 0 and match[2].strip() in ("to", ":", "："):
            one.stated.title = tidy(one.stated.title[match.end() :])
    if named and _is_habit(len(named), members):
        for one in members:
            _part_before(one)
    if _is_habit(0, members) or any(one.stated.owners for one in members):
        for one in members:
            _everybody(one)


def _part_before(one: Candidate) -> None:
    """Beside people, also "Support: ..." says who."""
    lead, colon, rest = one.stated.title.partition(": ")
    if colon and not one.stated.owners and lead in phrases("words", "part"):
        one.stated.owners, one.stated.title = (lead,), rest


def _leads(members: Sequence[Candidate], spoken: Spoken) -> Iterator[tuple[Candidate, re.Match[str]]]:
    for one in members:
        lead = one.stated.title[:_LEAD]
        match = None if one.stated.owners or not any(sign in lead for sign in _SAYS) else _BEFORE.search(lead)
        if match is None:
            continue
        asks = match[2].strip() in (":", "：") or match[3] in phrases("words", "verb") or match[3] in gerunds()
        if asks and all(_is_person(name, spoken) for name in split_names(match[1])):
            yield one, match


def _is_person(name: str, spoken: Spoken) -> bool:
    return name.startswith("@") or (is_name(name) and not spoken.says(name))


def _everybody(one: Candidate) -> None:
    """Beside people, also "All: ..." says who."""
    lead, colon, rest = one.stated.title.partition(": ")
    if colon and not one.stated.owners and fold(lead) in phrases("words", "everybody").all:
        one.stated.owners, one.stated.title = (lead,), rest
