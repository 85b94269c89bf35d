from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from manyhands.errors import StudyError
from manyhands.pipeline import (
    export_nifti,
    export_yolo,
    import_boxes,
    make_annotators,
    simulate_answers,
)
from manyhands.store import Study, current_answers


def test_label_volumes_are_copied_with_what_their_labels_mean(study: Study, tmp_path: Path) -> None:
    (study.results_folder / "labels").mkdir()
    made = study.path("results/labels/one.nii.gz")
    shutil.copyfile(study.path("volumes/one/reference.nii.gz"), made)

    written = export_nifti(study, tmp_path / "out", command="export it")
    content = json.loads((tmp_path / "out" / "structures.json").read_text())

    assert written == (tmp_path / "out" / "one.nii.gz",)
    assert written[0].read_bytes() == made.read_bytes()
    assert [s["name"] for s in content["structures"]][:2] == ["liver", "spleen"]
    assert content["ignore_label"] == 255
    assert set(content["provenance"]["inputs"]) == {"one"}


def test_boxes_come_back_from_what_was_exported(study: Study, tmp_path: Path) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")

    (folder,) = export_yolo(study, tmp_path)
    names = {n: s.name for n, s in enumerate(study.config.structures)}
    report = import_boxes(study, folder, annotator="again", classes=names, command="")
    with study.reading() as connection:
        boxed = [a for a in current_answers(connection) if a.boxes]

    assert folder == tmp_path / "exact-1"
    # Each box is there twice now: of exact-1 and of again.
    assert report.added == len(boxed) / 2
    assert (folder / "class_list.txt").read_text().splitlines() == list(names.values())


def test_what_is_not_there_cannot_be_exported(study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no label volumes yet; `manyhands run` makes them"):
        export_nifti(study, tmp_path, command="")
    with pytest.raises(StudyError, match="no answers yet"):
        export_yolo(study, tmp_path)
