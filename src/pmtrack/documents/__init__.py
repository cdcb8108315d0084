"""Documents: text in, action items out. Pure; knows neither policy nor people."""

from __future__ import annotations

from pmtrack.documents.export import as_json
from pmtrack.documents.extract import extract, extractor
from pmtrack.documents.horizon import horizon_due
from pmtrack.documents.lines import same_words, sketch, stayed
from pmtrack.documents.reread import HEAD, Earlier, heard
from pmtrack.documents.vocabulary import normal_priority

__all__ = [
    "HEAD",
    "Earlier",
    "as_json",
    "extract",
    "extractor",
    "heard",
    "horizon_due",
    "normal_priority",
    "same_words",
    "sketch",
    "stayed",
]
