"""Parts of a report that are read from the study's database and results: people, models, runs."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from manyhands.evaluation import agree_in_volume
from manyhands.pipeline.arms import read_arm
from manyhands.pipeline.compared import compared_predictions
from manyhands.pipeline.places import EVERYBODY, GOLD_PATH, RELIABILITY_PATH, read_json
from manyhands.pipeline.reliability import read_reliability
from manyhands.store import (
    Run,
    Study,
    VolumeRecord,
    current_answers,
    find_annotators,
    find_runs,
    find_wider_strides,
)
from manyhands.types import (
    Comparison,
    Origin,
    Reliability,
    Score,
    State,
    VolumeAgreement,
)
from manyhands.volumes import read_labels, read_volume

# With matplotlib, half a second: at run time only where a page is written.
if TYPE_CHECKING:
    from manyhands.report import Case, Contribution, LearnedBias, Making

SOFTWARE = ("numpy", "scipy", "numba", "nibabel", "matplotlib", "torch", "transformers", "nnunetv2")
ML = 1e-3  # of a mm³


def find_contributions(study: Study) -> tuple[Contribution, ...]:
    """What each annotator gave on each structure, in the order of annotators and structures."""
    from manyhands.report import Contribution

    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
        answers = current_answers(connection)
    rows = []
    for annotator_id, name in names.items():
        for structure in study.config.structures:
            own = [
                a
                for a in answers
                if (a.annotator_id, a.structure_id) == (annotator_id, structure.structure_id)
                and a.state in (State.BOXES, State.ABSENT, State.UNSURE)
            ]
            if own:
                volumes = len({a.volume_id for a in own})
                origins = [box.origin for a in own for box in a.boxes]
                is_simulated = Origin.SIMULATED in origins
                rows.append(
                    Contribution(
                        name, structure.name, volumes, len(own), len(origins), is_simulated
                    )
                )
    return tuple(rows)


def find_widest_stride(study: Study) -> int:
    """Of whom fewest slices were asked: one in how many?"""
    with study.reading() as connection:
        wider = find_wider_strides(connection)
    return max([study.config.stride, *(n for own in wider.values() for n in own.values())])


def find_reliability(study: Study) -> dict[str, tuple[Reliability, ...]]:
    """As last measured; nothing if nothing was."""
    if not study.path(RELIABILITY_PATH).is_file():
        return {}
    return dict(sorted(read_reliability(study).items()))


def find_gold(study: Study) -> tuple[LearnedBias, ...]:
    """What gold taught, all annotators first; nothing without."""
    from manyhands.report import LearnedBias

    if not (study.config.gold and study.path(GOLD_PATH).is_file()):
        return ()
    content = read_json(study, GOLD_PATH)
    names = {str(s.structure_id): s.name for s in study.config.structures}
    with study.reading() as connection:
        people = {a.annotator_id: a.name for a in find_annotators(connection)}  # in older files
    return tuple(
        LearnedBias(names[structure_id], who, edges)
        for structure_id, bias in content["bias"].items()
        for who, edges in (
            (None, bias["crowd"]),
            *((people.get(key, key), own) for key, own in bias["annotators"].items()),
        )
    )


def find_makings(study: Study) -> tuple[Making, ...]:
    """The runs that made what is there now: the last of each unit, those called alike together."""
    from manyhands.report import Making

    with study.reading() as connection:
        runs = find_runs(connection)
    latest = {(run.step, run.unit): run for run in runs if run.step != "report"}
    alike: dict[tuple[object, ...], list[Run]] = {}
    for run in latest.values():
        made = run.provenance
        key = (run.step, made.command, made.version, made.config_hash, made.seed)
        alike.setdefault(key, []).append(run)
    makings = [
        Making(
            group[0].step,
            group[0].provenance.command,
            group[0].provenance.version,
            group[0].provenance.config_hash,
            group[0].provenance.seed,
            len(group),
            max(run.provenance.created_at for run in group),
            sum(run.took_s for run in group),
        )
        for group in alike.values()
    ]
    return tuple(sorted(makings, key=lambda making: making.finished_at))


def find_software() -> dict[str, str]:
    """Versions of what numbers come from; what is not installed is left out."""
    return {"Python": platform.python_version(), **dict(_installed())}


def _installed() -> Iterator[tuple[str, str]]:
    for name in SOFTWARE:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def compare_volumes(
    study: Study,
    scores: Sequence[Score],
    models: Comparison | None,
    records: Mapping[str, VolumeRecord],
) -> tuple[VolumeAgreement, ...]:
    """Volumes in ml of the crowd's labels, and of each arm's predictions, beside the references."""
    voxel_ml = {
        name: record.spacing_mm[0] * record.spacing_mm[1] * record.spacing_mm[2] * ML
        for name, record in records.items()
    }
    found = [*agree_in_volume(EVERYBODY.title, scores, voxel_ml)]
    predictions = compared_predictions(study) if models else ()
    for arm in models.arms if models else ():
        of_arm = [s for some in read_arm(study, predictions, arm).values() for s in some]
        known = [score for score in of_arm if score.volume in voxel_ml]
        found += agree_in_volume(f"arm {arm}", known, voxel_ml)
    return tuple(found)


def load_models(study: Study, models: Comparison, record: VolumeRecord) -> dict[str, Case]:
    """The prediction of each arm on one volume; of several trainings the first."""
    from manyhands.report import Case

    image = read_volume(study.path(record.image_path), modality=record.modality)
    reference = read_labels(study.path(str(record.reference_path)))
    paths: dict[str, str] = {}
    for prediction in compared_predictions(study):
        if prediction.volume == record.name and prediction.arm in models.arms:
            paths.setdefault(prediction.arm, prediction.path)
    return {
        arm: Case(image, read_labels(study.path(paths[arm])), reference)
        for arm in models.arms
        if arm in paths
    }
