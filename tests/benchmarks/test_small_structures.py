"""Both ways of drawing in boxes, on the vessel of a phantom."""

from __future__ import annotations

from benchmarks.crowds import CROWDS, agree
from benchmarks.learn_judge import phantom
from benchmarks.small_structures import AORTA, WAYS, measure


def test_the_ways_differ_and_find_the_vessel() -> None:
    case = phantom(0)
    agreed = agree(case, CROWDS["one paper annotator"], seed=0, complete=True)
    dice = {way: measure(case, {AORTA: agreed[AORTA]}, way) for way in WAYS}
    assert min(dice.values()) > 0.6
    assert dice["ellipses"] > dice["the mask"] + 0.02
