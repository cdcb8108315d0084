"""What a reviewer would ask of the action items of a postmortem, with the line that it is asked of (pure)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pmtrack.documents import problems
from pmtrack.documents.extract import extract
from pmtrack.documents.markdown import parse
from pmtrack.documents.sections import Kind, Section, split
from pmtrack.documents.view import view
from pmtrack.documents.vocabulary import fold, phrases, unspaced
from pmtrack.model import ActionItem, Postmortem, Status


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that is asked: what is wrong, and what to do about it."""

    wrong: str
    mend: str


RULES: Mapping[str, Rule] = {
    "no-owner": Rule("has no owner", 'write one behind it, such as "(Owner: Anna)"'),
    "role-owner": Rule("is owned by a team or a role", "name a person of it"),
    "no-due-date": Rule("has no due date", 'write one behind it, such as "(Due: 2026-03-31)"'),
    "ambiguous-date": Rule("has a date that may be two days", "write it as YYYY-MM-DD"),
    "due-before-incident": Rule("is due before the incident", "correct the date"),
    "vague": Rule("cannot be measured", "say what will be different, and how anybody can tell"),
    "several-actions": Rule("asks for several actions", "write one item for each"),
    "contradicting-status": Rule("stands elsewhere with another status", "keep one of the two"),
    "no-action-item": Rule("the postmortem has no action item", 'add one, or write "Action items: none"'),
}
"""Every rule by its name, as it is written in the configuration and in a report."""

_OF_PROBLEMS = {
    problems.NO_OWNER: "no-owner",
    problems.ROLE_OWNER: "role-owner",
    problems.NO_DUE_DATE: "no-due-date",
    problems.AMBIGUOUS_DATE: "ambiguous-date",
    problems.TWO_ACTIONS: "several-actions",
    problems.CONTRADICTED: "contradicting-status",
}
_SURE = 0.5
_FEW_WORDS, _FEW_SIGNS = 7, 20
_DIGIT = re.compile(r"\d")
_PARTS_OF_A_POSTMORTEM = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one line; `title` is the item's, "" where the document as a whole is meant."""

    rule: str
    path: str
    line: int
    title: str = ""

    @property
    def message(self) -> str:
        """One sentence: what is wrong, and what to do."""
        rule = RULES[self.rule]
        subject = f'"{self.title}" ' if self.title else ""
        return f"{subject}{rule.wrong}: {rule.mend}"


def lint(data: bytes, path: str = "", off: Collection[str] = ()) -> list[Finding]:
    """The problems of one document in the order of its lines; a template has none.

    Args:
        off: the rules that are not asked for.
    """
    read = extract(data, path)
    if read.is_template:
        return []
    sure = [item for item in read.items if item.confidence >= _SURE]
    found = [Finding(rule, path, item.line, item.fields.title) for item in sure for rule in _broken(item, read)]
    if not read.items and _wants_items(data):
        found.append(Finding("no-action-item", path, 1))
    return [one for one in found if one.rule not in off]


def _broken(item: ActionItem, read: Postmortem) -> Iterator[str]:
    yield from (_OF_PROBLEMS[problem] for problem in item.problems)
    due, incident = item.fields.due, read.incident_date
    if due and incident and due < incident:
        yield "due-before-incident"
    if not (item.fields.status or Status.OPEN).closed and is_vague(item.fields.title):
        yield "vague"


def is_vague(title: str) -> bool:
    """Whether nobody could tell when it is done: a wish in few words, with no number in it ("Improve monitoring")."""
    folded = fold(title)
    is_short = len(folded) <= _FEW_SIGNS if unspaced(folded) else folded.count(" ") < _FEW_WORDS
    if not is_short or _DIGIT.search(title) or "`" in title:
        return False
    return _wishes(folded) and not phrases("lint", "measured").inside(folded)


def _wishes(folded: str) -> bool:
    """Whether a wish leads the words, or ends them in a language that puts the verb last."""
    vague = phrases("lint", "vague")
    if unspaced(folded):
        return vague.inside(folded) is not None
    return vague.leading(folded) is not None or folded.rpartition(" ")[2] in phrases("lint", "vague_at_the_end").all


def _wants_items(data: bytes) -> bool:
    """Whether a document is a postmortem, by its parts, that does not say that there is nothing to do."""
    seen = view(data)
    sections = split(parse(seen.text).blocks, seen.text)
    parts = sum(section.scope.kind is Kind.OTHER and section.heading is not None for section in sections)
    works = [section for section in sections if section.scope.works]
    return parts + bool(works) >= _PARTS_OF_A_POSTMORTEM and not any(map(_says_none, works))


def _says_none(section: Section) -> bool:
    inlines = (getattr(block, "inline", None) for _, block in section.blocks)
    said = (phrases("words", "empty").leading(inline.text) for inline in inlines if inline is not None)
    return any(said)
