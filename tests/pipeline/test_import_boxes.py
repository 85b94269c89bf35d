from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.errors import BoxFileError, ConfigError, InputError, StudyError
from manyhands.pipeline import import_boxes, make_annotators, simulate_answers, write_simulated
from manyhands.pipeline.places import read_json
from manyhands.store import (
    Study,
    answer_history,
    current_answers,
    find_annotator,
    find_annotators,
    find_runs,
)
from manyhands.types import Box, Origin, State

CLASSES = {0: "liver", 1: "spleen"}

# Pictures of volume `one` have 32 rows and 40 columns: rows 8 to 16, columns 10 to 30.
LIVER = "0 0.5 0.375 0.5 0.25\n"


def write_boxes(folder: Path, **texts: str) -> Path:
    """A file `one-slice<number>.txt` for each `s<number>=text`."""
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"one-slice{name[1:]}.txt").write_text(text)
    return folder


def test_boxes_become_the_answers_of_one_annotator(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER, s004="", s005=LIVER)

    report = import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")
    with study.reading() as connection:
        (ann,) = find_annotators(connection)
        answers = current_answers(connection, annotator_id=ann.annotator_id)

    assert (ann.name, report.read, report.added) == ("ann", 2, 2)
    # The empty file of slice 4 says nothing.
    assert [(a.structure_id, a.slice_index, a.state) for a in answers] == [
        (1, 3, State.BOXES),
        (1, 5, State.BOXES),
    ]
    assert answers[0].boxes == (Box(8.0, 10.0, 16.0, 30.0, Origin.IMPORTED),)


def test_outside_can_be_taken_as_absent_and_gaps_stay_unknown(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER, s004="", s005=LIVER)

    import_boxes(
        study, folder, annotator="ann", classes=CLASSES, outside_is_absent=True, command=""
    )
    with study.reading() as connection:
        answers = current_answers(connection)
    absent = [a.slice_index for a in answers if a.state is State.ABSENT]

    assert absent == [0, 1, 2, 6, 7, 8, 9, 10, 11, 12, 13]
    assert {a.structure_id for a in answers} == {1}


def test_what_was_made_of_empty_files_is_said(study: Study, tmp_path: Path) -> None:
    """Of slices 1, 2, 4 and 8 all but 4 lie outside the liver, all outside the spleen."""
    folder = write_boxes(
        tmp_path / "ann",
        s001="",
        s002="",
        s003=LIVER,
        s004="",
        s005=LIVER,
        s008="",
        s006="1" + LIVER[1:],
    )

    told = {
        outside: import_boxes(
            study,
            folder,
            annotator="ann",
            classes=CLASSES,
            outside_is_absent=outside,
            dry_run=True,
            command="",
        ).imported.findings[0]
        for outside in (True, False)
    }

    assert told[True].code == told[False].code == "box-file-empty"
    assert told[True].message == "4 files are empty, slices 1-2, 4, 8"
    assert told[True].suggestion == (
        "Taken as absent: liver on 3, spleen on 4. All others are unknown."
    )
    assert told[False].suggestion.startswith("Taken as unknown.")


def test_empty_files_of_a_volume_without_boxes_stay_unknown(study: Study, tmp_path: Path) -> None:
    """No box tells where a structure begins, so `--outside-absent` closes nothing."""
    folder = write_boxes(tmp_path / "ann", s003="", s004="")

    report = import_boxes(
        study, folder, annotator="ann", classes=CLASSES, outside_is_absent=True, command=""
    )

    assert report.imported.findings[0].suggestion == "Taken as unknown."


def test_where_something_was_lost_nothing_is_absent(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER, s004="0 what\n")

    import_boxes(
        study, folder, annotator="ann", classes=CLASSES, outside_is_absent=True, command=""
    )
    with study.reading() as connection:
        answered = [answer.slice_index for answer in current_answers(connection)]

    assert answered == [0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13]


def test_the_same_folder_again_adds_nothing(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER)
    import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")

    again = import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")

    assert (again.read, again.added) == (1, 0)


def test_a_box_deleted_since_the_last_import_is_taken_back(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER, s004=LIVER + "1" + LIVER[1:], s005=LIVER)
    import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")
    write_boxes(folder, s003="", s004=LIVER)

    report = import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")
    with study.reading() as connection:
        states = {(a.structure_id, a.slice_index): a.state for a in current_answers(connection)}

    # The spleen (2) has no box left: these files may just not be about it.
    assert states == {
        (1, 3): State.UNSURE,
        (1, 4): State.BOXES,
        (1, 5): State.BOXES,
        (2, 4): State.BOXES,
    }
    assert (report.added, report.taken_back) == (0, 1)


def test_nothing_is_taken_back_where_a_file_has_an_error(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER, s004=LIVER)
    import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")
    write_boxes(folder, s003="0 what\n")

    report = import_boxes(study, folder, annotator="ann", classes=CLASSES, command="")

    assert (report.added, report.taken_back) == (0, 0)


def test_a_dry_run_reads_and_changes_nothing(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER)

    report = import_boxes(study, folder, annotator="ann", classes=CLASSES, dry_run=True, command="")
    with study.reading() as connection:
        assert answer_history(connection) == ()
        assert find_annotators(connection) == ()
        assert find_runs(connection, "import-boxes") == ()

    assert (report.read, report.added) == (1, 0)


def test_what_was_wrong_is_kept_and_the_good_is_in(study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER + "0 what\n", s004="7 0.5 0.5 0.2 0.2\n")

    report = import_boxes(study, folder, annotator="ann", classes=CLASSES, command="do it")
    kept = read_json(study, "results/imports/ann.json")

    codes = {finding.code: str(finding.place) for finding in report.imported.findings}
    assert codes["box-line-malformed"] == "one-slice003.txt:2"
    assert "class-not-mapped" in codes
    assert [entry["code"] for entry in kept["findings"]] == [
        finding.code for finding in report.imported.findings
    ]
    assert kept["provenance"]["command"] == "do it"
    assert report.added == 1


def test_classes_that_are_no_structure_of_the_study_are_left_out(
    study: Study, tmp_path: Path
) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER)

    report = import_boxes(study, folder, annotator="ann", classes={0: "heart"}, command="")

    assert report.read == 0
    assert "class-not-mapped" in [finding.code for finding in report.imported.findings]


def test_simulated_boxes_written_as_files_come_back_the_same(study: Study, tmp_path: Path) -> None:
    crowd = make_annotators("poor", 1, seed=5)
    (folder,) = write_simulated(study, crowd, tmp_path)
    names = {n: s.name for n, s in enumerate(study.config.structures)}
    report = import_boxes(study, folder, annotator="from files", classes=names, command="")
    simulate_answers(study, crowd, command="")

    drawn, imported = boxes_of(study, "poor-1"), boxes_of(study, "from files")
    small = [place for place, box in drawn.items() if smallest_side_px(box) < 2.01]

    assert len(imported) >= 10
    assert imported.keys() == drawn.keys()
    for place, box in drawn.items():
        # What is under 2 px would be taken for a slipped click, so it is written a bit larger.
        off_px = 1.01 if place in small else 1e-6
        assert imported[place].as_row() == pytest.approx(box.as_row(), abs=off_px)
    assert small
    assert "box-too-small" not in [finding.code for finding in report.imported.findings]


def smallest_side_px(box: Box) -> float:
    return min(box.row1 - box.row0, box.column1 - box.column0)


def boxes_of(study: Study, annotator: str) -> dict[tuple[int, int], Box]:
    """By structure and slice."""
    with study.reading() as connection:
        person = find_annotator(connection, annotator)
        answers = current_answers(connection, annotator_id=person.annotator_id)
    return {
        (answer.structure_id, answer.slice_index): box for answer in answers for box in answer.boxes
    }


def test_what_cannot_be_imported_is_said(study: Study, empty_study: Study, tmp_path: Path) -> None:
    folder = write_boxes(tmp_path / "ann", s003=LIVER)
    with pytest.raises(ConfigError, match="unknown format 'x'; known are openlabeling"):
        import_boxes(study, folder, annotator="a", classes=CLASSES, format_name="x", command="")
    with pytest.raises(InputError, match="annotator name 'a/b'"):
        import_boxes(study, folder, annotator="a/b", classes=CLASSES, command="")
    with pytest.raises(BoxFileError, match="absent: not found"):
        import_boxes(study, tmp_path / "absent", annotator="a", classes=CLASSES, command="")


def test_boxes_need_volumes_first(empty_study: Study, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="has no volumes yet"):
        import_boxes(empty_study, tmp_path, annotator="a", classes=CLASSES, command="")
