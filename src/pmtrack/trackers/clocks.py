"""What a server's headers say of time (pure). Names of headers are in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime


def server_time(headers: Mapping[str, str], now: float) -> float:
    """The server's clock, which may go otherwise than ours; ours where it is not told. Seconds since 1970."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).timestamp()
    except ValueError:
        return now


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds, told as such or as a date (RFC 9110, 10.2.3); None where neither is."""
    words = headers.get("retry-after", "")
    if words.strip().isdigit():
        return float(words)
    try:
        return parsedate_to_datetime(words).timestamp() - server_time(headers, now)
    except ValueError:
        return None
