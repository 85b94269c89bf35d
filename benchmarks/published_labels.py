"""Label volumes as the published study made them: one annotator, the boxes of each slice alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from benchmarks.baselines import BASELINES, segment_by_slices
from manyhands.boxes.arithmetic import to_array
from manyhands.pipeline.training_cases import labels_of
from manyhands.store import Study, VolumeRecord, current_answers, find_annotators, find_volumes
from manyhands.types import Answer, Consensus, Labels, Split, Track
from manyhands.volumes import read_volume, write_labels


def label_as_published(study: Study, arm: str) -> None:
    """One annotator a volume, in turn; each box a mask by itself; no box, no structure.

    Writes the label volumes of the training set that `arm` is trained on.
    """
    with study.reading() as connection:
        volumes = [v for v in find_volumes(connection) if v.split is Split.TRAIN]
        people = find_annotators(connection)
        answers = {
            volume.name: current_answers(
                connection,
                volume_id=volume.volume_id,
                annotator_id=people[number % len(people)].annotator_id,
            )
            for number, volume in enumerate(volumes)
        }
    for volume in volumes:
        path = study.path(labels_of(arm).labels_path(volume.name))
        if not path.is_file():
            image = read_volume(study.path(volume.image_path))
            boxes = _boxes_alone(answers[volume.name], volume)
            found = segment_by_slices(image, boxes, BASELINES["GrabCut"])
            write_labels(Labels(np.ascontiguousarray(found), image.grid), path)


def _boxes_alone(answers: Sequence[Answer], volume: VolumeRecord) -> dict[int, Consensus]:
    """Each box a track of one slice, so that nothing lies between two of them."""
    tracks: defaultdict[int, list[Track]] = defaultdict(list)
    for answer in answers:
        for box in to_array(answer.boxes):
            index = np.array([answer.slice_index])
            track = Track(index, box[None], np.array([True]), np.zeros((1, 4)))
            tracks[answer.structure_id].append(track)
    everything = np.ones(volume.slice_count)
    return {
        structure_id: Consensus(tuple(found), everything, everything.astype(np.bool_))
        for structure_id, found in sorted(tracks.items())
    }
