"""Is a model trained on the crowd's labels as good as one trained on references? The published
design, whole, on real MR volumes: simulated crowd, labels, nnU-Net, comparison, report.

    python -m benchmarks.published_design --to /tmp/design --seeds 3

Four simulated annotators with the errors of the real ones draw on the 12 training volumes. Three
arms are trained alike: `published`, as the study did (one annotator a volume, each slice's box a
mask by itself, what nobody boxed is background); `crowd`, ours (consensus of four, one cut, what
nobody looked at is ignored); and `reference`. In the place of SAM, whose weights are not at hand
everywhere, GrabCut makes the published arm's masks.

Two processes with a thread each do two trainings in less time than one process with two threads;
on one graphics card say `--executor local:1`. Stop it whenever you like: called again it goes on.

`smoke` trains a small network for minutes on coarse voxels: it shows that the way is whole and
which labels teach it more, not what nnU-Net reaches. On a graphics card say `--preset fast`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.data import GROUPS, NAMES, data_folder
from benchmarks.masks import warm_up
from benchmarks.published_labels import label_as_published
from benchmarks.tables import format_table
from manyhands.config import CONFIG_FILE, Config, make_structures
from manyhands.evaluation import score_volume, summarise
from manyhands.executor import make_executor
from manyhands.pipeline import (
    EVERYBODY,
    Outcome,
    Source,
    add_volumes,
    compare_study,
    make_annotators,
    read_comparison,
    report_study,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.predict import predict_test
from manyhands.pipeline.train import train_models
from manyhands.pipeline.trained import predictions_folder
from manyhands.pipeline.training_cases import labels_of
from manyhands.pipeline.training_setup import Training
from manyhands.store import (
    Study,
    VolumeRecord,
    create_study,
    find_volumes,
    open_study,
)
from manyhands.training import PRESETS
from manyhands.types import Score, Split
from manyhands.volumes import read_labels

COMMAND = "python -m benchmarks.published_design"
PUBLISHED = "published"
ARMS = (PUBLISHED, "crowd", "reference")
STRUCTURES = tuple(NAMES.values())[:4]  # the references have no aorta
CONFIG = Config(make_structures(STRUCTURES))
ANNOTATORS = make_annotators("paper", 4, seed=0)


def open_design(folder: Path) -> Study:
    """The study with its training volumes answered on; test volumes come after, for models only.

    What an earlier start has done is not done again, wherever it was stopped.
    """
    is_there = (folder / CONFIG_FILE).exists()
    study = open_study(folder) if is_there else create_study(folder, CONFIG)
    with study.reading() as connection:
        is_answered = any(v.split is Split.TEST for v in find_volumes(connection))
    if not is_answered:
        add_volumes(study, _sources("MR training"))
        simulate_answers(study, ANNOTATORS, command=COMMAND)
    add_volumes(study, _sources("MR test"), split=Split.TEST)
    return study


def _sources(group: str) -> list[Source]:
    data = data_folder()
    return [
        Source(data / f"{name}_image.nii.gz", data / f"{name}_label.nii.gz", Path(name).name)
        for name in GROUPS[group]
    ]


def score_labels(study: Study, arm: str) -> list[Score]:
    """How good the labels are that an arm is trained on."""
    with study.reading() as connection:
        volumes = [v for v in find_volumes(connection) if v.split is Split.TRAIN]
    return [
        score
        for volume in volumes
        for score in score_volume(
            read_labels(study.path(str(volume.reference_path))),
            read_labels(study.path(_labels_path(volume, arm))),
            study.config.structures,
            volume=volume.name,
        )
    ]


def _labels_path(volume: VolumeRecord, arm: str) -> str:
    return (
        str(volume.reference_path)
        if arm == "reference"
        else labels_of(arm).labels_path(volume.name)
    )


def score_predictions(study: Study, arm: str, seeds: int) -> list[Score]:
    """Every seed's predictions of the test volumes."""
    with study.reading() as connection:
        volumes = [v for v in find_volumes(connection) if v.split is Split.TEST]
    return [
        score
        for seed in range(seeds)
        for volume in volumes
        for score in score_volume(
            read_labels(study.path(str(volume.reference_path))),
            read_labels(study.path(f"{predictions_folder(arm)}/seed-{seed}/{volume.name}.nii.gz")),
            study.config.structures,
            volume=volume.name,
        )
    ]


def describe(title: str, scores: Mapping[str, Sequence[Score]]) -> str:
    """Mean volume Dice of each structure, and over all, a line per arm."""
    rows = []
    for arm, of_arm in scores.items():
        means = {s.structure: s.mean for s in summarise(of_arm) if s.metric == "volume_dice"}
        cells = [means.get(name) for name in (*STRUCTURES, None)]
        rows.append([arm, *("-" if cell is None else f"{cell:.3f}" for cell in cells)])
    return f"{format_table([title, *STRUCTURES, 'mean'], rows)}\n"


def describe_comparison(study: Study) -> str:
    """What the tests say of each arm against the reference, over all structures."""
    comparison = read_comparison(study)
    if comparison is None:
        return "nothing was compared\n"
    rows = [
        [
            f"{test.arm} - {test.baseline}",
            test.metric,
            str(test.difference.n),
            f"{test.difference.mean:+.3f}",
            f"{test.p:.3f}",
            test.verdict,
        ]
        for test in comparison.tests
        if test.structure is None
    ]
    return f"{format_table(['arms', 'metric', 'n', 'difference', 'p', 'verdict'], rows)}\n"


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long a stage took, by the clock and of the processor, children included."""
    began, cpu = time.perf_counter(), _cpu_s()
    yield
    print(f"{what}: {time.perf_counter() - began:.0f} s ({_cpu_s() - cpu:.0f} CPU s)", flush=True)


def _cpu_s() -> float:
    return sum(os.times()[:4])


def check(outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        for unit, reason in outcome.failed.items():
            raise SystemExit(f"{outcome.step} failed for {unit}: {reason}")
        for unit, reason in outcome.left_out.items():
            print(f"{outcome.step} left out {unit}: {reason}")


def say(share: float, unit: str) -> None:
    print(f"{share:.0%} {unit}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="The published design on real MR volumes.")
    parser.add_argument("--to", type=Path, required=True, help="the study's folder")
    parser.add_argument("--preset", choices=list(PRESETS), default="smoke")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of each process of nnU-Net")
    parser.add_argument("--executor", default="local:2", help="as of `manyhands train`")
    arguments = parser.parse_args(argv)
    training = Training(
        labels=ARMS, preset=arguments.preset, seeds=arguments.seeds, threads=arguments.threads
    )
    executor = make_executor(arguments.executor)
    with timed("study and crowd"):
        warm_up()
        study = open_design(arguments.to)
    with study:
        with timed("labels"):
            check([segment_volumes(study, EVERYBODY, executor=executor, command=COMMAND)])
            label_as_published(study, PUBLISHED)
        labels = {arm: score_labels(study, arm) for arm in ARMS}
        print(describe("labels trained on", labels), flush=True)
        with timed("training"):
            check(train_models(study, training, executor=executor, command=COMMAND, watch=say))
        with timed("prediction"):
            check(predict_test(study, training, executor=executor, command=COMMAND, watch=say))
        scores = {arm: score_predictions(study, arm, arguments.seeds) for arm in ARMS}
        print(describe("models on test volumes", scores))
        with timed("comparison and report"):
            check([compare_study(study, command=COMMAND), report_study(study, command=COMMAND)])
        print(describe_comparison(study))
        print(study.results_folder / "report.html")


if __name__ == "__main__":
    main()
