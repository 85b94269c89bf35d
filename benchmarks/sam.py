"""What does SAM cost here, beside its authors' program and beside what this machine can do?

    python -m benchmarks.sam
    python -m benchmarks.sam --weights FOLDER      how good masks are, with real weights
    python -m benchmarks.sam --weights FOLDER --groups "MR training" --cache KEPT --set CLIP=2
                                                   and with other constants of the evidence

Speed is measured with random weights of the true size. All ratios are of one run; CPU-seconds hold
on a busy machine, seconds by the clock do not. Each engine runs in a process of its own.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tqdm import tqdm

from benchmarks.data import GROUPS, load_case
from benchmarks.sam_accuracy import Accuracy, describe_accuracy, find_files, measure_case
from benchmarks.sam_constants import constants_set, describe_constants
from benchmarks.sam_costs import (
    HALF,
    EngineCost,
    encoder_gflop,
    make_weights,
    measure_engine,
    summarise_costs,
)
from benchmarks.sam_gpu import GpuCost, describe_gpus, measure_gpus
from benchmarks.sam_volume import (
    VolumeCost,
    add_volume_arguments,
    describe_volume,
    measure_volume,
)
from benchmarks.tables import format_table, write_json
from manyhands.executor.local import LocalProcesses
from manyhands.types import Progress

PARTS = ("engines", "gpu", "volume")
ACCURACY_GROUPS = ("MR test", "CT 01")


def measure_engines(
    architecture: str, weights: Path, *, times: int, threads: int
) -> list[EngineCost]:
    """Each in a process of its own, one after the other, so that no memory is counted twice."""
    costs = []
    executor = LocalProcesses(1, threads=threads)
    start = partial(start_engine, architecture, weights, times)
    for name in tqdm(HALF, unit="engine", file=sys.stderr):
        ((_, cost),) = executor.map(start, [name], watch=lambda _number, _share: None)
        if isinstance(cost, Exception):
            raise cost
        costs.append(cost)
        tqdm.write(f"{name}: {cost}", file=sys.stderr)
    return costs


def start_engine(architecture: str, weights: Path, times: int) -> partial[EngineCost]:
    return partial(_measure, architecture, weights, times)


def _measure(
    architecture: str, weights: Path, times: int, name: str, _progress: Progress
) -> EngineCost:
    return measure_engine(name, architecture, weights, times=times)


def describe_engines(costs: Sequence[EngineCost], gflop: float) -> str:
    summary = summarise_costs(costs, gflop)
    rows = []
    for cost in costs:
        faster, share, cheaper = summary[cost.name]
        rows.append(
            [
                cost.name,
                f"{cost.encode.cpu_s:.1f}",
                f"{cost.encode.wall_s:.1f}",
                f"{faster:.1f}",
                f"{share:.0%}",
                f"{cost.one_box.cpu_s:.3f}",
                f"{cost.twenty_boxes.cpu_s:.2f}",
                f"{cheaper:.0f}",
                f"{cost.limit_gflops:.0f}",
                f"{cost.peak_mib:.0f}",
            ]
        )
    heading = ["engine", "encode CPU-s", "s", "x faster", "of limit", "1 box CPU-s"]
    heading += ["20 boxes", "x cheaper", "GFLOP/CPU-s", "MiB"]
    return format_table(heading, rows)


def measure_costs(
    arguments: argparse.Namespace, folder: Path
) -> list[EngineCost | GpuCost | VolumeCost]:
    """The parts that were asked for, each printed as soon as it is measured."""
    found: list[EngineCost | GpuCost | VolumeCost] = []
    architecture, parts = arguments.architecture, arguments.parts
    weights = make_weights(architecture, folder)
    if "engines" in parts:
        gflop = encoder_gflop(architecture)
        engines = measure_engines(
            architecture, weights, times=arguments.times, threads=arguments.threads
        )
        print(f"{architecture}: {gflop:.0f} GFLOP a slice\n")
        print(describe_engines(engines, gflop), "\n", flush=True)
        found += engines
    if "gpu" in parts:
        gpus = measure_gpus()
        print(describe_gpus(gpus), "\n", flush=True)
        found += gpus
    if "volume" in parts:
        volume = measure_volume(
            weights, folder, slices=arguments.slices, few=arguments.few, size=arguments.size
        )
        print(describe_volume(volume))
        found.append(volume)
    return found


def measure_accuracy(arguments: argparse.Namespace) -> list[Accuracy]:
    files = find_files(arguments.weights, arguments.models)
    results = []
    for group in arguments.groups:
        for name in GROUPS[group]:
            results += measure_case(
                load_case(name), files, device=arguments.device, cache=arguments.cache
            )
    return results


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Cost and, with weights, accuracy of SAM.")
    parser.add_argument("--architecture", default="vit-b", help="vit-b, vit-l or vit-h (vit-b)")
    parser.add_argument("--times", type=int, default=2, help="runs, of which the least counts (2)")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="of torch (1): threads that wait for each other spend CPU-seconds too",
    )
    parser.add_argument("--parts", nargs="*", default=PARTS, choices=PARTS, help="only these (all)")
    add_volume_arguments(parser)
    parser.add_argument("--weights", type=Path, help="folder of real weights, or a file of them")
    parser.add_argument("--models", nargs="*", default=[], help="of these models (all there are)")
    parser.add_argument("--groups", nargs="*", default=ACCURACY_GROUPS, choices=list(GROUPS))
    parser.add_argument("--device", help="for accuracy: cuda, mps or cpu")
    parser.add_argument("--cache", type=Path, help="for accuracy: keep embeddings in this folder")
    parser.add_argument(
        "--set",
        nargs="*",
        default=[],
        metavar="NAME=VALUE",
        help="for accuracy: try a constant with another value; the table names all",
    )
    parser.add_argument("--json", type=Path, help="write the figures here too")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    arguments = make_parser().parse_args(argv)
    if arguments.weights:
        with constants_set(arguments.set):
            results = measure_accuracy(arguments)
            print(describe_accuracy(results), "\n")
            print(describe_constants())
        if arguments.json:
            write_json(arguments.json, results)
        return
    with tempfile.TemporaryDirectory() as folder:
        costs = measure_costs(arguments, Path(folder))
    if arguments.json:
        write_json(arguments.json, costs)


if __name__ == "__main__":
    main()
