"""The boxes that real non-experts drew, and smoothing on the boxes of real organs."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from manyhands.boxes.arithmetic import box_of_mask, centres, from_array, iou
from manyhands.boxes.formats import ImportedBoxes
from manyhands.boxes.openlabeling import read_openlabeling
from manyhands.boxes.smoothing import smooth
from manyhands.boxes.tracks import make_track
from manyhands.crowd import find_consensus
from manyhands.geometry import to_stack
from manyhands.types import Answer, BoxArray, Origin, Severity, Spacing, State, Track
from manyhands.volumes import read_labels

pytestmark = pytest.mark.real

CLASSES = {0: "spleen", 1: "kidney_right", 2: "kidney_left", 5: "liver", 7: "aorta"}
TRAINING_MR = ("01", "02", "03", "05", "08", "10", "13", "19", "20", "22", "31", "33")


@pytest.fixture(scope="module")
def crowd(real_data: Path) -> Path:
    return real_data / "crowd_btcv" / "openlabeling"


@pytest.fixture(scope="module")
def imported(crowd: Path) -> ImportedBoxes:
    """The PNG's column is voxel i and its row 511 - j, counted as stored in L, A, S: that is how
    our slices lie, so nothing is turned. The test of the anatomy confirms it."""
    return read_openlabeling(crowd, classes=CLASSES, picture_shape=(512, 512), strict=True)


def test_every_box_and_every_empty_file_is_read(crowd: Path, imported: ImportedBoxes) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    empty = 0
    for path in crowd.glob("*.txt"):
        words = path.read_text().split()
        empty += not words
        for class_id in words[::5]:
            expected[path.name[:7], CLASSES[int(class_id)]] += 1
    found = {
        (volume, structure): sum(len(boxes) for boxes in slices.values())
        for volume, structures in imported.boxes.items()
        for structure, slices in structures.items()
    }
    assert found == expected
    assert imported.counts.boxes == imported.counts.lines == expected.total()
    assert imported.counts.empty_files == empty
    assert imported.counts.files == len(list(crowd.iterdir()))
    assert sum(len(slices) for slices in imported.empty_slices.values()) == empty
    assert {finding.severity for finding in imported.findings} == {Severity.INFO}


def test_every_edge_lies_on_a_pixel(imported: ImportedBoxes) -> None:
    for structures in imported.boxes.values():
        for slices in structures.values():
            edges = np.concatenate(list(slices.values()))
            np.testing.assert_array_equal(edges, np.round(edges))


def test_the_size_of_the_pictures_can_be_guessed(crowd: Path, imported: ImportedBoxes) -> None:
    guessed = read_openlabeling(crowd, classes=CLASSES)
    assert set(guessed.picture_shapes.values()) == {(512, 512)}
    assert guessed.counts == imported.counts


def test_organs_lie_as_in_a_radiological_picture(imported: ImportedBoxes) -> None:
    """Liver and right kidney left of the aorta, spleen and left kidney right of it; kidneys behind
    the liver's middle; the spleen higher than the left kidney."""
    for structures in imported.boxes.values():
        place = {name: _middle(slices) for name, slices in structures.items()}
        for name, side in {"liver": -1, "kidney_right": -1, "spleen": 1, "kidney_left": 1}.items():
            assert (place[name][2] - place["aorta"][2]) * side > 0
        assert place["kidney_right"][1] > place["liver"][1]
        assert place["spleen"][0] > place["kidney_left"][0]


def _middle(slices: Mapping[int, BoxArray]) -> tuple[float, float, float]:
    row, column = np.median(centres(np.concatenate(list(slices.values()))), axis=0)
    return float(np.median(list(slices))), float(row), float(column)


@pytest.fixture(scope="module", params=["mr", "ct02", "ct03"])
def organs(request: pytest.FixtureRequest, real_data: Path) -> list[tuple[Track, Spacing]]:
    """Exact tracks of a group of cases: those on which the constants of smoothing were chosen."""
    if request.param == "mr":
        paths = [real_data / "abdomen_mr" / f"case{n}_label.nii.gz" for n in TRAINING_MR]
    else:
        paths = [real_data / "abdomen_ct" / f"case{request.param[2:]}_label.nii.gz"]
    return [organ for path in paths for organ in _organs(path)]


def _organs(path: Path) -> list[tuple[Track, Spacing]]:
    labels = read_labels(path)
    stack = to_stack(labels.data)
    organs = []
    for label in np.unique(stack)[1:]:
        boxes = {k: box_of_mask(plane) for k, plane in enumerate(stack == label)}
        boxes = {k: box for k, box in boxes.items() if len(box)}
        track = make_track(list(boxes), np.concatenate(list(boxes.values())))
        organs.append((track, labels.grid.stack_spacing_mm))
    return organs


def test_exact_tracks_of_real_organs_are_left_alone(organs: list[tuple[Track, Spacing]]) -> None:
    assert all(smooth(track, stack_spacing_mm=spacing) is track for track, spacing in organs)


@pytest.mark.parametrize("share", [0.025, 0.05, 0.1])
@pytest.mark.parametrize("correlation", [0.0, 0.4])
def test_smoothing_real_organs_does_no_harm(
    organs: list[tuple[Track, Spacing]], share: float, correlation: float
) -> None:
    """Mean IoU with the exact boxes, edges jittered by a share of the sides: never lower by more
    than .001, and on slices of 2 mm higher by .01 at least."""
    before, after = [], []
    for number, (track, spacing) in enumerate(organs):
        jittered = _jitter(track, share, correlation, np.random.default_rng([7, number]))
        smoothed = smooth(jittered, stack_spacing_mm=spacing)
        before.append(iou(jittered.boxes, track.boxes).mean())
        after.append(iou(smoothed.boxes, track.boxes).mean())
    slice_mm = organs[0][1][0]
    assert np.mean(after) > np.mean(before) + (0.01 if slice_mm < 3 else -0.001)


def _jitter(track: Track, share: float, correlation: float, rng: np.random.Generator) -> Track:
    """Edges off by `share` of the sides (SD), correlated between neighbouring slices."""
    steps = rng.standard_normal(track.boxes.shape)
    noise = steps.copy()
    for k in range(1, len(noise)):
        noise[k] = correlation * noise[k - 1] + np.sqrt(1 - correlation**2) * steps[k]
    size = np.tile(track.boxes[:, 2:] - track.boxes[:, :2], 2)
    boxes = track.boxes + share * size * noise
    boxes[:, 2:] = np.maximum(boxes[:, 2:], boxes[:, :2] + 1)
    return make_track(track.slice_indices, boxes)


def test_a_real_annotator_alone_is_followed_everywhere(imported: ImportedBoxes) -> None:
    """No real track jumps so far that a part of it would count as somewhere else."""
    for volume, structures in imported.boxes.items():
        for slices in structures.values():
            said = [
                Answer(volume, 1, "a", k, State.BOXES, from_array(boxes, Origin.IMPORTED))
                for k, boxes in slices.items()
            ]
            found = find_consensus(
                said, stack_shape=(200, 512, 512), stack_spacing_mm=(3.0, 0.75, 0.75)
            )
            tracked = {k for track in found.tracks for k in track.slice_indices.tolist()}
            assert slices.keys() <= tracked
