"""Is who clicks anything found, and nobody else? And how long does a consensus take?

    python -m benchmarks.crowd_checks --seeds 20

The spammer is one of four, the other three `paper`, on the boxes of each case; found are those
whose weight is 0 on more than half of a case's structures. Time is that of five structures on 150
slices, with more and more annotators.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from benchmarks.crowds import answer, to_answers
from benchmarks.data import GROUPS, NAMES, Case, load_case
from benchmarks.meter import measure_fastest
from benchmarks.tables import format_table
from manyhands.crowd import METHODS, Said, find_consensus, measure_reliability
from manyhands.simulate import PROFILES, simulate_annotator
from manyhands.types import Answer, MaskStack

CROWD = ("paper", "paper", "paper", "spammer")
SPAMMER = "3"
SHAPE, SPACING_MM = (150, 512, 512), (3.0, 0.8, 0.8)
ANNOTATORS = (1, 2, 4, 8)


def find_ignored(case: Case, seed: int) -> set[str]:
    """Annotators without a say on most structures of the case."""
    grid = case.volume.grid
    said = answer(case, [PROFILES[name] for name in CROWD], seed=seed).values()
    found = [
        find_consensus(
            answers, stack_shape=grid.stack_shape, stack_spacing_mm=grid.stack_spacing_mm
        ).weights
        for answers in said
    ]
    shares = {
        name: np.mean([weights.get(name) == 0 for weights in found])
        for name in map(str, range(len(CROWD)))
    }
    return {name for name, share in shares.items() if share > 0.5}


def describe_spammers(names: Sequence[str], seeds: int) -> str:
    """One line a case: in how many seeds the spammer was found, and somebody else taken for one."""
    rows = []
    for name in names:
        case = load_case(name)
        ignored = [find_ignored(case, seed) for seed in range(seeds)]
        found = sum(SPAMMER in some for some in ignored)
        alarms = sum(bool(some - {SPAMMER}) for some in ignored)
        rows.append([name, f"{found} of {seeds}", f"{alarms} of {seeds}"])
    return format_table(["", "spammer found", "false alarm"], rows)


def draw(annotators: int) -> Mapping[int, list[Answer]]:
    """What so many `paper` annotators say of five ellipsoids."""
    masks = {structure_id: _ellipsoid(structure_id) for structure_id in NAMES}
    answers: dict[int, list[Answer]] = {structure_id: [] for structure_id in NAMES}
    for number in range(annotators):
        drawn = simulate_annotator(
            masks,
            NAMES,
            stack_spacing_mm=SPACING_MM,
            profile=PROFILES["paper"],
            rng=np.random.default_rng(number),
        )
        for structure_id, by_slice in drawn.items():
            answers[structure_id] += to_answers(by_slice, structure_id, str(number))
    return answers


def _ellipsoid(structure_id: int) -> MaskStack:
    slices, rows, columns = SHAPE
    k, row, column = np.ogrid[0:slices, 0:rows, 0:columns]
    middle = 70.0 * structure_id
    return np.asarray(
        ((k - 75) / 60) ** 2 + ((row - middle) / 60) ** 2 + ((column - middle) / 50) ** 2 < 1
    )


def agree(answers: Mapping[int, list[Answer]], method: str) -> None:
    for said in answers.values():
        find_consensus(said, stack_shape=SHAPE, stack_spacing_mm=SPACING_MM, method=method)


def describe_time() -> str:
    """Seconds for all five structures, by each method, and for everybody's reliability."""
    rows = []
    for annotators in ANNOTATORS:
        answers = draw(annotators)
        said = [Said(some, SHAPE, SPACING_MM) for some in answers.values()]
        costs = [measure_fastest(partial(agree, answers, method)) for method in METHODS]
        costs.append(measure_fastest(partial(measure_reliability, said)))
        rows.append([str(annotators), *(f"{cost.seconds:.2f} s" for cost in costs)])
    return format_table(["annotators", *METHODS, "reliability"], rows)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Spammers found, and seconds.")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--groups", nargs="+", choices=list(GROUPS), default=["MR training"])
    parser.add_argument("--cases", type=int, help="only the first so many cases of each group")
    arguments = parser.parse_args(argv)
    print(describe_time(), "\n", flush=True)
    names = [name for group in arguments.groups for name in GROUPS[group][: arguments.cases]]
    print(describe_spammers(names, arguments.seeds))


if __name__ == "__main__":
    main()
