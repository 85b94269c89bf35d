"""NIfTI-1 and NIfTI-2, gzipped or not: read to RAS+, written on the source grid.

Voxels are scaled and turned in slabs: a large volume exists as stored and as float32, never as
float64.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import numpy.typing as npt

from manyhands.errors import VolumeError
from manyhands.files import replacing
from manyhands.geometry import affine_of_source, to_source
from manyhands.types import Grid, Labels, Modality, Volume, VolumeArray
from manyhands.volumes.nifti_file import read_stored

# Scaled integers come back as 2.99997; anything further off is no rounding.
_LABEL_TOLERANCE = 1e-3

# Air and lungs are below -500 HU; no MR is, short of a deliberate scaling.
_AIR_HU = -500
_AIR_SHARE = 0.01


def read_nifti(path: Path) -> Volume:
    """Read a NIfTI image as (i, j, k) float32 in RAS+ order, C-contiguous.

    Two axes, or one volume in four axes, are read as three. NIfTI does not say the modality: CT is
    guessed where more than 1 % of the voxels lie below -500, else MR. Raises `VolumeError` for a
    file that is missing, not whole or not NIfTI, for more than one volume, complex or colour
    voxels, an affine without inverse, and voxels that are not finite in float32.
    """
    stored = read_stored(path)
    data = np.empty(stored.grid.shape, dtype=np.float32)
    place = stored.place(data)
    bad_count, first_bad = 0, ""
    for planes, values in stored.slabs():
        with np.errstate(over="ignore"):  # a float64 beyond float32 becomes infinite: found below
            place[:, :, planes] = values
        is_bad = ~np.isfinite(place[:, :, planes])
        if is_bad.any():
            bad_count += int(is_bad.sum())
            first_bad = first_bad or _describe_first(is_bad, values, planes)
    if bad_count:
        raise VolumeError(
            f"{path}: {bad_count} of {data.size} voxels are not finite numbers, first {first_bad}; "
            "give them a value before the volume is added"
        )
    return Volume(data, stored.grid, _guess_modality(data))


def read_labels(path: Path) -> Labels:
    """Read a NIfTI label volume as (i, j, k) uint8 in RAS+ order, C-contiguous.

    Any number type will do as long as the values are whole, 0 to 255. Raises `VolumeError` as
    `read_nifti`, and naming the first label that is something else.
    """
    stored = read_stored(path)
    data = np.empty(stored.grid.shape, dtype=np.uint8)
    place = stored.place(data)
    for planes, values in stored.slabs():
        whole = values if values.dtype.kind in "iu" else np.rint(values)
        with np.errstate(invalid="ignore"):  # infinity less infinity: NaN, so not whole
            is_fraction = ~(np.abs(values - whole) <= _LABEL_TOLERANCE)
        for is_bad, wanted in (
            (is_fraction, "a whole number"),
            ((whole < 0) | (whole > 255), "0 to 255"),
        ):
            if is_bad.any():
                found = _describe_first(is_bad, values, planes)
                raise VolumeError(f"{path}: a label must be {wanted}, found {found}")
        place[:, :, planes] = whole
    return Labels(data, stored.grid)


def _describe_first(is_bad: npt.NDArray[np.bool_], values: npt.NDArray[Any], planes: slice) -> str:
    x, y, z = (int(index) for index in np.argwhere(is_bad)[0])
    return f"{values[x, y, z]} at voxel ({x}, {y}, {z + planes.start}) of the file"


def _guess_modality(data: VolumeArray) -> Modality:
    is_ct = np.count_nonzero(data < _AIR_HU) > _AIR_SHARE * data.size
    return Modality.CT if is_ct else Modality.MR


def write_labels(labels: Labels, path: Path) -> None:
    """Write labels as uint8, unscaled, on the grid of the file they belong to.

    The new file has the source's shape, axis order, qform and sform with their codes, and units,
    bit by bit, but none of its free text. It appears whole or not at all, in place of what had the
    name before. Labels that come from no file are written in the order their `source` says. Raises
    `VolumeError` for a name that ends neither in .nii nor in .nii.gz, data that is not on its grid,
    and a folder that does not take the file.
    """
    _write(labels.data.astype(np.uint8, copy=False), labels.grid, path)


def write_volume(data: VolumeArray, grid: Grid, path: Path) -> None:
    """Write numbers (i, j, k) as float32 on the source grid of `grid`; else as `write_labels`."""
    _write(data.astype(np.float32, copy=False), grid, path)


def _write(data: npt.NDArray[Any], grid: Grid, path: Path) -> None:
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        raise VolumeError(f"{path}: a volume is written as .nii or .nii.gz")
    if data.shape != grid.shape:
        raise VolumeError(f"{path}: data of shape {data.shape} is not on its grid {grid.shape}")
    image = _image(data, grid)
    try:
        with replacing(path) as part, part.open("xb") as file:
            if name.endswith(".nii"):
                image.to_stream(file)
            else:
                # Without name and time in it, the same voxels make the same bytes.
                with gzip.GzipFile("", "wb", compresslevel=4, fileobj=file, mtime=0) as zipped:
                    image.to_stream(zipped)
    except OSError as error:
        raise VolumeError(f"{path}: could not be written: {error.strerror or error}") from error


def _image(data: npt.NDArray[Any], grid: Grid) -> Any:
    """nibabel's image; without an affine it leaves the place in the header as it is."""
    header = _new_header(grid) if grid.source.header is None else grid.source.header.copy()
    header.set_data_dtype(data.dtype)
    image_class = nib.Nifti2Image if isinstance(header, nib.Nifti2Header) else nib.Nifti1Image
    return image_class(to_source(data, grid.source), None, header)


def _new_header(grid: Grid) -> Any:
    """For a volume that comes from no file."""
    header = nib.Nifti1Header()
    header.set_data_shape(grid.source.shape)
    header.set_xyzt_units("mm")
    header.set_qform(affine_of_source(grid), code="scanner")
    header.set_sform(affine_of_source(grid), code="scanner")
    return header
