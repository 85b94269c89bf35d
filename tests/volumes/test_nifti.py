"""NIfTI files of every kind are read to RAS+ and written back on the grid they came from."""

from __future__ import annotations

import gzip
import logging
import resource
import tracemalloc
from itertools import permutations, product
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from nibabel.orientations import apply_orientation, inv_ornt_aff, ornt_transform

from manyhands.errors import VolumeError
from manyhands.geometry import grid_of_source, to_stack
from manyhands.types import Labels, Modality
from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

ORIENTATIONS = list(product(permutations(range(3)), product((1, -1), repeat=3)))
GRID_FIELDS = (
    *("dim", "pixdim", "xyzt_units", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)
OBLIQUE = np.array(
    [[1.9, 0.3, -0.4, -90], [-0.5, 2.8, 0.9, -120], [0.3, -0.6, 4.9, 40], [0, 0, 0, 1]]
)


def save(path: Path, voxels: npt.NDArray[Any], affine: Any = None, **fields: Any) -> Path:
    """Write voxels as they are, with header fields set to just these values."""
    image = nib.Nifti1Image(voxels, np.eye(4) if affine is None else affine)
    for field, value in fields.items():
        image.header[field] = value
    nib.save(image, path)
    return path


def assert_same_grid_bits(one: Path, other: Path) -> None:
    one_header, other_header = nib.load(one).header, nib.load(other).header
    assert type(one_header) is type(other_header)
    for field in GRID_FIELDS:
        one_bits, other_bits = (np.atleast_1d(h[field]) for h in (one_header, other_header))
        one_bits = one_bits.astype(other_bits.dtype)  # the byte order may differ
        assert one_bits.tobytes() == other_bits.tobytes(), field
    assert nib.load(one).affine.tobytes() == nib.load(other).affine.tobytes()


def assert_labels_come_back(source: Path, tmp_path: Path) -> None:
    """Read, written, read by nibabel: the same integers at the same stored voxels."""
    back = tmp_path / "back.nii.gz"
    write_labels(read_labels(source), back)
    assert_same_grid_bits(source, back)
    image = nib.load(back)
    assert image.get_data_dtype() == np.uint8
    assert (image.dataobj.slope, image.dataobj.inter) == (1, 0)
    assert np.array_equal(np.asarray(image.dataobj), np.asarray(nib.load(source).dataobj))


# ---- orientation


@pytest.mark.parametrize(("axes", "signs"), ORIENTATIONS)
def test_every_orientation_is_read_as_ras_and_written_back(
    tmp_path: Path, axes: tuple[int, ...], signs: tuple[int, ...]
) -> None:
    """The file is turned away from RAS+ by nibabel, so that our turning is not its own judge."""
    ras = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    turned = np.column_stack([axes, signs])
    stored = apply_orientation(ras, ornt_transform([[0, 1], [1, 1], [2, 1]], turned))
    affine = np.linalg.inv(inv_ornt_aff(turned, stored.shape))
    path = save(tmp_path / "turned.nii", stored, affine)

    volume = read_volume(path)

    assert np.array_equal(volume.data, ras)
    assert volume.data.dtype == np.float32
    assert volume.data.flags.c_contiguous
    assert np.array_equal(volume.grid.affine, np.eye(4))
    assert_labels_come_back(path, tmp_path)


@given(
    data=arrays(np.uint8, st.tuples(*[st.integers(1, 4)] * 3)),
    turn=arrays(np.float64, (3, 3), elements=st.floats(-3, 3, width=16)),
    qform_code=st.integers(0, 4),
    sform_code=st.integers(0, 4),
)
def test_any_affine_and_codes_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    data: npt.NDArray[np.uint8],
    turn: npt.NDArray[np.float64],
    qform_code: int,
    sform_code: int,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    affine = np.eye(4)
    affine[:3, :3] = turn + 8 * np.eye(3)  # the diagonal outweighs the rest: never singular
    image = nib.Nifti1Image(data, affine)
    image.header.set_qform(affine, code=qform_code)
    image.header.set_sform(affine, code=sform_code)
    nib.save(image, folder / "any.nii")
    assert_labels_come_back(folder / "any.nii", folder)


def test_oblique_voxels_keep_their_place_in_the_world(tmp_path: Path) -> None:
    stored = np.zeros((4, 5, 6), np.uint8)
    stored[1, 2, 3] = 1
    affine = OBLIQUE @ np.diag([-1, 1, -1, 1])
    labels = read_labels(save(tmp_path / "oblique.nii", stored, affine))
    (where,) = np.argwhere(labels.data)
    assert np.allclose(labels.grid.affine @ [*where, 1], affine @ [1, 2, 3, 1], atol=1e-4)


def test_the_same_patient_stored_two_ways_makes_the_same_pictures(tmp_path: Path) -> None:
    ras = np.random.default_rng(0).integers(0, 99, (4, 5, 3)).astype(np.int16)
    one = read_volume(save(tmp_path / "ras.nii", ras))
    lps_affine = np.diag([-1.0, -1, 1, 1])
    lps_affine[:2, 3] = (3, 4)
    other = read_volume(save(tmp_path / "lps.nii", ras[::-1, ::-1], lps_affine))
    assert np.array_equal(to_stack(one.data), to_stack(other.data))
    assert np.array_equal(one.grid.affine, other.grid.affine)


# ---- which affine


def test_qform_alone_places_the_voxels(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((2, 3, 4), np.uint8), None)
    image.header.set_qform(np.diag([-2.0, 3, 4, 1]), code=1)
    nib.save(image, tmp_path / "qform.nii")
    grid = read_volume(tmp_path / "qform.nii").grid
    assert grid.spacing_mm == (2, 3, 4)
    assert grid.affine[0, 3] == -2  # the most left of two voxels, 2 mm apart, the right one at 0
    assert_labels_come_back(tmp_path / "qform.nii", tmp_path)


def test_sform_alone_places_the_voxels(tmp_path: Path) -> None:
    path = save(tmp_path / "sform.nii", np.zeros((2, 3, 4), np.uint8), OBLIQUE, qform_code=0)
    assert np.allclose(read_volume(path).grid.affine, OBLIQUE)
    assert_labels_come_back(path, tmp_path)


def test_without_either_pixdim_is_taken_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    image = nib.Nifti1Image(np.zeros((2, 3, 4), np.uint8), None)
    image.header.set_zooms((2, 3, 4))
    nib.save(image, tmp_path / "bare.nii")
    with caplog.at_level(logging.WARNING, "manyhands"):
        volume = read_volume(tmp_path / "bare.nii")
    assert volume.grid.spacing_mm == (2, 3, 4)
    assert volume.grid.source.flips == (True, False, False)  # as ANALYZE: right to left
    assert "bare.nii: has neither qform nor sform" in caplog.text
    assert_labels_come_back(tmp_path / "bare.nii", tmp_path)


@pytest.mark.parametrize(("units", "factor"), [(0, 1), (1, 1000), (2, 1), (3, 0.001), (10, 1)])
def test_the_affine_is_in_mm_whatever_the_file_counts_in(
    tmp_path: Path, units: int, factor: float
) -> None:
    """Unknown, m, mm, µm, and mm with seconds."""
    path = save(tmp_path / "unit.nii", np.zeros((2, 2, 2), np.uint8), xyzt_units=units)
    assert np.allclose(read_volume(path).grid.spacing_mm, factor)
    assert_labels_come_back(path, tmp_path)


# ---- shapes and numbers


@pytest.mark.parametrize(
    ("shape", "inside"),
    [((4, 5), (4, 5, 1)), ((4, 5, 3, 1), (4, 5, 3)), ((4, 5, 1, 1, 1), (4, 5, 1))],
)
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_axes_of_length_one_are_read_away_and_written_back(
    tmp_path: Path, shape: tuple[int, ...], inside: tuple[int, ...], suffix: str
) -> None:
    stored = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    path = save(tmp_path / f"shape{suffix}", stored)
    assert read_volume(path).data.shape == inside
    assert_labels_come_back(path, tmp_path)
    assert nib.load(tmp_path / "back.nii.gz").shape == shape


@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8", ">i2", ">f4"]
)
def test_every_real_number_type_is_read(tmp_path: Path, dtype: str) -> None:
    header = nib.Nifti1Header(endianness=">" if dtype.startswith(">") else "<")
    stored = np.arange(24, dtype=dtype).reshape(2, 3, 4)
    image = nib.Nifti1Image(stored, np.eye(4), header, dtype=stored.dtype)
    nib.save(image, tmp_path / "type.nii")
    assert np.array_equal(read_volume(tmp_path / "type.nii").data, stored)
    assert_labels_come_back(tmp_path / "type.nii", tmp_path)


def test_stored_integers_are_scaled(tmp_path: Path) -> None:
    """By hand: 0, 2, 4095 times 0.5 less 1024; nibabel stores the integers as they are."""
    voxels = np.array([[[0, 2, 4095]]], np.uint16)
    path = save(tmp_path / "scaled.nii", voxels, scl_slope=0.5, scl_inter=-1024)
    assert read_volume(path).data.ravel().tolist() == [-1024, -1023, 1023.5]


def test_nifti_2_stays_nifti_2(tmp_path: Path) -> None:
    stored = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    nib.save(nib.Nifti2Image(stored, OBLIQUE), tmp_path / "two.nii")
    assert_labels_come_back(tmp_path / "two.nii", tmp_path)


def test_what_is_gzipped_is_seen_in_the_bytes_not_in_the_name(tmp_path: Path) -> None:
    plain = save(tmp_path / "plain.nii", np.arange(24, dtype=np.int16).reshape(2, 3, 4))
    (tmp_path / "zipped.nii").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "plain.nii.gz").write_bytes(plain.read_bytes())
    for name in ("zipped.nii", "plain.nii.gz"):
        assert np.array_equal(read_volume(tmp_path / name).data, read_volume(plain).data)


def test_no_float64_copy_of_a_volume_is_made(tmp_path: Path) -> None:
    """At most 2 bytes a voxel as stored, 4 as float32, and one slab of 16 planes of 256."""
    stored = np.zeros((64, 64, 256), np.int16)
    path = save(tmp_path / "large.nii", stored, scl_slope=2, scl_inter=1)
    assert (read_volume(path).data == 1).all()
    tracemalloc.start()
    try:
        read_volume(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * stored.size


# ---- modality


def test_modality_is_guessed_from_air_and_can_be_given(tmp_path: Path) -> None:
    hounsfield = np.full((10, 10, 1), 40, np.int16)
    hounsfield[:, 0] = -1000
    ct = save(tmp_path / "ct.nii", hounsfield)
    mr = save(tmp_path / "mr.nii", np.abs(hounsfield))
    assert read_volume(ct).modality is Modality.CT
    assert read_volume(mr).modality is Modality.MR
    assert read_volume(mr, modality=Modality.CT).modality is Modality.CT


# ---- labels


def test_labels_may_be_stored_as_float_or_scaled(tmp_path: Path) -> None:
    """nibabel scales floats into an integer type, and 3 comes back as 2.99998."""
    wanted = np.array([[[0, 1, 2, 3, 7, 255]]])
    nib.save(nib.Nifti1Image(wanted.astype(np.float64), np.eye(4)), tmp_path / "float.nii")
    image = nib.Nifti1Image(wanted.astype(np.float64), np.eye(4))
    image.set_data_dtype(np.int16)
    nib.save(image, tmp_path / "scaled.nii")
    assert not np.array_equal(nib.load(tmp_path / "scaled.nii").get_fdata(), wanted)
    for name in ("float.nii", "scaled.nii"):
        labels = read_labels(tmp_path / name)
        assert labels.data.dtype == np.uint8
        assert np.array_equal(labels.data, wanted)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.5, "must be a whole number, found 1.5"),
        (np.nan, "must be a whole number, found nan"),
        (np.inf, "must be a whole number, found inf"),
        (-1, "must be 0 to 255, found -1.0"),
        (300, "must be 0 to 255, found 300.0"),
    ],
)
def test_what_is_no_label_is_named_with_its_place(
    tmp_path: Path, value: float, message: str
) -> None:
    """The place is that of the file, which other programs show: here two axes are turned."""
    stored = np.zeros((2, 3, 40), np.float32)
    stored[1, 2, 33:] = value
    path = save(tmp_path / "odd.nii", stored, np.diag([-1, -1, 1, 1]))
    with pytest.raises(VolumeError, match=rf"odd\.nii: .*{message} at voxel \(1, 2, 33\)"):
        read_labels(path)


# ---- writing


def test_a_result_repeats_no_free_text_of_its_source(tmp_path: Path) -> None:
    image = nib.Nifti1Image(np.zeros((2, 2, 2), np.uint8), np.eye(4))
    for field in ("descrip", "db_name", "aux_file", "intent_name"):
        image.header[field] = b"Doe, Jane"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Doe, Jane"))
    nib.save(image, tmp_path / "named.nii")
    assert b"Doe" in (tmp_path / "named.nii").read_bytes()
    write_labels(read_labels(tmp_path / "named.nii"), tmp_path / "back.nii")
    assert b"Doe" not in (tmp_path / "back.nii").read_bytes()


def test_numbers_are_written_on_the_source_grid_too(tmp_path: Path) -> None:
    source = save(
        tmp_path / "source.nii", np.zeros((2, 3, 4, 1), np.int16), OBLIQUE @ np.diag([1, -1, 1, 1])
    )
    grid = read_volume(source).grid
    data = np.random.default_rng(0).random(grid.shape, dtype=np.float32)
    write_volume(data, grid, tmp_path / "back.nii.gz")
    assert_same_grid_bits(source, tmp_path / "back.nii.gz")
    assert np.array_equal(read_volume(tmp_path / "back.nii.gz").data, data)


def test_labels_without_a_file_are_written_in_mm_as_their_grid_says(tmp_path: Path) -> None:
    affine = np.diag([-2.0, 3, 4, 1])
    grid = grid_of_source((2, 3, 4), affine)
    data = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_labels(Labels(data, grid), tmp_path / "made.nii.gz")
    image = nib.load(tmp_path / "made.nii.gz")
    assert np.array_equal(image.affine, affine)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert (image.header["qform_code"], image.header["sform_code"]) == (1, 1)
    assert np.array_equal(read_labels(tmp_path / "made.nii.gz").data, data)


def test_the_same_labels_make_the_same_bytes(tmp_path: Path) -> None:
    labels = read_labels(save(tmp_path / "source.nii", np.ones((3, 3, 3), np.uint8)))
    write_labels(labels, tmp_path / "one.nii.gz")
    write_labels(labels, tmp_path / "other.nii.gz")
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "other.nii.gz").read_bytes()


def test_writing_names_what_does_not_work(tmp_path: Path) -> None:
    labels = read_labels(save(tmp_path / "source.nii", np.ones((3, 4, 5), np.uint8)))
    with pytest.raises(VolumeError, match=r"out\.png: a volume is written as \.nii or \.nii\.gz"):
        write_labels(labels, tmp_path / "out.png")
    with pytest.raises(VolumeError, match=r"\(5, 4, 3\) is not on its grid \(3, 4, 5\)"):
        write_labels(Labels(labels.data.T, labels.grid), tmp_path / "out.nii")
    with pytest.raises(VolumeError, match=r"out\.nii: could not be written: (Not a dir|File ex)"):
        write_labels(labels, tmp_path / "source.nii" / "out.nii")


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """The system's limit on the size of a file stands for the disk: its error comes as late."""
    data = np.random.default_rng(0).random((32, 32, 32), dtype=np.float32)
    grid = grid_of_source(data.shape, np.eye(4))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        with pytest.raises(VolumeError, match=r"full\.nii\.gz: could not be written: File too"):
            write_volume(data, grid, tmp_path / "full.nii.gz")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
