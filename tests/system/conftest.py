"""What every test of the real command starts from."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.scratch import Scratch


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """One postmortem with three items, not synced yet."""
    return Scratch.make(tmp_path)


@pytest.fixture
def synced(scratch: Scratch) -> Scratch:
    """The same, with its three issues made."""
    scratch.sync("--yes")
    return scratch
