"""Which models of a study are trained, and on what is there now."""

from __future__ import annotations

from dataclasses import dataclass

from manyhands.errors import StudyError
from manyhands.pipeline.train import training_jobs
from manyhands.pipeline.training_inputs import Ingredients, find_ingredients
from manyhands.pipeline.training_setup import Training
from manyhands.store import Study
from manyhands.training import TrainJob


def predictions_folder(arm: str) -> str:
    return f"results/predictions-{arm}"


@dataclass(frozen=True)
class Trained:
    """The models of one arm and one seed, one a fold, and what they were made of."""

    jobs: tuple[TrainJob, ...]
    ingredients: Ingredients

    @property
    def name(self) -> str:
        return f"{self.jobs[0].arm.name}/seed-{self.jobs[0].seed}"

    @property
    def folder(self) -> str:
        return f"{predictions_folder(self.jobs[0].arm.name)}/seed-{self.jobs[0].seed}"


def find_trained(
    study: Study, training: Training, version: str
) -> tuple[list[Trained], dict[str, str]]:
    """The seeds of which every fold is trained, on what is there now; and why others are not.

    Raises `StudyError` where nothing is.
    """
    jobs = training_jobs(study, training)
    made_of = dict(zip(jobs, find_ingredients(study, training, jobs, version), strict=True))
    found, left_out = [], {}
    for arm, seed in dict.fromkeys((job.arm, job.seed) for job in jobs):
        folds = tuple(job for job in jobs if (job.arm, job.seed) == (arm, seed))
        trained = Trained(folds, made_of[folds[0]])
        missing = [job.fold for job in folds if not job.checkpoint.is_file()]
        other = [job.fold for job in folds if job.read_made_of() != made_of[job].text]
        if missing:
            left_out[trained.name] = f"fold {', '.join(missing)} is not trained yet"
        elif other:
            left_out[trained.name] = (
                f"fold {', '.join(other)} was trained on other labels, images or plans than those "
                "that are there now, or with other options; `manyhands train` trains it anew"
            )
        else:
            found.append(trained)
    if not found:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise StudyError(
            f"{study.folder}: nothing is trained yet, `manyhands train` comes first ({reasons})"
        )
    return found, left_out
