from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from manyhands.errors import StudyError
from manyhands.phantom import make_phantom
from manyhands.pipeline import Outcome, Source, add_volumes
from manyhands.store import Study, find_volumes, sha256_of
from manyhands.types import Labels, Modality, Split
from manyhands.volumes import read_volume, write_labels

Sources = tuple[Source, Source]


def test_a_volume_is_copied_with_its_reference_and_described(
    empty_study: Study, sources: Sources
) -> None:
    outcome = add_volumes(empty_study, [sources[0]], split=Split.TEST)
    with empty_study.reading() as connection:
        (volume,) = find_volumes(connection)

    assert outcome == Outcome("add", done=("one",))
    assert (volume.name, volume.shape, volume.split) == ("one", (40, 32, 14), Split.TEST)
    assert volume.spacing_mm == pytest.approx((9.0, 8.0, 13.0))
    assert volume.modality is Modality.CT
    assert sha256_of(empty_study.path(volume.image_path)) == volume.image_sha256
    assert volume.reference_path == "volumes/one/reference.nii.gz"
    assert sha256_of(empty_study.path(volume.reference_path)) == volume.reference_sha256


def test_the_originals_are_not_touched_even_if_linked(empty_study: Study, sources: Sources) -> None:
    before = sources[0].image.read_bytes()
    add_volumes(empty_study, [sources[0]], link=True)
    linked = empty_study.path("volumes/one/image.nii.gz")

    assert linked.is_symlink()
    assert linked.resolve() == sources[0].image.resolve()
    assert sources[0].image.read_bytes() == before


def test_a_name_and_a_modality_can_be_given(empty_study: Study, sources: Sources) -> None:
    add_volumes(empty_study, [replace(sources[0], name="p 01")], modality=Modality.MR)
    with empty_study.reading() as connection:
        (volume,) = find_volumes(connection)

    assert (volume.name, volume.modality) == ("p 01", Modality.MR)
    assert read_volume(empty_study.path("volumes/p 01/image.nii.gz")).grid.shape == volume.shape


def test_good_ones_are_added_and_each_bad_one_is_named(
    empty_study: Study, sources: Sources, tmp_path: Path
) -> None:
    (tmp_path / "broken.nii.gz").write_bytes(b"not a volume")
    (tmp_path / "notes.txt").write_text("not a volume either")
    bad = [Source(tmp_path / name) for name in ("broken.nii.gz", "notes.txt", "absent.nii")]

    outcome = add_volumes(empty_study, [*bad, *sources])

    assert outcome.done == ("one", "two")
    assert set(outcome.failed) == {"broken", "notes", "absent"}
    assert "absent.nii: not found" in outcome.failed["absent"]
    assert "broken.nii.gz" in outcome.failed["broken"]


def test_a_pattern_that_matches_nothing_says_what_is_there(
    empty_study: Study, tmp_path: Path
) -> None:
    (tmp_path / "one.dcm").touch()

    outcome = add_volumes(empty_study, [Source(tmp_path / "*.nii.gz"), Source(tmp_path)])

    assert "nothing has such a name" in outcome.failed["*"]
    assert "holds 1 file (.dcm)" in outcome.failed["*"]
    assert "expected a file, this is a folder" in outcome.failed[tmp_path.name]


def test_a_call_that_was_stopped_can_be_repeated(empty_study: Study, sources: Sources) -> None:
    add_volumes(empty_study, sources[:1])

    outcome = add_volumes(empty_study, sources)

    assert outcome == Outcome("add", done=("two",), skipped=("one",))


def test_a_volume_listed_twice_stops_before_anything_is_added(
    empty_study: Study, sources: Sources
) -> None:
    with pytest.raises(StudyError, match=r"volume 'one' is listed twice: .*one\.nii\.gz and"):
        add_volumes(empty_study, [*sources, sources[0]])
    with empty_study.reading() as connection:
        assert find_volumes(connection) == ()


def test_another_image_of_the_same_name_does_not_replace_the_first(
    study: Study, sources: Sources
) -> None:
    before = sha256_of(study.path("volumes/one/image.nii.gz"))

    outcome = add_volumes(study, [replace(sources[1], name="one")])

    assert outcome.failed == {"one": "volume 'one' is in the study already"}
    assert sha256_of(study.path("volumes/one/image.nii.gz")) == before


def test_the_same_image_under_another_name_is_refused(study: Study, sources: Sources) -> None:
    outcome = add_volumes(study, [replace(sources[0], name="again")])

    assert "'again' is the same image as 'one'" in outcome.failed["again"]


def test_the_same_volume_with_something_else_to_it_is_refused(
    study: Study, sources: Sources
) -> None:
    other_split = add_volumes(study, [sources[0]], split=Split.TEST)
    no_reference = add_volumes(study, [replace(sources[0], reference=None)])

    assert "'one' is in the study already, with another split" in other_split.failed["one"]
    assert "with a reference" in no_reference.failed["one"]


def test_a_reference_can_be_brought_along_later(empty_study: Study, sources: Sources) -> None:
    with_reference = sources[0]
    add_volumes(empty_study, [replace(with_reference, reference=None)])

    outcome = add_volumes(empty_study, [with_reference])

    assert outcome.done == ("one",)
    with empty_study.reading() as connection:
        (record,) = find_volumes(connection)
    assert record.reference_path is not None
    assert empty_study.path(record.reference_path).is_file()
    assert add_volumes(empty_study, [with_reference]).skipped == ("one",)


def test_a_reference_with_labels_of_no_structure_is_refused(
    empty_study: Study, sources: Sources, tmp_path: Path
) -> None:
    volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0))
    write_labels(Labels(labels.data + 5, volume.grid), tmp_path / "x.nii")

    outcome = add_volumes(empty_study, [Source(sources[0].image, tmp_path / "x.nii")])

    assert "x.nii: holds label 6, 7, 8, 9, 10" in outcome.failed["one"]
    assert "the study's structures are 1, 2, 3, 4, 5" in outcome.failed["one"]


def test_a_reference_on_another_grid_is_refused(
    empty_study: Study, sources: Sources, tmp_path: Path
) -> None:
    _, labels, _ = make_phantom((40, 32, 13), spacing_mm=(9.0, 8.0, 13.0))
    write_labels(labels, tmp_path / "x.nii")

    outcome = add_volumes(empty_study, [Source(sources[0].image, tmp_path / "x.nii")])

    assert "x.nii: shape (40, 32, 13)" in outcome.failed["one"]


def test_a_name_that_is_no_file_name_is_refused(empty_study: Study, sources: Sources) -> None:
    outcome = add_volumes(empty_study, [replace(sources[0], name="../one")])

    assert "volume name '../one': use 1 to 64 letters" in outcome.failed["../one"]
