"""The three pieces of work that nnU-Net does for us, each in a process of its own."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from manyhands.errors import StudyError
from manyhands.training.aside import put_aside, read_made_of, write_made_of
from manyhands.training.device import VISIBLE, find_cards, free_card
from manyhands.training.log import TrainingLog, read_log
from manyhands.training.places import Arm, Workspace
from manyhands.training.presets import find_preset
from manyhands.training.process import Listener, run_child
from manyhands.types import Progress

FINAL = "checkpoint_final.pth"
LOADERS_PER_CARD = 12  # processes that load and augment; nnU-Net's own number


@dataclass(frozen=True)
class PlanJob:
    """One plan, found on the first arm's data set, and all of them preprocessed by it.

    `weights` are, per arm that weighs its voxels, a label volume per case with 0 to 10.
    """

    workspace: Workspace
    arms: tuple[Arm, ...]
    threads: int = 1
    weights: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainJob:
    """One training: an arm, a fold and a seed. `device` is `auto`, `cpu` or `cuda`.

    `made_of` says of which labels, plan, length and so on, a line `name: value` each: a checkpoint
    of others is not taken up.
    """

    workspace: Workspace
    arm: Arm
    plans_name: str
    fold: str
    seed: int
    device: str = "auto"
    threads: int = 1
    made_of: str = ""

    @property
    def folder(self) -> Path:
        """Where nnU-Net leaves checkpoints and log."""
        model = self.workspace.model(self.arm, self.seed, self.plans_name)
        return model / f"fold_{self.fold}"

    @property
    def checkpoint(self) -> Path:
        return self.folder / FINAL

    @property
    def epochs(self) -> int:
        return find_preset(self.workspace.preset).epochs

    def read_made_of(self) -> str:
        """Of what the trained model was made; "" where there is none."""
        return read_made_of(self.folder)

    def read_log(self) -> TrainingLog:
        return read_log(self.folder, self.epochs)


@dataclass(frozen=True)
class PredictJob:
    """Prediction of `cases` (name -> a file a channel) by the folds of one seed together."""

    workspace: Workspace
    arm: Arm
    plans_name: str
    folds: tuple[str, ...]
    seed: int
    cases: Mapping[str, Sequence[str]]
    device: str = "auto"
    threads: int = 1

    @property
    def folder(self) -> Path:
        return self.workspace.predicted(self.arm, self.seed)


def make_plan(job: PlanJob, progress: Progress) -> str:
    """Plan and preprocess; gives the name of the plans. Raises as `run_child`."""
    space = job.workspace
    plans: list[str] = []

    def listen(line: str) -> None:
        if found := re.fullmatch(r"preprocessing (\d+) of (\d+)", line):
            progress(0.3 + 0.7 * int(found[1]) / int(found[2]))
        elif found := re.fullmatch(r"plans (\w+)", line):
            plans.append(found[1])

    arguments = {
        "preprocessed": str(space.preprocessed.resolve()),
        "datasets": {arm.dataset_name: arm.dataset_id for arm in job.arms},
        "planner": find_preset(space.preset).planner,
        "processes": job.threads,
        "weights": job.weights,
    }
    # The planner counts its threads by this one, so it may not be 0.
    environment = {**space.environment(), **_settings(job.threads, loaders=max(1, job.threads))}
    run_child("plan", arguments, environment, log=space.log("plan"), listen=listen)
    if not plans:
        raise StudyError(f"{space.log('plan')}: nnU-Net ended without a plan")
    return plans[-1]


def start_training() -> Callable[[TrainJob, Progress], dict[str, Any]]:
    """What does `TrainJob`s, wherever an executor wants it: it can be pickled."""
    return train


def train(job: TrainJob, progress: Progress) -> dict[str, Any]:
    """Train, or go on where a kill stopped it; gives what the log tells. Raises as `run_child`."""

    def listen(line: str) -> None:
        if ": Epoch time: " in line:
            progress(job.read_log().share)

    arguments = {
        "preprocessed": str(job.workspace.preprocessed_of(job.arm).resolve()),
        "plans_name": job.plans_name,
        "fold": job.fold,
        "seed": job.seed,
        "preset": job.workspace.preset,
        "threads": job.threads,
        "is_weighted": job.arm.is_weighted,
    }
    _begin(job)
    # It is whole already where a kill came before it was noted: nnU-Net would begin from nothing.
    if not job.checkpoint.is_file():
        place = job.workspace.environment(job.arm, job.seed)
        name = f"train-{job.arm.name}-seed-{job.seed}-fold-{job.fold}"
        _run_on_device("train", arguments, place, job, job.workspace.log(name), listen)
    log = job.read_log()
    epochs = [log.done[number] for number in sorted(log.done)]
    return {
        "epochs": len(epochs),
        "train_loss": [epoch.train_loss for epoch in epochs],
        "val_loss": [epoch.val_loss for epoch in epochs],
        # JSON knows no NaN: a structure that was in no patch
        "pseudo_dice": [[None if math.isnan(d) else d for d in e.pseudo_dice] for e in epochs],
        "epoch_s": [epoch.took_s for epoch in epochs],
    }


def put_aside_others(jobs: Iterable[TrainJob]) -> None:
    """Move aside the models that were made of other things than `jobs` are, and say so.

    All at once, before the first is trained: their plans lie beside them, and are replaced then.
    """
    when = datetime.now(UTC)
    for job in jobs:
        put_aside(job.folder, job.made_of, when)


def _begin(job: TrainJob) -> None:
    """Keep what an interrupted training of the same things left; all else makes room."""
    put_aside_others([job])
    write_made_of(job.folder, job.made_of)


def start_predicting() -> Callable[[PredictJob, Progress], dict[str, Path]]:
    """What does `PredictJob`s, wherever an executor wants it: it can be pickled."""
    return predict_cases


def predict_cases(job: PredictJob, progress: Progress) -> dict[str, Path]:
    """Predict; gives a label volume in nnU-Net's numbers per case. Raises as `run_child`."""

    def listen(line: str) -> None:
        if found := re.fullmatch(r"predicting (\d+) of (\d+)", line):
            progress(int(found[1]) / int(found[2]))

    arguments = {
        "model": str(job.workspace.model(job.arm, job.seed, job.plans_name).resolve()),
        "folds": list(job.folds),
        "cases": {case: [str(Path(i).resolve()) for i in job.cases[case]] for case in job.cases},
        "to": str(job.folder.resolve()),
        "threads": job.threads,
    }
    place = job.workspace.environment(job.arm, job.seed)
    name = f"predict-{job.arm.name}-seed-{job.seed}-fold-{'-'.join(job.folds)}"
    _run_on_device("predict", arguments, place, job, job.workspace.log(name), listen)
    return {case: job.folder / f"{case}.nii.gz" for case in job.cases}


def _run_on_device(
    task: str,
    arguments: Mapping[str, Any],
    place: Mapping[str, str],
    job: TrainJob | PredictJob,
    log: Path,
    listen: Listener,
) -> None:
    cards = () if job.device == "cpu" else find_cards()
    if job.device == "cuda" and not cards:
        raise StudyError("no NVIDIA card was found; leave --device out, or say --device cpu")
    with free_card(cards) as card:
        device = "cpu" if card is None else "cuda"
        loaders = 0 if card is None else min(LOADERS_PER_CARD, os.cpu_count() or 1)
        environment = {**place, **_settings(job.threads, loaders=loaders)}
        if card is not None:
            environment[VISIBLE] = card
        run_child(task, {**arguments, "device": device}, environment, log=log, listen=listen)


def _settings(threads: int, *, loaders: int) -> dict[str, str]:
    """For the child alone. A processor is shared best by single threads; compiling pays on cards
    only, where nnU-Net does it by itself.
    """
    return {
        "nnUNet_def_n_proc": str(threads),
        "nnUNet_n_proc_DA": str(loaders),
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        "OPENBLAS_NUM_THREADS": str(threads),
    }


def read_plans_name(workspace: Workspace, arm: Arm) -> str:
    """The plans that an arm was preprocessed by. Raises `StudyError` where there are none."""
    for path in sorted(workspace.preprocessed_of(arm).glob("*lans.json")):
        return str(json.loads(path.read_text(encoding="utf-8"))["plans_name"])
    raise StudyError(f"{workspace.preprocessed_of(arm)}: no plans; `manyhands train` makes them")
