"""Somebody's own volumes and boxes: the five commands that README shows, on an MR and a CT."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from click.testing import CliRunner, Result

from manyhands.cli import main
from manyhands.evaluation import score_volume
from manyhands.types import Structure
from manyhands.volumes import read_labels

pytestmark = pytest.mark.real

COMMANDS = """
manyhands init study --structures liver,spleen,kidney_left,kidney_right,aorta
manyhands add study images/*.nii.gz
manyhands import-boxes study boxes/anna --annotator anna --outside-absent
manyhands run study
manyhands export study --to labels
""".strip().splitlines()

NAMES = ("liver", "spleen", "kidney_left", "kidney_right", "aorta")
STRUCTURES = tuple(Structure(number, name) for number, name in enumerate(NAMES, start=1))


@dataclass(frozen=True)
class Case:
    """A volume of the shared data, and the least mean Dice that is taken for right."""

    name: str
    path: str
    least_dice: float


CASES = (Case("mr21", "abdomen_mr/case21", 0.85), Case("ct01", "abdomen_ct/case01", 0.85))


def call(line: str) -> Result:
    """Run one line as a shell would in the current folder; it must go well."""
    words = [
        str(found)
        for word in shlex.split(line)[1:]
        for found in (sorted(Path().glob(word)) if "*" in word else [word])
    ]
    result = CliRunner().invoke(main, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def workplace(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`images/` and `boxes/`, as somebody has them before the first command, and `references/`.

    The boxes are a careful simulated annotator's, written as OpenLabeling writes them.
    """
    folder = tmp_path_factory.mktemp("story")
    for kind, ending in (("images", "image"), ("references", "label")):
        (folder / kind).mkdir()
        for case in CASES:
            original = real_data / f"{case.path}_{ending}.nii.gz"
            (folder / kind / f"{case.name}.nii.gz").symlink_to(original.resolve())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        call(f"manyhands init scratch --structures {','.join(NAMES)}")
        call("manyhands add scratch images/*.nii.gz --reference references/*.nii.gz")
        call("manyhands simulate scratch --profile careful --as-openlabeling boxes")
        Path("boxes/careful-1").rename("boxes/anna")
        for line in COMMANDS:
            call(line)
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_boxes_become_label_volumes_that_fit_the_organs(workplace: Path, case: Case) -> None:
    prediction = read_labels(workplace / "labels" / f"{case.name}.nii.gz")
    reference = read_labels(workplace / "references" / f"{case.name}.nii.gz")

    scores = score_volume(reference, prediction, STRUCTURES, nsd_tolerance_mm=2.0)
    dice = [score.volume_dice for score in scores if score.volume_dice is not None]

    assert len(dice) == (4 if case.name == "mr21" else 5)
    assert np.mean(dice) > case.least_dice


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_label_volumes_lie_on_the_grid_of_the_image_file(workplace: Path, case: Case) -> None:
    image = nib.load(workplace / "images" / f"{case.name}.nii.gz")
    labels = nib.load(workplace / "labels" / f"{case.name}.nii.gz")

    assert labels.shape == image.shape
    for affine in ("get_sform", "get_qform"):
        found, code = getattr(labels.header, affine)(coded=True)
        expected, expected_code = getattr(image.header, affine)(coded=True)
        assert code == expected_code
        assert (found is None) == (expected is None)
        if found is not None:
            np.testing.assert_array_equal(found, expected)


def test_a_structure_nobody_boxed_is_in_no_label_volume(workplace: Path) -> None:
    """The MR has no reference of the aorta, so nobody drew one."""
    labels = read_labels(workplace / "labels" / "mr21.nii.gz")

    assert not (labels.data == 5).any()


def test_readme_shows_these_commands(repository: Path) -> None:
    readme = (repository / "README.md").read_text(encoding="utf-8")

    for line in COMMANDS:
        assert line in readme
