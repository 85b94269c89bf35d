"""Data sets for nnU-Net: what nobody looked at is never background, and both arms are alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from manyhands.config import Config, make_structures
from manyhands.errors import ConfigError, StudyError, VolumeError
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import (
    EVERYBODY,
    Source,
    add_volumes,
    make_annotators,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.consensus import from_json, read_consensus, to_json
from manyhands.pipeline.export_nnunet import (
    Exported,
    ExportOptions,
    export_nnunet,
)
from manyhands.pipeline.same_patient import read_patients
from manyhands.store import Study, create_study
from manyhands.training import Band, make_arm
from manyhands.types import Labels, Modality, Split
from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

IGNORE = len(NAMES) + 1
BOTH = (make_arm("crowd", 0), make_arm("reference", 1))


@pytest.fixture
def trained(tmp_path: Path, sources: tuple[Source, Source]) -> Iterator[Study]:
    """Volumes `one` and `two` to train on, exactly boxed and segmented."""
    with create_study(tmp_path / "trained", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources)
        simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
        segment_volumes(study, command="")
        yield study


def export(study: Study, options: ExportOptions | None = None) -> Exported:
    return export_nnunet(study, study.folder / "out", BOTH, options, command="c")


def labels_in(study: Study, dataset: str, case: str) -> np.ndarray:
    return read_labels(study.folder / "out" / dataset / "labelsTr" / f"{case}.nii.gz").data


def forget(study: Study, volume: str, structure_id: int, slices: Sequence[int] | None) -> None:
    """As if nobody had answered on these slices of a structure; None: on none of them."""
    path = study.path(EVERYBODY.consensus_path(volume))
    content = json.loads(path.read_text())
    if slices is None:
        del content["structures"][str(structure_id)]
    else:
        found = from_json(content["structures"][str(structure_id)])
        found.is_seen[list(slices)] = False
        content["structures"][str(structure_id)] = to_json(found)
    path.write_text(json.dumps(content))


def test_both_data_sets_are_alike_but_for_their_labels(trained: Study) -> None:
    exported = export(trained)
    crowd, reference = exported.folders

    assert (crowd.name, reference.name) == ("Dataset501_crowd", "Dataset502_reference")
    for name in ("imagesTr/one_0000.nii.gz", "imagesTr/two_0000.nii.gz", "splits_final.json"):
        assert (crowd / name).read_bytes() == (reference / name).read_bytes()
    told = [json.loads((folder / "dataset.json").read_text()) for folder in exported.folders]
    for key in ("channel_names", "labels", "numTraining", "file_ending"):
        assert told[0][key] == told[1][key]
    assert told[0]["channel_names"] == {"0": "CT"}
    assert told[0]["labels"] == {
        "background": 0,
        **{name: number for number, name in enumerate(NAMES, start=1)},
        "ignore": IGNORE,
    }
    assert told[0]["numTraining"] == 2
    assert told[0]["provenance"]["command"] == "c"


def test_complete_cases_have_nothing_to_ignore(trained: Study) -> None:
    exported = export(trained)

    assert exported.incomplete == ()
    for folder in exported.folders:
        for case in ("one", "two"):
            assert IGNORE not in labels_in(trained, folder.name, case)
    expected = read_labels(trained.path(EVERYBODY.labels_path("one"))).data
    np.testing.assert_array_equal(labels_in(trained, "Dataset501_crowd", "one"), expected)


def test_labels_lie_on_the_grid_of_their_image(trained: Study) -> None:
    export(trained)
    folder = trained.folder / "out" / "Dataset501_crowd"
    image = read_volume(folder / "imagesTr" / "one_0000.nii.gz")
    labels = read_labels(folder / "labelsTr" / "one.nii.gz")

    np.testing.assert_array_equal(labels.grid.affine, image.grid.affine)


def test_slices_nobody_looked_at_are_ignored(trained: Study) -> None:
    """As `segment` leaves them: 255 on those slices where nothing is labelled."""
    path = trained.path(EVERYBODY.labels_path("one"))
    labels = read_labels(path)
    labels.data[:, :, 3][labels.data[:, :, 3] == 0] = 255
    write_labels(labels, path)
    export(trained)
    found = labels_in(trained, "Dataset501_crowd", "one")

    assert (found[:, :, 3] == IGNORE).any()
    assert not (found[:, :, 3] == 0).any()
    assert IGNORE not in found[:, :, 4]


def test_a_structure_nobody_boxed_in_a_volume_is_not_background(trained: Study) -> None:
    """It may be anywhere that nothing else was found; what was found is still learned."""
    forget(trained, "one", 3, None)
    path = trained.path(EVERYBODY.labels_path("one"))
    labels = read_labels(path)
    labels.data[labels.data == 3] = 0
    write_labels(labels, path)
    exported = export(trained)
    found = labels_in(trained, "Dataset501_crowd", "one")

    assert exported.incomplete == ("one",)
    assert set(np.unique(found)) == {1, 2, 4, 5, IGNORE}
    assert 0 in labels_in(trained, "Dataset501_crowd", "two")


def test_what_a_reference_lacks_is_not_background_unless_the_crowd_says_so(
    trained: Study,
) -> None:
    for name in ("one", "two"):
        path = trained.folder / "volumes" / name / "reference.nii.gz"
        labels = read_labels(path)
        labels.data[labels.data == 5] = 0
        if name == "one":
            write_labels(labels, path)
    export(trained)
    assert set(np.unique(labels_in(trained, "Dataset502_reference", "one"))) == {
        1, 2, 3, 4, IGNORE,
    }  # fmt: skip

    path = trained.path(EVERYBODY.consensus_path("one"))
    content = json.loads(path.read_text())
    content["structures"]["5"].update(tracks=[], is_seen=[True] * 14)
    path.write_text(json.dumps(content))
    export(trained)
    assert 0 in labels_in(trained, "Dataset502_reference", "one")


def test_nearly_empty_cases_are_left_out_of_both_and_named(trained: Study) -> None:
    for structure_id in range(1, 6):
        forget(trained, "one", structure_id, range(12))
    exported = export(trained)

    assert exported.left_out == {"one": "nobody looked at 86% of its slices"}
    for folder in exported.folders:
        assert [path.name for path in (folder / "labelsTr").iterdir()] == ["two.nii.gz"]
        assert json.loads((folder / "dataset.json").read_text())["left_out"] == exported.left_out


def test_what_a_case_left_behind_is_removed(trained: Study) -> None:
    export(trained)
    trained.path(EVERYBODY.labels_path("one")).unlink()
    exported = export(trained)

    assert exported.left_out == {"one": "no label volume (crowd)"}
    folder = exported.folders[1]
    names = [path.name for kind in ("imagesTr", "labelsTr") for path in (folder / kind).iterdir()]
    assert names == ["two_0000.nii.gz", "two.nii.gz"]


def test_data_sets_of_other_people_are_not_touched(trained: Study) -> None:
    """Who exports into `nnUNet_raw` may have a data set of the same name there."""
    theirs = trained.folder / "out" / "Dataset501_crowd"
    (theirs / "labelsTr").mkdir(parents=True)
    (theirs / "labelsTr" / "precious.nii.gz").write_bytes(b"work of weeks")
    (theirs / "dataset.json").write_text('{"labels": {"background": 0}}')
    with pytest.raises(StudyError, match="not one of manyhands; name another folder"):
        export(trained)
    assert (theirs / "labelsTr" / "precious.nii.gz").is_file()


def test_a_structure_that_one_arm_never_has_is_left_out_of_both(trained: Study) -> None:
    for name in ("one", "two"):
        path = trained.path(EVERYBODY.labels_path(name))
        labels = read_labels(path)
        labels.data[labels.data == 2] = 0
        write_labels(labels, path)
    exported = export(trained)

    assert exported.left_out_structures == {"spleen": "no voxel of it in the labels of crowd"}
    assert exported.contents.structure_ids == (1, 3, 4, 5)
    assert labels_in(trained, "Dataset502_reference", "one").max() == 4


def test_a_case_without_reference_is_left_out_of_both(
    trained: Study, sources: tuple[Source, Source], tmp_path: Path
) -> None:
    """Else the crowd's arm would learn from one more case than the other."""
    volume, _, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=5)
    write_volume(volume.data, volume.grid, tmp_path / "three.nii.gz")
    add_volumes(trained, [Source(tmp_path / "three.nii.gz")])
    labels = read_labels(trained.path(EVERYBODY.labels_path("one")))
    write_labels(labels, trained.path(EVERYBODY.labels_path("three")))
    found = export(trained)

    assert found.contents.train == ("one", "two")
    assert found.left_out == {"three": "no reference"}


def test_no_case_at_all_is_an_error_that_says_why(study: Study) -> None:
    with pytest.raises(StudyError, match=r"no case can be trained on. one: no label volume"):
        export(study)


def test_doubtful_voxels_near_surfaces_are_ignored_on_request(trained: Study) -> None:
    path = trained.path(EVERYBODY.probability_path("one"))
    likely = read_volume(path)
    write_volume(np.full_like(likely.data, 0.5), likely.grid, path)
    export(trained, ExportOptions(band=Band(width=0.25)))
    found = labels_in(trained, "Dataset501_crowd", "one")
    before = read_labels(trained.path(EVERYBODY.labels_path("one"))).data

    assert (found[before == 1] == IGNORE).any()
    assert not (found[before == 5] == IGNORE).any()  # the aorta is thin
    assert IGNORE not in labels_in(trained, "Dataset502_reference", "one")


def test_further_channels_lie_beside_the_image(trained: Study, tmp_path: Path) -> None:
    extra = tmp_path / "late"
    for name in ("one", "two"):
        image = read_volume(trained.folder / "volumes" / name / "image.nii.gz")
        write_volume(image.data + 50, image.grid, extra / f"{name}.nii.gz")
    exported = export(trained, ExportOptions(channels={"late": extra}))
    folder = exported.folders[0]

    told = json.loads((folder / "dataset.json").read_text())
    assert told["channel_names"] == {"0": "CT", "1": "late"}
    late = read_volume(folder / "imagesTr" / "one_0001.nii.gz").data
    first = read_volume(folder / "imagesTr" / "one_0000.nii.gz").data
    np.testing.assert_allclose(late - first, 50, atol=1e-3)


def test_a_channel_on_another_grid_or_missing_is_named(trained: Study, tmp_path: Path) -> None:
    other, _, _ = make_phantom((30, 32, 14))
    write_volume(other.data, other.grid, tmp_path / "late" / "one.nii.gz")
    with pytest.raises(VolumeError, match=r"one\.nii\.gz: shape .* differs"):
        export(trained, ExportOptions(channels={"late": tmp_path / "late"}))
    with pytest.raises(VolumeError, match="channel late of volume 'one' is missing"):
        export(trained, ExportOptions(channels={"late": tmp_path / "nowhere"}))


def test_an_mr_study_says_so(tmp_path: Path, sources: tuple[Source, Source]) -> None:
    with create_study(tmp_path / "mr", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources[:1], modality=Modality.MR)
        exported = export_nnunet(study, tmp_path / "out", BOTH[1:], command="")
    told = json.loads((exported.folders[0] / "dataset.json").read_text())

    assert told["channel_names"] == {"0": "MR"}


def test_two_modalities_are_refused(tmp_path: Path, sources: tuple[Source, Source]) -> None:
    with create_study(tmp_path / "mixed", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources[:1], modality=Modality.MR)
        add_volumes(study, sources[1:])
        with pytest.raises(StudyError, match="volumes of CT and MR"):
            export_nnunet(study, tmp_path / "out", BOTH[1:], command="")


def test_test_volumes_are_images_only(tmp_path: Path, sources: tuple[Source, Source]) -> None:
    with create_study(tmp_path / "split", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources[:1])
        add_volumes(study, sources[1:], split=Split.TEST)
        exported = export_nnunet(study, tmp_path / "out", BOTH[1:], command="")
    folder = exported.folders[0]

    assert [path.name for path in (folder / "imagesTs").iterdir()] == ["two_0000.nii.gz"]
    assert [path.name for path in (folder / "labelsTr").iterdir()] == ["one.nii.gz"]


def test_a_patient_in_both_splits_is_refused(
    tmp_path: Path, sources: tuple[Source, Source]
) -> None:
    patients = {"one": "p7", "two": "p7"}
    with create_study(tmp_path / "split", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources[:1])
        add_volumes(study, sources[1:], split=Split.TEST)
        with pytest.raises(StudyError, match=r"p7 \(volumes one, two\)"):
            export_nnunet(
                study, tmp_path / "out", BOTH[1:], ExportOptions(patients=patients), command=""
            )


def test_the_same_voxels_in_another_file_are_the_same_patient(
    tmp_path: Path, sources: tuple[Source, Source]
) -> None:
    image = read_volume(sources[0].image)
    write_volume(image.data, image.grid, tmp_path / "renamed.nii")
    with create_study(tmp_path / "split", Config(make_structures(NAMES))) as study:
        add_volumes(study, sources[:1])
        add_volumes(study, [Source(tmp_path / "renamed.nii")], split=Split.TEST)
        with pytest.raises(StudyError, match=r"'renamed' has the very voxels of .* 'one'"):
            export_nnunet(study, tmp_path / "out", BOTH[1:], command="")


def test_images_that_nnunet_does_not_read_are_written_anew(
    tmp_path: Path, sources: tuple[Source, Source]
) -> None:
    image = read_volume(sources[0].image)
    write_volume(image.data, image.grid, tmp_path / "plain.nii")
    with create_study(tmp_path / "plain", Config(make_structures(NAMES))) as study:
        add_volumes(study, [Source(tmp_path / "plain.nii", sources[0].reference)])
        exported = export_nnunet(study, tmp_path / "out", BOTH[1:], command="")
    found = read_volume(exported.folders[0] / "imagesTr" / "plain_0000.nii.gz")

    np.testing.assert_array_equal(found.data, image.data)
    np.testing.assert_allclose(found.grid.affine, image.grid.affine)


def test_labels_on_another_grid_are_named(trained: Study) -> None:
    path = trained.path(EVERYBODY.labels_path("one"))
    labels = read_labels(path)
    other, _, _ = make_phantom((30, 32, 14))
    write_labels(Labels(labels.data[:30].copy(), other.grid), path)
    with pytest.raises(VolumeError, match=r"one\.nii\.gz: shape \(30, 32, 14\) .* differs"):
        export(trained)


def test_patients_are_read_from_lines(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("volume,patient\none, p1\n\ntwo,p1\n")
    assert read_patients(tmp_path / "p.csv") == {"one": "p1", "two": "p1"}

    (tmp_path / "p.csv").write_text("one p1\n")
    with pytest.raises(ConfigError, match=r"p\.csv:1: expected 'volume,patient', found 'one p1'"):
        read_patients(tmp_path / "p.csv")


def test_the_consensus_is_read_as_it_was_changed(trained: Study) -> None:
    """`forget` above does what it says."""
    forget(trained, "one", 1, range(3))

    assert read_consensus(trained, "one")[1].is_seen.tolist() == [False] * 3 + [True] * 11
