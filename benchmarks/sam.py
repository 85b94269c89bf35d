"""What does SAM cost here, beside its authors' program and beside what this machine can do?

    python -m benchmarks.sam
    python -m benchmarks.sam --weights FOLDER      how good masks are, too, with real weights

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
from benchmarks.sam_costs import (
    HALF,
    EngineCost,
    Ours,
    encoder_gflop,
    measure_engine,
    open_engine,
    reference_network,
    summarise_costs,
)
from benchmarks.sam_volume import VolumeCost, measure_volume
from benchmarks.tables import format_table, write_json
from manyhands.evidence.sam.architectures import ARCHITECTURES, VitSize
from manyhands.evidence.sam.torch_ready import require_torch
from manyhands.executor.local import LocalProcesses
from manyhands.types import Progress

ACCURACY_GROUPS = ("MR test", "CT 01")


def make_weights(architecture: str, folder: Path) -> Path:
    """A file of random weights, named as the authors name tensors."""
    size = ARCHITECTURES[architecture]
    if not isinstance(size, VitSize):
        raise SystemExit(f"speed is compared on a ViT of SAM, not on {architecture}")
    path = folder / f"{architecture}.pth"
    require_torch().save(reference_network(size).state_dict(), path)
    return path


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


def describe_volume(cost: VolumeCost, slices: int) -> str:
    """As measured, and in proportion for so many slices."""
    scale = slices / cost.slices
    rows = [
        [name, f"{cpu_s:.0f}", f"{cpu_s * scale:.0f}", f"{cost.without_cpu_s / cpu_s:.1f}"]
        for name, cpu_s in (
            ("every question encodes its slice", cost.without_cpu_s),
            ("first time, with cache", cost.first_cpu_s),
            ("again, with cache", cost.again_cpu_s),
        )
    ]
    heading = ["a volume", f"CPU-s, {cost.slices} slices", f"of {slices}", "x cheaper"]
    asked = (
        f"{cost.encodings} encodings, {cost.questions} boxes asked with, {cost.cache_mib:.0f} MiB"
    )
    return f"{format_table(heading, rows)}\n{asked} of embeddings"


def measure_accuracy(arguments: argparse.Namespace) -> list[Accuracy]:
    files = find_files(arguments.weights, arguments.models)
    results = []
    for group in arguments.groups:
        for name in GROUPS[group]:
            results += measure_case(load_case(name), files, device=arguments.device)
    return results


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Cost and, with weights, accuracy of SAM.")
    parser.add_argument("--architecture", default="vit-b", help="vit-b, vit-l or vit-h (vit-b)")
    parser.add_argument("--times", type=int, default=2, help="runs, of which the least counts (2)")
    parser.add_argument(
        "--threads",
        type=int,
        default=1,
        help="of torch (1): threads that wait for each other spend CPU-seconds too",
    )
    parser.add_argument("--slices", type=int, default=8, help="of the volume that is measured (8)")
    parser.add_argument("--size", type=int, default=512, help="its rows and columns (512)")
    parser.add_argument("--weights", type=Path, help="folder of real weights, or a file of them")
    parser.add_argument("--models", nargs="*", default=[], help="of these models (all there are)")
    parser.add_argument("--groups", nargs="*", default=ACCURACY_GROUPS, choices=list(GROUPS))
    parser.add_argument("--device", help="for accuracy: cuda, mps or cpu")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args(argv)

    if arguments.weights:
        results = measure_accuracy(arguments)
        print(describe_accuracy(results))
        if arguments.json:
            write_json(arguments.json, results)
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = make_weights(arguments.architecture, Path(folder))
        gflop = encoder_gflop(arguments.architecture)
        costs = measure_engines(
            arguments.architecture, weights, times=arguments.times, threads=arguments.threads
        )
        print(f"{arguments.architecture}: {gflop:.0f} GFLOP a slice\n")
        print(describe_engines(costs, gflop), "\n", flush=True)
        engine = open_engine("OpenVINO bf16", arguments.architecture, weights)
        if not isinstance(engine, Ours):
            raise TypeError("expected an engine of manyhands")
        cost = measure_volume(
            engine.engine, Path(folder, "kept"), slices=arguments.slices, size=arguments.size
        )
        print(describe_volume(cost, 100))
    if arguments.json:
        write_json(arguments.json, [*costs, cost])


if __name__ == "__main__":
    main()
