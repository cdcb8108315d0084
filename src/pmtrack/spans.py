"""How long something takes or waits, as a configuration says it: `30s`, `5m`, `1h` or `2d`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SIZES = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))


def span(value: object) -> timedelta:
    """A time as people write it; `0s` is none at all.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, timedelta):
        return value
    found = re.fullmatch(r"(\d{1,6})\s*([smhd])", value.strip(), re.ASCII) if isinstance(value, str) else None
    if not found:
        raise ValueError("write a time such as 30s, 5m, 1h or 2d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def shown(time: timedelta) -> str:
    """The same as a configuration says it, in the largest unit of which it is a whole number."""
    seconds = int(time.total_seconds())
    unit, size = next((unit, size) for unit, size in _SIZES if seconds % size == 0)
    return f"{seconds // size}{unit}"


def interval(value: object) -> timedelta:
    """The same, of a time that has to pass.

    Raises:
        ValueError: it is none, or nothing.
    """
    found = span(value)
    if not found:
        raise ValueError("write a time of at least 1s, such as 30s, 5m, 1h or 2d")
    return found


Span = Annotated[timedelta, BeforeValidator(span)]
Interval = Annotated[timedelta, BeforeValidator(interval)]
