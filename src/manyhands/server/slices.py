"""How slices travel to the page: 16 bits a pixel, lossless. See docs/look-up/slice-format.md.

Each pixel is predicted from its neighbours by the median edge detector of LOCO-I (Weinberger,
Seroussi and Sapiro 2000, doi 10.1109/83.855427); what the prediction missed is folded to small
positive numbers, split into a plane of low and a plane of high bytes, and gzipped.
"""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from manyhands.errors import InputError

SLICE_MAGIC = b"MHS1"
STRIP_MAGIC = b"MHT1"
MED_16_BIT = 0
GREY_8_BIT = 1
HEADER = struct.Struct("<4sHHB3xffHH8x")  # 32 bytes: magic, width, height, kind, scale, step, count
COMPRESSION = 6  # a higher level costs twice the time and saves 1 %

Codes = npt.NDArray[np.uint16]
Greys = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Scale:
    """What a code means: `value = code * slope + intercept`, in HU for CT."""

    slope: float
    intercept: float


def encode_slice(codes: Codes, scale: Scale, *, step: int = 1) -> bytes:
    """A slice (rows, columns) of 16-bit codes as the bytes of a `.mhs` file.

    With `step` above 1 codes are rounded to multiples of it: smaller, and no longer lossless. The
    same slice always gives the same bytes. Raises `ValueError` for a picture without pixels or with
    a side above 65535.
    """
    rows, columns = _checked_shape(codes.shape)
    quantised = codes if step == 1 else (codes + np.uint32(step // 2)) // step
    residuals = _fold(_residuals(quantised.astype(np.int32)))
    header = HEADER.pack(
        SLICE_MAGIC, columns, rows, MED_16_BIT, scale.slope, scale.intercept, step, 1
    )
    planes = (residuals & 0xFF).astype(np.uint8).tobytes() + (residuals >> 8).astype(
        np.uint8
    ).tobytes()
    return gzip.compress(header + planes, COMPRESSION, mtime=0)


def decode_slice(data: bytes) -> tuple[Codes, Scale]:
    """Codes (rows, columns) and their scale out of the bytes of a `.mhs` file.

    Raises `InputError` where they are none.
    """
    body = _unzipped(data, SLICE_MAGIC)
    _, columns, rows, _, slope, intercept, step, _ = HEADER.unpack_from(body)
    count = rows * columns
    if len(body) != HEADER.size + 2 * count:
        raise InputError(f"a slice of {rows} x {columns} pixels came with {len(body)} bytes")
    planes = np.frombuffer(body, np.uint8, offset=HEADER.size).astype(np.uint16)
    folded: Codes = (planes[:count] | (planes[count:] << np.uint16(8))).astype(np.uint16)
    codes = _predict_back(_unfold(folded.reshape(rows, columns))) * step
    return codes.astype(np.uint16), Scale(slope, intercept)


def encode_strip(greys: npt.NDArray[np.uint8], scale: Scale) -> bytes:
    """Small pictures of all slices (slices, rows, columns), 8 bits a pixel, gzipped together."""
    rows, columns = _checked_shape(greys.shape[1:])
    header = HEADER.pack(
        STRIP_MAGIC, columns, rows, GREY_8_BIT, scale.slope, scale.intercept, 1, len(greys)
    )
    return gzip.compress(header + np.ascontiguousarray(greys).tobytes(), COMPRESSION, mtime=0)


def decode_strip(data: bytes) -> tuple[Greys, Scale]:
    """Small pictures (slices, rows, columns), and their scale. Raises as `decode_slice`."""
    body = _unzipped(data, STRIP_MAGIC)
    _, columns, rows, _, slope, intercept, _, count = HEADER.unpack_from(body)
    greys = np.frombuffer(body, np.uint8, offset=HEADER.size)
    if len(greys) != count * rows * columns:
        raise InputError(f"a strip of {count} x {rows} x {columns} came with {len(greys)} bytes")
    return greys.reshape(count, rows, columns), Scale(slope, intercept)


def _checked_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = shape
    if not (0 < rows <= 0xFFFF and 0 < columns <= 0xFFFF):
        raise ValueError(f"a picture has 1 to 65535 rows and columns, got {rows} x {columns}")
    return rows, columns


def _unzipped(data: bytes, magic: bytes) -> bytes:
    try:
        body = gzip.decompress(data)
    except (OSError, EOFError) as error:
        raise InputError(f"these bytes are not gzipped: {error}") from error
    if len(body) < HEADER.size or body[:4] != magic:
        raise InputError(f"expected a header that begins with {magic!r}, found {body[:4]!r}")
    return body


def _residuals(codes: npt.NDArray[np.int32]) -> npt.NDArray[np.int16]:
    """What the prediction misses, modulo 2^16; every neighbour is known, so all at once."""
    left, up, corner = (np.zeros_like(codes) for _ in range(3))
    left[:, 1:] = codes[:, :-1]
    up[1:] = codes[:-1]
    corner[1:, 1:] = codes[:-1, :-1]
    return (codes - _median_edge(left, up, corner)).astype(np.uint16).view(np.int16)


def _median_edge(
    left: npt.NDArray[np.int32], up: npt.NDArray[np.int32], corner: npt.NDArray[np.int32]
) -> npt.NDArray[np.int32]:
    """The median of left, up and left + up - corner; neighbours outside of the picture are 0."""
    low, high = np.minimum(left, up), np.maximum(left, up)
    return np.asarray(np.clip(left + up - corner, low, high))


def _fold(residuals: npt.NDArray[np.int16]) -> Codes:
    """0, -1, 1, -2, 2 become 0, 1, 2, 3, 4: the high byte is then nearly always 0."""
    return ((residuals << 1) ^ (residuals >> 15)).view(np.uint16)


def _unfold(folded: Codes) -> npt.NDArray[np.int32]:
    return np.asarray((folded >> 1).astype(np.int32) ^ -(folded & 1).astype(np.int32))


def _predict_back(residuals: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Undo `_residuals`, one diagonal after the other: its pixels do not need each other."""
    rows, columns = residuals.shape
    codes = np.zeros((rows + 1, columns + 1), dtype=np.int32)
    for diagonal in range(rows + columns - 1):
        r = np.arange(max(0, diagonal - columns + 1), min(rows, diagonal + 1))
        c = diagonal - r
        predicted = _median_edge(codes[r + 1, c], codes[r, c + 1], codes[r, c])
        codes[r + 1, c + 1] = (predicted + residuals[r, c]) & 0xFFFF
    return codes[1:, 1:]
