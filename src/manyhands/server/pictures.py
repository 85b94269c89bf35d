"""Slices of the study's volumes, ready to travel: written once, under `slices/` of the study."""

from __future__ import annotations

import errno
import json
import logging
import shutil
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

from manyhands.files import replacing
from manyhands.geometry import to_stack
from manyhands.masks.working_grid import block_means
from manyhands.server.slices import Codes, Scale, encode_slice, encode_strip
from manyhands.types import Modality, Shape3, Spacing, Volume, Window
from manyhands.volumes import CT_WINDOWS, apply_window, mr_window

log = logging.getLogger(__name__)

VERSION = 1  # of what lies under slices/: another number has it made anew
LOWEST_HU, HIGHEST_HU = -1024, 3071
HIGHEST_CODE = 4095
MR_HIGHEST_PERCENTILE = 99.9
STRIP_PX = 64
MOST_LOADED = 2  # volumes whose codes stay in memory, 75 MB each for 512 x 512 x 150
SAVER_STEP = 4


class Quality(StrEnum):
    """`SAVER`: a third smaller, and up to two codes off."""

    FULL = "full"
    SAVER = "saver"


@dataclass(frozen=True)
class Source:
    """What slices are made of: `load` gives the volume, `key` names its folder."""

    key: str
    load: Callable[[], Volume]


@dataclass(frozen=True)
class About:
    """What all slices of a volume have in common."""

    shape: Shape3  # slices, rows, columns
    spacing_mm: Spacing  # along slice, row, column
    modality: Modality
    scale: Scale
    windows: dict[str, Window]  # the first is shown at first
    value_range: tuple[float, float]

    @property
    def window(self) -> Window:
        return next(iter(self.windows.values()))


class Pictures:
    """Gives the bytes of slices; what is not written yet is made and written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: OrderedDict[str, tuple[About, Codes]] = OrderedDict()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()
        self._known: dict[str, About] = {}

    def about(self, source: Source) -> About:
        """What is to be known of a volume before its slices."""
        if source.key in self._known:
            return self._known[source.key]
        path = self._folder / source.key / "about.json"
        try:
            about = _read_about(path)
        except (OSError, ValueError, KeyError, TypeError):
            about = None  # never written, or damaged, or of another version
        if about is None:
            about, _ = self.codes(source)
        self._known[source.key] = about
        return about

    def slice_bytes(self, source: Source, k: int, quality: Quality) -> bytes:
        """A `.mhs` file. Raises `IndexError` for a slice that the volume has not."""
        about = self.about(source)
        if not 0 <= k < about.shape[0]:
            raise IndexError(f"slice {k} of {about.shape[0]}")
        path = self._path(source, k, quality)
        if path.is_file():
            return path.read_bytes()
        _, codes = self.codes(source)
        return self._write(path, _encoded(codes[k], about.scale, quality))

    def strip_bytes(self, source: Source) -> bytes:
        """Small pictures of all slices."""
        about = self.about(source)
        path = self._folder / source.key / "strip.mht"
        if path.is_file():
            return path.read_bytes()
        _, codes = self.codes(source)
        return self._write(path, _strip(codes, about))

    def write_all(self, source: Source) -> None:
        """Write all that is missing of a volume, so that nobody waits for it."""
        about = self.about(source)
        self.strip_bytes(source)
        for k in range(about.shape[0]):
            self.slice_bytes(source, k, Quality.FULL)

    def _path(self, source: Source, k: int, quality: Quality) -> Path:
        folder = "axial" if quality is Quality.FULL else f"axial-{quality}"
        return self._folder / source.key / folder / f"{k}.mhs"

    def codes(self, source: Source) -> tuple[About, Codes]:
        """A volume as codes; one thread loads it, others wait for that."""
        with self._locks[source.key]:
            with self._lock:
                if source.key in self._loaded:
                    self._loaded.move_to_end(source.key)
                    return self._loaded[source.key]
            about, codes = to_codes(source.load())
            self._begin_folder(source, about)
            with self._lock:
                self._loaded[source.key] = (about, codes)
                while len(self._loaded) > MOST_LOADED:
                    self._loaded.popitem(last=False)
            return about, codes

    def _begin_folder(self, source: Source, about: About) -> None:
        """Note what its slices have in common; what another version wrote is removed before."""
        path = self._folder / source.key / "about.json"
        try:
            if _read_about(path) == about:
                return
        except (OSError, ValueError, KeyError, TypeError):
            shutil.rmtree(path.parent, ignore_errors=True)
        self._write(path, json.dumps(_about_to_json(about), indent=1).encode())

    def _write(self, path: Path, content: bytes) -> bytes:
        """Keep the file for the next time; with a full disk it is served all the same."""
        try:
            with replacing(path) as part:
                part.write_bytes(content)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
                raise
            log.warning("a slice could not be kept: %s", error.strerror)
        return content


def to_codes(volume: Volume) -> tuple[About, Codes]:
    """A volume as 12-bit codes (slices, rows, columns), and what they mean."""
    stack = to_stack(volume.data)
    windows = _windows(volume)
    low, high = _value_range(volume)
    is_ct = volume.modality is Modality.CT
    slope = 1.0 if is_ct else max(high - low, 1e-6) / HIGHEST_CODE
    codes = np.empty(stack.shape, dtype=np.uint16)
    for k, picture in enumerate(stack):  # slice by slice, or memory doubles
        codes[k] = np.clip(np.rint((picture - low) / slope), 0, HIGHEST_CODE)
    grid = volume.grid
    scale = Scale(slope, low)
    about = About(
        grid.stack_shape, grid.stack_spacing_mm, volume.modality, scale, windows, (low, high)
    )
    return about, codes


def _value_range(volume: Volume) -> tuple[float, float]:
    if volume.modality is Modality.CT:
        return float(LOWEST_HU), float(HIGHEST_HU)
    return float(volume.data.min()), float(np.percentile(volume.data, MR_HIGHEST_PERCENTILE))


def _windows(volume: Volume) -> dict[str, Window]:
    if volume.modality is Modality.CT:
        return dict(CT_WINDOWS)
    usual = mr_window(volume)
    low, high = _value_range(volume)
    return {
        "usual": usual,
        "brighter": Window(usual.low + usual.width / 4, usual.width / 2),
        "everything": Window((low + high) / 2, max(high - low, 1e-6)),
    }


def _encoded(codes: Codes, scale: Scale, quality: Quality) -> bytes:
    if quality is Quality.FULL:
        return encode_slice(codes, scale)
    # Rounded up, the highest codes would no longer be 12 bits.
    highest = HIGHEST_CODE - SAVER_STEP // 2
    return encode_slice(np.minimum(codes, np.uint16(highest)), scale, step=SAVER_STEP)


def _strip(codes: Codes, about: About) -> bytes:
    """Means of blocks, in the first window. A slice at a time, because floats are large."""
    block = max(1, -(-max(about.shape[1:]) // STRIP_PX))
    pictures = []
    for picture in codes:
        values = picture[np.newaxis] * np.float32(about.scale.slope)
        means = block_means(values + np.float32(about.scale.intercept), block)
        pictures.append(apply_window(means, about.window)[0])
    greys: npt.NDArray[np.uint8] = np.stack(pictures)
    return encode_strip(greys, Scale(about.window.width / 255, about.window.low))


def _about_to_json(about: About) -> dict[str, object]:
    return {"version": VERSION, **asdict(about)}


def _read_about(path: Path) -> About:
    """Raises `OSError`, `ValueError`, `KeyError` or `TypeError` where it is missing or damaged."""
    told = json.loads(path.read_text(encoding="utf-8"))
    if told.pop("version") != VERSION:
        raise ValueError("of another version")
    return About(
        shape=tuple(told["shape"]),
        spacing_mm=tuple(told["spacing_mm"]),
        modality=Modality(told["modality"]),
        scale=Scale(**told["scale"]),
        windows={name: Window(**window) for name, window in told["windows"].items()},
        value_range=tuple(told["value_range"]),
    )
