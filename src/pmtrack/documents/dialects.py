"""Headings and lists of other markup (Org, AsciiDoc, MediaWiki, Textile) as Markdown's, at equal byte length."""

from __future__ import annotations

import re

_FEWEST = 2
_MARKDOWN = re.compile(r"\n#{2,6} \S")
_STARS = re.compile(r"\n(\*{1,6})(?= \S)")
_DEEP_STARS = re.compile(r"\n\*{2,6} \S")
_EQUALS = re.compile(r"\n(={1,6}) (\S[^\n]*?)([ \t]*=*)[ \t]*(?=\n|\Z)")
_DEEP_EQUALS = re.compile(r"\n={2,6} \S")
_DOT = re.compile(r"\n\.(?= \S)")
_LETTER = re.compile(r"\nh([1-6])\. (?=\S)")
_HASH = re.compile(r"\n#(?= \S)")


def as_markdown(text: str) -> str:
    """The text with Markdown's headings, where it has none of these but clearly those of another markup."""
    has_stars, has_equals, has_letters = "\n** " in text, "\n== " in text, "\nh2. " in text or "\nh3. " in text
    if not (has_stars or has_equals or has_letters) or _MARKDOWN.search(text):
        return text
    whole = "\n" + text
    if has_equals and len(_DEEP_EQUALS.findall(whole)) >= _FEWEST:
        return _lists(_EQUALS.sub(_equals, whole))[1:]
    if has_stars and len(_DEEP_STARS.findall(whole)) >= _FEWEST:
        return _STARS.sub(lambda found: "\n" + "#" * len(found[1]), whole)[1:]
    if has_letters and len(_LETTER.findall(whole)) >= _FEWEST:
        return _LETTER.sub(_letter, _HASH.sub("\n-", whole))[1:]
    return text


def _equals(found: re.Match[str]) -> str:
    return f"\n{'#' * len(found[1])} {found[2]}{' ' * len(found[3])}" + " " * (
        len(found.group()) - len(found[1]) - len(found[2]) - len(found[3]) - 2
    )


def _letter(found: re.Match[str]) -> str:
    level = min(int(found[1]), 3)
    return "\n" + ("#" * level).ljust(4)


def _lists(text: str) -> str:
    return _DOT.sub("\n-", text)
