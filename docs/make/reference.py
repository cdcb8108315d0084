"""docs/configuration.md, made from the settings themselves.

The meaning of a key is what the docstring of its model says of it under `Attributes:`; a key without one is an error.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from values import allowed, default

from pmtrack import config

HEAD = """\
# Every key of the configuration

<!-- Made by `make docs` from the settings in the code, where it is to be changed. -->

One TOML file, found by `--config`, else `PMTRACK_CONFIG`, else `pmtrack.toml` or `config/pmtrack.toml` in the current
folder. Paths in it are relative to it. An unknown key is an error, and `pmtrack check` tells all mistakes at once.
Commented examples to copy: [pmtrack.toml](../config/pmtrack.toml), [github.toml](../config/github.toml),
[jira.toml](../config/jira.toml), [git.toml](../config/git.toml), [people.toml](../config/people.toml).

**needed** stands where a key has no default. Secrets are never keys: see [the environment](#the-environment).
"""

ENVIRONMENT = """\
## The environment

Each secret may be in a file instead: with `_FILE` behind its name, the variable holds the path of that file. `NAME` is
that of a tracker, a source, a credential or a recipient, in capitals, with `_` for all but letters and digits.

| variable | meaning |
| --- | --- |
"""

VARIABLES: Mapping[str, str] = {
    "PMTRACK_CONFIG": "the configuration, where `--config` names none",
    "PMTRACK_STORE_URL": "the store, in place of the key `store`; here its URL may hold a password",
    "PMTRACK_NAME_TOKEN": "the token of a tracker, a source or a credential",
    "PMTRACK_NAME_EMAIL": "Jira Cloud: the mail address that goes with the token",
    "PMTRACK_NAME_PRIVATE_KEY": "the private key of a GitHub App, of a credential with `app_id`",
    "PMTRACK_NAME_WEBHOOK_SECRET": "what the webhooks of a tracker, or of its credential, are signed with",
    "PMTRACK_NAME_URL": "the address of `slack:NAME`, `teams:NAME`, `discord:NAME`, `webhook:NAME` or `apprise:NAME`",
    "PMTRACK_SMTP_PASSWORD": "the password of `user` in `[digest.smtp]`",
    "NO_COLOR, FORCE_COLOR, FORCE_HYPERLINK": "whether a terminal gets colours and links",
    "PGHOST, PGPASSWORD, PGCONNECT_TIMEOUT and so on": "those of libpq, for a store in PostgreSQL",
    "HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and so on": "those of Python and git, for whatever talks with a server",
}

ORDER = (
    "sources",
    "trackers",
    "credentials",
    "publish",
    "policy",
    "digest",
    "service",
    "sync",
    "lint",
    "person",
    "team",
    "",
)
"""How the names of tables begin, as people need them; the top of the file is none of these."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the configuration.

    Attributes:
        path: such as "sync.brake", "[sources]" or "trackers.NAME"; "" for the top of the file.
        kind: of which of several forms it is, "" where there is one.
    """

    path: str
    model: type[BaseModel]
    kind: str = ""

    @property
    def title(self) -> str:
        if not self.path:
            return "At the top of the file"
        return f"`[{self.path}]`{f', kind = {json.dumps(self.kind)}' if self.kind else ''}"

    @property
    def anchor(self) -> str:
        """By which GitHub's pages lead to a heading."""
        return re.sub(r"[^\w\- ]", "", self.title.lower()).replace(" ", "-")


def tables(model: type[BaseModel], path: str = "", kind: str = "") -> Iterator[Table]:
    """The table of a model and all that can be inside it, each model once."""
    yield Table(path, model, kind)
    for name, field in model.model_fields.items():
        if name in config.OURS and model is config.Config:
            continue
        for place, inner in _inside(name, field.annotation):
            kinds = _literals(inner.model_fields["kind"].annotation) if "kind" in inner.model_fields else [""]
            yield from tables(inner, _below(path, place), kinds[0])


def _below(path: str, place: str) -> str:
    """A table inside a list of tables is written with the list's name alone."""
    return ".".join(part for part in (path.strip("[]"), place) if part)


def _inside(name: str, annotation: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models that a key's value may be, with how their tables are called."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield name, annotation
    elif origin is tuple:
        for _, model in _inside(name, arguments[0]):
            yield f"[{name}]", model
    elif origin is dict:
        for _, model in _inside(name, arguments[1]):
            yield f"{name}.NAME", model
    elif origin is Annotated:
        yield from _inside(name, arguments[0])
    elif origin in (Union, UnionType):
        for one in arguments:
            yield from _inside(name, one)


# ------------------------------------------------------------ what a docstring says


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Key -> what it means, by the docstrings of the model and of those that it extends."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, BaseModel):
            found |= _told(inspect.cleandoc(base.__doc__ or ""), model.model_fields)
    return found


def _told(words: str, names: Container[str]) -> dict[str, str]:
    _, _, told = words.partition("Attributes:\n")
    text = " ".join(told.split())
    starts = [one for one in re.finditer(r"(?:^|(?<=[.;] ))(\w+(?:, \w+)*): ", text) if _are(one[1], names)]
    ends = [one.start() for one in starts[1:]] + [len(text)] * bool(starts)
    return {
        name: text[one.end() : end].strip().rstrip(".;")
        for one, end in zip(starts, ends, strict=True)
        for name in one[1].split(", ")
    }


def _for_people(words: str) -> str:
    """A meaning as it stands on a page beside others."""
    return re.sub(r"docs/(\w+\.md)", r"[\1](\1)", re.sub(r"\bNone\b", "none", words))


def _are(listed: str, names: Container[str]) -> bool:
    return all(name in names for name in listed.split(", "))


def about(model: type[BaseModel]) -> str:
    """The first part of its docstring."""
    own = model.__dict__.get("__doc__") or ""
    return " ".join(inspect.cleandoc(own).partition("\n\n")[0].split())


def _literals(annotation: Any) -> list[str]:
    return [str(one) for one in get_args(annotation)]


# ------------------------------------------------------------ the page


def page() -> str:
    """The whole of it.

    Raises:
        SystemExit: keys without a meaning, each named.
    """
    found = [*tables(config.Config), *_people()]
    places: dict[type[BaseModel], Table] = {}
    for table in found:
        places.setdefault(table.model, table)
    if dumb := [f"{one.model.__name__}.{key}" for one in places.values() for key in _dumb(one.model)]:
        sys.exit("say under `Attributes:` in the docstring what this means: " + ", ".join(dumb))
    shown = sorted((table for table in found if places[table.model] is table), key=_rank)
    rows = [f"| `{name}` | {meaning} |" for name, meaning in VARIABLES.items()]
    anchors = {model: table.anchor for model, table in places.items()}
    return "\n".join([HEAD, *(_section(table, anchors) for table in shown), ENVIRONMENT + "\n".join(rows), ""])


def _rank(table: Table) -> int:
    return next(at for at, start in enumerate(ORDER) if table.path.strip("[]").startswith(start)) if table.path else -1


def _people() -> Iterator[Table]:
    """The file that `people` names."""
    for name, field in config._PeopleSettings.model_fields.items():
        yield from (Table(place, model) for place, model in _inside(name, field.annotation))


def _dumb(model: type[BaseModel]) -> list[str]:
    told = meanings(model)
    return [key for key in _keys(model) if not (key in told or _meaning(key, model.model_fields[key]))]


def _meaning(key: str, field: FieldInfo) -> str:
    """What needs no word in the docstring: the kind, and a table that says itself what it is for."""
    if key == "kind":
        return "which of the kinds it is"
    return (
        about(field.annotation) if inspect.isclass(field.annotation) and issubclass(field.annotation, BaseModel) else ""
    )


def _keys(model: type[BaseModel]) -> list[str]:
    return [key for key in model.model_fields if not (model is config.Config and key in config.OURS)]


def _section(table: Table, anchors: Mapping[type[BaseModel], str]) -> str:
    told = meanings(table.model)
    lines = [
        f"## {table.title}",
        "",
        about(table.model),
        "",
        "| key | value | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for key in _keys(table.model):
        field = table.model.model_fields[key]
        meaning = told.get(key) or _meaning(key, field).rstrip(".")
        cells = (f"`{key}`", allowed(field, anchors), default(field), _for_people(meaning))
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join([*lines, ""])
