"""Which sentences ask for work or promise it."""

from __future__ import annotations

import re
from functools import lru_cache

from pmtrack.documents.candidate import after_label
from pmtrack.documents.dates import by_language
from pmtrack.documents.inline import Inline
from pmtrack.documents.naming import BETWEEN, NAME, is_name, spoken_in
from pmtrack.documents.verbs import asks_for_work, gerunds, is_past
from pmtrack.documents.vocabulary import fold, phrases, table, words_of

_SHORTEST = 5
_WE_ARE = re.compile(r"(?<!\w)we (?:are|re) (\w+)")
_WILL = re.compile(r"(?<!\w)(?:(\w+) )?will (\w+)")
_AND_WILL = re.compile(r"(?<!\w)and (?:(we) )?will (\w+)")
_GOING_TO = re.compile(r"(?<!\w)(?:(\w+) )?(?:is|are) going to (\w+)")
SOMEBODY = re.compile(
    rf"(?:^|(?<=[,;:] )|(?<=and )|(?<=while ))((?:[Tt]he |[Oo]ur )(?:[\w-]{{2,20}} ){{1,3}}team|{NAME}) "
    r"(will|is|are)(?: (?:also|now|then|already))? ([a-z]+)"
)
_ARTICLES = r"(?:[OA]|Die|Der|El|La|Il|De) "
_TAKES = re.compile(rf"(?:{_ARTICLES})?(?P<people>{NAME}(?:{BETWEEN}{NAME}){{0,2}}) (?P<verb>[^\W\d_]{{3,}}) \S")
_BETWEEN = re.compile(BETWEEN)
_FEW = 4
_SAMPLE, _FIRST = 4_000, 24


def asks(sentence: Inline) -> bool:
    """Whether a sentence of a section of work asks for some, or promises it."""
    words = sentence.text.replace("\n", " ")
    if words.rstrip().endswith((":", "：", "?")) or about_document(words) or announces(words):
        return False
    if _begins(words, "nobody"):
        return False
    bare = after_label(sentence, words)
    if asks_for_work(bare):
        return True
    plain = _without_fillers(words)
    if any(_will(*found) for found in _AND_WILL.findall(plain)) or any(map(commits, SOMEBODY.finditer(words))):
        return True
    return not is_past(bare) and (bool(phrases("words", "commitment").inside(plain)) or _promises(words, plain))


def _begins(said: str, name: str) -> bool:
    """Whether a sentence begins with one of these phrases; for most its first word tells that it does not."""
    known = phrases("words", name)
    first = words_of(said[:_FIRST])[:1]
    return not known.begins.isdisjoint(first) and known.leading(said) is not None


def vows(said: str) -> bool:
    """Whether whoever wrote a sentence promises something in it, in so many words."""
    return phrases("words", "promise").inside(_without_fillers(said)) is not None


def promised(said: str) -> bool:
    """Whether a sentence commits somebody, wherever it stands: "we will", "we are adding", "Ann will add"."""
    if _begins(said, "nobody"):
        return False
    plain = _without_fillers(said)
    if phrases("words", "promise").inside(plain) or not gerunds().isdisjoint(_WE_ARE.findall(plain)):
        return True
    folded = fold(said)
    if phrases("words", "from_now").leading(folded) and not is_past(said):
        return True
    if phrases("words", "to_prevent").leading(folded) and not phrases("words", "we_are").all.isdisjoint(folded.split()):
        return True
    return any(map(commits, SOMEBODY.finditer(said.replace("\n", " "))))


def commits(found: re.Match[str]) -> bool:
    """Whether "Ann will add" or "the storage team is adding" is work that somebody took on."""
    subject, says, verb = found.groups()
    if not (is_name(subject) or fold(subject).split()[-1:] == ["team"]):
        return False
    return verb in phrases("words", "verb").all if says.startswith("will") else verb in gerunds()


def _will(subject: str, verb: str) -> bool:
    """Whether "... will ..." is work: not what follows by itself ("this will help", "it will take a week")."""
    return subject not in phrases("words", "outcome_of").all and verb not in phrases("words", "outcome").all


def _promises(said: str, plain: str) -> bool:
    """Whether a verb promises: "Ann will add", "we are adding", "añadiremos", "dann prüfen wir"."""
    if any(_will(*found) for found in (*_WILL.findall(plain), *_GOING_TO.findall(plain))) or not gerunds().isdisjoint(
        _WE_ARE.findall(plain)
    ):
        return True
    endings = tuple(table("words")["future_ending"])
    if any(word.endswith(endings) and len(word) > _SHORTEST for word in said.casefold().rstrip(".").split()):
        return True
    words = plain.split()
    if words and len(words[0]) > _SHORTEST and words[0].endswith(tuple(table("words")["we_ending"])):
        return True
    return not phrases("words", "we").all.isdisjoint(words) and phrases("words", "we_did").all.isdisjoint(words)


def _without_fillers(words: str) -> str:
    """The words without those that may stand inside of a promise ("we will also ...")."""
    fillers = phrases("words", "filler").all
    return " ".join(word for word in fold(words).split() if word not in fillers)


def about_document(words: str) -> bool:
    """Whether a sentence speaks of the document itself."""
    return bool(phrases("words", "about_document").inside(words))


def announces(words: str) -> bool:
    """Whether a sentence only says that others follow ("We are making several changes")."""
    return bool(phrases("words", "announcement").inside(words))


def may_take_on(said: str) -> re.Match[str] | None:
    """Whether a sentence may begin with a name and a verb."""
    if said.partition(" ")[0].casefold() in phrases("words", "verb").all:
        return None
    found = _TAKES.match(said.replace("\n", " "))
    return found if found and found["verb"].islower() else None


def takes_on(said: str, text: str) -> tuple[str, ...]:
    """Who does what a sentence tells in the present tense ("Ann writes a test"); nobody where it tells anything else.

    Args:
        text: of the whole document: a name that it also uses as a common word is none.
    """
    found = may_take_on(said)
    if found is None:
        return ()
    people = tuple(_BETWEEN.split(found["people"]))
    names = all(one in table("words")["team_name"] or is_name(one) for one in people)
    is_deed = names and _is_present(found["verb"], english=_is_english(text))
    return people if is_deed and all(_is_somebody(one, text) for one in people) else ()


@lru_cache(maxsize=1)
def _is_english(text: str) -> bool:
    return by_language(text[:_SAMPLE]) is None


def _is_somebody(words: str, text: str) -> bool:
    """A person by the form of the name, or a part of the house."""
    if words in table("words")["team_name"]:
        return True
    return is_name(words) and not spoken_in(text).says(words)


def _is_present(verb: str, *, english: bool) -> bool:
    """Whether a word behind a name has the form of a verb in the present tense, and tells what somebody does."""
    folded = fold(verb)
    if folded in phrases("words", "no_deed").all or folded in phrases("words", "past").all:
        return False
    if folded.endswith(tuple(table("words")["past_ending"])):
        return False
    return folded.endswith("s" if english else tuple(table("words")["present_ending"]))


@lru_cache(maxsize=1)
def _modal() -> re.Pattern[str]:
    """A word behind who promises ("will", "wird"), from the end of the name on."""
    return re.compile(rf"[\s*]*(?:{_modals()})\s")


@lru_cache(maxsize=1)
def _does() -> re.Pattern[str]:
    return re.compile(
        rf"(?:^|(?<=[,;:] )|(?<=and )|(?<=while ))(?:{_ARTICLES})?({NAME}(?:{BETWEEN}{NAME}){{0,2}}) "
        rf"(?:{_modals()})(?: (?:also|now|already))? (?=[^\W\d_]{{3,}})"
    )


def _modals() -> str:
    return "|".join(sorted(map(re.escape, table("words")["modal"]), key=len, reverse=True))


def committed(said: str, text: str) -> tuple[str, ...]:
    """Who is said to do something ("Ann will add", "Ann is adding", "Ann has filed"); as `takes_on`."""
    for found in _does().finditer(said.replace("\n", " ")):
        people = tuple(_BETWEEN.split(found[1]))
        if all(_is_somebody(one, text) for one in people):
            return people
    return ()


def in_bold(sentence: Inline) -> tuple[str, ...]:
    """Who stands in bold before a promise ("**Finance** will retire the spreadsheet")."""
    start, end = sentence.bold[0] if sentence.bold else (0, 0)
    words = sentence.text[start:end].strip(" *")
    is_short = start <= 1 and 0 < len(words.split()) <= _FEW
    return (words,) if is_short and _modal().match(sentence.text, end) else ()


def follows(said: str) -> bool:
    """Whether a sentence only says more of the work in the sentence before it ("We expect this by 22 May.")."""
    is_name_in_capitals = said[:2].isupper() and said[:2].isalpha()  # "IT adds ..."
    return not is_name_in_capitals and _begins(said, "follows") and not vows(said)
