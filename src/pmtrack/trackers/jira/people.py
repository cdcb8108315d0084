"""Who can be assigned. Each account and each address is asked for once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pmtrack.errors import TrackerError
from pmtrack.trackers.jira import shape
from pmtrack.trackers.jira.home import Home


@dataclass(slots=True)
class People:
    """The accounts of one project."""

    home: Home
    _assignable: dict[str, bool] = field(default_factory=dict)
    _addresses: dict[str, str | None] = field(default_factory=dict)

    def can_be_assigned(self, account: str) -> bool:
        """Raises:
        TrackerError: it cannot be asked for.
        """
        key = account.casefold()
        if key not in self._assignable:
            found = self._find("accountId" if self.home.cloud else "username", account)
            self._assignable[key] = key in {shape.account(person).casefold() for person in found}
        return self._assignable[key]

    def forget(self) -> None:
        """Jira refused somebody: ask anew."""
        self._assignable.clear()

    def meant(self, words: str) -> str:
        """The account whose address these words are, exactly and alone; the words where there is none.

        A question that fails is not asked again for the same words in this run, and is no failure.
        """
        if "@" not in words.strip("@") or words.startswith("@"):
            return words
        if words.casefold() not in self._addresses:
            self._addresses[words.casefold()] = self._of_address(words)
        return self._addresses[words.casefold()] or words

    def _of_address(self, words: str) -> str | None:
        try:
            self.home.know()
            found = self._find("query" if self.home.cloud else "username", words)
        except TrackerError:
            return None
        exact = [person for person in found if str(person.get("emailAddress")).casefold() == words.casefold()]
        return shape.account(exact[0]) if len(exact) == 1 else None

    def _find(self, name: str, words: str) -> list[dict[str, Any]]:
        params = {"project": self.home.key, name: words, "maxResults": 100}
        return self.home.read("user/assignable/search", params).things()
