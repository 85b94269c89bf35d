from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from manyhands.errors import ConfigError
from manyhands.executor import EXECUTORS, make_executor
from manyhands.pipeline import (
    EVERYBODY,
    VOTED,
    Source,
    add_volumes,
    alone,
    make_annotators,
    segment_each_alone,
    segment_volumes,
    simulate_answers,
    vote_over_masks,
)
from manyhands.pipeline.places import read_json
from manyhands.store import Study, find_runs
from manyhands.volumes import read_labels, read_volume


@pytest.fixture
def answered(study: Study) -> Study:
    """One exact annotator has answered on volume `one`."""
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    return study


def test_labels_probability_and_confidence_lie_in_results(answered: Study) -> None:
    outcome = segment_volumes(answered, command="segment it")
    labels = read_labels(answered.path(EVERYBODY.labels_path("one")))
    reference = read_labels(answered.path("volumes/one/reference.nii.gz"))
    probability = read_volume(answered.path(EVERYBODY.probability_path("one")))
    confidence = read_json(answered, EVERYBODY.confidence_path("one"))

    assert outcome.done == ("one",)
    liver = (labels.data == 1, reference.data == 1)
    assert 2 * (liver[0] & liver[1]).sum() / (liver[0].sum() + liver[1].sum()) > 0.7
    assert probability.data.min() >= 0
    assert probability.data.max() <= 1
    # An end slice of the volume has no kidney: no confidence, said as null.
    assert confidence["confidence"]["3"][0] is None
    assert confidence["provenance"]["command"] == "segment it"
    assert set(confidence["provenance"]["inputs"]) == {"image", "consensus"}


def test_results_lie_on_the_grid_of_the_image(answered: Study) -> None:
    segment_volumes(answered, command="")
    image = nib.load(answered.path("volumes/one/image.nii.gz"))
    for path in (EVERYBODY.labels_path("one"), EVERYBODY.probability_path("one")):
        result = nib.load(answered.path(path))

        assert result.shape == image.shape
        np.testing.assert_array_equal(result.affine, image.affine)


def test_nothing_new_is_nothing_to_do(answered: Study) -> None:
    segment_volumes(answered, command="")
    before = answered.path(EVERYBODY.labels_path("one")).stat().st_mtime_ns

    assert segment_volumes(answered, command="").skipped == ("one",)
    assert answered.path(EVERYBODY.labels_path("one")).stat().st_mtime_ns == before


def test_a_new_answer_makes_the_volume_new(answered: Study) -> None:
    segment_volumes(answered, command="")
    simulate_answers(answered, make_annotators("careful", 1, seed=0), command="")

    assert segment_volumes(answered, command="").done == ("one",)


def test_a_damaged_image_is_named_and_the_others_go_on(
    study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(study, sources[1:])
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    damaged = study.path("volumes/one/image.nii.gz")
    damaged.write_bytes(damaged.read_bytes()[:500])

    outcome = segment_volumes(study, command="")

    assert outcome.done == ("two",)
    assert str(damaged) in outcome.failed["one"]


def test_a_volume_nobody_answered_on_is_left_out(study: Study) -> None:
    assert segment_volumes(study, command="").left_out == {"one": "nobody answered on it"}


def test_an_unknown_model_stops_before_anything_changes(answered: Study) -> None:
    segment_volumes(answered, command="")

    with pytest.raises(ConfigError, match="unknown model 'x'; known are intensity"):
        segment_volumes(answered, model="x", command="")
    assert segment_volumes(answered, command="").skipped == ("one",)


def test_annotators_alone_are_kept_apart_and_vote(answered: Study) -> None:
    simulate_answers(answered, make_annotators("careful", 2, seed=0), command="")

    outcomes = segment_each_alone(answered, command="")
    voted = vote_over_masks(answered, command="")
    with answered.reading() as connection:
        (run,) = find_runs(connection, "segment-voted")

    assert [outcome.step for outcome in outcomes] == [
        "segment-by-careful-1",
        "segment-by-careful-2",
        "segment-by-exact-1",
    ]
    assert voted.done == ("one",)
    assert answered.path(VOTED.labels_path("one")).is_file()
    assert set(run.provenance.inputs) == {
        alone(name).labels_path("one") for name in ("careful-1", "careful-2", "exact-1")
    }
    assert not answered.path(EVERYBODY.labels_path("one")).exists()
    assert vote_over_masks(answered, command="").skipped == ("one",)


def test_without_masks_of_their_own_nobody_votes(answered: Study) -> None:
    outcome = vote_over_masks(answered, command="")

    assert outcome.left_out == {"one": "no annotator's own label volume to vote with"}


def label_files(study: Study) -> dict[str, bytes]:
    """Voxels of every result of `segment`, by path."""
    folders = ("labels", "probability")
    return {
        str(path.relative_to(study.folder)): nib.load(path).dataobj[...].tobytes()
        for folder in folders
        for path in sorted((study.results_folder / folder).iterdir())
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", EXECUTORS)
def test_every_executor_gives_the_same_results(
    name: str, study: Study, sources: tuple[Source, Source]
) -> None:
    """Voxel by voxel what this process gives."""
    if name == "ray":
        pytest.importorskip("ray", reason="the executor 'ray' needs the extra ray")
    add_volumes(study, sources[1:])
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    segment_volumes(study, command="")
    expected = label_files(study)
    for path in study.results_folder.glob("labels/*"):
        path.unlink()
    seen: list[float] = []

    outcome = segment_volumes(
        study,
        executor=make_executor(f"{name}:2"),
        command="",
        watch=lambda share, unit: seen.append(share),
    )

    assert outcome.done == ("one", "two")
    assert label_files(study) == expected
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert segment_volumes(study, command="").skipped == ("one", "two")
