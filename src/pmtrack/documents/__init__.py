"""Documents: text in, action items out. Pure; knows neither policy nor people."""

from __future__ import annotations

from pmtrack.documents.export import as_json
from pmtrack.documents.extract import EXTRACTOR, extract
from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.vocabulary import normal_priority

__all__ = ["EXTRACTOR", "as_json", "extract", "horizon_due", "normal_priority"]
