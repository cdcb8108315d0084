"""A wait that a server asked for outlives the process, and nothing fails where it cannot be kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from pmtrack.trackers.waits import FILE, LONGEST, Waits


class Wall:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


def test_the_next_process_waits_for_what_is_left(tmp_path: Path, wall: Wall) -> None:
    Waits(tmp_path, "acme", wall).note(300)
    wall.now += 100
    assert Waits(tmp_path, "acme", wall).left() == 200
    assert Waits(tmp_path, "other", wall).left() == 0


def test_a_shorter_word_does_not_shorten_it(tmp_path: Path, wall: Wall) -> None:
    waits = Waits(tmp_path, "acme", wall)
    waits.note(300)
    waits.note(10)
    assert waits.left() == 300


def test_the_file_goes_when_nobody_waits_any_more(tmp_path: Path, wall: Wall) -> None:
    one, other = Waits(tmp_path, "acme", wall), Waits(tmp_path, "other", wall)
    one.note(300)
    other.note(600)
    wall.now += 400
    one.clear()
    assert (one.left(), other.left()) == (0, 200)
    wall.now += 400
    one.clear()
    assert list(tmp_path.iterdir()) == []
    one.clear()


@pytest.mark.parametrize("text", ["", "x", "[]", "null", '{"a": "b"}', '{"a": null}'])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, wall: Wall, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    waits = Waits(tmp_path, "acme", wall)
    assert waits.left() == 0
    waits.note(30)
    assert waits.left() == 30


def test_a_clock_that_jumped_does_not_shut_us_out(tmp_path: Path, wall: Wall) -> None:
    waits = Waits(tmp_path, "acme", wall)
    waits.note(300)
    wall.now -= 2 * LONGEST
    assert waits.left() == 0


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, wall: Wall) -> None:
    waits = Waits(tmp_path / "missing", "acme", wall)
    waits.note(300)
    assert waits.left() == 0
    waits.clear()
