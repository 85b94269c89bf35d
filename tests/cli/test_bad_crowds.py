"""Crowds that no study wishes for: label volumes, findings and report come all the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from click.testing import Result

from manyhands.boxes.arithmetic import from_array
from manyhands.geometry import to_stack
from manyhands.phantom import NAMES
from manyhands.simulate import tight_boxes
from manyhands.store import ensure_annotator, find_volumes, insert_answers, open_study
from manyhands.types import Answer, BoxArray, Origin, State
from manyhands.volumes import read_labels

Call = Callable[..., Result]
Said = Mapping[int, BoxArray | State]
"""By slice, a box (4,) or another state."""

LIVER = NAMES.index("liver") + 1
START = datetime(2026, 1, 1, tzinfo=UTC)
LOOSE = np.array([-0.5, -0.5, 0.5, 0.5])


@pytest.fixture
def liver(files: tuple[Path, Path]) -> dict[int, BoxArray]:
    """The tight box on each slice that has some liver."""
    return liver_boxes(files[1])


def liver_boxes(reference: Path) -> dict[int, BoxArray]:
    tight = tight_boxes(to_stack(read_labels(reference).data) == LIVER)
    return {k: box for k, box in enumerate(tight) if np.isfinite(box[0])}


def say(study: Path, annotator: str, said: Said, *, after: int = 0) -> None:
    """One annotator's answers on the liver, `after` so many hours."""
    with open_study(study) as opened, opened.writing() as connection:
        (volume,) = find_volumes(connection)
        own = ensure_annotator(connection, annotator).annotator_id
        insert_answers(
            connection,
            [
                Answer(
                    volume.volume_id,
                    LIVER,
                    own,
                    k,
                    State.BOXES if isinstance(what, np.ndarray) else what,
                    from_array(what[None], Origin.DRAWN) if isinstance(what, np.ndarray) else (),
                    created_at=START + timedelta(hours=after),
                )
                for k, what in said.items()
            ],
        )


def by(
    boxes: Mapping[int, BoxArray], px: float, *, n_slices: int = 14
) -> dict[int, BoxArray | State]:
    """Somebody's own boxes, so many px to the right, and *absent* on all other slices."""
    aside = px * np.array([0.0, 1, 0, 1])
    return {k: boxes[k] + LOOSE + aside if k in boxes else State.ABSENT for k in range(n_slices)}


def findings(call: Call, study: Path) -> set[tuple[str, str | None]]:
    """Code and annotator of what `quality` finds in the label volumes that come of it."""
    call("segment", study)
    content = json.loads(call("quality", study, "--quick", "--json").stdout)
    return {(f["code"], f["place"]["annotator"]) for f in content["findings"]}


def dice(call: Call, study: Path) -> float:
    """Of the liver's label volume, with the reference."""
    call("evaluate", study)
    scores = json.loads((study / "results" / "scores.json").read_text())["scores"]
    (liver,) = (s["volume_dice"] for s in scores if s["structure"] == "liver")
    return float(liver)


def test_one_annotator_alone(call: Call, study: Path, liver: dict[int, BoxArray]) -> None:
    say(study, "anna", by(liver, 0))
    assert not {c for c, _ in findings(call, study)} & {"annotator-far", "boxes-copied"}
    assert dice(call, study) > 0.7


def test_nobody_and_everybody_unsure(call: Call, study: Path) -> None:
    assert "nothing to judge yet" in call("quality", study).stderr
    say(study, "anna", dict.fromkeys(range(14), State.UNSURE))
    say(study, "ben", dict.fromkeys(range(14), State.UNSURE))
    assert findings(call, study) == {("nobody-sure", None)}
    call("report", study)
    report = (study / "results" / "report.html").read_text(encoding="utf-8")
    assert "All who answered were unsure of liver on slices 0 to 13." in report


@pytest.mark.parametrize(("start", "stop"), [(0, 9), (8, 14), (8, 13)])
def test_a_liver_cut_off_by_the_volume(
    call: Call, tmp_path: Path, files: tuple[Path, Path], start: int, stop: int
) -> None:
    """It is on the volume's last slice, on the first, and on both: there is nowhere to go on."""
    cut = [tmp_path / file.name for file in files]
    for whole, part in zip(files, cut, strict=True):
        nib.save(nib.load(whole).slicer[:, :, start:stop], part)
    study = tmp_path / "study"
    call("init", study, "--structures", ",".join(NAMES))
    call("add", study, cut[0], "--reference", cut[1])
    boxes = liver_boxes(cut[1])
    n_slices = stop - start
    ends = {0, n_slices - 1} & boxes.keys()
    assert ends
    for px, name in ((0.0, "anna"), (0.4, "ben")):
        say(study, name, by(boxes, px, n_slices=n_slices))

    of_ends = {"structure-incomplete", "structure-gap", "absence-doubtful", "evidence-beyond"}
    assert not {code for code, _ in findings(call, study)} & of_ends
    labels = to_stack(read_labels(study / "results" / "labels" / "one.nii.gz").data)
    assert all((labels[end] == LIVER).any() for end in ends)
    assert dice(call, study) > 0.7


def test_all_absent_but_one(call: Call, study: Path, liver: dict[int, BoxArray]) -> None:
    for name in ("anna", "ben", "carl"):
        say(study, name, dict.fromkeys(range(14), State.ABSENT))
    say(study, "dora", by(liver, 0))
    assert ("box-outvoted", "dora") in findings(call, study)


def test_of_three_answers_the_newest_counts(
    call: Call, study: Path, liver: dict[int, BoxArray]
) -> None:
    """First *absent* everywhere, then on another organ, at last the liver."""
    say(study, "anna", dict.fromkeys(range(14), State.ABSENT))
    say(study, "anna", by({k: box + 8 for k, box in liver.items()}, 0), after=1)
    say(study, "anna", by(liver, 0), after=2)
    findings(call, study)
    assert dice(call, study) > 0.7


def test_strides_of_their_own(call: Call, study: Path, liver: dict[int, BoxArray]) -> None:
    for name, stride in (("anna", 1), ("ben", 2), ("carl", 3)):
        said = by(liver, {"anna": 0.0, "ben": 0.3, "carl": -0.3}[name])
        say(study, name, {k: what for k, what in said.items() if k % stride == 0})
    assert "structure-gap" not in {code for code, _ in findings(call, study)}
    assert dice(call, study) > 0.7


def test_copies_are_no_agreement_of_many(
    call: Call, study: Path, liver: dict[int, BoxArray]
) -> None:
    """Three accounts of one person who boxes aside, against two who do not."""
    for name in ("copy-1", "copy-2", "copy-3"):
        say(study, name, by(liver, 9))
    say(study, "anna", by(liver, 0))
    say(study, "ben", by(liver, 0.4))
    found = findings(call, study)
    assert {"copy-2", "copy-3"} == {who for code, who in found if code == "boxes-copied"}
    assert dice(call, study) > 0.6


def test_two_pieces_that_merge(call: Call, study: Path, liver: dict[int, BoxArray]) -> None:
    """On the first half of its slices everybody boxes the two halves of the liver apart."""
    with open_study(study) as opened, opened.writing() as connection:
        (volume,) = find_volumes(connection)
        for px, name in ((0.0, "anna"), (0.3, "ben")):
            own = ensure_annotator(connection, name).annotator_id
            answers = []
            for k, box in liver.items():
                row0, column0, row1, column1 = box + LOOSE + px
                middle = (column0 + column1) / 2
                halves = [[row0, column0, row1, middle - 1], [row0, middle + 1, row1, column1]]
                is_split = k < sorted(liver)[len(liver) // 2]
                rows = halves if is_split else [[row0, column0, row1, column1]]
                boxes = from_array(np.array(rows), Origin.DRAWN)
                answers.append(Answer(volume.volume_id, LIVER, own, k, State.BOXES, boxes))
            insert_answers(connection, answers)
    assert "box-outvoted" not in {code for code, _ in findings(call, study)}
    assert dice(call, study) > 0.5


def test_gold_that_contradicts_all_is_found(
    call: Call, study: Path, liver: dict[int, BoxArray]
) -> None:
    """Both agree on another place than the reference of the gold volume."""
    config = study / "manyhands.toml"
    text = config.read_text(encoding="utf-8")
    assert "gold = []" in text
    config.write_text(text.replace("gold = []", 'gold = ["one"]'), encoding="utf-8")
    elsewhere = {k: np.array([20.0, 24.0, 30.0, 36.0]) for k in liver}
    say(study, "anna", by(elsewhere, 0))
    say(study, "ben", by(elsewhere, 0.4))
    found = findings(call, study)
    assert ("gold-contradicts-crowd", None) in found
    call("report", study)
    report = (study / "results" / "report.html").read_text(encoding="utf-8")
    assert report.count("all annotators agree on another place than the reference") == 1
