"""Every kind of source keeps every source's promises."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from contract.source_suite import Hub, SourceContract
from pmtrack.sources import SOURCES, connect
from pmtrack.sources.base import Source
from pmtrack.sources.settings import FolderSettings, GitSettings, SourceSettings

CAP = 100_000


class TestFolder(SourceContract):
    def fresh(self, folder: Path, documents: Mapping[str, bytes]) -> Source:
        self.root = folder / "postmortems"
        self.root.mkdir()
        self.edit(documents)
        return connect(FolderSettings(name="pm", path=Path("postmortems"), tracker="board", max_bytes=CAP), folder)

    def edit(self, documents: Mapping[str, bytes | None]) -> None:
        for path, data in documents.items():
            if data is None:
                (self.root / path).unlink()
            else:
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                (self.root / path).write_bytes(data)

    def shown(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def lose(self) -> None:
        shutil.rmtree(self.root)


class TestGit(SourceContract):
    """A remote that can leave out files of a clone."""

    filters = True

    def fresh(self, folder: Path, documents: Mapping[str, bytes]) -> Source:
        self.hub = Hub.make(folder / "hub.git", documents)
        self.hub.git("config", "uploadpack.allowFilter", str(self.filters).lower())
        more: dict[str, Any] = {"branch": "main", "max_bytes": CAP}
        return connect(GitSettings(name="pm", kind="git", remote="hub.git", tracker="board", **more), folder)

    def edit(self, documents: Mapping[str, bytes | None]) -> None:
        self.hub.push(documents)

    def shown(self, path: str) -> bytes:
        return self.hub.read(path)

    def lose(self) -> None:
        shutil.rmtree(self.hub.folder)


class TestGitWithoutFilters(TestGit):
    """A remote that sends all there is."""

    filters = False


def test_every_registered_kind_has_settings_and_a_module() -> None:
    models = [get_args(member)[0] for member in get_args(get_args(SourceSettings)[0])]
    assert all(issubclass(model, BaseModel) for model in models)
    assert set(SOURCES) == {get_args(model.model_fields["kind"].annotation)[0] for model in models}
    assert all(callable(import_module(module).connect) for module in SOURCES.values())


@pytest.mark.parametrize("settings", [FolderSettings(name="pm", path=Path("x"), tracker="t")])
def test_making_a_source_asks_for_nothing(settings: Any, tmp_path: Path) -> None:
    assert connect(settings, tmp_path).name == "pm"
    assert connect(GitSettings(name="pm", kind="git", remote="x.git", tracker="t"), tmp_path).name == "pm"
    assert list(tmp_path.iterdir()) == []
