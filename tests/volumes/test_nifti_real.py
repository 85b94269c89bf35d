"""The real files, stored RAS, LAS and LPS, are read and come back bit by bit."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from manyhands.types import Modality
from manyhands.volumes import (
    check_label_ids,
    check_same_grid,
    mr_window,
    read_labels,
    read_volume,
    write_labels,
)

pytestmark = pytest.mark.real

# Placed at the header's bytes 40 to 55 (dim), 76 to 107 (pixdim), 252 to 327 (qform, sform).
GRID_BYTES = (slice(40, 56), slice(76, 108), slice(123, 124), slice(252, 328))


def cases(real_data: Path, folder: str) -> list[Path]:
    images = sorted((real_data / folder).glob("*_image.nii.gz"))
    assert images
    return images


@pytest.mark.parametrize("folder", ["abdomen_ct", "abdomen_mr"])
def test_every_image_is_read_as_nibabel_reads_it(real_data: Path, folder: str) -> None:
    for path in cases(real_data, folder):
        volume = read_volume(path)
        theirs = nib.as_closest_canonical(nib.load(path))
        assert np.array_equal(volume.data, theirs.get_fdata(dtype=np.float32)), path
        assert np.allclose(volume.grid.affine, theirs.affine), path
        assert volume.modality is (Modality.CT if folder == "abdomen_ct" else Modality.MR), path


@pytest.mark.parametrize("folder", ["abdomen_ct", "abdomen_mr"])
def test_every_label_comes_back_bit_by_bit(real_data: Path, folder: str, tmp_path: Path) -> None:
    back = tmp_path / "back.nii.gz"
    for image in cases(real_data, folder):
        path = image.with_name(image.name.replace("image", "label"))
        labels = read_labels(path)
        check_same_grid(labels, read_volume(image).grid, name=path, image_name=image)
        check_label_ids(labels, range(1, 6), name=path)
        write_labels(labels, back)

        theirs, ours = nib.load(path), nib.load(back)
        for bits in GRID_BYTES:
            assert ours.header.binaryblock[bits] == theirs.header.binaryblock[bits], path
        assert ours.affine.tobytes() == theirs.affine.tobytes(), path
        assert np.array_equal(np.asarray(ours.dataobj), np.asarray(theirs.dataobj)), path


def test_mr_windows_show_the_organs(real_data: Path) -> None:
    """At most 1 % of the labelled organs are clipped to black and 4 % to white."""
    for image in cases(real_data, "abdomen_mr"):
        volume = read_volume(image)
        window = mr_window(volume)
        labels = read_labels(image.with_name(image.name.replace("image", "label")))
        organs = volume.data[labels.data > 0]
        assert (organs < window.low).mean() < 0.01, image
        assert (organs > window.high).mean() < 0.04, image
