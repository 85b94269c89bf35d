"""A study's arms as predictions in its folder: scored, paired, tested; and what can be wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import CONFIG_FILE, Comparing
from manyhands.errors import InputError, StudyError
from manyhands.phantom import make_phantom
from manyhands.pipeline import (
    COMPARISON_PATH,
    Source,
    add_volumes,
    compare_folders,
    compare_study,
    declare_comparison,
    read_comparison,
    write_comparison,
)
from manyhands.pipeline.compared import compared_predictions, said_of_changes
from manyhands.pipeline.work import Unit, work_through
from manyhands.store import Study, open_study
from manyhands.types import Labels, Split
from manyhands.volumes import read_labels, write_labels


def moved(labels: Labels, steps: int = 1) -> Labels:
    """What a poor model gives: every structure moved along the first axis."""
    return Labels(np.roll(labels.data, steps, axis=0), labels.grid)


def lay(study: Study, arm: str, name: str, labels: Labels) -> Path:
    path = study.path(f"results/predictions-{arm}/{name}.nii.gz")
    write_labels(labels, path)
    return path


@pytest.fixture
def tested(empty_study: Study, sources: tuple[Source, Source]) -> Study:
    """Volumes `one` and `two` as test patients; the arm `reference` is right on both."""
    add_volumes(empty_study, sources, split=Split.TEST)
    for name, source in zip(("one", "two"), sources, strict=True):
        truth = read_labels(Path(str(source.reference)))
        lay(empty_study, "reference", name, truth)
    return empty_study


def truth_of(study: Study, name: str) -> Labels:
    return read_labels(study.path(f"results/predictions-reference/{name}.nii.gz"))


def test_arms_are_scored_and_compared_and_all_is_written(tested: Study) -> None:
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))

    outcome = compare_study(tested, command="compare it")
    found = read_comparison(tested)

    assert (outcome.done, outcome.failed, outcome.left_out) == (("comparison",), {}, {})
    assert found is not None
    assert found.arms == ("reference", "crowd")
    (mean,) = (t for t in found.tests if (t.structure, t.metric) == (None, "volume_dice"))
    assert mean.baseline_mean.mean == 1
    assert 0.3 < mean.arm_mean.mean < 0.95
    assert mean.difference.n == 2
    written = json.loads(tested.path(COMPARISON_PATH).read_text())
    assert written["provenance"]["command"] == "compare it"
    with tested.path("results/comparison-patients.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 2 * 5
    assert {row["trainings"] for row in rows} == {"1"}


def test_it_is_compared_anew_only_when_something_changed(tested: Study) -> None:
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))
    compare_study(tested, command="")
    assert compare_study(tested, command="").skipped == ("comparison",)
    lay(tested, "crowd", "one", truth_of(tested, "one"))
    assert compare_study(tested, command="").done == ("comparison",)


def test_seeds_are_averaged_and_what_lies_beside_them_is_not_counted(tested: Study) -> None:
    """Dice of 1 and of the moved one; the file above the seeds is a copy of the truth."""
    truth = truth_of(tested, "one")
    lay(tested, "crowd/seed-0", "one", truth)
    lay(tested, "crowd/seed-1", "one", moved(truth))
    lay(tested, "crowd", "one", truth)
    lay(tested, "poor", "one", moved(truth))

    compare_study(tested, command="")
    found = read_comparison(tested)

    assert found is not None
    dice = {s.arm: s.volume_dice for s in found.scores if s.structure == "liver"}
    assert dice["poor"] is not None
    assert dice["crowd"] == pytest.approx((1 + dice["poor"]) / 2)
    assert {s.arm: s.n_replicates for s in found.scores} == {"reference": 1, "crowd": 2, "poor": 1}
    assert "not trained equally often (times trained: crowd 2, poor 1, reference 1)" in " ".join(
        found.notes
    )


def test_an_arm_with_fewer_cases_is_compared_on_those_of_both(tested: Study) -> None:
    lay(tested, "crowd", "one", moved(truth_of(tested, "one")))
    compare_study(tested, command="")
    found = read_comparison(tested)
    assert found is not None
    assert found.left_out["two"] == "not in crowd, so in none of its pairs"
    assert {t.difference.n for t in found.tests} == {1}


def test_a_training_patient_among_the_predictions_is_refused(
    empty_study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(empty_study, sources[:1], split=Split.TRAIN)
    lay(empty_study, "crowd", "one", read_labels(Path(str(sources[0].reference))))
    with pytest.raises(StudyError, match="'one' is in the training set, so arm 'crowd' cannot be"):
        compare_study(empty_study, command="")


def test_another_grid_fails_with_the_file_named_and_the_others_go_on(tested: Study) -> None:
    lay(tested, "crowd", "two", moved(truth_of(tested, "two")))
    _, smaller, _ = make_phantom((36, 32, 14), spacing_mm=(9.0, 8.0, 13.0))
    lay(tested, "crowd", "one", smaller)
    outcome = compare_study(tested, command="")
    assert "shape (36, 32, 14)" in outcome.failed["crowd/one"]
    found = read_comparison(tested)
    assert found is not None
    assert {t.difference.n for t in found.tests} == {1}


def test_a_structure_without_reference_and_a_volume_without_one_are_said(
    empty_study: Study, sources: tuple[Source, Source]
) -> None:
    truth = read_labels(Path(str(sources[0].reference)))
    no_aorta = Labels(np.where(truth.data == 5, 0, truth.data).astype(np.uint8), truth.grid)
    reference = empty_study.folder / "no_aorta.nii.gz"
    write_labels(no_aorta, reference)
    add_volumes(
        empty_study,
        [Source(sources[0].image, reference), Source(sources[1].image)],
        split=Split.TEST,
    )
    for arm in ("reference", "crowd"):
        lay(empty_study, arm, "one", truth)
        lay(empty_study, arm, "two", truth)
        lay(empty_study, arm, "three", truth)
    outcome = compare_study(empty_study, command="")
    found = read_comparison(empty_study)
    assert outcome.left_out["crowd/two"] == "no reference to compare with"
    assert outcome.left_out["crowd/three"] == "not a volume of the study"
    assert found is not None
    assert found.left_out["aorta"].startswith("empty everywhere, or in no reference")


def test_without_predictions_it_says_where_they_belong(tested: Study) -> None:
    for path in tested.results_folder.glob("predictions-*/*"):
        path.unlink()
    with pytest.raises(StudyError, match=r"no predictions to compare; .*predictions-ARM/VOLUME"):
        compare_study(tested, command="")


def test_one_arm_alone_fails_and_says_so(tested: Study) -> None:
    outcome = compare_study(tested, command="")
    assert "needs two arms, found reference" in outcome.failed["comparison"]


def with_margin(study: Study, margin: float) -> Study:
    """The same study, its margin edited in manyhands.toml and opened again."""
    path = study.path(CONFIG_FILE)
    text = path.read_text().replace("margin = 0.02", f"margin = {margin}")
    path.write_text(text)
    study.close()
    return open_study(study.folder)


def notes_of(study: Study) -> str:
    compare_study(study, command="")
    found = read_comparison(study)
    assert found is not None
    return " ".join(found.notes)


def test_a_margin_changed_after_training_is_said(tested: Study) -> None:
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))
    assert "not known whether the margin was fixed beforehand" in notes_of(tested)
    declare_comparison(tested, command="train")
    assert "margin" not in notes_of(tested)
    with with_margin(tested, 0.1) as later:
        declare_comparison(later, command="train again")  # the first record stays
        assert "margin was 0.02 when training began and is 0.1 now" in notes_of(later)


def test_a_training_with_the_same_configuration_proves_the_margin(tested: Study) -> None:
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))
    trained = Unit("crowd", {}, {}, lambda progress, made: ())
    work_through(tested, "train", [trained], command="manyhands train")
    assert "margin" not in notes_of(tested)
    with with_margin(tested, 0.1) as later:
        assert "The configuration was changed after training" in notes_of(later)


def test_a_margin_put_on_record_after_training_was_not_fixed_before(tested: Study) -> None:
    """Such as of a study that was first trained before its margin was put on record at all."""
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))
    trained = Unit("crowd", {}, {}, lambda progress, made: ())
    work_through(tested, "train", [trained], command="manyhands train")
    with with_margin(tested, 0.1) as later:
        declare_comparison(later, command="train again")
        assert "The configuration was changed after training" in notes_of(later)


def told_of(
    study: Study, arm: str, preset: str = "smoke", *, minute: int = 0, **others: object
) -> None:
    """What `manyhands train` leaves beside its predictions."""
    path = study.path(f"results/predictions-{arm}/predictions.json")
    made = {"created_at": f"2026-01-01T00:{minute:02d}:00+00:00"}
    told = {"arm": arm, "preset": preset, "folds": ["all"], "seed": 0, "provenance": made}
    path.write_text(json.dumps({**told, **others}))


def test_trainings_of_two_presets_are_not_averaged(tested: Study) -> None:
    """As where three seeds were trained once, and only one of them anew and longer."""
    for seed, preset in (("seed-0", "paper"), ("seed-1", "smoke")):
        lay(tested, f"crowd/{seed}", "one", moved(truth_of(tested, "one")))
        told_of(tested, f"crowd/{seed}", preset)
    with pytest.raises(StudyError, match=r"crowd.*seed-0.*paper.*seed-1.*smoke"):
        compare_study(tested, command="")


def test_arms_of_two_presets_are_compared_and_it_is_said(tested: Study) -> None:
    lay(tested, "crowd", "one", moved(truth_of(tested, "one")))
    for arm, preset in (("crowd", "smoke"), ("reference", "paper")):
        told_of(tested, arm, preset)
    assert "not trained alike (crowd: preset smoke, folds all; reference: preset paper" in notes_of(
        tested
    )


def test_seeds_of_older_labels_are_left_out_of_the_mean(tested: Study) -> None:
    """Three were trained; then labels changed, and only the second was trained anew."""
    truth = truth_of(tested, "one")
    for number, labels_hash in enumerate(("old", "new", "old")):
        predicted = truth if labels_hash == "new" else moved(truth, 3)
        lay(tested, f"crowd/seed-{number}", "one", predicted)
        minute = 9 if labels_hash == "new" else number
        told_of(tested, f"crowd/seed-{number}", minute=minute, trained_on=labels_hash)
    outcome = compare_study(tested, command="")
    found = read_comparison(tested)

    assert found is not None
    crowd = [s for s in found.scores if s.arm == "crowd"]
    assert {(s.volume_dice, s.n_replicates) for s in crowd} == {(1.0, 1)}
    for seed in ("seed-0", "seed-2"):
        assert "than crowd/seed-1, which is newer" in outcome.left_out[f"crowd/{seed}"]
        assert f"crowd/{seed}" in found.left_out


def test_arms_on_other_cases_or_by_another_plan_are_told_apart(tested: Study) -> None:
    lay(tested, "crowd", "one", moved(truth_of(tested, "one")))
    told_of(tested, "crowd", cases=["a", "b"], plan="p")
    told_of(tested, "reference", cases=["a"], plan="p")
    assert "not trained on the same cases (crowd 2, reference 1)" in notes_of(tested)
    told_of(tested, "reference", cases=["a", "b"], plan="q")
    assert "not trained by one plan" in notes_of(tested)
    told_of(tested, "reference", cases=["a", "b"], plan="p")
    assert "trained on the same" not in notes_of(tested)


def test_an_arm_on_older_labels_of_the_crowd_is_left_out(tested: Study) -> None:
    """Labels were corrected; then the crowd's changed, and were trained on without `--relabel`."""
    for minute, (arm, labels) in enumerate((("crowd-relabelled-1", "old"), ("crowd", "new"))):
        lay(tested, arm, "one", moved(truth_of(tested, "one")))
        told_of(tested, arm, minute=minute, trained_on=arm, crowd_labels=labels)
    told_of(tested, "reference", trained_on="reference", crowd_labels=None)
    outcome = compare_study(tested, command="")
    found = read_comparison(tested)

    assert found is not None
    assert found.arms == ("reference", "crowd")
    reason = outcome.left_out["crowd-relabelled-1"]
    assert "other labels of the crowd than crowd, which is newer" in reason
    assert found.left_out["crowd-relabelled-1"] == reason

    told_of(tested, "crowd-relabelled-1", minute=9, trained_on="", crowd_labels="new")
    compare_study(tested, command="")
    found = read_comparison(tested)
    assert found is not None
    assert found.arms == ("reference", "crowd", "crowd-relabelled-1")


def test_a_comparison_names_its_predictions_and_notices_others(tested: Study) -> None:
    for name in ("one", "two"):
        lay(tested, "crowd", name, moved(truth_of(tested, name)))
    compare_study(tested, command="")
    assert len(compared_predictions(tested)) == 4
    assert said_of_changes(tested) == ()

    lay(tested, "crowd", "one", truth_of(tested, "one"))
    tested.path("results/predictions-crowd/two.nii.gz").unlink()
    (said,) = said_of_changes(tested)
    assert "(predictions-crowd/one.nii.gz, predictions-crowd/two.nii.gz)" in said
    compare_study(tested, command="")
    assert said_of_changes(tested) == ()


@pytest.fixture
def folders(tmp_path: Path, sources: tuple[Source, Source]) -> dict[str, Path]:
    """References, and the same as if two models had given them; the second is worse."""
    for name, source in zip(("one", "two"), sources, strict=True):
        truth = read_labels(Path(str(source.reference)))
        write_labels(truth, tmp_path / "truth" / f"{name}.nii.gz")
        write_labels(truth, tmp_path / "good" / f"{name}.nii.gz")
        write_labels(moved(truth), tmp_path / "bad" / f"{name}.nii.gz")
    return {"good": tmp_path / "good", "bad": tmp_path / "bad"}


GOOD = Comparing(baseline="good")


def test_two_folders_made_elsewhere(tmp_path: Path, folders: dict[str, Path]) -> None:
    made = compare_folders(folders, tmp_path / "truth", settings=GOOD)
    names = {t.structure for t in made.tests}
    assert names == {"label-1", "label-2", "label-3", "label-4", "label-5", None}
    (mean,) = (t for t in made.tests if (t.structure, t.metric) == (None, "nsd"))
    assert mean.baseline_mean.mean == 1 > mean.arm_mean.mean


def test_unpaired_files_and_other_grids_are_left_out_and_named(
    tmp_path: Path, folders: dict[str, Path], sources: tuple[Source, Source]
) -> None:
    (tmp_path / "bad" / "two.nii.gz").rename(tmp_path / "bad" / "three.nii.gz")
    made = compare_folders(folders, tmp_path / "truth", settings=GOOD)
    assert made.left_out["bad/three"] == "no reference to compare with"
    assert made.left_out["two"] == "not in bad, so in none of its pairs"


def test_a_patient_that_was_trained_on_is_refused(tmp_path: Path, folders: dict[str, Path]) -> None:
    with pytest.raises(InputError, match="'good' is tested on two, which it was trained on"):
        compare_folders(folders, tmp_path / "truth", settings=GOOD, trained_on=["two", "nine"])


def test_an_empty_folder_is_named(tmp_path: Path, folders: dict[str, Path]) -> None:
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match=r"none: no label volumes \(\.nii"):
        compare_folders({**folders, "bad": tmp_path / "none"}, tmp_path / "truth", settings=GOOD)


def test_what_was_made_elsewhere_is_written_with_a_page(
    tmp_path: Path, folders: dict[str, Path]
) -> None:
    made = compare_folders(folders, tmp_path / "truth", settings=GOOD)
    paths = write_comparison(tmp_path / "out", made, command="compare these")
    assert [path.name for path in paths] == [
        "comparison.json",
        "comparison.csv",
        "comparison-patients.csv",
        "comparison.html",
    ]
    page = paths[-1].read_text(encoding="utf-8")
    assert "compare these" in page
    assert "label-5" in page
    assert "Wilcoxon" in page
