from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from manyhands.errors import InputError
from manyhands.server.slices import (
    Codes,
    Scale,
    decode_slice,
    decode_strip,
    encode_slice,
    encode_strip,
)

FIXTURES = Path(__file__).parent / "fixtures"
HU = Scale(1.0, -1024.0)


@given(
    hnp.arrays(np.uint16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9)),
)
def test_every_picture_comes_back_bit_by_bit(codes: Codes) -> None:
    decoded, scale = decode_slice(encode_slice(codes, HU))

    assert scale == HU
    np.testing.assert_array_equal(decoded, codes)


@given(hnp.arrays(np.uint16, (5, 7), elements=st.integers(0, 4095)), st.integers(2, 8))
def test_with_a_step_codes_are_off_by_half_of_it_at_most(codes: Codes, step: int) -> None:
    decoded, _ = decode_slice(encode_slice(codes, HU, step=step))

    assert np.abs(decoded.astype(int) - codes.astype(int)).max() <= step / 2


def test_the_header_is_where_the_page_looks_for_it() -> None:
    body = gzip.decompress(encode_slice(np.zeros((2, 3), np.uint16), Scale(0.5, -7.0), step=4))

    assert body[:4] == b"MHS1"
    assert body[4:9] == bytes([3, 0, 2, 0, 0])
    assert np.frombuffer(body, "<f4", 2, 12).tolist() == [0.5, -7.0]
    assert body[20:24] == bytes([4, 0, 1, 0])
    assert len(body) == 32 + 2 * 6


def test_prediction_and_folding_by_hand() -> None:
    """10 is all residual (folded 20); 12 is 2 above its left (4), 9 is 1 below its upper (1);
    the last is predicted as the median of 9, 12 and 9 + 12 - 10 = 11, and is 11 (0).
    """
    body = gzip.decompress(encode_slice(np.array([[10, 12], [9, 11]], np.uint16), HU))

    assert list(body[32:36]) == [20, 4, 1, 0]
    assert list(body[36:]) == [0, 0, 0, 0]


def test_the_same_slice_gives_the_same_bytes() -> None:
    codes = np.arange(12, dtype=np.uint16).reshape(3, 4)
    assert encode_slice(codes, HU) == encode_slice(codes, HU)


def test_a_strip_comes_back() -> None:
    greys = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    decoded, scale = decode_strip(encode_strip(greys, Scale(400 / 255, -160)))

    np.testing.assert_array_equal(decoded, greys)
    assert scale.slope == pytest.approx(400 / 255)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not gzip", "not gzipped"),
        (gzip.compress(b"PNG" + bytes(40)), "begins with b'MHS1', found b'PNG"),
        (gzip.compress(b"MHS1"), "begins with"),
        (
            gzip.compress(gzip.decompress(encode_slice(np.zeros((2, 2), np.uint16), HU))[:-1]),
            "a slice of 2 x 2 pixels came with 39 bytes",
        ),
    ],
    ids=["not-gzip", "other-magic", "no-header", "a-byte-short"],
)
def test_other_bytes_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode_slice(data)


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="got 0 x 3"):
        encode_slice(np.zeros((0, 3), np.uint16), HU)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("slice*.mhs")), ids=lambda path: path.stem)
def test_fixtures_that_the_page_reads_too(path: Path) -> None:
    told = json.loads(path.with_suffix(".json").read_text())
    codes, scale = decode_slice(path.read_bytes())

    assert codes.shape == (told["height"], told["width"])
    assert codes.ravel().tolist() == told["codes"]
    assert scale == Scale(told["slope"], told["intercept"])


def test_fixture_of_a_strip() -> None:
    told = json.loads((FIXTURES / "strip.json").read_text())
    greys, _ = decode_strip((FIXTURES / "strip.mhs").read_bytes())

    assert greys.shape == (told["count"], told["height"], told["width"])
    assert greys.ravel().tolist() == told["greys"]
