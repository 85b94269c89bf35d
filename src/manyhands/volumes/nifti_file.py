"""A NIfTI file as bytes: what is checked, what is unpacked, where its voxels lie.

nibabel knows the header; the voxels are taken from the file here, so that they exist once and as
stored.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError

from manyhands.errors import VolumeError
from manyhands.geometry import grid_of_source, to_source
from manyhands.types import Affine, Grid

logger = logging.getLogger(__name__)

_MM_PER_UNIT = {1: 1000.0, 2: 1.0, 3: 0.001}  # NIfTI's metre, millimetre, micrometre
_UNREADABLE = (
    *(HeaderDataError, WrapStructError, ValueError, OverflowError),  # a garbled header
    *(EOFError, zlib.error, OSError),  # a file that is cut off, damaged or out of reach
)
_PLANES_PER_SLAB = 16  # so many float32 fill a cache line when the last stored axis becomes k

# Where the voxels lie, and nothing else: free text and extensions may name the patient.
_PLACING_FIELDS = (
    *("pixdim", "xyzt_units", "qform_code", "sform_code"),
    *("quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("srow_x", "srow_y", "srow_z"),
)


@dataclass(frozen=True)
class StoredVoxels:
    """The voxels as they lie in a file: three axes, read-only, not yet scaled."""

    voxels: npt.NDArray[Any]
    slope: float
    inter: float
    grid: Grid

    def slabs(self) -> Iterator[tuple[slice, npt.NDArray[Any]]]:
        """Planes of the last stored axis, a few at a time: which, and their scaled voxels."""
        is_scaled = (self.slope, self.inter) != (1.0, 0.0)
        for start in range(0, self.voxels.shape[2], _PLANES_PER_SLAB):
            planes = slice(start, start + _PLANES_PER_SLAB)
            slab = self.voxels[:, :, planes]
            # In float64, because float32 does not hold every 32-bit integer.
            yield planes, slab * np.float64(self.slope) + self.inter if is_scaled else slab

    def place(self, canonical: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The view of a canonical array that has the file's three axes."""
        return to_source(canonical, self.grid.source).reshape(self.voxels.shape)


def read_stored(path: Path) -> StoredVoxels:
    """Read the file at `path`, whole. Raises `VolumeError` naming it, and what is wrong."""
    with _errors_named(path), _open_maybe_gzipped(path) as file:
        header = _read_header(file, path)
        affine = _affine_mm(header, path)
        voxels = _read_voxels(file, header, path)
        slope, inter = header.get_slope_inter()
    grid = grid_of_source(header.get_data_shape(), affine, _placing_header(header))
    return StoredVoxels(voxels, slope or 1.0, inter or 0.0, grid)


@contextmanager
def _errors_named(path: Path) -> Iterator[None]:
    """Every way in which reading a file fails becomes a `VolumeError` with the file's name."""
    try:
        yield
    except FileNotFoundError:
        raise VolumeError(f"{path}: not found") from None
    except MemoryError:
        raise VolumeError(
            f"{path}: does not fit into memory; the header is damaged or the volume too large"
        ) from None
    except _UNREADABLE as error:
        raise VolumeError(f"{path}: not readable as NIfTI: {error}") from error


@contextmanager
def _open_maybe_gzipped(path: Path) -> Iterator[BinaryIO]:
    """Looks at the bytes, not at the name: `.nii` that is gzipped exists, and the other way."""
    with path.open("rb") as file:
        is_gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not is_gzipped:
            yield file
            return
        with gzip.open(file) as unzipped:
            yield cast(BinaryIO, unzipped)
            while unzipped.read(1 << 20):  # the checksum is compared only at the very end
                pass


def _read_header(file: BinaryIO, path: Path) -> Any:
    block = file.read(nib.Nifti2Header.template_dtype.itemsize)
    if not block:
        raise VolumeError(f"{path}: the file is empty")
    for header_class in (nib.Nifti1Header, nib.Nifti2Header):
        size = header_class.template_dtype.itemsize
        if len(block) >= size and header_class.may_contain_header(block[:size]):
            header = header_class(block[:size])
            _check_header(header, path)
            return header
    raise VolumeError(f"{path}: not a NIfTI file, or cut off within its header")


def _check_header(header: Any, path: Path) -> None:
    if not header["magic"].item().startswith(b"n+"):
        raise VolumeError(f"{path}: half of a pair .hdr and .img; convert it to a single .nii file")
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    if len(shape) < 2 or min(shape) < 1:
        raise VolumeError(f"{path}: shape {shape} holds no picture: two or three axes are needed")
    if prod(shape[3:]) != 1:
        raise VolumeError(
            f"{path}: shape {shape} holds {prod(shape[3:])} volumes, expected one; split the file"
        )
    if dtype.kind not in "iuf":
        kind = header.get_value_label("datatype")
        raise VolumeError(f"{path}: voxels are of type {kind}; expected one real number each")


def _read_voxels(file: BinaryIO, header: Any, path: Path) -> npt.NDArray[Any]:
    """The three-axis array of the file, read-only."""
    shape, dtype = header.get_data_shape(), header.get_data_dtype()
    expected = prod(shape) * dtype.itemsize
    file.seek(header.get_data_offset())
    found = file.read(expected)
    if len(found) < expected:
        raise VolumeError(
            f"{path}: the file is cut off: {len(found)} of {expected} bytes of voxels are there"
        )
    return np.frombuffer(found, dtype).reshape((*shape, 1)[:3], order="F")


def _affine_mm(header: Any, path: Path) -> Affine:
    """The sform if its code says so, else the qform, else what ANALYZE would have meant."""
    if not header["sform_code"] and not header["qform_code"]:
        logger.warning(
            "%s: has neither qform nor sform; its voxels are taken as stored from the patient's "
            "right to left, back to front, bottom to top, spaced by pixdim. Check left and right",
            path,
        )
    affine = np.array(header.get_best_affine(), dtype=np.float64)
    affine[:3] *= _MM_PER_UNIT.get(int(header["xyzt_units"]) & 7, 1.0)
    if not _is_invertible(affine):
        rows = affine[:3].round(4).tolist()
        raise VolumeError(f"{path}: the affine is singular, its voxels have no volume: {rows}")
    return affine


def _is_invertible(affine: Affine) -> bool:
    if not np.isfinite(affine).all():
        return False
    edges = np.linalg.norm(affine[:3, :3], axis=0).prod()
    # A voxel of less than 1e-4 of the volume its edges could span is two axes in one direction.
    return bool(edges > 0 and abs(np.linalg.det(affine[:3, :3])) > 1e-4 * edges)


def _placing_header(header: Any) -> Any:
    """A new header with the shape and place of `header`, in the machine's byte order."""
    placing = type(header)()
    placing.set_data_shape(header.get_data_shape())
    for field in _PLACING_FIELDS:
        placing[field] = header[field]
    return placing
