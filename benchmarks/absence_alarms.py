"""Who stopped part-way and was imported as if they had not: are they found, and nobody else?

    python -m benchmarks.absence_alarms

On training cases, boxed by one or by four `paper` annotators of whom each stops at half of the
structures; all slices without answer before the first and after the last box are then *absent*, as
`--outside-absent` has it. Beside the share of people doubted, the volume Dice that came of it, and
what it is where the slices stay not seen.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from benchmarks.crowds import answer
from benchmarks.data import Case
from benchmarks.quality import TRAINING
from benchmarks.quality_crowds import Answers, load, look
from benchmarks.tables import format_table
from manyhands.geometry import to_stack
from manyhands.quality import CHECKS, Cohort
from manyhands.simulate import PROFILES
from manyhands.types import Answer, State

STOPPING = replace(PROFILES["paper"], truncated=0.5)
CROWDS = (1, 4)
FEWEST_LACKING = 2  # slices of the structure: of fewer nobody can tell that somebody stopped


@dataclass(frozen=True)
class Result:
    """One structure of a volume: how many people stopped or not, and how many were doubted."""

    people: int
    stopped: int
    doubted_stopped: int
    doubted_others: int
    dice_absent: float
    dice_unseen: float


def fill(answers: Sequence[Answer], n_slices: int) -> list[Answer]:
    """The answers, with *absent* on all slices outside each annotator's boxes that have none."""
    filled = list(answers)
    for name in sorted({a.annotator_id for a in answers}):
        own = [a for a in answers if a.annotator_id == name]
        boxed = [a.slice_index for a in own if a.boxes]
        known = {a.slice_index for a in own} | set(
            range(min(boxed, default=0), max(boxed, default=n_slices))
        )
        filled += [
            replace(own[0], slice_index=k, state=State.ABSENT, boxes=(), answer_id=f"{name} {k}")
            for k in range(n_slices)
            if k not in known
        ]
    return filled


def who_stopped(answers: Sequence[Answer], present: Sequence[int]) -> set[str]:
    """Annotators who did not answer on slices of the structure beyond their boxes."""
    stopped = set()
    for name in {a.annotator_id for a in answers}:
        own = [a for a in answers if a.annotator_id == name]
        boxed = [a.slice_index for a in own if a.boxes]
        silent = set(present) - {a.slice_index for a in own}
        beyond = [k for k in silent if not boxed or not min(boxed) <= k <= max(boxed)]
        if len(beyond) >= FEWEST_LACKING:
            stopped.add(name)
    return stopped


def examine(case: Case, people: int, seed: int) -> list[Result]:
    """Every structure of a case that has a mask both ways."""
    n_slices = case.volume.grid.stack_shape[0]
    said: Answers = answer(case, [STOPPING] * people, seed=seed)
    absent = look(case, {s: fill(a, n_slices) for s, a in said.items()}, with_jitter=False)
    unseen = look(case, said, with_jitter=False)
    cohort = Cohort(tuple(sample.subject for sample in absent.values()))
    doubted = {(f.place.structure, f.place.annotator) for f in CHECKS["absence-doubtful"](cohort)}
    stack = to_stack(case.reference.data)
    results = []
    for s in absent.keys() & unseen.keys():
        name = absent[s].subject.structure.name
        stopped = who_stopped(said[s], np.flatnonzero((stack == s).any(axis=(1, 2))).tolist())
        of_it = {annotator for structure, annotator in doubted if structure == name}
        results.append(
            Result(
                people,
                len(stopped),
                len(of_it & stopped),
                len(of_it - stopped),
                absent[s].dice,
                unseen[s].dice,
            )
        )
    return results


def describe(results: Sequence[Result]) -> str:
    """A line for each size of crowd."""
    rows = []
    for people in sorted({r.people for r in results}):
        own = [r for r in results if r.people == people]
        total: Mapping[str, int] = {
            name: sum(getattr(r, name) for r in own)
            for name in ("people", "stopped", "doubted_stopped", "doubted_others")
        }
        others = total["people"] - total["stopped"]
        rows.append(
            [
                str(people),
                f"{total['doubted_stopped']} of {total['stopped']}",
                f"{total['doubted_others']} of {others}",
                f"{np.mean([r.dice_absent for r in own]):.3f}",
                f"{np.mean([r.dice_unseen for r in own]):.3f}",
            ]
        )
    heading = ["people", "who stopped, doubted", "others doubted", "Dice", "Dice if not seen"]
    return format_table(heading, rows)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="People who stopped, imported as if they had not.")
    parser.add_argument("--seeds", type=int, default=1, help="crowds for each case and size (1)")
    parser.add_argument("--cases", type=int, help="only the first so many training cases")
    arguments = parser.parse_args(argv)
    results: list[Result] = []
    for name in tqdm(TRAINING[: arguments.cases], unit="case", file=sys.stderr):
        case = load(name)
        for people in CROWDS:
            for seed in range(arguments.seeds):
                results += examine(case, people, seed)
    print(describe(results))


if __name__ == "__main__":
    main()
