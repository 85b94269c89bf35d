"""A slice with masks on it: colours lie over each other, however the masks are cut out."""

from __future__ import annotations

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.figure import Figure

from manyhands.report.look import Shown, draw_look

BLUE, RED = "#0000FF", "#FF0000"


def overlay_of(figure: Figure) -> npt.NDArray[np.uint8]:
    """What lies on the right panel's slice."""
    layer = figure.axes[1].get_images()[1].get_array()
    assert layer is not None
    return np.asarray(layer)


def test_a_mask_and_its_cutout_look_the_same() -> None:
    mask = np.zeros((20, 30), dtype=np.bool_)
    mask[5:9, 10:20] = True
    greys: npt.NDArray[np.uint8] = np.full((20, 30), 90, dtype=np.uint8)
    whole = [Shown("a", BLUE, mask)]
    part = [Shown("a", BLUE, mask[4:10, 8:20], corner=(4, 8))]
    figures = [draw_look(greys, shown, title="", row_per_column=1.0) for shown in (whole, part)]

    np.testing.assert_array_equal(overlay_of(figures[0]), overlay_of(figures[1]))
    assert overlay_of(figures[0])[6, 12].tolist() == [0, 0, 255, 115]  # .45 of 255
    outlines = [np.sort(f.axes[1].collections[0].get_paths()[0].vertices, axis=0) for f in figures]
    np.testing.assert_allclose(outlines[0], outlines[1])
    assert outlines[0].min(axis=0).tolist() == [9.5, 4.5]


def test_what_lies_below_shines_through() -> None:
    """.45 of red over .45 of blue: .6975 opaque, and .45 / .6975 of it red."""
    mask = np.ones((4, 4), dtype=np.bool_)
    shown = [Shown("a", BLUE, mask), Shown("b", RED, mask)]
    figure = draw_look(np.zeros((4, 4), dtype=np.uint8), shown, title="", row_per_column=1.0)

    # Opacities are kept in steps of 1/255.
    assert overlay_of(figure)[0, 0].tolist() == pytest.approx([165, 0, 90, 178], abs=1)


def test_many_masks_take_no_more_memory_than_one() -> None:
    """As layers of their own they would be 5 MB each, and their outlines 4."""
    mask = np.zeros((400, 400), dtype=np.bool_)
    mask[100:300, 100:300] = True
    greys = np.zeros((400, 400), dtype=np.uint8)
    tracemalloc.start()
    draw_look(greys, [Shown("", RED, mask)] * 20, title="", row_per_column=1.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 30e6
