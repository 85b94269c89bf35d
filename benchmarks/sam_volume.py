"""What does a network cost on a whole volume: five structures, four annotators, a cache or none?

    python -m benchmarks.sam_volume                     100 slices with the cache, 4 without
    python -m benchmarks.sam_volume --weights FILE      of a network of one's own

The volume is a phantom, labelled as `manyhands segment` does it. Without a cache each question
encodes its slice, as a program does that shows the network a slice and asks with a box: that is
run on fewer slices, asked about as often, and the masks are compared.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from benchmarks.sam_costs import Spent, make_weights
from benchmarks.sam_counted import Counted, EncodesEachTime
from benchmarks.tables import format_table, write_json
from manyhands.config import Config, make_structures
from manyhands.evidence import NetworkOptions, Savings, Sight, load_sight
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.masks import segment
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import (
    EVERYBODY,
    Source,
    add_volumes,
    find_agreement,
    make_annotators,
    read_consensus,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.networks import answers_on, own_boxes
from manyhands.store import Study, create_study, find_volumes
from manyhands.types import LabelArray
from manyhands.volumes import read_volume, write_labels, write_volume

Result = TypeVar("Result")

MODEL = "sam-vit-b"
VOLUME = "phantom"
EMBEDDINGS = "*.npz"
FIELD_MM, HEIGHT_MM = 400.0, 300.0
CROWD = {"paper": 2, "careful": 1, "poor": 1}
"""Four people, as many of each profile."""


@dataclass(frozen=True)
class Run:
    """One way to label a volume of `slices`: what it spent, and what the network was asked."""

    way: str
    slices: int
    spent: Spent
    encodings: int
    questions: int | None = None


@dataclass(frozen=True)
class VolumeCost:
    """`first` and `again` label a whole volume, reading and writing files included; `few` and
    `without` label one of fewer slices, with embeddings kept and with none.

    `same_share` of the voxels have one label in both. `ran_on` is the device, `kept_mib` the cache.
    """

    first: Run
    again: Run
    few: Run
    without: Run
    same_share: float
    kept_mib: float
    ran_on: str

    @property
    def cheaper(self) -> float:
        """How many times less CPU a volume costs with the cache than without, measured on the few
        slices."""
        return self.without.spent.cpu_s / self.few.spent.cpu_s


def measure_volume(
    weights: Path, folder: Path, *, slices: int, few: int, size: int, device: str = "cpu"
) -> VolumeCost:
    """Label phantoms of `size` x `size` pixels with a network; all files lie in `folder`."""
    cache = folder / "cache"
    options = NetworkOptions(weights=weights, device=device, cache=cache)
    with make_study(folder / "whole", slices, size) as study:
        first = _through_the_step(study, "first time, with cache", slices, options, cache)
        study.path(EVERYBODY.labels_path(VOLUME)).unlink()
        again = _through_the_step(study, "again, with cache", slices, options, cache)
    kept = sum(path.stat().st_size for path in cache.rglob(EMBEDDINGS))
    sight = load_sight(MODEL, replace(options, cache=None))
    with make_study(folder / "few", few, size) as study:
        network = sight.network.network
        with_cache, labels = _label(study, sight, "with cache", few, Counted(network))
        without, expected = _label(
            study, sight, "every question encodes its slice", few, EncodesEachTime(network)
        )
    same = float((labels == expected).mean())
    return VolumeCost(first, again, with_cache, without, same, kept / 2**20, sight.ran_on)


def make_study(folder: Path, slices: int, size: int) -> Study:
    """A phantom on which four people have answered, and what they agree on."""
    volume, labels, _ = make_phantom(
        (size, size, slices), spacing_mm=(FIELD_MM / size, FIELD_MM / size, HEIGHT_MM / slices)
    )
    folder.mkdir(parents=True)
    image, reference = folder / f"{VOLUME}.nii.gz", folder / f"{VOLUME}_label.nii.gz"
    write_volume(volume.data, volume.grid, image)
    write_labels(labels, reference)
    study = create_study(folder / "study", Config(make_structures(NAMES)))
    add_volumes(study, [Source(image, reference)])
    for profile, count in CROWD.items():
        people = make_annotators(profile, count, seed=0, complete=True)
        simulate_answers(study, people, command="")
    find_agreement(study, command="")
    return study


def _through_the_step(
    study: Study, way: str, slices: int, options: NetworkOptions, cache: Path
) -> Run:
    before = len(list(cache.rglob(EMBEDDINGS)))
    outcome, spent = _spend(
        lambda: segment_volumes(study, model=MODEL, options=options, command="benchmarks")
    )
    if outcome.done != (VOLUME,):
        raise RuntimeError(f"{way}: {outcome}")
    return Run(way, slices, spent, len(list(cache.rglob(EMBEDDINGS))) - before)


def _label(
    study: Study, sight: Sight, way: str, slices: int, counted: Counted
) -> tuple[Run, LabelArray]:
    """Label the volume as the step does, by a network that counts."""
    with study.reading() as connection:
        (record,) = find_volumes(connection)
    volume = read_volume(study.path(record.image_path), modality=record.modality)
    structures = read_consensus(study, VOLUME)
    shown = replace(
        sight,
        network=CachedNetwork(counted, savings=Savings()),
        own_boxes=own_boxes(answers_on(study, record, EVERYBODY), structures),
    )
    found, spent = _spend(lambda: segment(volume, structures, model=MODEL, sight=shown))
    return Run(way, slices, spent, counted.encodings, counted.questions), found.labels.data


def _spend(work: Callable[[], Result]) -> tuple[Result, Spent]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return result, Spent(time.process_time() - cpu, time.perf_counter() - wall)


def describe_volume(cost: VolumeCost) -> str:
    """As measured, and in proportion for the slices of the whole volume."""
    whole = cost.first.slices
    rows = [
        [
            run.way,
            str(run.slices),
            f"{run.spent.cpu_s:.0f}",
            f"{run.spent.wall_s:.0f}",
            str(run.encodings),
            "" if run.questions is None else str(run.questions),
            f"{run.spent.cpu_s * whole / run.slices:.0f}",
        ]
        for run in (cost.without, cost.few, cost.first, cost.again)
    ]
    heading = ["a volume", "slices", "CPU-s", "s", "encodings", "questions", f"CPU-s of {whole}"]
    return (
        f"{format_table(heading, rows)}\n{cost.ran_on}; {cost.cheaper:.1f} times cheaper with the "
        f"cache on {cost.few.slices} slices, {cost.same_share:.4%} of voxels labelled alike; "
        f"{cost.kept_mib:.0f} MiB of embeddings kept"
    )


def add_volume_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--slices", type=int, default=100, help="of the volume (100)")
    parser.add_argument("--few", type=int, default=4, help="slices labelled without a cache (4)")
    parser.add_argument("--size", type=int, default=512, help="rows and columns (512)")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="What a network costs on a whole volume.")
    add_volume_arguments(parser)
    parser.add_argument("--weights", type=Path, help="a file of weights, not random ones of ViT-B")
    parser.add_argument("--device", default="cpu", help="cuda, mps or cpu (cpu)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        cost = measure_volume(
            arguments.weights or make_weights("vit-b", Path(folder)),
            Path(folder),
            slices=arguments.slices,
            few=arguments.few,
            size=arguments.size,
            device=arguments.device,
        )
    print(describe_volume(cost))
    if arguments.json:
        write_json(arguments.json, [cost])


if __name__ == "__main__":
    main()
