"""The whole chain on a patient who does not exist: a phantom, and four simulated annotators."""

from __future__ import annotations

import tempfile
from pathlib import Path

from manyhands.config import CONFIG_FILE, Config, make_structures
from manyhands.errors import StudyError
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline.add import Source, add_volumes
from manyhands.pipeline.evaluate import evaluate_volumes
from manyhands.pipeline.places import VOTED, alone
from manyhands.pipeline.run import Watching, nobody_watching, run_study
from manyhands.pipeline.simulate import make_annotators, simulate_answers
from manyhands.pipeline.voting import segment_each_alone, vote_over_masks
from manyhands.pipeline.work import Outcome, Watch
from manyhands.store import Study, create_study, find_volumes, open_study
from manyhands.types import Split
from manyhands.volumes import write_labels, write_volume

VOLUME = "phantom"
SEED = 0
ALONE = "alone"
"""What `run_demo` calls the step in which each annotator is taken alone, and their masks voted."""

CROWD = (
    *make_annotators("paper", 2, seed=SEED),
    *make_annotators("careful", 1, seed=SEED),
    *make_annotators("poor", 1, seed=SEED),
)


def open_demo(folder: Path) -> Study:
    """The demo's study, made if it is not there yet.

    Raises `StudyError` where the folder is another study: the demo puts nothing into it.
    """
    if not (folder / CONFIG_FILE).exists():
        return create_study(folder, Config(structures=make_structures(NAMES), seed=SEED))
    study = open_study(folder)
    with study.reading() as connection:
        others = [v.name for v in find_volumes(connection) if v.name != VOLUME]
    if others:
        study.close()
        raise StudyError(
            f"{folder}: is a study of its own, with volume '{others[0]}': "
            "give the demo another folder"
        )
    return study


def run_demo(
    study: Study, *, command: str, watching: Watching = nobody_watching
) -> tuple[Outcome, ...]:
    """Phantom, annotators, every annotator alone, their vote, then all that `run_study` does.

    The report comes last and compares them all. What is up to date is skipped, as everywhere.
    """
    with study.working("demo"):
        with watching("add") as watch:
            outcomes = [_add_phantom(study, watch)]
        with watching("simulate") as watch:
            outcomes.append(simulate_answers(study, CROWD, command=command, watch=watch))
        with watching(ALONE) as watch:
            outcomes += segment_each_alone(study, command=command, watch=watch)
            outcomes.append(vote_over_masks(study, command=command))
            for labels in (*(alone(annotator.name) for annotator in CROWD), VOTED):
                outcomes.append(evaluate_volumes(study, labels, command=command))
        outcomes += run_study(study, command=command, watching=watching)
    return tuple(outcomes)


def _add_phantom(study: Study, watch: Watch) -> Outcome:
    with study.reading() as connection:
        if find_volumes(connection):
            return Outcome("add", skipped=(VOLUME,))
    watch(0.0, VOLUME)
    volume, labels, _ = make_phantom(seed=SEED)
    with tempfile.TemporaryDirectory() as name:
        image, reference = Path(name, "image.nii.gz"), Path(name, "reference.nii.gz")
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        return add_volumes(study, [Source(image, reference, VOLUME)], split=Split.TEST)
