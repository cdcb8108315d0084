"""`pmtrack explain`: why an item is as it is."""

from __future__ import annotations

import json
import sys

from pmtrack.app import App
from pmtrack.app.notify import case
from pmtrack.reports.explain import as_text
from pmtrack.text import plain


def run(app: App, item: str, output: str) -> int:
    """Print it as sentences by topic, or as JSON."""
    found, said = case(app, item)
    if output == "json":
        print(json.dumps({"schema": 1, "id": found.shown.id, **said}, ensure_ascii=False, indent=2))
    else:
        sys.stdout.write(plain(as_text(found, said)))
    return 0
