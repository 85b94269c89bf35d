from __future__ import annotations

import csv
import json
import shutil

import pytest

from manyhands.errors import StudyError
from manyhands.pipeline import (
    VOTED,
    Source,
    add_volumes,
    alone,
    dice_table,
    evaluate_volumes,
    read_scores,
)
from manyhands.store import Study
from manyhands.types import Score, Structure


def label_as_reference(study: Study, volume: str, ending: str = "") -> None:
    """Perfect labels for a volume."""
    folder = study.results_folder / f"labels{ending}"
    folder.mkdir(parents=True, exist_ok=True)
    reference = study.volumes_folder / volume / "reference.nii.gz"
    shutil.copyfile(reference, folder / f"{volume}.nii.gz")


def test_all_scores_are_in_one_table_and_one_json_with_what_made_them(
    study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(study, sources[1:])
    label_as_reference(study, "one")
    label_as_reference(study, "two")

    outcome = evaluate_volumes(study, command="evaluate it")
    scores = read_scores(study)
    content = json.loads((study.results_folder / "scores.json").read_text())

    assert outcome.done == ("one", "two")
    assert len(scores) == 2 * 5
    assert all(score.volume_dice == 1.0 for score in scores)
    with (study.results_folder / "scores.csv").open(encoding="utf-8", newline="") as table:
        lines = [(line["volume"], line["structure"]) for line in csv.DictReader(table)]
    assert lines == [(score.volume, score.structure) for score in scores]
    assert content["provenance"]["command"] == "evaluate it"
    assert content["summaries"][-1]["n"] == 2


def test_what_has_no_reference_or_no_labels_is_left_out(
    study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(study, [Source(sources[1].image)])

    outcome = evaluate_volumes(study, command="")

    assert outcome.left_out == {"one": "no label volume", "two": "no reference to compare with"}
    assert read_scores(study) == ()
    assert not (study.results_folder / "scores.csv").exists()


@pytest.mark.parametrize("damage", ["", "[]", "null", '{"scores": 1}'])
def test_a_damaged_table_is_written_anew(study: Study, damage: str) -> None:
    label_as_reference(study, "one")
    evaluate_volumes(study, command="")
    before = read_scores(study)
    (study.results_folder / "scores.json").write_text(damage)

    evaluate_volumes(study, command="")

    assert read_scores(study) == before


def test_somebody_unknown_is_named(study: Study) -> None:
    with pytest.raises(StudyError, match="no annotator 'nobody' in the study; it has none"):
        evaluate_volumes(study, alone("nobody"), command="")


def test_new_labels_are_scored_anew(study: Study) -> None:
    label_as_reference(study, "one")
    evaluate_volumes(study, command="")

    assert evaluate_volumes(study, command="").skipped == ("one",)
    shutil.copyfile(study.path("volumes/one/image.nii.gz"), study.path("results/labels/one.nii.gz"))
    assert "one.nii.gz" in evaluate_volumes(study, command="").failed["one"]
    assert read_scores(study) == ()


def test_label_sets_do_not_mix(study: Study) -> None:
    label_as_reference(study, "one", "-voted")

    evaluate_volumes(study, VOTED, command="")

    assert len(read_scores(study, VOTED)) == 5
    assert read_scores(study) == ()


def score(structure: str, dice: float | None) -> Score:
    return Score("one", structure, dice, None, None, None, None, 2.0, 1, 1, 0)


def test_the_table_has_a_line_per_row_and_a_dash_where_nothing_was_scored() -> None:
    structures = (Structure(1, "liver"), Structure(2, "aorta"))
    rows = [
        ("ann alone", [score("liver", 0.5), score("aorta", 1.0)]),
        ("vote", [score("liver", 0.25)]),
    ]

    assert dice_table(structures, rows).splitlines() == [
        "volume Dice  liver  aorta   mean",
        "ann alone    0.500  1.000  0.750",
        "vote         0.250      -  0.250",
    ]


@pytest.mark.parametrize("rows", [[], [("nobody", [])]])
def test_a_table_of_nothing_has_its_head(rows: list[tuple[str, list[Score]]]) -> None:
    assert dice_table((Structure(1, "liver"),), rows).splitlines()[0].split() == [
        "volume",
        "Dice",
        "liver",
        "mean",
    ]
