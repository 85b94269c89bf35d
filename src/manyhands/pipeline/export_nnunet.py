"""A study's training cases as data sets for nnU-Net: one for each kind of labels, else alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from manyhands.errors import StudyError, VolumeError
from manyhands.pipeline.same_patient import check_test_is_apart
from manyhands.pipeline.training_cases import Selection, find_source, select_cases
from manyhands.pipeline.training_labels import training_labels
from manyhands.pipeline.work import Watch, provenance, unwatched
from manyhands.store import Study, VolumeRecord, find_volumes, sha256_of
from manyhands.training import (
    CHANNEL_NAMES,
    Arm,
    Band,
    Contents,
    check_apart,
    image_name,
    is_plain,
    label_path,
    place_images,
    remove_others,
    split_cases,
    write_contents,
)
from manyhands.types import Labels, Split
from manyhands.volumes import (
    check_same_grid,
    read_volume,
    write_labels,
    write_volume,
)


@dataclass(frozen=True)
class ExportOptions:
    """What may be chosen: the ignore band; further channels, name -> folder of `VOLUME.nii.gz`; and
    the patient of each volume, where they are not one volume each.
    """

    band: Band = field(default_factory=Band)
    channels: Mapping[str, Path] = field(default_factory=dict)
    patients: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Exported:
    """The data sets, what is in each of them, and why volumes and structures are not."""

    folders: tuple[Path, ...]
    contents: Contents
    left_out: Mapping[str, str]
    left_out_structures: Mapping[str, str]
    incomplete: tuple[str, ...]  # cases with something that nobody looked at


def export_nnunet(
    study: Study,
    folder: Path,
    arms: Sequence[Arm],
    options: ExportOptions | None = None,
    *,
    command: str,
    watch: Watch = unwatched,
) -> Exported:
    """Write a data set for each arm into `folder`, as nnU-Net names them.

    They have the same cases in the same order, the same images and folds, and the same structures.
    What nobody looked at is *ignore*. Cases that an arm lacks or knows next to nothing of are left
    out of all. Raises `StudyError` where no case is left, volumes are of two modalities or a
    patient is trained on and tested on; `VolumeError` for a channel that is missing or on
    another grid.
    """
    options = options or ExportOptions()
    with study.reading() as connection:
        volumes = find_volumes(connection)
    train = [v for v in volumes if v.split is Split.TRAIN]
    test = [v for v in volumes if v.split is Split.TEST]
    check_apart(_patients(train, options), _patients(test, options))
    check_test_is_apart(study, train, test)
    selection = select_cases(study, train, [arm.dataset for arm in arms])
    contents = _contents(study, selection, test, options)
    for number, arm in enumerate(arms):
        part = _part(watch, number, len(arms), arm.name)
        _write_dataset(
            study,
            folder / arm.dataset_name,
            arm,
            selection,
            test,
            contents,
            options,
            command=command,
            watch=part,
        )
    return Exported(
        tuple(folder / arm.dataset_name for arm in arms),
        contents,
        selection.left_out,
        selection.left_out_structures,
        tuple(c.record.name for c in selection.cases if not c.is_complete(selection.structures)),
    )


def _contents(
    study: Study, selection: Selection, test: Sequence[VolumeRecord], options: ExportOptions
) -> Contents:
    records = [case.record for case in selection.cases]
    modalities = sorted({record.modality for record in (*records, *test)})
    if len(modalities) > 1:
        raise StudyError(
            f"{study.folder}: has volumes of {' and '.join(modalities)}; nnU-Net normalises them "
            "differently: make a study of each"
        )
    return Contents(
        channels=(CHANNEL_NAMES[modalities[0]], *options.channels),
        structures=selection.structures,
        train=tuple(record.name for record in records),
        test=tuple(record.name for record in test),
        splits=tuple(split_cases(_patients(records, options), seed=study.config.seed)),
    )


def _patients(volumes: Iterable[VolumeRecord], options: ExportOptions) -> dict[str, str]:
    return {v.name: options.patients.get(v.name, v.name) for v in volumes}


def _write_dataset(
    study: Study,
    folder: Path,
    arm: Arm,
    selection: Selection,
    test: Sequence[VolumeRecord],
    contents: Contents,
    options: ExportOptions,
    *,
    command: str,
    watch: Callable[[float], None],
) -> None:
    remove_others(folder, contents)
    inputs = {}
    for number, case in enumerate(selection.cases):
        watch(number / len(selection.cases))
        _place(study, folder, case.record, options)
        labels = training_labels(study, case, arm.dataset, contents.structure_ids, options.band)
        write_labels(labels, label_path(folder, case.record.name))
        source = find_source(study, case.record, arm.dataset)
        inputs[case.record.name] = sha256_of(source) if source else ""
    for record in test:
        _place(study, folder, record, options, is_test=True)
    made = dataclasses.asdict(provenance(study, command, inputs=inputs))
    del made["created_at"]  # the same data set, written again, is the same file
    told = {
        "name": arm.dataset,
        "structure_ids": {s.name: s.structure_id for s in contents.structures},
        "left_out": dict(selection.left_out),
        "left_out_structures": dict(selection.left_out_structures),
        "provenance": made,
    }
    write_contents(folder, contents, told=told)


def _place(
    study: Study,
    folder: Path,
    record: VolumeRecord,
    options: ExportOptions,
    *,
    is_test: bool = False,
) -> None:
    """All channels of one case; those that are no plain `.nii.gz` are written anew."""
    images = find_channels(study, record, options.channels)
    if all(is_plain(image) for image in images):
        place_images(folder, record.name, images, is_test=is_test)
        return
    for channel, image in enumerate(images):
        volume = read_volume(image)
        target = folder / ("imagesTs" if is_test else "imagesTr")
        write_volume(volume.data, volume.grid, target / image_name(record.name, channel))


def find_channels(
    study: Study, record: VolumeRecord, channels: Mapping[str, Path]
) -> tuple[Path, ...]:
    """The image of a volume, then its further channels; these must lie on the image's grid."""
    image = study.path(record.image_path)
    others = {name: folder / f"{record.name}.nii.gz" for name, folder in channels.items()}
    if others:
        grid = read_volume(image).grid
        for name, path in others.items():
            if not path.is_file():
                raise VolumeError(f"{path}: channel {name} of volume '{record.name}' is missing")
            other = read_volume(path)
            empty = Labels(np.zeros(other.grid.shape, dtype=np.uint8), other.grid)
            check_same_grid(empty, grid, name=path, image_name=image)
    return (image, *others.values())


def _part(watch: Watch, number: int, count: int, name: str) -> Callable[[float], None]:
    return lambda share: watch((number + share) / count, name)
