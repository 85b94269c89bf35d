from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from manyhands.evidence import MODELS
from manyhands.masks import segment
from manyhands.pipeline import (
    Source,
    add_volumes,
    judge_study,
    make_annotators,
    read_consensus,
    read_judgement,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.findings import judgement_from_json, judgement_to_json
from manyhands.pipeline.measures import read_measures
from manyhands.pipeline.places import EVERYBODY
from manyhands.quality import Judgement
from manyhands.store import Study, current_answers, insert_answers
from manyhands.types import Answer, AnsweringTime, LearningCurve, Segmentation, State
from manyhands.volumes import read_labels, write_labels

CROWD = (*make_annotators("careful", 2, seed=0), *make_annotators("spammer", 1, seed=0))


def leave_out(study: Study, *names: str) -> None:
    study.config = replace(study.config, leave_out=names)


@pytest.fixture
def labelled(study: Study) -> Study:
    """Volume `one`, boxed by two careful people and one who clicks anywhere."""
    simulate_answers(study, CROWD, command="")
    segment_volumes(study, command="")
    return study


def test_findings_are_in_one_json_and_one_table_with_what_made_them(labelled: Study) -> None:
    outcome = judge_study(labelled, command="look at it")
    judgement = read_judgement(labelled)
    content = json.loads((labelled.results_folder / "findings.json").read_text())
    with (labelled.results_folder / "findings.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))

    assert outcome.done == ("one",)
    assert content["provenance"]["command"] == "look at it"
    assert [line["code"] for line in lines] == [f.code for f in judgement.findings]
    ranks = [finding.rank for finding in judgement.findings]
    assert ranks == sorted(ranks)
    (far,) = [line for line in lines if line["code"] == "annotator-far"]
    assert far["annotator"] == "spammer-1"
    assert far["volume"] == far["first_slice"] == ""


def test_every_boxed_structure_has_a_predicted_dice_and_its_agreement(labelled: Study) -> None:
    judge_study(labelled, command="")
    judgement = read_judgement(labelled)
    names = {structure.name for structure in labelled.config.structures}

    assert {p.structure for p in judgement.predicted} == names
    for predicted in judgement.predicted:
        assert 0 <= predicted.dice.low <= predicted.dice.estimate <= predicted.dice.high <= 1
    estimates = [p.dice.estimate for p in judgement.predicted]
    assert estimates == sorted(estimates)
    medians = {(a.structure, a.annotator): a.median_iou for a in judgement.agreements}
    assert medians["liver", "careful-1"] > medians["liver", "spammer-1"]
    assert {a.structure for a in judgement.agreements if a.alpha is not None} == names


def test_what_is_up_to_date_is_not_done_again(labelled: Study) -> None:
    judge_study(labelled, command="first")
    assert judge_study(labelled, command="second").skipped == ("one",)
    content = json.loads((labelled.results_folder / "findings.json").read_text())
    assert content["provenance"]["command"] == "first"


def test_a_new_answer_is_judged_without_measuring_the_masks_anew(labelled: Study) -> None:
    """Saying *absent* once more changes no consensus, but it took time, which is told."""
    judge_study(labelled, command="")
    with labelled.reading() as connection:
        old = next(a for a in current_answers(connection) if a.state is State.ABSENT)
    newer = Answer(
        old.volume_id, old.structure_id, old.annotator_id, old.slice_index, old.state, active_s=7.0
    )
    with labelled.writing() as connection:
        insert_answers(connection, [newer])
    segment_volumes(labelled, command="")

    assert judge_study(labelled, command="").skipped == ("one",)
    (time,) = read_judgement(labelled).times
    assert (time.median_s, time.total_s, time.n_answers) == (7.0, 7.0, 1)


def test_a_lost_table_is_written_anew(labelled: Study) -> None:
    judge_study(labelled, command="")
    (labelled.results_folder / "findings.csv").unlink()
    judge_study(labelled, command="")
    assert (labelled.results_folder / "findings.csv").is_file()


def test_a_judgement_of_labels_that_are_no_more_is_not_given(labelled: Study) -> None:
    """The report would show it beside pictures of the new ones."""
    judge_study(labelled, command="")
    simulate_answers(labelled, make_annotators("exact", 2, seed=0), command="")
    segment_volumes(labelled, command="")

    assert read_judgement(labelled) == Judgement()
    judge_study(labelled, command="")
    assert read_judgement(labelled).predicted


def test_measures_come_back_as_they_were_written(labelled: Study) -> None:
    judge_study(labelled, command="")
    shapes = read_measures(labelled, "one")
    assert set(shapes) == set(read_consensus(labelled, "one"))
    for shape in shapes.values():
        assert shape.stability is not None
        assert 0.5 < shape.stability <= 1
        assert shape.centres.shape == (14, 2)
        assert (np.isnan(shape.edges[:, 0]) == ~shape.has_mask).all()


def test_without_labels_there_is_nothing_to_judge(
    study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(study, sources[1:])
    outcome = judge_study(study, command="")
    assert outcome.left_out == {"one": "no label volume", "two": "no label volume"}
    assert read_judgement(study) == Judgement()
    assert not (study.results_folder / "findings.json").exists()


def test_masks_are_tried_with_the_model_that_made_them(
    labelled: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MODELS, "twin", MODELS["intensity"])
    segment_volumes(labelled, model="twin", command="")
    asked: list[str] = []

    def remember(*arguments: Any, model: str, **others: Any) -> Segmentation:
        asked.append(model)
        return segment(*arguments, model=model, **others)

    monkeypatch.setattr("manyhands.pipeline.measures.segment", remember)
    judge_study(labelled, command="")
    assert asked == ["twin"]


def pretend_a_network_made_the_labels(study: Study) -> None:
    path = study.path(EVERYBODY.confidence_path("one"))
    path.write_text(path.read_text().replace('"model": "intensity"', '"model": "sam-vit-b"'))


def test_where_a_network_made_the_labels_boxes_are_moved_without_it_and_that_is_said(
    labelled: Study,
) -> None:
    """Twice: a network's masks differ from those of intensities, whether boxes move or not."""
    judge_study(labelled, command="")
    of_intensity = {s: m.stability for s, m in read_measures(labelled, "one").items()}
    pretend_a_network_made_the_labels(labelled)
    labels = labelled.path(EVERYBODY.labels_path("one"))
    found = read_labels(labels)
    write_labels(replace(found, data=np.roll(found.data, 3, axis=0)), labels)

    outcome = judge_study(labelled, command="")
    assert outcome.done == ("one",)
    assert outcome.remarks == (
        "labels are of 'sam-vit-b': whether masks stay when boxes move was tried with 'intensity', "
        "the expected Dice was learned from masks of 'intensity'",
    )
    assert {s: m.stability for s, m in read_measures(labelled, "one").items()} == of_intensity


def test_a_quick_look_says_which_model_moved_the_boxes_only_where_some_did(
    labelled: Study,
) -> None:
    pretend_a_network_made_the_labels(labelled)
    (quick,) = judge_study(labelled, is_quick=True, command="").remarks
    (thorough,) = judge_study(labelled, command="").remarks
    assert "when boxes move was tried with 'intensity'" in thorough
    assert "when boxes move" not in quick
    assert judge_study(labelled, is_quick=True, command="").remarks == (thorough,)


def test_a_judgement_survives_json(labelled: Study) -> None:
    judge_study(labelled, command="")
    judgement = replace(
        read_judgement(labelled),
        times=(AnsweringTime("ann", "liver", 2.5, 10.0, 4),),
        learning=(LearningCurve("ann", (5, 10), (0.4, 0.6)),),
    )
    text = json.dumps(judgement_to_json(judgement))
    assert judgement_from_json(json.loads(text)) == judgement


def test_a_quick_look_moves_no_boxes_and_a_thorough_one_is_not_thrown_away(
    labelled: Study,
) -> None:
    judge_study(labelled, is_quick=True, command="")
    assert {m.stability for m in read_measures(labelled, "one").values()} == {None}

    assert judge_study(labelled, command="").done == ("one",)
    known = {s: m.stability for s, m in read_measures(labelled, "one").items()}
    assert None not in known.values()

    assert judge_study(labelled, is_quick=True, command="").skipped == ("one",)
    assert {s: m.stability for s, m in read_measures(labelled, "one").items()} == known


def test_of_people_who_are_left_out_nothing_is_found(labelled: Study) -> None:
    leave_out(labelled, "spammer-1")
    segment_volumes(labelled, command="")
    judge_study(labelled, command="")
    judgement = read_judgement(labelled)

    assert {f.place.annotator for f in judgement.findings} <= {None, "careful-1", "careful-2"}
    assert {a.annotator for a in judgement.agreements} == {None, "careful-1", "careful-2"}
