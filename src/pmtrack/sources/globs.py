"""Globs for paths: `**/` is any number of folders, `*` and `?` stay within one, a last `/**` all that is below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

_REPEATED = re.compile(r"(?:\*\*/)+")
_PART = re.compile(r"/\*\*\Z|\*\*/|\*\*|\*|\?|[^*?/]+|/")
_MEANING = {"/**": r"(?:/.*)?", "**/": r"(?:[^/]+/)*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}


def matcher(patterns: Iterable[str]) -> Callable[[str], bool]:
    """Whether a path fits one of the patterns, as a whole; upper and lower case differ."""
    alternatives = "|".join(f"(?:{_regex(pattern)})" for pattern in patterns)
    compiled = re.compile(alternatives or r"(?!)", re.DOTALL)
    return lambda path: compiled.fullmatch(path) is not None


def _regex(pattern: str) -> str:
    parts = _PART.findall(_REPEATED.sub("**/", pattern))
    return "".join(_MEANING.get(part) or re.escape(part) for part in parts)
