"""What a message to people is made of, before it has a form. Every word in it is raw: each form makes it harmless."""

from __future__ import annotations

from dataclasses import dataclass

MOST = 20
"""Lines of a section that are told; the rest is a number."""


@dataclass(frozen=True, slots=True)
class Link:
    """Words, and the address that they lead to on the web, if any."""

    words: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is told.

    Attributes:
        words: mostly an item's own. about: phrases about it. links: where more is to be read.
    """

    words: str
    about: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a heading.

    Attributes:
        count: of what it tells of, None where there is nothing to count. notes: a sentence each, before the lines.
        calls: whether it is worth a message by itself.
    """

    title: str
    lines: tuple[Line, ...]
    count: int | None = None
    notes: tuple[str, ...] = ()
    calls: bool = True


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest, or the reminders of a day.

    Attributes:
        lead: a sentence each, before the sections; tail: after them, smaller.
    """

    title: str
    lead: tuple[str, ...] = ()
    sections: tuple[Section, ...] = ()
    tail: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that anybody has to know or do."""
        return not any(section.calls for section in self.sections)


def told(section: Section, most: int = MOST) -> tuple[tuple[Line, ...], int]:
    """The lines of a section that are told, and how many are not."""
    return section.lines[:most], max(0, len(section.lines) - most)
