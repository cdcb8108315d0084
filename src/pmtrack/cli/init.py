"""`pmtrack init`: a commented configuration to start from."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from pmtrack import atomic
from pmtrack.errors import PmtrackError


def run(folder: Path) -> int:
    """Write `pmtrack.toml` into the folder, unless there is one."""
    path = folder / "pmtrack.toml"
    content = (resources.files("pmtrack.cli") / "pmtrack.toml").read_bytes()
    try:
        atomic.create(path.resolve(), content)
    except FileExistsError:
        raise PmtrackError(f"{path} is there already and was not touched: edit it, or name another folder") from None
    except OSError as error:
        raise PmtrackError(f"{path} cannot be written ({error.strerror}): name a folder that is yours") from None
    print(f"wrote {path}: say in it where your postmortems are, then run `pmtrack check` and `pmtrack plan`")
    return 0
