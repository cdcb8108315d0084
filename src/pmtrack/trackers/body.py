"""What stands in the body of a new issue. Written once; afterwards it belongs to people."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from jinja2 import Template
from jinja2.sandbox import SandboxedEnvironment

from pmtrack.model import Draft
from pmtrack.text import neutral_markdown, one_line

TEMPLATE = """\
{% if words %}{{ words }}

{% endif %}From the postmortem {% if words %}{{ postmortem }} {% endif %}(`{{ path }}`, line {{ line }}).
{% for note in notes %}
{{ note }}
{% endfor %}"""

WORDS_LIMIT, NOTE_LIMIT = 20_000, 2_000
"""Characters; the smallest limit of a tracker that we know is 65,536 for the whole body (GitHub's)."""

BLACK = "█████"


def markdown(draft: Draft, *, full: bool = True, neutral: Callable[[str], str] = neutral_markdown) -> str:
    """The body as Markdown, every word of the document neutralised.

    Args:
        full: False names the postmortem and repeats nothing of it. neutral: makes foreign words harmless.
    """
    return _template().render(
        words=neutral(_clipped(draft.words, WORDS_LIMIT)) if full else "",
        postmortem=neutral(_clipped(draft.postmortem, NOTE_LIMIT)),
        path=neutral(one_line(draft.marker.path, limit=1_000).replace("`", "'")),
        line=draft.line,
        notes=[neutral(_clipped(note, NOTE_LIMIT)) for note in draft.notes] if full else [],
    )


def redacted(text: str, words: Sequence[str]) -> str:
    """The text with these words blackened, whatever their case."""
    wanted = [re.escape(word) for word in sorted(words, key=len, reverse=True) if word.strip()]
    return re.sub("|".join(wanted), BLACK, text, flags=re.IGNORECASE) if wanted else text


def _clipped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


@cache
def _template() -> Template:
    return SandboxedEnvironment(keep_trailing_newline=True).from_string(TEMPLATE)
