"""Files that cannot be used: a `VolumeError` that names the file and the value, never a crash."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manyhands.errors import VolumeError
from manyhands.volumes import read_labels, read_volume


def nifti_bytes(voxels: Any = None, affine: Any = None, **fields: Any) -> bytearray:
    """A file of 352 bytes of header and 2 x 3 x 4 int16, with header fields set afterwards."""
    voxels = np.arange(24, dtype=np.int16).reshape(2, 3, 4) if voxels is None else voxels
    content = nib.Nifti1Image(voxels, np.eye(4) if affine is None else affine).to_bytes()
    header = nib.Nifti1Header(content[:348], check=False)
    for field, value in fields.items():
        header[field] = value
    return bytearray(header.binaryblock + content[348:])


def write(path: Path, content: bytes | bytearray) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("read", [read_volume, read_labels])
@pytest.mark.parametrize("name", ["bad.nii", "bad.nii.gz"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\x89PNG" + bytes(600), "not a NIfTI file"),
        (bytes(nifti_bytes()[:200]), "not a NIfTI file, or cut off within its header"),
        (bytes(nifti_bytes()[:-1]), "cut off: 47 of 48 bytes"),
        (bytes(nifti_bytes()[:352]), "cut off: 0 of 48 bytes"),
        (nifti_bytes(magic=b"ni1"), r"half of a pair \.hdr and \.img"),
        (nifti_bytes(dim=[4, 2, 3, 2, 2, 1, 1, 1]), r"\(2, 3, 2, 2\) holds 2 volumes"),
        (nifti_bytes(dim=[5, 2, 3, 1, 1, 4, 1, 1]), r"\(2, 3, 1, 1, 4\) holds 4 volumes"),
        (nifti_bytes(dim=[1, 24, 1, 1, 1, 1, 1, 1]), r"\(24,\) holds no picture"),
        (nifti_bytes(dim=[3, 2, 0, 4, 1, 1, 1, 1]), r"\(2, 0, 4\) holds no picture"),
        (nifti_bytes(dim=[3, 2, -3, 4, 1, 1, 1, 1]), r"holds no picture"),
        (nifti_bytes(dim=[9, 2, 3, 4, 1, 1, 1, 1]), "not readable as NIfTI"),
        (nifti_bytes(datatype=32, bitpix=64), "voxels are of type complex64"),
        (nifti_bytes(datatype=128, bitpix=24), "voxels are of type RGB"),
        (nifti_bytes(datatype=999), "not readable as NIfTI: .*999"),
        (nifti_bytes(vox_offset=np.inf), "not readable as NIfTI: cannot convert float infinity"),
        (nifti_bytes(vox_offset=10), "not readable as NIfTI: vox offset"),
        (nifti_bytes(srow_x=[0, 0, 0, 0]), r"affine is singular.*\[\[0.0, 0.0, 0.0, 0.0\]"),
        (nifti_bytes(srow_x=[0, 1, 0, 0]), "affine is singular"),
        (nifti_bytes(srow_x=[np.nan, 0, 0, 0]), "affine is singular"),
    ],
)
def test_the_file_and_what_is_wrong_are_named(
    tmp_path: Path, read: Any, name: str, content: bytes, message: str
) -> None:
    with pytest.raises(VolumeError, match=rf"bad\.nii.*: .*{message}"):
        read(write(tmp_path / name, content))


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match=r"gone\.nii: not found"):
        read_volume(tmp_path / "gone.nii")
    (tmp_path / "folder.nii").mkdir()
    with pytest.raises(VolumeError, match=r"folder\.nii: not readable as NIfTI: .*directory"):
        read_volume(tmp_path / "folder.nii")


def test_another_kind_of_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(VolumeError, match=r"a\.mha: no reader .* known are \.nii, \.nii\.gz"):
        read_volume(write(tmp_path / "a.mha", nifti_bytes()))


@pytest.mark.parametrize("kept", [5, 60, -20, -4])
def test_a_gzip_stream_that_was_cut_off(tmp_path: Path, kept: int) -> None:
    """Also when all voxels are there and only the checksum is missing."""
    content = gzip.compress(bytes(nifti_bytes()))
    (tmp_path / "cut.nii.gz").write_bytes(content[:kept])
    with pytest.raises(VolumeError, match=r"cut\.nii\.gz: not readable as NIfTI"):
        read_volume(tmp_path / "cut.nii.gz")


def test_a_gzip_stream_with_a_wrong_checksum(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(bytes(nifti_bytes())))
    content[-8] ^= 1
    (tmp_path / "crc.nii.gz").write_bytes(content)
    with pytest.raises(VolumeError, match=r"crc\.nii\.gz: not readable as NIfTI: CRC"):
        read_volume(tmp_path / "crc.nii.gz")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_not_finite_are_counted_and_placed(tmp_path: Path, value: float) -> None:
    voxels = np.zeros((2, 3, 40), np.float32)
    voxels[1, 2, 20] = voxels[0, 1, 39] = value
    path = write(tmp_path / "holes.nii", nifti_bytes(voxels, np.diag([-1.0, 1, -1, 1])))
    message = rf"holes\.nii: 2 of 240 voxels are not finite .* first {value} at voxel \(1, 2, 20\)"
    with pytest.raises(VolumeError, match=message):
        read_volume(path)


def test_a_number_too_large_for_float32_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "huge.nii", nifti_bytes(np.full((1, 1, 1), 1e300)))
    with pytest.raises(VolumeError, match=r"1 of 1 voxels are not finite numbers, first 1e\+300"):
        read_volume(path)


@settings(max_examples=300)
@given(
    changes=st.dictionaries(st.integers(0, 351), st.integers(0, 255), min_size=1, max_size=4),
    is_gzipped=st.booleans(),
)
def test_a_garbled_header_is_read_or_refused_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[int, int], is_gzipped: bool
) -> None:
    content = nifti_bytes()
    for place, value in changes.items():
        content[place] = value
    path = tmp_path_factory.getbasetemp() / ("garbled.nii.gz" if is_gzipped else "garbled.nii")
    write(path, content)
    refusal, volume = None, None
    try:
        volume = read_volume(path)
    except VolumeError as error:
        refusal = str(error)
    if volume is None:
        assert str(refusal).startswith(str(path))
    else:
        assert np.isfinite(volume.data).all()
        assert np.isfinite(volume.grid.affine).all()
