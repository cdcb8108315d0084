"""Repeat work: the same action asked for in several postmortems (pure). It is shown, and never merged.

Two wordings are alike by `rapidfuzz` over their stems, and only wordings with rare stems in common are compared at all:
a wording's rarest stems are enough to find every other that could be alike (prefix filtering of set joins), so that
50,000 items take seconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz, process

from pmtrack.model import Status
from pmtrack.reports.values import ReportRow
from pmtrack.text import normal, one_line

ALIKE = 75.0
"""`token_sort_ratio` of the stems, 0 to 100, from which two wordings are one action."""

SHARED = 0.6
"""The part of the rarer stems (by their weight) of the longer wording that both have."""

STEM = 5
"""Characters of a word that count: alert, alerts and alerting are one."""

LEAST = 2
"""Stems; one word alone ("Monitoring") names a field, not an action."""

CROWD = 30
"""Wordings with a stem in common that each new one is compared with, the newest: so the work grows with the items."""

BEST = 3
"""Of the wordings that are alike, so many are looked at more closely."""

_FILLER = """
a an and any are as at be by for from in into is it of on or our so that the their this to we will with should must need
needs ensure make sure all new more add create implement introduce set up build
"""
FILLER = frozenset(_FILLER.split())
"""Words without which an action is the same."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """One action and everywhere that it is asked for.

    Attributes:
        rows: the oldest first, of two postmortems at least. since: when it was first asked for.
    """

    rows: tuple[ReportRow, ...]
    since: date | None

    @property
    def times(self) -> int:
        """In how many postmortems."""
        return len(self.postmortems)

    @property
    def postmortems(self) -> list[str]:
        """`source:path` of each, the oldest request first."""
        return list(dict.fromkeys(f"{row.source}:{row.postmortem}" for row in self.rows))

    @property
    def done(self) -> int:
        return sum(row.status is Status.DONE for row in self.rows)

    @property
    def waiting(self) -> bool:
        """Whether somebody still has to do it."""
        return any(not row.status.closed for row in self.rows)

    def sentence(self, today: date) -> str:
        """ "asked for 3 times since March 2026, never done"."""
        since = f" since {_month(self.since, today)}" if self.since else ""
        ends = "never done" if not self.done else "done once" if self.done == 1 else f"done {self.done} times"
        return f"asked for {self.times} times{since}, {ends}"


def repeats(rows: Iterable[ReportRow]) -> tuple[Repeat, ...]:
    """The actions that more than one postmortem asks for, the most asked for first."""
    by_words: dict[tuple[str, ...], list[ReportRow]] = defaultdict(list)
    for row in rows:
        if len(stems := _stems(row.text)) >= LEAST:
            by_words[stems].append(row)
    found = (_repeat([row for words in group for row in by_words[words]]) for group in _alike(list(by_words)))
    several = [one for one in found if one.times > 1]
    return tuple(sorted(several, key=lambda one: (-one.times, one.since or date.max, one.rows[0].id)))


def as_text(found: Sequence[Repeat], today: date, most: int = 10) -> str:
    """The most asked for that is still to be done, and where; "" where there is none."""
    waiting = [one for one in found if one.waiting]
    lines = [f"{one_line(one.rows[0].text)} ({one.sentence(today)}: {', '.join(one.postmortems)})" for one in waiting]
    more = [f"and {len(lines) - most} more"] if len(lines) > most else []
    return "".join(f"{line}\n" for line in ("", "Asked for again and again", *lines[:most], *more)) if lines else ""


def as_objects(found: Iterable[Repeat], today: date) -> list[dict[str, object]]:
    """For JSON: what is asked for, how often, since when, and by which items."""
    return [
        {
            "text": one.rows[0].text,
            "times": one.times,
            "since": one.since.isoformat() if one.since else None,
            "done": one.done,
            "sentence": one.sentence(today),
            "items": [row.id for row in one.rows],
            "postmortems": one.postmortems,
        }
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class _Wording:
    """A wording by its stems. Attributes:
    weight: of all its stems; a rare one weighs more than one that everybody uses.
    """

    stems: tuple[str, ...]
    each: frozenset[str]
    text: str
    weight: float

    @classmethod
    def of(cls, stems: tuple[str, ...], weights: Mapping[str, float]) -> _Wording:
        return cls(stems, frozenset(stems), " ".join(stems), sum(weights[stem] for stem in stems))

    def shares(self, other: _Wording, weights: Mapping[str, float]) -> bool:
        """Whether enough of the longer one's weight is in both."""
        both = sum(weights[stem] for stem in self.each & other.each)
        return both >= SHARED * max(self.weight, other.weight)


def _alike(wordings: Sequence[tuple[str, ...]]) -> Iterable[list[tuple[str, ...]]]:
    """Groups of wordings: each joins the first group whose first wording it is like, so that groups do not drift."""
    often = Counter(stem for stems in wordings for stem in stems)
    weights = {stem: math.log(1 + len(wordings) / count) for stem, count in often.items()}
    groups: list[list[tuple[str, ...]]] = []
    firsts: list[_Wording] = []
    having: dict[str, list[int]] = defaultdict(list)
    for stems in wordings:
        one = _Wording.of(stems, weights)
        rare = sorted(stems, key=lambda stem: (often[stem], stem))[: _enough(len(stems))]
        near = {at: firsts[at].text for stem in rare for at in having[stem][-CROWD:]}
        # The stems are sorted, so that the plain ratio of the texts is their `token_sort_ratio`.
        like = process.extract(one.text, near, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=BEST)
        home = next((at for _, _, at in like if one.shares(firsts[at], weights)), None)
        if home is not None:
            groups[home].append(stems)
            continue
        for stem in rare:
            having[stem].append(len(groups))
        groups.append([stems])
        firsts.append(one)
    return groups


def _enough(count: int) -> int:
    """How many of the rarest stems two alike wordings must have one in common of."""
    return count - math.ceil(count * SHARED) + 1


def _stems(text: str) -> tuple[str, ...]:
    """In the order of the alphabet, each once. Writing without spaces is taken by pairs of signs."""
    found: set[str] = set()
    for word in normal(text).split():
        if not word.isascii() and len(word) > STEM * 2:
            found.update(word[at : at + 2] for at in range(len(word) - 1))
        elif word not in FILLER:
            found.add(word if word.isdigit() else _singular(word)[:STEM])
    return tuple(sorted(found))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _repeat(rows: Sequence[ReportRow]) -> Repeat:
    ordered = tuple(sorted(rows, key=lambda row: (_began(row) or date.max, row.source, row.postmortem, row.line)))
    return Repeat(ordered, next((day for row in ordered if (day := _began(row))), None))


def _began(row: ReportRow) -> date | None:
    return row.began or row.first_seen


def _month(day: date, today: date) -> str:
    """ "March", with its year where that is not clear."""
    return MONTHS[day.month - 1] if 0 <= (today - day).days < 335 else f"{MONTHS[day.month - 1]} {day.year}"


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
