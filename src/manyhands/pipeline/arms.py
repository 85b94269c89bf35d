"""Where the predictions of a study's arms lie, and how they are scored.

An arm is one way to train. Its predictions are `results/predictions-ARM/VOLUME.nii.gz`, or, of
several trainings that differ in seed or fold alone, `results/predictions-ARM/seed-S/...`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from manyhands.errors import StudyError
from manyhands.evaluation import read_scores_json, score_volume
from manyhands.pipeline.places import write_json
from manyhands.pipeline.work import Unit
from manyhands.store import Study, VolumeRecord, sha256_of
from manyhands.types import Progress, Provenance, Score, Split
from manyhands.volumes import read_labels

PREFIX = "predictions-"
REPLICATE = re.compile(r"(seed|fold)-\w+")
SUFFIX = ".nii.gz"
SCORES_FOLDER = "results/scores-of-arms"


@dataclass(frozen=True, slots=True)
class Prediction:
    """One predicted volume; `replicate` names the training, "" where there is only one."""

    arm: str
    replicate: str
    volume: str
    path: str  # from the study's folder on

    @property
    def training(self) -> str:
        return "/".join(part for part in (self.arm, self.replicate) if part)

    @property
    def name(self) -> str:
        return f"{self.training}/{self.volume}"

    @property
    def scores_path(self) -> str:
        return f"{SCORES_FOLDER}/{self.name}.json"


def find_predictions(study: Study) -> tuple[Prediction, ...]:
    """All of all arms. Where an arm has folders of seeds, what lies beside them is not counted."""
    return tuple(
        Prediction(
            folder.name.removeprefix(PREFIX),
            replicate,
            file.name.removesuffix(SUFFIX),
            file.relative_to(study.folder).as_posix(),
        )
        for folder in sorted(study.results_folder.glob(f"{PREFIX}*/"))
        for replicate, place in _replicates(folder)
        for file in sorted(place.glob(f"*{SUFFIX}"))
    )


def _replicates(folder: Path) -> Iterator[tuple[str, Path]]:
    """Folders of seeds, and of folds in them; else the folder itself."""
    own = [place for place in sorted(folder.iterdir()) if REPLICATE.fullmatch(place.name)]
    if not own:
        yield "", folder
    for place in own:
        for name, deepest in _replicates(place):
            yield f"{place.name}/{name}".removesuffix("/"), deepest


def check_unseen(predictions: Sequence[Prediction], volumes: Mapping[str, VolumeRecord]) -> None:
    """Raise `StudyError` naming a patient of the training set among those that models are tested
    on: what a model has seen says nothing of what it can do.
    """
    for prediction in predictions:
        record = volumes.get(prediction.volume)
        if record is not None and record.split is Split.TRAIN:
            raise StudyError(
                f"{prediction.path}: volume '{record.name}' is in the training set, so arm "
                f"'{prediction.arm}' cannot be tested on it; keep predictions of test volumes only"
            )


def why_not(prediction: Prediction, volumes: Mapping[str, VolumeRecord]) -> str | None:
    record = volumes.get(prediction.volume)
    if record is None:
        return "not a volume of the study"
    return None if record.reference_path else "no reference to compare with"


def scoring(study: Study, volume: VolumeRecord, prediction: Prediction) -> Unit:
    """The unit of work that scores a prediction; a wrong grid fails with the file's name."""
    config = study.config
    return Unit(
        name=prediction.name,
        inputs={
            "prediction": sha256_of(study.path(prediction.path)),
            "reference": str(volume.reference_sha256),
        },
        settings={
            "nsd_tolerance_mm": config.nsd_tolerance_mm,
            "structures": [[s.structure_id, s.name] for s in config.structures],
        },
        make=partial(_make, study, volume, prediction),
    )


def _make(
    study: Study,
    volume: VolumeRecord,
    prediction: Prediction,
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    scores = score_volume(
        read_labels(study.path(str(volume.reference_path))),
        read_labels(study.path(prediction.path)),
        study.config.structures,
        volume=volume.name,
        nsd_tolerance_mm=study.config.nsd_tolerance_mm,
    )
    content = {"scores": [dataclasses.asdict(score) for score in scores]}
    write_json(study, prediction.scores_path, content, made)
    return (prediction.scores_path,)


def read_arm(
    study: Study, predictions: Sequence[Prediction], arm: str
) -> dict[str, tuple[Score, ...]]:
    """The scores of an arm by training, of those predictions that were scored."""
    found: dict[str, tuple[Score, ...]] = {}
    for prediction in predictions:
        path = study.path(prediction.scores_path)
        if prediction.arm == arm and path.is_file():
            before = found.get(prediction.replicate, ())
            found[prediction.replicate] = (*before, *read_scores_json(path))
    return found
