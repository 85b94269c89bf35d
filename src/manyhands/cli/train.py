"""The commands of nnU-Net: `train` on each kind of labels, `predict` the test set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from manyhands.cli.arguments import executor_option, study_argument
from manyhands.cli.datasets import dataset_options, read_options
from manyhands.cli.next_step import say_next
from manyhands.cli.terminal import bar, command_line, give, say, tell
from manyhands.executor import make_executor
from manyhands.pipeline.export_nnunet import ExportOptions
from manyhands.pipeline.predict import has_test_volumes, predict_test
from manyhands.pipeline.relabel import MOST_ROUNDS, train_rounds, with_rounds
from manyhands.pipeline.trained import predictions_folder
from manyhands.pipeline.training_cases import CROWD, REFERENCE
from manyhands.pipeline.training_setup import Training
from manyhands.store import open_study
from manyhands.training import PRESETS, find_cards
from manyhands.types import Executor

Function = TypeVar("Function", bound=Callable[..., Any])


class Words(click.ParamType[tuple[str, ...]]):
    """Words with commas between; `both` stands for the two kinds of labels."""

    name = "NAME,NAME,..."

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        words = tuple(word.strip() for word in str(value).split(","))
        if not all(words):
            self.fail(f"'{value}': expected names with commas between", param, ctx)
        return (CROWD, REFERENCE) if words == ("both",) else words


_OPTIONS = (
    click.option(
        "--threads", default=1, show_default=True, type=click.IntRange(1), help="Each process."
    ),
    click.option(
        "--device",
        type=click.Choice(["auto", "cpu", "cuda"]),
        default="auto",
        show_default=True,
        help="A graphics card where there is one, or say which.",
    ),
    click.option(
        "--relabel",
        default=0,
        show_default=True,
        type=click.IntRange(0, MOST_ROUNDS),
        help="Rounds in which models correct labels they have not seen; each is compared.",
    ),
    click.option(
        "--weighted",
        is_flag=True,
        help="Also train with each voxel counting by the crowd's probability.",
    ),
    click.option(
        "--preset",
        type=click.Choice(list(PRESETS)),
        default="paper",
        show_default=True,
        help="How long and how large.",
    ),
    click.option("--seeds", default=3, show_default=True, type=click.IntRange(1), help="How many."),
    click.option("--folds", type=Words(), help="As in 0,1,2, or all; else those of the preset."),
    click.option(
        "--labels",
        type=Words(),
        default="both",
        show_default=True,
        help="crowd, reference, both, or others: NAME of results/labels-NAME.",
    ),
)
"""Which models are meant; the last is shown first."""


def training_options(function: Function) -> Function:
    """Which models are meant, and what they are trained on."""
    function = dataset_options(function)
    for option in _OPTIONS:
        function = option(function)
    return function


def _training(
    labels: tuple[str, ...],
    folds: tuple[str, ...] | None,
    options: ExportOptions,
    **others: Any,
) -> Training:
    return Training(labels=labels, folds=folds or (), options=options, **others)


@click.command()
@study_argument
@training_options
@executor_option
def train(
    study: Path,
    band: float,
    channels: tuple[tuple[str, Path], ...],
    patients: Path | None,
    relabel: int,
    executor_text: str | None,
    **others: Any,
) -> None:
    """Train nnU-Net on the crowd's labels and on the references, alike in all else.

    Then label the test volumes with both. Needs the extra `nnunet`. With several graphics cards
    as many trainings go on side by side.
    """
    training = _training(options=read_options(band, channels, patients), **others)
    executor = _executor(executor_text, training)
    command = command_line()
    with open_study(study) as opened:
        with bar("train") as watch:
            outcomes = train_rounds(
                opened, training, relabel, executor=executor, command=command, watch=watch
            )
        tell(outcomes)
        is_tested = has_test_volumes(opened)
    if is_tested:
        _predict(study, with_rounds(training, relabel), executor, command)
        say_next("train", study)
    else:
        say("no test volumes to label: `manyhands add --split test`, then `manyhands predict`")


@click.command()
@study_argument
@training_options
@executor_option
def predict(
    study: Path,
    band: float,
    channels: tuple[tuple[str, Path], ...],
    patients: Path | None,
    relabel: int,
    executor_text: str | None,
    **others: Any,
) -> None:
    """Label the test volumes with models that `train` made, for instance of volumes added since."""
    training = _training(options=read_options(band, channels, patients), **others)
    executor = _executor(executor_text, training)
    _predict(study, with_rounds(training, relabel), executor, command_line())
    say_next("predict", study)


def _executor(text: str | None, training: Training) -> Executor | None:
    """What was asked for, else a process for each graphics card where there are several."""
    cards = find_cards() if training.device != "cpu" else ()
    if text is None and len(cards) > 1:
        text = f"local:{len(cards)}"
    return make_executor(text) if text else None


def _predict(study: Path, training: Training, executor: Executor | None, command: str) -> None:
    with open_study(study) as opened:
        with bar("predict") as watch:
            outcomes = predict_test(
                opened, training, executor=executor, command=command, watch=watch
            )
        tell(outcomes)
        for arm in training.arms:
            give(str(opened.path(predictions_folder(arm.name))))
