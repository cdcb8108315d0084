"""What stands in the body of a new issue. Written once; afterwards it belongs to people."""

from __future__ import annotations

from functools import cache

from jinja2 import Template
from jinja2.sandbox import SandboxedEnvironment

from pmtrack.model import Draft
from pmtrack.text import neutral_markdown, one_line

TEMPLATE = """\
{{ words }}

From the postmortem {{ postmortem }} (`{{ path }}`, line {{ line }}).
{% for note in notes %}
{{ note }}
{% endfor %}"""


def markdown(draft: Draft) -> str:
    """The body as Markdown, every word of the document neutralised."""
    return _template().render(
        words=neutral_markdown(draft.words),
        postmortem=neutral_markdown(draft.postmortem),
        path=one_line(draft.marker.path, limit=1_000).replace("`", "'"),
        line=draft.line,
        notes=[neutral_markdown(note) for note in draft.notes],
    )


@cache
def _template() -> Template:
    return SandboxedEnvironment(keep_trailing_newline=True).from_string(TEMPLATE)
