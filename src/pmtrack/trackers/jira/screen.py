"""What a screen lets us set (pure). The JSON is that of the metadata for creating or editing an issue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
EPIC_NAME = "com.pyxis.greenhopper.jira:gh-epic-label"
"""The custom fields by which Data Center knows epics; Cloud has `parent` instead."""

BY_ITSELF = frozenset({"project", "issuetype", "summary", "reporter"})
"""Required fields that always have a value: Jira takes us for the reporter."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Fields by their ids."""

    fields: Mapping[str, Json] = field(default_factory=dict)

    @staticmethod
    def of(entries: Iterable[Json]) -> Screen:
        """From a list of fields, where each tells its id."""
        return Screen({str(entry.get("fieldId") or entry.get("key")): entry for entry in entries})

    def __contains__(self, name: object) -> bool:
        return name in self.fields

    def options(self, name: str) -> Sequence[Json]:
        """Among what one may choose."""
        found = self.fields.get(name, {}).get("allowedValues")
        return [option for option in found if isinstance(option, Mapping)] if isinstance(found, list) else []

    def neutral(self) -> str | None:
        """The id of the priority that means nothing in particular: the scheme's default, else the middle one."""
        default = self.fields.get("priority", {}).get("defaultValue")
        ids = [str(option["id"]) for option in self.options("priority") if option.get("id")]
        told = str(default.get("id")) if isinstance(default, Mapping) else ""
        return told if told in ids else next(iter(ids[len(ids) // 2 :]), None)

    def named(self, words: str) -> str | None:
        """The id of the field that people call so, or that has this id."""
        if words in self.fields:
            return words
        wanted = words.casefold()
        return next((name for name, told in self.fields.items() if str(told.get("name")).casefold() == wanted), None)

    def custom(self, kind: str) -> str | None:
        """The id of the custom field of this kind."""
        found = ((name, told.get("schema")) for name, told in self.fields.items())
        return next((name for name, of in found if isinstance(of, Mapping) and of.get("custom") == kind), None)

    def unfilled(self, filled: Set[str]) -> list[str]:
        """What people call the required fields that nobody fills, in their order."""
        return [
            str(told.get("name") or name)
            for name, told in self.fields.items()
            if told.get("required") and not told.get("hasDefaultValue") and name not in filled | BY_ITSELF
        ]
