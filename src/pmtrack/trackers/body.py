"""What stands in the body of a new issue. Written once; afterwards it belongs to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from pmtrack.errors import TrackerError
from pmtrack.model import Draft, Fields, Marker
from pmtrack.text import neutral_markdown, one_line

TEMPLATE = """\
{% if words %}{{ words }}

{% endif %}From the postmortem {% if words %}{{ postmortem }} {% endif %}(\
{% if link %}[`{{ path }}`, line {{ line }}]({{ link }}){% else %}`{{ path }}`, line {{ line }}{% endif %}).
{% for note in notes %}
{{ note }}
{% endfor %}"""

LIMIT, WORDS_LIMIT, NOTE_LIMIT = 30_000, 20_000, 2_000
"""Characters; the smallest limit of a tracker that we know is 32,767 for the whole body (Jira's)."""

BLACK = "█████"

_SAMPLE = Draft(Marker("", "a.md", ""), Fields("Add retries"), "Add retries", "Checkout outage", "postmortems", 1)


def markdown(
    draft: Draft,
    *,
    full: bool = True,
    neutral: Callable[[str], str] = neutral_markdown,
    template: Template | None = None,
) -> str:
    """The body as Markdown, every word of the document neutralised.

    Args:
        full: False names the postmortem and repeats nothing of it. neutral: makes foreign words harmless.
        template: the team's own, as `template` reads it.
    """
    fields = draft.fields
    text = (template or _own()).render(
        words=neutral(_clipped(draft.words, WORDS_LIMIT)) if full else "",
        postmortem=neutral(_clipped(draft.postmortem, NOTE_LIMIT)) if full else "",
        path=_path(draft, neutral),
        line=draft.line,
        link=draft.link,
        owners=[neutral(owner) for owner in fields.owners] if full else [],
        priority=neutral(fields.priority or "") if full else "",
        due=fields.due.isoformat() if fields.due and full else "",
        notes=[neutral(_clipped(note, NOTE_LIMIT)) for note in draft.notes] if full else [],
    )
    return _clipped(text, LIMIT)


def link(draft: Draft, neutral: Callable[[str], str] = neutral_markdown) -> str:
    """Our link to the postmortem, as the body of a new issue has it."""
    return f"[`{_path(draft, neutral)}`, line {draft.line}]({draft.link})"


def _path(draft: Draft, neutral: Callable[[str], str]) -> str:
    return neutral(one_line(draft.marker.path, limit=1_000).replace("`", "'"))


def template(path: Path) -> Template:
    """A team's own template of a body, in Jinja's language, with the names that `markdown` gives a value.

    Raises:
        TrackerError: it cannot be read, or means nothing; `str` says where.
    """
    try:
        found = _environment().from_string(path.read_text(encoding="utf-8"))
        markdown(_SAMPLE, template=found)
    except OSError as error:
        why = f"cannot be read ({error.strerror}): name a file beside the configuration"
    except UnicodeDecodeError:
        why = "is not UTF-8: save it as that"
    except TemplateSyntaxError as error:
        why = f"is no template: line {error.lineno}: {one_line(str(error.message), 200)}"
    except (TemplateError, TypeError, ValueError, ArithmeticError, OverflowError) as error:
        why = f"cannot be filled in: {one_line(str(error), 200)}"
    else:
        return found
    raise TrackerError(f"the template {path} {why}", permanent=True)


def redacted(text: str, words: Sequence[str]) -> str:
    """The text with these words blackened, whatever their case."""
    wanted = [re.escape(word) for word in sorted(words, key=len, reverse=True) if word.strip()]
    return re.sub("|".join(wanted), BLACK, text, flags=re.IGNORECASE) if wanted else text


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


@cache
def _own() -> Template:
    return _environment().from_string(TEMPLATE)


def _environment() -> SandboxedEnvironment:
    return SandboxedEnvironment(keep_trailing_newline=True, undefined=StrictUndefined)
