"""What a configuration may say of the digest."""

from __future__ import annotations

import re
from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from pmtrack.reports.channels import scheme_of
from pmtrack.reports.digest import WEEKDAYS

_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def _weekday(name: str) -> str:
    if name.lower() not in WEEKDAYS:
        raise ValueError(f"{name!r} is no weekday: write one of {', '.join(WEEKDAYS)}")
    return name.lower()


def _clock(value: object) -> object:
    """TOML has times of its own, so `09:00:00` without quotes is one too; a zone would contradict `timezone`."""
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        raise ValueError(f"{str(value)!r} is no time of day: write it as 09:00")
    return time.fromisoformat(value)


def _recipient(to: str) -> str:
    scheme_of(to)
    return to


class DigestSettings(BaseModel):
    """When the weekly digest is due, and where it goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Annotated[str, AfterValidator(_weekday)] = "monday"
    at: Annotated[time, BeforeValidator(_clock)] = time(9)
    to: tuple[Annotated[str, AfterValidator(_recipient)], ...] = ("file:digest.md",)
