"""What the files of boxes say, as answers: boxes, absent where that was told, and taken back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa

from manyhands.boxes import ImportedBoxes
from manyhands.boxes.arithmetic import from_array
from manyhands.store import Study, VolumeRecord, current_answers
from manyhands.types import Answer, BoxArray, Origin, Severity, State


def draft_answers(
    study: Study,
    imported: ImportedBoxes,
    volumes: Mapping[str, VolumeRecord],
    *,
    outside_is_absent: bool,
) -> tuple[Answer, ...]:
    """The answers that the boxes are, with the annotator still to be filled in.

    With `outside_is_absent` also those *absent* before the first and after the last box of a
    structure, but for slices of which something was lost.
    """
    drafts: list[Answer] = []
    for name, by_structure in imported.boxes.items():
        volume, doubtful = volumes[name], imported.doubtful_slices.get(name, ())
        for structure, by_slice in by_structure.items():
            structure_id = study.config.structure(structure).structure_id
            for slice_index, boxes in by_slice.items():
                drafts.append(_draft(volume, structure_id, slice_index, boxes))
            if outside_is_absent:
                between = range(min(by_slice), max(by_slice) + 1)
                for slice_index in range(volume.slice_count):
                    if slice_index not in between and slice_index not in doubtful:
                        drafts.append(_draft(volume, structure_id, slice_index, None))
    return tuple(drafts)


def _draft(
    volume: VolumeRecord, structure_id: int, slice_index: int, boxes: BoxArray | None
) -> Answer:
    return Answer(
        volume_id=volume.volume_id,
        structure_id=structure_id,
        annotator_id="",
        slice_index=slice_index,
        state=State.ABSENT if boxes is None else State.BOXES,
        boxes=() if boxes is None else from_array(boxes, Origin.IMPORTED),
    )


def say_absent(
    study: Study,
    imported: ImportedBoxes,
    volumes: Mapping[str, VolumeRecord],
    drafts: Sequence[Answer],
) -> ImportedBoxes:
    """The same import, in which `box-file-empty` says which empty files became *absent*."""
    names = {s.structure_id: s.name for s in study.config.structures}
    findings = list(imported.findings)
    for number, finding in enumerate(findings):
        volume = finding.place.volume
        if finding.code != "box-file-empty" or volume is None:
            continue
        absent = Counter(
            names[draft.structure_id]
            for draft in drafts
            if draft.state is State.ABSENT
            and draft.volume_id == volumes[volume].volume_id
            and draft.slice_index in imported.empty_slices[volume]
        )
        suggestion = "Taken as unknown."
        if absent:
            listed = ", ".join(f"{name} on {count}" for name, count in absent.items())
            suggestion = f"Taken as absent: {listed}. All others are unknown."
        findings[number] = replace(finding, suggestion=suggestion)
    return replace(imported, findings=tuple(findings))


def taken_back(
    connection: sa.Connection,
    imported: ImportedBoxes,
    volume: VolumeRecord,
    answers: Sequence[Answer],
) -> Iterator[Answer]:
    """*Unsure* wherever an earlier import had boxes and this one has none in its file.

    All `answers`, at least one, are of the volume and of one annotator.
    """
    if any(finding.severity is Severity.ERROR for finding in imported.findings):
        return
    looked_at = {*imported.empty_slices.get(volume.name, ()), *(a.slice_index for a in answers)}
    structures = {answer.structure_id for answer in answers}
    there = {(answer.structure_id, answer.slice_index) for answer in answers}
    for known in current_answers(
        connection, volume_id=volume.volume_id, annotator_id=answers[0].annotator_id
    ):
        if (
            known.structure_id in structures
            and known.slice_index in looked_at
            and (known.structure_id, known.slice_index) not in there
            and any(box.origin is Origin.IMPORTED for box in known.boxes)
        ):
            yield Answer(
                volume_id=known.volume_id,
                structure_id=known.structure_id,
                annotator_id=known.annotator_id,
                slice_index=known.slice_index,
                state=State.UNSURE,
            )
