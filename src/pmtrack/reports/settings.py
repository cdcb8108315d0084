"""What a configuration may say of the digest."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from pmtrack.reports.channels import scheme_of
from pmtrack.reports.digest import WEEKDAYS


def _weekday(name: str) -> str:
    if name.lower() not in WEEKDAYS:
        raise ValueError(f"{name!r} is no weekday: write one of {', '.join(WEEKDAYS)}")
    return name.lower()


def _clock(value: object) -> object:
    try:
        return time.fromisoformat(value) if isinstance(value, str) and ":" in value else time.fromisoformat("")
    except ValueError:
        raise ValueError(f"{value!r} is no time of day: write it as 09:00") from None


def _recipient(to: str) -> str:
    scheme_of(to)
    return to


class DigestSettings(BaseModel):
    """When the weekly digest is due, and where it goes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: Annotated[str, AfterValidator(_weekday)] = "monday"
    at: Annotated[time, BeforeValidator(_clock)] = time(9)
    to: tuple[Annotated[str, AfterValidator(_recipient)], ...] = ("file:digest.md",)
