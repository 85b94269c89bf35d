from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from manyhands.errors import StudyError
from manyhands.training import TrainJob, Workspace, make_arm, start_training
from manyhands.training.work import _begin, read_plans_name


def job(folder: Path, made_of: str) -> TrainJob:
    space = Workspace(folder, "smoke")
    return TrainJob(space, make_arm("crowd", 0), "nnUNetPlans", "all", 0, made_of=made_of)


def test_an_interrupted_training_of_the_same_things_is_kept(tmp_path: Path) -> None:
    first = job(tmp_path, "a")
    _begin(first)
    latest = first.folder / "checkpoint_latest.pth"
    latest.write_bytes(b"weights")
    _begin(job(tmp_path, "a"))

    assert latest.read_bytes() == b"weights"


def test_a_checkpoint_of_other_labels_is_not_taken_up(tmp_path: Path) -> None:
    first = job(tmp_path, "a")
    _begin(first)
    (first.folder / "checkpoint_latest.pth").write_bytes(b"weights")
    (first.folder / "training_log_1.txt").write_text("Epoch 5")
    _begin(job(tmp_path, "b"))

    assert [path.name for path in first.folder.iterdir()] == ["made_of.txt"]


def test_without_a_plan_it_is_said_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no plans; `manyhands train` makes them"):
        read_plans_name(Workspace(tmp_path, "smoke"), make_arm("crowd", 0))


def test_a_job_and_what_does_it_travel_to_other_processes(tmp_path: Path) -> None:
    """An executor sends both, to a process or to another machine."""
    first = job(tmp_path, "a")

    assert pickle.loads(pickle.dumps(first)) == first
    assert pickle.loads(pickle.dumps(start_training))() == start_training()
