"""A synthetic contrast-enhanced CT of an abdomen whose structures are known exactly.

Ellipsoids and tubes in mm, dented a little so that no outline is perfect, are painted in order into
the volume; then come noise, and the blur of a scanner over both. It is made for trying things out:
what works on it has not been shown to work on patients.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from manyhands.errors import ConfigError
from manyhands.types import (
    Affine,
    Grid,
    LabelArray,
    Labels,
    MaskArray,
    Modality,
    Shape3,
    SourceGrid,
    Spacing,
    Volume,
    VolumeArray,
)

NAMES = ("liver", "spleen", "kidney_left", "kidney_right", "aorta")
"""The structures; label 1 is the first."""

LIVER, SPLEEN, KIDNEY_LEFT, KIDNEY_RIGHT, AORTA = range(1, 6)
AIR, GAS, LUNG, FAT, WATERY, MUSCLE, BONE = -1000.0, -880.0, -830.0, -100.0, 15.0, 55.0, 320.0

FIELD_MM = (350.0, 250.0, 180.0)  # of the body with its air; in a smaller field the body shrinks
NOISE_HU = 12.0
BIAS_HU = 5.0  # how much the density of one tissue drifts from the centre to the skin
BLUR_MM = 0.8  # standard deviation of the scanner's point spread
LEAST_BLUR_PX = 0.6  # edges run anywhere through voxels: this stands for their shares
DENT_MM = 55.0  # from one dent to the next

Positions = npt.NDArray[np.float32]
Axes = tuple[Positions, Positions, Positions]  # (I,), (J,), (K,) mm from the centre of the body


@dataclass(frozen=True, slots=True)
class Solid:
    """An ellipsoid, or with an infinite third radius a tube, in mm from the centre of the body.

    x grows to the patient's right, y to the front, z upwards. What belongs to one `part` varies
    together from patient to patient. `lean` is how far the centre moves to the right and to the
    front per mm upwards; `dents` is how deep the surface is bent, as a share of the radius. With
    `is_within` it changes only voxels that have its label already. Label 0 is no structure.
    """

    part: str
    hu: float
    centre_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]
    label: int = 0
    lean: tuple[float, float] = (0.0, 0.0)
    dents: float = 0.0
    is_within: bool = False


TALL = math.inf

# Later ones are painted over earlier ones.
WALL = (
    Solid("wall", FAT, (0, 0, 0), (165, 115, TALL)),
    Solid("wall", MUSCLE, (0, -2, 0), (150, 100, TALL)),
    Solid("wall", FAT, (0, 2, 0), (138, 88, TALL)),
)
BACK = (
    Solid("back", MUSCLE, (0, -92, 0), (60, 16, TALL)),
    Solid("psoas_right", MUSCLE, (40, -62, -70), (20, 22, 85), dents=0.05),
    Solid("psoas_left", MUSCLE, (-40, -62, -70), (20, 22, 85), dents=0.05),
    Solid("spine", BONE, (0, -62, 0), (24, 19, TALL)),
    Solid("spine", 170, (0, -62, 0), (20, 15, TALL)),
    Solid("spine", BONE, (0, -88, 0), (14, 12, TALL)),
    Solid("spine", 20, (0, -86, 0), (8, 7, TALL)),
)
ORGANS = (
    Solid("heart", 120, (-25, 25, 112), (55, 42, 42)),
    Solid("stomach", 45, (-50, 38, 38), (46, 36, 44), dents=0.08),
    Solid("stomach", WATERY, (-50, 38, 38), (42, 32, 40), dents=0.08),
    Solid("stomach", GAS, (-50, 55, 42), (28, 13, 24)),
    Solid("liver", 112, (76, 8, 26), (60, 72, 68), LIVER, dents=0.06),
    Solid("liver", 112, (12, 42, 48), (72, 40, 36), LIVER, dents=0.06),
    Solid("liver", 135, (78, 0, 40), (5, 40, 5), LIVER, lean=(0.3, 0.2), is_within=True),
    Solid("liver", 135, (50, 25, 50), (42, 5, 5), LIVER, is_within=True),
    Solid("liver", 135, (88, 28, 20), (5, 5, 35), LIVER, lean=(0.3, 0.4), is_within=True),
    Solid("gallbladder", 12, (58, 44, -24), (17, 22, 24), dents=0.05),
    Solid("spleen", 122, (-103, -24, 38), (25, 46, 44), SPLEEN, dents=0.07),
    Solid("kidney_right", 176, (57, -44, -26), (25, 27, 54), KIDNEY_RIGHT, (-0.18, -0.14), 0.04),
    Solid("kidney_right", 138, (55, -44, -26), (14, 16, 42), KIDNEY_RIGHT, (-0.18, -0.14)),
    Solid("kidney_right", -70, (42, -40, -26), (13, 11, 22), lean=(-0.18, -0.14)),  # its hilum
    Solid("kidney_left", 174, (-62, -46, -18), (25, 26, 54), KIDNEY_LEFT, (0.18, -0.14), 0.04),
    Solid("kidney_left", 138, (-60, -46, -18), (14, 15, 42), KIDNEY_LEFT, (0.18, -0.14)),
    Solid("kidney_left", -70, (-47, -42, -18), (13, 11, 22), lean=(0.18, -0.14)),
    Solid("vena_cava", 120, (24, -30, 0), (13, 11, TALL), lean=(0.03, 0.06)),
    Solid("aorta", 165, (-11, -31, 0), (11, 11, TALL), AORTA, (0.02, -0.03), dents=0.05),
)


def make_phantom(
    shape: Shape3 = (160, 128, 60), *, spacing_mm: Spacing = (2.5, 2.5, 3.0), seed: int = 0
) -> tuple[Volume, Labels, tuple[str, ...]]:
    """A CT (i, j, k) in HU with its labels, and the names of labels 1, 2 and so on.

    The seed decides on sizes, places, densities, bowel loops and noise: each is another patient. In
    a field of view smaller than `FIELD_MM` the body shrinks to fit it. Raises `ConfigError` for a
    shape or spacing that is not above zero.
    """
    if min(*shape, *spacing_mm) <= 0:
        raise ConfigError(
            f"a phantom's shape and spacing must be above zero, got {shape} and {spacing_mm}"
        )
    rng = np.random.default_rng(seed)
    axes = _body_axes_mm(shape, spacing_mm)
    image = np.full(shape, AIR, dtype=np.float32)
    labels = np.zeros(shape, dtype=np.uint8)

    for solid in WALL:
        _paint(image, labels, axes, solid, rng)
    _paint_ribs(image, axes)
    _paint_lungs(image, axes)
    for solid in (*BACK, *_bowel(rng), *_vary(ORGANS, rng)):
        _paint(image, labels, axes, solid, rng)
    _photograph(image, axes, spacing_mm, rng)

    grid = Grid(shape, _affine(shape, spacing_mm), SourceGrid(shape, (0, 1, 2), (False,) * 3))
    return Volume(image, grid, Modality.CT), Labels(labels, grid), NAMES


def _body_axes_mm(shape: Shape3, spacing_mm: Spacing) -> Axes:
    """Positions in the body; those of a body that had to shrink are further apart than voxels."""
    positions = []
    for length, spacing, field in zip(shape, spacing_mm, FIELD_MM, strict=True):
        shrink = max(1.0, field / (length * spacing))
        centred = (np.arange(length) - (length - 1) / 2) * spacing * shrink
        positions.append(centred.astype(np.float32))
    return positions[0], positions[1], positions[2]


def _affine(shape: Shape3, spacing_mm: Spacing) -> Affine:
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = [-(n - 1) / 2 * d for n, d in zip(shape, spacing_mm, strict=True)]
    return affine


def _vary(solids: tuple[Solid, ...], rng: np.random.Generator) -> list[Solid]:
    """The same solids in another patient: parts moved by some mm, larger, denser."""
    parts = dict.fromkeys(solid.part for solid in solids)
    moves = {part: rng.normal(0, 2.5, 3) for part in parts}
    sizes = {part: rng.normal(1, 0.04) for part in parts}
    densities = {part: rng.normal(0, 5) for part in parts}
    varied = []
    for solid in solids:
        x, y, z = (float(c + m) for c, m in zip(solid.centre_mm, moves[solid.part], strict=True))
        a, b, c = (float(radius * sizes[solid.part]) for radius in solid.radii_mm)
        hu = solid.hu + densities[solid.part]
        varied.append(replace(solid, hu=hu, centre_mm=(x, y, z), radii_mm=(a, b, c)))
    return varied


def _bowel(rng: np.random.Generator) -> list[Solid]:
    """Loops in the lower front of the abdomen: a wall, in it fluid, in one of three gas."""
    loops = []
    for place, gas, size in zip(
        rng.uniform((-95, 5, -95), (95, 65, -15), (22, 3)),
        rng.random(22) < 0.33,
        rng.uniform(9, 16, 22),
        strict=True,
    ):
        x, y, z = (float(coordinate) for coordinate in place)
        long = 1.8 * size
        loops.append(Solid("bowel", 60, (x, y, z), (long, size, size), dents=0.1))
        content = GAS if gas else WATERY
        loops.append(Solid("bowel", content, (x, y, z), (long - 3, size - 3, size - 3)))
    return loops


def _paint(
    image: VolumeArray, labels: LabelArray, axes: Axes, solid: Solid, rng: np.random.Generator
) -> None:
    """Paint one solid, looking only at the voxels around it."""
    phases = rng.uniform(0, 2 * np.pi, 3)
    height = min(solid.radii_mm[2], float(np.abs(axes[2]).max()) + abs(solid.centre_mm[2]))
    radii = np.array(solid.radii_mm) * (1 + solid.dents)
    reach = radii + height * np.array([*np.abs(solid.lean), 0.0])
    around = tuple(
        _span(axis, centre - far, centre + far)
        for axis, centre, far in zip(axes, solid.centre_mm, reach, strict=True)
    )
    x, y, z = (axis[span] for axis, span in zip(axes, around, strict=True))
    is_inside = _is_inside(solid, (x, y, z), phases)
    if solid.is_within:
        is_inside = is_inside & (labels[around] == solid.label)
    np.copyto(image[around], solid.hu, where=is_inside)
    np.copyto(labels[around], solid.label, where=is_inside)


def _span(axis: Positions, low: float, high: float) -> slice:
    return slice(*np.searchsorted(axis, (low, high)))


def _is_inside(solid: Solid, axes: Axes, phases: npt.NDArray[np.float64]) -> MaskArray:
    """Which voxels (I, J, K) of `axes` the solid fills; (I, J, 1) of a tube that is straight."""
    x, y, z = axes
    if solid.radii_mm[2] == TALL and solid.lean == (0.0, 0.0) and not solid.dents:
        z = z[:1]
    upwards = z - solid.centre_mm[2]
    right = x[:, None] - (solid.centre_mm[0] + solid.lean[0] * upwards)
    front = y[:, None] - (solid.centre_mm[1] + solid.lean[1] * upwards)
    a, b, c = solid.radii_mm
    # Squared, so that a dent of a tenth of the radius is one of a fifth here.
    in_plane = (front / b) ** 2 + (upwards / c) ** 2
    distance = ((right / a) ** 2)[:, None, :] + in_plane[None, :, :]
    if solid.dents:
        waves = [
            np.sin(2 * np.pi / DENT_MM * axis + phase)
            for axis, phase in zip((x, y, z), phases, strict=True)
        ]
        depth = (2 * solid.dents * waves[1][:, None] * waves[2]).astype(np.float32)
        distance += waves[0].astype(np.float32)[:, None, None] * depth
    return np.asarray(distance < 1)


def _paint_ribs(image: VolumeArray, axes: Axes) -> None:
    """Oblique ribs at the inner side of the muscle, lower in front, where they end."""
    x, y, z = axes
    across = (x[:, None] / 142) ** 2 + (y[None, :] / 92) ** 2
    i, j = np.nonzero((across > 0.92) & (across < 1.12) & (y < 65))
    rising = z[None, :] + 0.5 * y[j, None]
    is_rib = (np.mod(rising, 26) < 9) & (rising > -45)
    image[i, j] = np.where(is_rib, BONE, image[i, j])


def _paint_lungs(image: VolumeArray, axes: Axes) -> None:
    """Lung above a diaphragm that is a dome, lowest at the wall."""
    x, y, z = axes
    across = (x[:, None] / 136) ** 2 + ((y[None, :] - 8) / 78) ** 2
    i, j = np.nonzero(across < 1)
    diaphragm = 40 + 60 * (1 - across[i, j])
    image[i, j] = np.where(z[None, :] > diaphragm[:, None], LUNG, image[i, j])


def _photograph(
    image: VolumeArray, axes: Axes, spacing_mm: Spacing, rng: np.random.Generator
) -> None:
    """Add a slow drift of density, noise, and over both the blur of the scanner, in place.

    Blur gives partial volume at edges and grain to the noise, which is made stronger beforehand by
    what the blur will take.
    """
    for axis, (positions, field) in enumerate(zip(axes, FIELD_MM, strict=True)):
        shape = [1, 1, 1]
        shape[axis] = -1
        drift = rng.uniform(-1, 1) * BIAS_HU * positions / (field / 2)
        image += drift.astype(np.float32).reshape(shape)
    sigmas = [max(BLUR_MM / spacing, LEAST_BLUR_PX) for spacing in spacing_mm]
    kept = math.prod(_kept_deviation(sigma) for sigma in sigmas)
    noise = rng.standard_normal(image.shape, dtype=np.float32)
    noise *= NOISE_HU / kept
    image += noise
    for axis, sigma in enumerate(sigmas):
        ndimage.gaussian_filter1d(image, sigma, axis=axis, output=image, mode="nearest", truncate=3)
    np.maximum(image, -1024, out=image)


def _kept_deviation(sigma_px: float) -> float:
    """The standard deviation left of white noise of 1 that is blurred along one axis."""
    impulse = np.zeros(31)
    impulse[15] = 1
    kernel = ndimage.gaussian_filter1d(impulse, sigma_px, truncate=3)
    return float(np.sqrt((kernel**2).sum()))
