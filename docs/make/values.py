"""What may stand behind a key, and what stands there by default, in words and in TOML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from pmtrack.ready import Ready

CHECKED: Mapping[str, str] = {
    "_bytes": 'size, `"16MB"`',
    "_clock": 'time of day, `"09:00"`',
    "_days": 'days, `"7d"`, `"2w"` or `7`',
    "_glob": 'glob, `"**/*.md"`',
    "_https": 'address, `"https://host"`',
    "_mail_address": 'mail address, `"ana@acme.example"`',
    "_quiet": 'weekday or date, `"saturday"`, `2026-12-25`',
    "_recipient": "[recipient](digests.md#channels)",
    "_weekday": 'weekday, `"monday"`',
    "_zone": 'time zone, `"Europe/Paris"`',
    "ready": '`"always"`, `"status: final"`, `"quiet 24h"`',
    "interval": 'time, `"30s"`, `"5m"`, `"1h"`',
    "span": 'time, `"30s"`, `"5m"`, `"1h"`, `"2d"`',
}
"""The function that checks a value -> what may stand there."""

PLAIN: Mapping[Any, str] = {
    bool: "`true` or `false`",
    date: "date, `2026-01-31`",
    float: "number",
    int: "number",
    Path: "path",
    str: "text",
    time: "time of day",
    timedelta: "time",
}


def allowed(field: FieldInfo, anchors: Mapping[type[BaseModel], str]) -> str:
    """What may stand there, for people.

    Args:
        anchors: where on the page the table of a model is described.
    """
    annotation: Any = field.annotation
    for check in field.metadata:
        annotation = Annotated[annotation, check]
    return _allowed(annotation, anchors)


def _allowed(annotation: Any, anchors: Mapping[type[BaseModel], str]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in FORMS:
        return FORMS[origin](arguments, lambda one: _allowed(one, anchors))
    if issubclass(annotation, BaseModel):
        return f"[table](#{anchors[annotation]})"
    if issubclass(annotation, Enum):
        return " or ".join(f"`{_toml(one.value)}`" for one in annotation)
    return PLAIN[annotation]


Say = Callable[[Any], str]


def _checked(arguments: tuple[Any, ...], say: Say) -> str:
    checks = [one.func.__name__ for one in arguments[1:] if isinstance(one, AfterValidator | BeforeValidator)]
    return next((CHECKED[name] for name in checks if name in CHECKED), None) or say(arguments[0])


def _one_of(arguments: tuple[Any, ...], say: Say) -> str:
    return " or ".join(dict.fromkeys(say(one) for one in arguments if one is not type(None)))


FORMS: Mapping[Any, Callable[[tuple[Any, ...], Say], str]] = {
    Annotated: _checked,
    Union: _one_of,
    UnionType: _one_of,
    Literal: lambda arguments, _say: " or ".join(f"`{_toml(one)}`" for one in arguments),
    tuple: lambda arguments, say: f"list of: {say(arguments[0])}",
    dict: lambda arguments, say: f"table, {say(arguments[0])} = {say(arguments[1])}",
}
"""How a type is made of others -> how that is said."""


def default(field: FieldInfo) -> str:
    """What is so without the key."""
    if field.is_required():
        return "**needed**"
    value = field.get_default()
    if "_bytes" in [getattr(getattr(one, "func", None), "__name__", "") for one in field.metadata]:
        value = f"{value // 1_000_000}MB"
    return "" if isinstance(value, BaseModel) else "none" if value in (None, (), {}) else f"`{_toml(value)}`"


def _toml(value: object) -> str:
    return next((write(value) for kind, write in WRITTEN.items() if isinstance(value, kind)), None) or json.dumps(
        value, ensure_ascii=False
    )


WRITTEN: Mapping[Any, Callable[[Any], str]] = {
    Enum: lambda value: _toml(value.value),
    Ready: lambda value: json.dumps(str(value)),
    timedelta: lambda value: json.dumps(_span(value)),
    time: lambda value: json.dumps(f"{value:%H:%M}"),
    tuple: lambda value: f"[{', '.join(map(_toml, value))}]",
    dict: lambda value: f"{{ {', '.join(f'{name} = {_toml(one)}' for name, one in value.items())} }}",
    BaseModel: lambda value: _toml({name: getattr(value, name) for name in type(value).model_fields}),
}
"""A type of value -> how it is written in TOML."""


def _span(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    unit, length = next(
        (unit, size) for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0
    )
    return f"{seconds // length}{unit}"
