"""References to issues that exist already: URLs, KEY-123, #45, owner/repo#45."""

from __future__ import annotations

import re

from pmtrack.documents.inline import Link
from pmtrack.documents.phrase import Phrase, only_points
from pmtrack.documents.vocabulary import exact_status, fold, phrases
from pmtrack.model import Status

_URL = re.compile(r"https?://[^\s<>()\[\]|\"'`]{1,500}")
_TRACKER_URL = re.compile(
    r"/issues?/[\w-]*\d|/pull/\d|/pulls/\d|/merge_requests/\d|/browse/[A-Z][A-Z0-9_]+-\d|/pull-requests/\d|/work_?items/|"
    r"selectedIssue=[A-Z][A-Z0-9_]+-\d|/c/\w{8}|show_bug\.cgi\?id=\d|/tickets?/\d|/T\d+$",
    re.IGNORECASE,
)
_KEY = r"[A-Z][A-Z0-9_]{1,14}-\d{1,7}"
_SHORT = r"(?:[\w.-]{1,60}/[\w.-]{1,80})?#\d{1,7}"
_TASK = r"T\d{4,7}"
_REFERENCE = re.compile(rf"(?<![\w#/\[-])(?:{_KEY}|{_SHORT}|{_TASK})(?![\w-])")
_WHOLE = re.compile(rf"(?:{_KEY}|{_SHORT}|{_TASK}|GH-\d{{1,7}})\Z")
_LEADS = "issue|ticker?|ticket|pr|bug|see|jira|tracked (?:in|by|as|at)|done in|fixed in|in|refs?"
_LEAD = rf"(?:(?:{_LEADS})(?!\w)\s*:?\s*|→\s*){{0,3}}"
_TRAILING = re.compile(rf"(?:^|[\s([（|→:–—]|\s-){_LEAD}\[?({_KEY}|{_SHORT}|{_TASK})[\])）]?[.\s]*\Z", re.IGNORECASE)
_TRACKED = re.compile(
    rf"(?:(?<=[.;,])\s|\s[–—-]\s)(?:[Tt]racked|[Ff]iled|[Rr]aised|[Ll]ogged|[Ss]ee)(?: (?:in|by|as|under|at))? "
    rf"\[?({_KEY}|{_SHORT}|{_TASK})\]?(?=[\s.,;)\]]|\Z)"
)
_FILED = re.compile(
    rf"\b(?:filed|opened|created|raised|logged|tracked (?:in|by|as|under))"
    rf"(?: (?:as|in|the|a|ticket|issue|under))* \[?({_KEY}|{_SHORT}|{_TASK})(?![\w-])"
)
_LABEL_BEFORE = re.compile(r"[\[(（_*]{0,4}([^\W\d]+)[_*]{0,4}\s?[:：]{1,2}[_*\s]{0,4}\Z")
_SOME_NUMBER = re.compile(r"[#T-]\d")
_NUMBER = re.compile(r"[0-9]{1,9}")
_CODE = re.compile(r"[A-Za-z]{1,10}[/-]?[0-9]{2,9}")
_FILE = re.compile(r"(?:^|/)[0-9]{1,9}(?:-[^/]*)?\.md$")
_NOT_KEYS = re.compile(
    r"(?:UTF|SHA|ISO|RFC|CVE|SEV|ADR|PM|INC|COVID|AES|IPV|HTTP|TLS|MD|GPT|TIER|PHASE|STEP|Q|V|P|S)-\d", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]{2,24})[)\]]\s*\Z")
_CREATED = re.compile(r"^\s*(?:created|opened|filed|raised)\s+an?\s+(?:\w+\s+)?$", re.IGNORECASE)
_BEFORE_LINK = re.compile(
    r"(?:\b(?:ticker?|ticket|issue|pr|bug|see|jira|tracked (?:in|by|as|at)|refs?)\s*:?|[-–—→(\[]|,)\s*$", re.IGNORECASE
)


def reference(words: str) -> str | None:
    """The ticket that a cell or a value names, in its text form."""
    url = _URL.search(words)
    if url:
        return url.group().rstrip(".,;")
    found = [m.group() for m in _REFERENCE.finditer(words) if not _NOT_KEYS.match(m.group())]
    return found[0] if found else None


def is_reference(words: str) -> bool:
    """Whether the words are a ticket and nothing else."""
    return bool(_WHOLE.match(words.strip())) and reference(words) is not None


def of_cell(text: str, links: tuple[Link, ...], *, strictly: bool = True) -> str | None:
    """The ticket of a table's cell: the address of its link rather than its words.

    Args:
        strictly: where nothing but tickets is expected, any code with a number is one ("b/5522", "INC0042").
    """
    for link in links:
        if link.target.startswith(("http://", "https://")) or _FILE.search(link.target):
            return link.target
    bare = text.strip(" `*_[]()")
    return reference(text) or (bare if _NUMBER.fullmatch(bare) or (not strictly and _CODE.fullmatch(bare)) else None)


def take(phrase: Phrase) -> str | None:
    """The ticket that the words name, cut out of them where it is a decoration."""
    for link in reversed(phrase.links):
        if _TRACKER_URL.search(link.target) or _is_pointer(phrase, link):
            _cut_link(phrase, link)
            return link.target
    for url in reversed(list(_URL.finditer(phrase.text)) if "://" in phrase.text else ()):
        if _TRACKER_URL.search(url.group()):
            start = url.start()
            before = _BEFORE_LINK.search(phrase.text[max(start - 40, 0) : start])
            start -= len(before.group()) if before else 0
            phrase.cut(start, url.start() + len(url.group().rstrip(".,;")))
            return url.group().rstrip(".,;")
    return _tracked(phrase) or _trailing(phrase)


def standing(phrase: Phrase) -> Status | None:
    """How the work stands by the words of a link to its ticket ("[#12 (done)](https://...)")."""
    links = (link for link in phrase.links if _TRACKER_URL.search(link.target))
    found = (_IN_BRACKETS.search(phrase.text[link.start : link.end]) for link in links)
    return next((status for one in found if one and (status := exact_status(one[1]))), None)


def _tracked(phrase: Phrase) -> str | None:
    """A sentence or a clause that says where the work is tracked, with more words behind it."""
    found = _TRACKED.search(phrase.text) if _SOME_NUMBER.search(phrase.text) else None
    if found is None or _NOT_KEYS.match(found[1]):
        return None
    phrase.cut(found.start(), found.end())
    return found[1]


def filed(text: str) -> str | None:
    """The one ticket that a sentence says was filed for its work, wherever it does ("Ann has filed AB-7 for it")."""
    found = _FILED.search(text) if _SOME_NUMBER.search(text) else None
    return None if found is None or _NOT_KEYS.match(found[1]) else found[1]


def _is_pointer(phrase: Phrase, link: Link) -> bool:
    """A link that only says "ticket" or "jira", or a bare key."""
    words = phrase.text[link.start : link.end].strip()
    if not link.target.startswith(("http://", "https://")):
        return False
    return bool(_WHOLE.match(words)) or (bool(fold(words)) and only_points(words) and "ticket" in link.target)


def _cut_link(phrase: Phrase, link: Link) -> None:
    """The link goes where its words are no words of the work, and "Ticket", "see" or a dash before it go with it."""
    words = phrase.text[link.start : link.end]
    if _CREATED.match(phrase.text[: link.start]):
        rest = re.match(r"\s*to\s", phrase.text[link.end :])
        phrase.cut(0, link.end + (rest.end() if rest else 0))
        return
    bare = (
        only_points(words) or words.startswith("http") or _REFERENCE.search(words) or _NUMBER.fullmatch(words.strip())
    )
    if not bare and fold(words).split()[:1] not in (["pr"], ["issue"], ["ticket"]):
        return
    start = link.start
    before = _BEFORE_LINK.search(phrase.text[max(start - 40, 0) : start])
    start -= len(before.group()) if before else 0
    end = link.end + (1 if phrase.text[link.end : link.end + 1] in (")", "]") and start < link.start else 0)
    phrase.cut(start, end)


def _trailing(phrase: Phrase) -> str | None:
    tail_at = max(phrase.length() - 120, 0)
    match = _TRAILING.search(phrase.text, tail_at) if _SOME_NUMBER.search(phrase.text, tail_at) else None
    if match is None or _NOT_KEYS.match(match[1]) or not re.search(r"#|[A-Z]-\d|\AT\d", match[1]):
        return None
    start = match.start()
    labelled = _LABEL_BEFORE.search(phrase.text, max(start - 30, 0), match.start(1))
    if labelled and fold(labelled[1]) in phrases("columns", "ticket").all:
        start = labelled.start()
    before = phrase.text[max(start - 200, 0) : start]
    inside = any(before.rfind(opening) > before.rfind(closing) for opening, closing in ("()", "[]", "（）"))
    phrase.cut(start, match.end(1) if inside else phrase.length())
    return match[1]
