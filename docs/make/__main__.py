"""Makes the pages and pictures of docs/ that the program itself can tell: `make docs`.

With `--check` nothing is written; the exit code is 1 where something is not as the program would make it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pictures
import reference

DOCS = Path(__file__).resolve().parent.parent


def made() -> dict[Path, str]:
    """Every file, with what is to stand in it."""
    return {
        DOCS / "configuration.md": reference.page(),
        **{DOCS / "images" / name: text for name, text in pictures.drawn().items()},
    }


def main(words: list[str]) -> int:
    """Write them, or tell which are not true any more."""
    old = {file: text for file, text in made().items() if not file.exists() or file.read_text(encoding="utf-8") != text}
    for file, text in old.items():
        if "--check" in words:
            print(f"docs/{file.relative_to(DOCS)} is not what the program says: run `make docs`")
        else:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
    return 1 if old and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
