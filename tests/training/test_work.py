from __future__ import annotations

import dataclasses
import os
import pickle
from pathlib import Path

import pytest

from manyhands.errors import StudyError
from manyhands.training import (
    PredictJob,
    TrainJob,
    Workspace,
    make_arm,
    predict_cases,
    start_training,
    work,
)
from manyhands.training.aside import write_made_of
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
    (kept,) = tmp_path.rglob("checkpoint_latest.pth")
    assert kept.read_bytes() == b"weights"


def test_without_a_plan_it_is_said_what_makes_one(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no plans; `manyhands train` makes them"):
        read_plans_name(Workspace(tmp_path, "smoke"), make_arm("crowd", 0))


def test_a_job_and_what_does_it_travel_to_other_processes(tmp_path: Path) -> None:
    """An executor sends both, to a process or to another machine."""
    first = job(tmp_path, "a")

    assert pickle.loads(pickle.dumps(first)) == first
    assert pickle.loads(pickle.dumps(start_training))() == start_training()


LOG = """
2026-01-01 00:00:01.0: Epoch 0
2026-01-01 00:00:02.0: train_loss -0.5
2026-01-01 00:00:02.0: val_loss -0.4
2026-01-01 00:00:02.0: Epoch time: 1.0 s
"""


def test_trainings_side_by_side_see_one_card_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second begins while the first is at work; both tell nnU-Net that there is one card."""
    seen: dict[int, tuple[str, str, str]] = {}
    monkeypatch.setattr(work, "find_cards", lambda: ("0", "GPU-5f"))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path)

    def run_child(
        task: str, arguments: dict[str, str], environment: dict[str, str], **_: object
    ) -> None:
        seed = int(arguments["seed"])
        card, loaders = environment["CUDA_VISIBLE_DEVICES"], environment["nnUNet_n_proc_DA"]
        seen[seed] = (arguments["device"], card, loaders)
        if seed == 0:
            begin(1)

    def begin(seed: int) -> None:
        wanted = dataclasses.replace(job(tmp_path, "a"), seed=seed)
        write_made_of(wanted.folder, "a")
        (wanted.folder / "training_log_1.txt").write_text(LOG)
        assert start_training()(wanted, lambda share: None)["train_loss"] == [-0.5]

    monkeypatch.setattr(work, "run_child", run_child)
    begin(0)

    loaders = str(min(12, os.cpu_count() or 1))
    assert seen == {0: ("cuda", "0", loaders), 1: ("cuda", "GPU-5f", loaders)}


def test_what_was_trained_to_its_end_is_not_trained_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed before the study noted it; nnU-Net has removed what it could go on from."""
    monkeypatch.setattr(work, "run_child", lambda *_, **__: pytest.fail("trained again"))
    wanted = dataclasses.replace(job(tmp_path, "a"), device="cpu")
    write_made_of(wanted.folder, "a")
    wanted.checkpoint.write_bytes(b"weights")
    (wanted.folder / "training_log_1.txt").write_text(LOG)

    assert start_training()(wanted, lambda share: None)["train_loss"] == [-0.5]
    assert wanted.checkpoint.read_bytes() == b"weights"


def test_a_card_that_is_asked_for_and_not_there_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "find_cards", lambda: ())
    wanted = dataclasses.replace(job(tmp_path, "a"), device="cuda")
    with pytest.raises(StudyError, match="no NVIDIA card was found"):
        start_training()(wanted, lambda share: None)


def test_folds_that_predict_side_by_side_have_each_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where labels are corrected; else what one says of its failure is lost."""
    logs: list[str] = []

    def run_child(*_: object, log: Path, **__: object) -> None:
        logs.append(log.name)

    monkeypatch.setattr(work, "run_child", run_child)
    space, arm = Workspace(tmp_path, "smoke"), make_arm("crowd", 0)
    for folds in (("0",), ("1",), ("0", "1")):
        predict_cases(PredictJob(space, arm, "nnUNetPlans", folds, 0, {}, "cpu"), lambda _: None)

    assert logs == [f"predict-crowd-seed-0-fold-{folds}.log" for folds in ("0", "1", "0-1")]
