"""The lines are nnU-Net 2.8.1's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.training import TrainingLog, read_log

EPOCH = """
2026-11-21 16:10:26.638676: Epoch {number}
2026-11-21 16:10:26.638801: Current learning rate: 0.04243
2026-11-21 16:10:42.414780: train_loss {loss}
2026-11-21 16:10:42.415047: val_loss -0.0582
2026-11-21 16:10:42.415116: Pseudo dice [np.float32(0.8985), np.float32(nan), np.float32(1e-05)]
2026-11-21 16:10:42.415178: Epoch time: {seconds} s
"""


def write(folder: Path, name: str, *epochs: tuple[int, float, float]) -> None:
    text = "".join(EPOCH.format(number=n, loss=loss, seconds=s) for n, loss, s in epochs)
    (folder / name).write_text(text)


def test_losses_and_an_estimate_are_read(tmp_path: Path) -> None:
    write(tmp_path, "training_log_1.txt", (0, 0.5, 40.0), (1, 0.1, 10.0), (2, -0.2, 12.0))
    log = read_log(tmp_path, 10)

    assert [log.done[n].train_loss for n in range(3)] == [0.5, 0.1, -0.2]
    assert log.done[0].pseudo_dice[::2] == (0.8985, 1e-5)
    assert log.share == 0.3
    assert log.remaining_s == 7 * 12.0  # seven epochs of the median
    assert str(log) == "epoch 3 of 10, loss -0.2 (validation -0.0582), 84 s to go"


def test_a_training_taken_up_again_counts_each_epoch_once(tmp_path: Path) -> None:
    write(tmp_path, "training_log_1.txt", (0, 0.5, 10.0), (1, 0.4, 10.0))
    write(tmp_path, "training_log_2.txt", (1, 0.3, 10.0), (2, 0.2, 10.0))
    log = read_log(tmp_path, 4)

    assert [log.done[n].train_loss for n in sorted(log.done)] == [0.5, 0.3, 0.2]
    assert log.share == 0.75


def test_before_the_first_epoch_nothing_is_promised(tmp_path: Path) -> None:
    log = read_log(tmp_path, 10)

    assert (log.share, log.remaining_s, str(log)) == (0.0, None, "begins")


@pytest.mark.parametrize(("epoch_s", "words"), [(1.0, "9 s"), (60.0, "9 min"), (1000.0, "2.5 h")])
def test_time_is_told_in_the_unit_people_would_use(epoch_s: float, words: str) -> None:
    log = TrainingLog(10)
    for line in EPOCH.format(number=0, loss=0, seconds=epoch_s).splitlines():
        log.hear(line)

    assert str(log).endswith(f"{words} to go")
