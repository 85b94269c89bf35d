from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.pipeline import (
    REPORT_PATH,
    Source,
    add_volumes,
    evaluate_volumes,
    import_boxes,
    make_annotators,
    report_study,
    segment_volumes,
    simulate_answers,
)
from manyhands.store import Study


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
