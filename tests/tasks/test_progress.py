"""Which slices are still open for whoever wants to be done. The volume has ten."""

from __future__ import annotations

import pytest

from manyhands.tasks import open_slices
from manyhands.types import State

STATES = {"b": State.BOXES, "a": State.ABSENT, "u": State.UNSURE, "o": State.OPEN}


@pytest.mark.parametrize(
    ("said", "stride", "still_open"),
    [
        ("..........", 1, (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
        ("aaaaaaaaaa", 1, ()),
        ("..abbba...", 1, ()),
        ("...bbba...", 1, (0, 1, 2)),
        ("..abb.ba..", 1, (5,)),
        ("..abb.ba..", 2, ()),
        ("..abbuba..", 1, ()),
        ("..abboba..", 1, (5,)),
        ("uuuuuuuuuu", 1, ()),
        ("a..a..a..a", 3, ()),
        ("a..a..a...", 3, (7, 8, 9)),
        ("a..a......", 1, (1, 2, 4, 5, 6, 7, 8, 9)),
        ("u.bbbbbb.u", 1, (1, 8)),
    ],
)
def test_open_slices(said: str, stride: int, still_open: tuple[int, ...]) -> None:
    states = {k: STATES[letter] for k, letter in enumerate(said) if letter != "."}
    assert open_slices(states, 10, stride=stride) == still_open


def test_a_volume_without_slices_has_none_open() -> None:
    assert open_slices({}, 0, stride=1) == ()
