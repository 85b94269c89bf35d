"""Boxes and points are checked at the door, and put into the networks' own coordinates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from manyhands.errors import PromptError
from manyhands.evidence.sam import Prompt, box_prompts
from manyhands.evidence.sam.prompts import check_prompts, to_network

SHAPE = (40, 60)
SIDE = 32
NAN = math.nan


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Prompt(box=(50, 0, 60, 10)), "lies beside the slice of 40 rows and 60 columns"),
        (Prompt(box=(0, -9, 10, 0)), "lies beside the slice"),
        (Prompt(box=(10, 10, 10, 20)), r"prompt 1: box \(10, 10, 10, 20\) has no area"),
        (Prompt(box=(10, 20, 20, 10)), "has no area"),
        (Prompt(box=(0, 0, NAN, 10)), "is no number"),
        (Prompt(box=(0, 0, math.inf, 10)), "is no number"),
        (Prompt(points=((41.0, 3.0),), is_inside=(True,)), r"point \(41, 3\) is not on the slice"),
        (Prompt(points=((1.0, NAN),), is_inside=(True,)), "is not on the slice"),
        (Prompt(logits=np.zeros((8, 8), dtype=np.float32)), r"must be 32 x 32, .* found \(8, 8\)"),
    ],
)
def test_what_does_not_fit_is_refused(prompt: Prompt, words: str) -> None:
    with pytest.raises(PromptError, match=words):
        check_prompts([Prompt(box=(0, 0, 1, 1)), prompt], SHAPE, SIDE)


def test_a_box_over_the_border_is_clipped() -> None:
    (prompt,) = check_prompts([Prompt(box=(-5, 50, 20, 70))], SHAPE, SIDE)
    assert prompt.box == (0, 50, 20, 60)


def test_a_prompt_must_ask_something() -> None:
    with pytest.raises(PromptError, match="nothing to ask"):
        Prompt()
    with pytest.raises(PromptError, match="2 points came with 1 times inside or outside"):
        Prompt(points=((1, 1), (2, 2)), is_inside=(True,))


def test_edges_become_indices_of_pixels_in_x_and_y() -> None:
    """Twice as fine: the edge at 10 is at 20, which is half-way between pixels 19 and 20."""
    prompt = Prompt(box=(10, 20, 30, 50), points=((5, 7),), is_inside=(False,))
    asked = to_network(prompt, (2.0, 2.0))
    np.testing.assert_array_equal(asked.coordinates, [[39.5, 19.5], [99.5, 59.5], [13.5, 9.5]])
    np.testing.assert_array_equal(asked.labels, [2, 3, 0])


def test_indices_stay_as_they_are() -> None:
    asked = to_network(Prompt(box=(10, 20, 30, 50)), (2.0, 1.0), edges_are_indices=True)
    np.testing.assert_array_equal(asked.coordinates, [[20, 20], [50, 60]])


def test_rows_of_boxes_are_prompts() -> None:
    assert box_prompts(np.empty((0, 4))) == ()
    assert box_prompts(np.array([[1.0, 2.0, 3.0, 4.0]])) == (Prompt(box=(1, 2, 3, 4)),)
