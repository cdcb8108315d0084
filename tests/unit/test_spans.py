"""Times as a configuration says them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import BaseModel, ValidationError

from pmtrack.spans import Interval, Span


class Times(BaseModel):
    takes: Span = timedelta()
    every: Interval = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        (" 1 h ", timedelta(hours=1)),
        ("2d", timedelta(days=2)),
    ],
)
def test_a_time_is_a_number_and_a_unit(text: str, expected: timedelta) -> None:
    assert Times.model_validate({"takes": text, "every": text}) == Times(takes=expected, every=expected)


@pytest.mark.parametrize("value", ["", "5", "1.5h", "5 minutes", "-5m", "٣s", "1h30m", 5, None, "9999999s"])
@pytest.mark.parametrize("key", ["takes", "every"])
def test_anything_else_is_said(value: object, key: str) -> None:
    with pytest.raises(ValidationError, match="write a time such as 30s, 5m, 1h or 2d"):
        Times.model_validate({key: value})


def test_only_what_takes_time_may_take_none() -> None:
    assert Times.model_validate({"takes": "0s"}).takes == timedelta()
    with pytest.raises(ValidationError, match="write a time of at least 1s"):
        Times.model_validate({"every": "0s"})
