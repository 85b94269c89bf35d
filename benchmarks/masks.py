"""How good are masks from boxes? Our model beside the baselines, on real volumes, in one run.

    python -m benchmarks.masks --seeds 3 --json masks.json

For each group of cases and each crowd: per structure volume Dice and slice Dice (over all slices
that the reference or the mask has), their means, seconds per volume, and the peak memory of the
process. Boxes are simulated from the reference; all methods get the same consensus.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.baselines import BASELINES, segment_by_slices
from benchmarks.crowds import CROWDS, agree
from benchmarks.data import GROUPS, NAMES, Case, load_case
from benchmarks.meter import measure
from benchmarks.tables import format_table, tell
from manyhands.config import Config
from manyhands.crowd import METHODS as CONSENSUS
from manyhands.evaluation import slice_dice, volume_dice
from manyhands.masks import segment
from manyhands.phantom import make_phantom
from manyhands.types import Consensus, LabelArray, Volume

Method = Callable[[Volume, Mapping[int, Consensus]], LabelArray]


def segment_by_ours(volume: Volume, structures: Mapping[int, Consensus]) -> LabelArray:
    return segment(volume, structures, model="intensity").labels.data


METHODS: dict[str, Method] = {
    **{name: partial(segment_by_slices, baseline=one) for name, one in BASELINES.items()},
    "manyhands": segment_by_ours,
}


@dataclass(frozen=True)
class Result:
    """One structure of one volume by one method."""

    group: str
    crowd: str
    method: str
    case: str
    seed: int
    structure: str
    volume_dice: float
    slice_dice: float
    seconds: float  # of the whole volume
    peak_mib: float


def is_complete(crowd: str, arguments: argparse.Namespace) -> bool:
    """Do the annotators see every slice, or stop part-way as their profiles have it?"""
    return crowd != "four annotators" or bool(arguments.complete)


def run(arguments: argparse.Namespace) -> list[Result]:
    warm_up()
    cases = [(group, name) for group in arguments.groups for name in GROUPS[group]]
    results: list[Result] = []
    for group, name in tqdm(cases, unit="case", file=sys.stderr):
        case = load_case(name)
        for crowd in arguments.crowds:
            seeds = 1 if crowd == "exact boxes" else arguments.seeds
            for seed in range(seeds):
                complete = is_complete(crowd, arguments)
                structures = agree(
                    case,
                    CROWDS[crowd],
                    seed=seed,
                    complete=complete,
                    consensus=arguments.consensus,
                )
                for method in arguments.methods:
                    results += _measure(
                        case, structures, group=group, crowd=crowd, method=method, seed=seed
                    )
    return results


def warm_up() -> None:
    """Let everything compile once, so that no case pays for it."""
    volume, labels, _ = make_phantom((60, 50, 20), spacing_mm=(6.0, 6.0, 9.0))
    case = Case("phantom", volume, labels)
    segment_by_ours(volume, agree(case, ("exact",), seed=0, complete=True))


def _measure(
    case: Case,
    structures: Mapping[int, Consensus],
    *,
    group: str,
    crowd: str,
    method: str,
    seed: int,
) -> Iterator[Result]:
    labels, cost = measure(lambda: METHODS[method](case.volume, structures))
    for structure_id in case.structures:
        reference, mask = case.reference.data == structure_id, labels == structure_id
        yield Result(
            group=group,
            crowd=crowd,
            method=method,
            case=case.name,
            seed=seed,
            structure=NAMES[structure_id],
            volume_dice=volume_dice(reference, mask) or 0.0,
            slice_dice=slice_dice(reference, mask) or 0.0,
            seconds=cost.seconds,
            peak_mib=cost.peak_mib,
        )


def describe(
    results: Sequence[Result], group: str, crowd: str, *, arguments: argparse.Namespace
) -> str:
    """One table: a line a method, volume Dice and slice Dice of each structure and of all."""
    chosen = [r for r in results if (r.group, r.crowd) == (group, crowd)]
    names = [name for name in NAMES.values() if any(r.structure == name for r in chosen)]
    rows = []
    for method in dict.fromkeys(r.method for r in chosen):
        own = [r for r in chosen if r.method == method]
        by_name = [[r for r in own if r.structure == name] for name in names]
        seconds = np.mean([r.seconds for r in own])
        peak_mib = max(r.peak_mib for r in own)
        dices = [_dices(some) for some in (*by_name, own)]
        rows.append([method, *dices, f"{seconds:.2f}", f"{peak_mib:.0f}"])
    cases = len({r.case for r in chosen})
    seeds = len({r.seed for r in chosen})
    coverage = "every slice seen" if is_complete(crowd, arguments) else "some stop part-way"
    people = f"{crowd} ({', '.join(CROWDS[crowd])}; {coverage})"
    title = f"{group}: {cases} volumes, {seeds} seeds, {people}"
    return f"{title}\n{format_table(['', *names, 'mean', 's/volume', 'MiB'], rows)}\n"


def _dices(results: Sequence[Result]) -> str:
    volume, slices = (
        np.mean([getattr(result, name) for result in results])
        for name in ("volume_dice", "slice_dice")
    )
    return f"{volume:.3f} ({slices:.3f})"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Masks from boxes on real volumes.")
    parser.add_argument("--seeds", type=int, default=1, help="crowds to average over (1)")
    parser.add_argument(
        "--complete",
        action="store_true",
        help="let the four annotators see every slice; else they stop part-way at some structures, "
        "as their profiles have it. The one annotator always sees every slice",
    )
    for name, table in (("groups", GROUPS), ("crowds", CROWDS), ("methods", METHODS)):
        parser.add_argument(f"--{name}", nargs="+", choices=list(table), default=list(table))
    parser.add_argument(
        "--consensus", choices=list(CONSENSUS), default=Config.consensus, help="of several boxes"
    )
    parser.add_argument("--json", type=Path, help="write every single result here too")
    return parser.parse_args(arguments)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    results = run(arguments)
    print(
        f"Volume Dice (slice Dice); MiB: peak of the process; consensus: {arguments.consensus}.\n"
    )
    tell(results, partial(describe, arguments=arguments), arguments)


if __name__ == "__main__":
    main()
