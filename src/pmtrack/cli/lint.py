"""`pmtrack lint`: what is to be mended in the action items of documents, for the review of a change."""

from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pmtrack import __version__
from pmtrack.cli.extract import documents, read
from pmtrack.config import LintSettings, find
from pmtrack.documents.lint import RULES, Finding, lint
from pmtrack.errors import ConfigError, DocumentError
from pmtrack.text import plain

FOUND = 4
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_HOME = "https://github.com/pmtrack/pmtrack"


def run(paths: Sequence[Path], output: str, off: Sequence[str], config: Path | None) -> int:
    """Print the problems of every document; 4 where there is one, 1 where a document cannot be read."""
    silent = {*_known(off, "--off"), *_configured(config)}
    found: list[Finding] = []
    unread = []
    for path in documents(paths):
        try:
            found += lint(read(path), path.as_posix(), silent)
        except DocumentError as error:
            unread.append(str(error))
    print(_FORMATS[output](found), end="")
    for problem in unread:
        print(f"pmtrack: {plain(problem)}", file=sys.stderr)
    return 1 if unread else FOUND if found else 0


def _configured(config: Path | None) -> Sequence[str]:
    """The rules that the table [lint] of the configuration switches off; the rest of the file does not matter here."""
    try:
        path = find(config)
    except ConfigError:
        return ()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("lint", {})
        return _known(LintSettings.model_validate(table).off, f"{path}: lint.off")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}: mend it, or name another with --config"]) from None
    except ValidationError:
        raise ConfigError([f'{path}: lint: write it as a table with a list of rules: off = ["no-due-date"]']) from None


def _known(rules: Sequence[str], place: str) -> Sequence[str]:
    wrong = [f"{place}: there is no rule {rule!r}: use {', '.join(RULES)}" for rule in rules if rule not in RULES]
    if wrong:
        raise ConfigError(wrong)
    return rules


def _text(found: Sequence[Finding]) -> str:
    return "".join(f"{plain(one.path)}:{one.line}: {one.rule}: {plain(one.message)}\n" for one in found)


def _json(found: Sequence[Finding]) -> str:
    rows = [
        {"path": one.path, "line": one.line, "rule": one.rule, "title": one.title or None, "message": one.message}
        for one in found
    ]
    return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"


def _sarif(found: Sequence[Finding]) -> str:
    """SARIF 2.1.0, as code hosts show it beside the lines of a change."""
    names = list(RULES)
    rules = [
        {"id": name, "shortDescription": {"text": rule.wrong}, "help": {"text": rule.mend}}
        for name, rule in RULES.items()
    ]
    driver = {"name": "pmtrack", "version": __version__, "informationUri": _HOME, "rules": rules}
    results = [_result(one, names.index(one.rule)) for one in found]
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _result(one: Finding, at: int) -> dict[str, Any]:
    place = {"artifactLocation": {"uri": _uri(one.path)}, "region": {"startLine": one.line}}
    return {
        "ruleId": one.rule,
        "ruleIndex": at,
        "level": "warning",
        "message": {"text": one.message},
        "locations": [{"physicalLocation": place}],
    }


def _uri(path: str) -> str:
    """A path as a URI: relative to the folder of the run, which is what code hosts expect."""
    from urllib.parse import quote

    return quote(path)


_FORMATS: Mapping[str, Callable[[Sequence[Finding]], str]] = {"text": _text, "json": _json, "sarif": _sarif}
