from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from manyhands.config import CONFIG_FILE
from manyhands.pipeline import (
    REPORT_PATH,
    Source,
    add_volumes,
    compare_study,
    evaluate_volumes,
    find_agreement,
    import_boxes,
    judge_study,
    make_annotators,
    report_study,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.gold import GOLD_CODES
from manyhands.pipeline.places import GOLD_PATH
from manyhands.store import (
    Study,
    ensure_annotator,
    find_volumes,
    insert_answers,
    open_study,
)
from manyhands.types import Answer, Finding, Place, Severity, Split, State


@pytest.fixture
def segmented(study: Study) -> Study:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    segment_volumes(study, command="")
    return study


def test_the_page_tells_scores_who_is_missing_and_what_was_wrong(
    segmented: Study, sources: tuple[Source, Source], tmp_path: Path
) -> None:
    evaluate_volumes(segmented, command="")
    add_volumes(segmented, sources[1:])
    (tmp_path / "one-slice003.txt").write_text("0 what\n")
    import_boxes(segmented, tmp_path, annotator="ann", classes={0: "liver"}, command="")

    outcome = report_study(segmented, command="report it")
    page = segmented.path(REPORT_PATH).read_text(encoding="utf-8")

    assert outcome.done == ("report",)
    for words in ("liver", "two", "no label volume", "one-slice003.txt:1", "report it"):
        assert words in page


def test_it_is_written_anew_when_anything_on_it_has_changed(segmented: Study) -> None:
    report_study(segmented, command="")

    assert report_study(segmented, command="").skipped == ("report",)
    evaluate_volumes(segmented, command="")
    assert report_study(segmented, command="").done == ("report",)


def test_it_is_written_anew_when_somebody_joined_or_answered(segmented: Study) -> None:
    """The page counts people and what they said, also where nothing else came of it yet."""
    report_study(segmented, command="")
    with segmented.writing() as connection:
        nora = ensure_annotator(connection, "nora")
    assert report_study(segmented, command="").done == ("report",)
    with segmented.writing() as connection:
        (volume,) = find_volumes(connection)
        unsure = Answer(volume.volume_id, 1, nora.annotator_id, 3, State.UNSURE)
        insert_answers(connection, [unsure])
    assert report_study(segmented, command="").done == ("report",)
    assert report_study(segmented, command="").skipped == ("report",)


def test_a_volume_without_reference_has_none_among_the_inputs(
    empty_study: Study, sources: tuple[Source, Source], tmp_path: Path
) -> None:
    add_volumes(empty_study, [Source(sources[0].image)])
    (tmp_path / "one-slice003.txt").write_text("0 0.5 0.375 0.5 0.25\n")
    import_boxes(empty_study, tmp_path, annotator="ann", classes={0: "liver"}, command="")
    segment_volumes(empty_study, command="")
    report_study(empty_study, command="")

    page = empty_study.path(REPORT_PATH).read_text(encoding="utf-8")

    assert "image of one" in page
    assert "reference of one" not in page
    assert "None" not in page


def test_without_label_volumes_there_is_nothing_to_report(study: Study) -> None:
    assert report_study(study, command="").left_out == {"report": "no label volumes yet"}
    assert not study.path(REPORT_PATH).exists()


def test_it_tells_of_people_runs_and_models_and_keeps_its_numbers(
    empty_study: Study, sources: tuple[Source, Source]
) -> None:
    """`two` is a test patient of which two arms have a prediction; nobody boxed it."""
    study = empty_study
    add_volumes(study, sources[:1])
    add_volumes(study, sources[1:], split=Split.TEST)
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="simulate them")
    segment_volumes(study, command="")
    judge_study(study, command="")
    for arm in ("reference", "crowd"):
        path = study.path(f"results/predictions-{arm}/two.nii.gz")
        path.parent.mkdir(parents=True)
        shutil.copy(str(sources[1].reference), path)
    compare_study(study, command="")

    outcome = report_study(study, figures="svg", command="")
    page = study.path(REPORT_PATH).read_text(encoding="utf-8")
    told = json.loads(study.path("results/report.json").read_text())

    assert outcome.done == ("report", "figures")
    for words in (
        "careful-1 (simulated)",
        "How far each annotator can be trusted",
        "simulate them",
        "One patient: there is no spread",
        "The only volume: two",
        "scipy",
    ):
        assert words in page
    assert {c["annotator"] for c in told["contributions"]} == {"careful-1", "careful-2"}
    assert sum(c["n_boxes"] for c in told["contributions"]) > 50
    assert set(told["reliability"]) == {"careful-1", "careful-2"}
    measured = {v["labels"]: v for v in told["volumes_ml"]}
    assert measured["arm crowd"]["bias_ml"] == 0
    assert study.path("results/figures/pairs.svg").is_file()
    assert (study.results_folder / "report-tables" / "people.csv").is_file()

    # What was compared is what is shown, or nothing is.
    shutil.copy(study.path("volumes/one/reference.nii.gz"), path)
    outcome = report_study(study, command="")
    page = study.path(REPORT_PATH).read_text(encoding="utf-8")
    assert "The only volume: two" not in page
    assert "changed or taken away since they were compared (predictions-crowd/two" in page
    assert "`manyhands compare` makes both anew" in " ".join(outcome.remarks)


def test_what_gold_says_is_shown(study: Study) -> None:
    text = study.path(CONFIG_FILE).read_text().replace("gold = []", 'gold = ["one"]')
    study.path(CONFIG_FILE).write_text(text)
    with open_study(study.folder) as golden:
        simulate_answers(golden, make_annotators("paper", 2, seed=0), command="")
        find_agreement(golden, command="")
        segment_volumes(golden, command="")
        report_study(golden, command="")
        told = json.loads(golden.path("results/report.json").read_text())
    crowd = {one["structure"]: one["edges_mm"] for one in told["gold"] if not one["annotator"]}
    assert set(crowd["liver"]) >= {"row0_mm", "column1_mm", "before_first_mm"}
    assert crowd["liver"]["row0_mm"] > 0  # the crowd of the published study draws loosely


@pytest.mark.parametrize("code", GOLD_CODES)
def test_of_gold_that_was_learned_from_again_the_newer_findings_are_shown(
    study: Study, code: str
) -> None:
    """`quality` keeps those it read; they must not stand beside those of now."""
    text = study.path(CONFIG_FILE).read_text().replace("gold = []", 'gold = ["one"]')
    study.path(CONFIG_FILE).write_text(text)
    with open_study(study.folder) as golden:
        simulate_answers(golden, make_annotators("exact", 2, seed=0), command="")
        segment_volumes(golden, command="")
        doubt_gold(golden, code, "On 3 slices")
        judge_study(golden, is_quick=True, command="")
        doubt_gold(golden, code, "On 2 slices")
        report_study(golden, command="")
        told = json.loads(golden.path("results/report.json").read_text())
    assert [f["message"] for f in told["findings"] if f["code"] == code] == ["On 2 slices"]


def doubt_gold(study: Study, code: str, message: str) -> None:
    content = json.loads(study.path(GOLD_PATH).read_text())
    finding = Finding(code, Severity.WARNING, message, place=Place("one", "liver"))
    content["findings"] = [dataclasses.asdict(finding)]
    study.path(GOLD_PATH).write_text(json.dumps(content))
