"""A letter in every form that it is sent in; each makes the words in it harmless for where they go (pure)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from html import escape

from pmtrack.reports.digest_letter import Letter, Line, Link, Section, told
from pmtrack.reports.words import in_bullet, in_cell, is_web, linked
from pmtrack.text import ZERO_WIDTH, neutral_markdown, one_line, plain

COMMENT_LINES = (8, 4, 2, 1, 0)
COMMENT_LIMIT = 4_800
"""Lines of a section in a comment: as many as fit into these characters (Jira's comments of ours take 5,000)."""

CHAT_LINES = 5
CHAT_LIMIT = 1_900
"""Characters; Discord takes 2,000."""

WORDS_LIMIT = 300
"""Characters of one item's words."""


def as_markdown(letter: Letter, most: int = 10_000) -> str:
    """For a file, a terminal, or a comment."""
    lines = [f"# {in_cell(letter.title)}", *_paragraphs(letter.lead)]
    for section in letter.sections:
        shown, rest = told(section, most)
        lines += ["", f"## {in_cell(_heading(section))}", "", *(f"{in_bullet(note)}\n" for note in section.notes)]
        lines += [_bullet(line) for line in shown]
        lines += [f"- and {rest} more"] if rest else []
    return "\n".join([*lines, ""]) + "".join(f"\n{in_bullet(line)}\n" for line in letter.tail)


def as_comment(letter: Letter) -> str:
    """Markdown of a bounded length."""
    made = [as_markdown(letter, most) for most in COMMENT_LINES]
    return next((text for text in made if len(text) <= COMMENT_LIMIT), made[-1][:COMMENT_LIMIT])


def as_text(letter: Letter, most: int = 10_000) -> str:
    """For the text part of a mail: no markup, addresses in full."""
    title = _flat(letter.title)
    lines = [title, "-" * len(title), *([""] if letter.lead else []), *(_flat(line) for line in letter.lead)]
    for section in letter.sections:
        shown, rest = told(section, most)
        lines += ["", _heading(section).upper(), *(_flat(note) for note in section.notes)]
        lines += [part for line in shown for part in _text_lines(line)]
        lines += [f"* and {rest} more"] if rest else []
    return "\n".join([*lines, "", *(_flat(line) for line in letter.tail)]).rstrip() + "\n"


def as_html(letter: Letter, most: int = 10_000) -> str:
    """For the HTML part of a mail: no script, no image, no style sheet, so that every client shows it alike."""
    parts = [f"<h1>{_html(letter.title)}</h1>", *(f"<p>{_html(line)}</p>" for line in letter.lead)]
    for section in letter.sections:
        shown, rest = told(section, most)
        parts += [f"<h2>{_html(_heading(section))}</h2>", *(f"<p>{_html(note)}</p>" for note in section.notes)]
        more = [f"<li>and {rest} more</li>"] if rest else []
        parts += ["<ul>", *(f"<li>{_html_line(line)}</li>" for line in shown), *more, "</ul>"]
    parts += ["<hr>", *(f'<p style="color:#555555">{_html(line)}</p>' for line in letter.tail)] if letter.tail else []
    head = f'<head><meta charset="utf-8"><title>{_html(letter.title)}</title></head>'
    body = '<body style="font-family:sans-serif;max-width:48em">'
    return "\n".join(["<!DOCTYPE html>", f'<html lang="en">{head}', body, *parts, "</body>", "</html>", ""])


def as_chat(letter: Letter) -> str:
    """For a chat: short, and nothing in it calls anybody."""
    lines = [one_line(letter.title), *map(one_line, letter.lead)]
    for section in letter.sections:
        shown, rest = told(section, CHAT_LINES)
        lines += ["", f"{_heading(section)}:", *map(one_line, section.notes)]
        lines += [f"• {one_line(_chat_line(line), WORDS_LIMIT)}" for line in shown]
        lines += [f"• and {rest} more"] if rest else []
    text = neutral_chat("\n".join(lines))
    return text if len(text) <= CHAT_LIMIT else text[:CHAT_LIMIT].rpartition("\n")[0] + "\n… see `pmtrack digest`"


def as_json(letter: Letter) -> str:
    """For programs: `{"schema", "title", "lead", "sections": [{"title", "lines", "count", "notes"}], "tail"}`, raw."""
    return json.dumps({"schema": 1, **asdict(letter)}, ensure_ascii=False, indent=2) + "\n"


def neutral_chat(text: str) -> str:
    """No mention, no command, no link but a bare address, in Slack, Teams, Discord and whatever reads Markdown."""
    quiet = neutral_markdown(text).replace("<", f"<{ZERO_WIDTH}").replace("@", f"@{ZERO_WIDTH}")
    return quiet.replace(ZERO_WIDTH * 2, ZERO_WIDTH).replace("](", f"]{ZERO_WIDTH}(")


FORMS: Mapping[str, Callable[[Letter], str]] = {
    "markdown": as_markdown,
    "text": as_text,
    "html": as_html,
    "chat": lambda letter: f"{as_chat(letter)}\n",
    "json": as_json,
}


def _heading(section: Section) -> str:
    return section.title if section.count is None else f"{section.title} ({section.count})"


def _paragraphs(lines: tuple[str, ...]) -> list[str]:
    return [part for line in lines for part in ("", in_cell(line))]


def _bullet(line: Line) -> str:
    about = [in_cell(words) for words in line.about] + [_markdown_link(link) for link in line.links[:-1]]
    last = [_markdown_link(link) for link in line.links[-1:]]
    inside = "; ".join([", ".join(about), *last])
    return f"- {in_bullet(line.words)}" + (f" ({inside})" if inside else "")


def _markdown_link(link: Link) -> str:
    return linked(link.words, link.url if link.url and is_web(link.url) else None)


def _text_lines(line: Line) -> Iterator[str]:
    about = [_flat(words) for words in line.about] + [_flat(link.words) for link in line.links]
    yield f"* {_flat(line.words)}" + (f" ({', '.join(about)})" if about else "")
    yield from (f"  {_flat(link.url, 2_000)}" for link in line.links if link.url and is_web(link.url))


def _html_line(line: Line) -> str:
    links = [_html_link(link) for link in line.links]
    about = ", ".join([*(_html(words) for words in line.about), *links])
    return f"{_html(line.words)} ({about})" if about else _html(line.words)


def _html_link(link: Link) -> str:
    words = _html(link.words)
    return f'<a href="{escape(one_line(link.url, 2_000))}">{words}</a>' if link.url and is_web(link.url) else words


def _chat_line(line: Line) -> str:
    about = ", ".join([*line.about, *(link.words for link in line.links)])
    url = next((f" {link.url}" for link in line.links if link.url and is_web(link.url)), "")
    return f"{line.words} ({about}){url}" if about else line.words


def _html(text: str) -> str:
    return escape(_flat(text))


def _flat(text: str, limit: int = 1_000) -> str:
    return one_line(plain(text), limit)
