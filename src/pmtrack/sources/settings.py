"""What a configuration may say of a source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

UNITS = {"": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000}


def _bytes(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d{1,12})\s*([kmg]?b)?", value.strip().lower())
    if not found:
        raise ValueError(f"{value!r} is no size: write it as 16MB")
    return int(found[1]) * UNITS[found[2] or ""]


Size = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]


class FolderSettings(BaseModel):
    """A folder of postmortems."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, pattern=r"^[\w.-]+$")
    kind: Literal["folder"] = "folder"
    path: Path
    include: tuple[str, ...] = ("**/*.md",)
    exclude: tuple[str, ...] = ()
    tracker: str
    max_bytes: Size = 16_000_000


SourceSettings = FolderSettings
