"""The size of the pictures that the boxes were drawn on: told, guessed, or scaled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.boxes.openlabeling_folder import CLASSES, LIVER, SHAPE, codes, only, write

from manyhands.boxes.openlabeling import read_openlabeling, write_openlabeling
from manyhands.errors import BoxFileError


def test_the_size_of_pictures_is_guessed_from_the_edges_and_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    low, side = rng.integers(0, 200, (12, 2)), rng.integers(5, 100, (12, 2))
    boxes = np.concatenate([low, low + side], axis=1).astype(float)
    saved = {"a": {"liver": {k: boxes[[k]] for k in range(12)}}}
    write_openlabeling(tmp_path, saved, classes=CLASSES, volumes={"a": (12, 333, 512)})
    imported = read_openlabeling(tmp_path, classes=CLASSES)
    assert imported.picture_shapes == {"a": (333, 512)}
    assert "333 rows, 512 columns" in only(imported, "picture-size-guessed").message
    np.testing.assert_array_equal(imported.boxes["a"]["liver"][3], boxes[[3]])


def test_without_boxes_no_size_is_needed(tmp_path: Path) -> None:
    imported = read_openlabeling(write(tmp_path, a_0="", a_1="rubbish"), classes=CLASSES)
    assert imported.boxes == {}
    assert imported.picture_shapes == {}
    assert codes(imported) == ["box-line-malformed"]


def test_a_size_that_cannot_be_guessed_must_be_given(tmp_path: Path) -> None:
    with pytest.raises(BoxFileError, match="give picture_shape"):
        read_openlabeling(write(tmp_path, a_0=LIVER), classes=CLASSES)


def test_pictures_of_another_size_are_scaled_and_of_another_shape_reported(tmp_path: Path) -> None:
    folder = write(tmp_path, a_0=LIVER)
    half = {"a": (1, 40, 50)}
    scaled = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, volumes=half)
    assert scaled.boxes["a"]["liver"][0].tolist() == [[5, 12.5, 15, 37.5]]
    assert scaled.findings == ()
    other = {"a": (1, 100, 80)}
    turned = read_openlabeling(folder, classes=CLASSES, picture_shape=SHAPE, volumes=other)
    assert "80 rows, 100 columns where 100 rows" in only(turned, "picture-size-differs").message
