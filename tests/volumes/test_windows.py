"""Intensities become greys the same way every time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manyhands.errors import ConfigError
from manyhands.geometry import grid_of_source
from manyhands.types import Modality, Volume, VolumeArray, Window
from manyhands.volumes import CT_WINDOWS, apply_window, default_window, mr_window


def volume_of(data: VolumeArray, modality: Modality = Modality.MR) -> Volume:
    return Volume(data, grid_of_source(data.shape, np.eye(4)), modality)


def phantom() -> VolumeArray:
    """Air 0 to 4, within it a ring of fat 900, within that tissue 100, 200 and an organ of 2."""
    data = np.resize(np.arange(5, dtype=np.float32), (40, 40, 6))
    data[5:35, 5:35] = 900
    data[6:34, 6:34] = 100
    data[20:34, 6:34] = 200
    data[10:14, 10:20] = 2
    return data


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("soft tissue", -160, 240),
        ("liver", -20, 140),
        ("lung", -1350, 150),
        ("bone", -500, 1300),
    ],
)
def test_ct_windows(name: str, low: float, high: float) -> None:
    assert (CT_WINDOWS[name].low, CT_WINDOWS[name].high) == (low, high)


def test_greys_by_hand() -> None:
    """Width 510 from -255: one grey every 2 HU."""
    intensities = np.array([[-1000, -255, -253, 1, 255, 3000]], np.float32)
    greys = apply_window(intensities, Window(0, 510))
    assert greys.tolist() == [[0, 0, 1, 128, 255, 255]]
    assert greys.dtype == np.uint8
    assert intensities[0, 0] == -1000  # what was given is not changed


@given(arrays(np.float32, 20, elements=st.floats(-3000, 3000, width=32)))
def test_what_is_brighter_is_not_shown_darker(intensities: npt.NDArray[np.float32]) -> None:
    greys = apply_window(np.sort(intensities), CT_WINDOWS["liver"]).astype(int)
    assert (np.diff(greys) >= 0).all()


def test_no_picture_makes_no_picture() -> None:
    assert apply_window(np.zeros((0, 4, 4), np.float32), Window(0, 1)).shape == (0, 4, 4)


@pytest.mark.parametrize("width", [0, -5, float("nan")])
def test_a_window_without_width_is_refused(width: float) -> None:
    with pytest.raises(ConfigError, match="wider than 0"):
        apply_window(np.zeros((1, 1), np.float32), Window(0, width))


def test_mr_window_spans_the_body_and_not_the_air() -> None:
    """Of the 900 voxels of the body in a slice, 40 are the dark organ and 116 the ring of fat."""
    window = mr_window(volume_of(phantom()))
    assert (window.low, window.high) == (2, 900)


def test_mr_window_does_not_depend_on_how_much_air_there_is() -> None:
    wide = np.pad(phantom(), ((40, 40), (40, 40), (0, 0)))
    assert mr_window(volume_of(wide)) == mr_window(volume_of(phantom()))


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 4, 1), (300, 2, 2)])
def test_mr_window_of_a_single_intensity_has_width_1(shape: tuple[int, int, int]) -> None:
    assert mr_window(volume_of(np.full(shape, 7, np.float32))) == Window(7, 1)


def test_the_default_follows_the_modality() -> None:
    assert default_window(volume_of(phantom(), Modality.CT)) == CT_WINDOWS["soft tissue"]
    assert default_window(volume_of(phantom())) == mr_window(volume_of(phantom()))
