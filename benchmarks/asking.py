"""What does it cost to ask fewer people, and on fewer slices?

    python -m benchmarks.asking --groups smoke "CT 02" "CT 03" --seeds 3

Each crowd is asked in several ways: always four people, on every slice; as many as `needs_another`
has it, who come later on fewer slices or on all; and four people on every fourth slice with the
structure's first and last. Answers and boxes beside those of always four, and the mean volume Dice
with what was lost.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.data import GROUPS, NAMES, PARTNERS, load_case
from benchmarks.tables import format_table, tell
from manyhands.config import Asking, Config
from manyhands.pipeline.rehearse import ask_people, draw_crowd, find_dice, set_stage
from manyhands.simulate import PROFILES

SMALL: dict[str, tuple[str, ...]] = {
    "smoke": ("abdomen_mr/smoke",),
    "MR some": ("abdomen_mr/case01", "abdomen_mr/case05", "abdomen_mr/case20"),
}
CASES = {**GROUPS, **SMALL}

CROWDS: Mapping[str, tuple[str, ...]] = {
    "paper": ("paper",) * 5,
    "mixed": ("careful", "paper", "poor", "poor", "paper"),
    "spammer": ("paper", "paper", "paper", "spammer", "paper"),
}
"""Five people each; in which order they come is drawn anew for each seed."""

FOUR = Asking(first_annotators=4, most_annotators=4)
WAYS: Mapping[str, tuple[Asking, int]] = {
    "always four": (FOUR, 1),
    "always two": (Asking(first_annotators=2, most_annotators=2), 1),
    "adaptive": (Asking(), 1),
    "adaptive, later on all": (Asking(later_stride=1), 1),
    "four, stride 4": (FOUR, 4),
    "adaptive, stride 4": (Asking(), 4),
}


@dataclass(frozen=True)
class Result:
    """One structure of one volume, asked of one crowd in one way."""

    group: str
    crowd: str
    way: str
    case: str
    seed: int
    structure: str
    n_people: int
    n_answers: int
    n_boxes: int
    dice: float


def run(arguments: argparse.Namespace) -> list[Result]:
    results: list[Result] = []
    cases = [(group, name) for group in arguments.groups for name in CASES[group]]
    for group, name in tqdm(cases, unit="case", file=sys.stderr):
        for crowd in arguments.crowds:
            for seed in range(arguments.seeds):
                results += run_one(group, name, crowd, seed, arguments.ways)
    return results


def run_one(group: str, name: str, crowd: str, seed: int, ways: Sequence[str]) -> list[Result]:
    case = load_case(name)
    stage = set_stage(case.volume, case.reference, NAMES, PARTNERS)
    order = np.random.default_rng(seed).permutation(len(CROWDS[crowd]))
    drawn = draw_crowd(stage, [PROFILES[CROWDS[crowd][n]] for n in order], seed=seed)
    results = []
    for way in ways:
        asking, stride = WAYS[way]
        asked = ask_people(stage, drawn, asking=asking, stride=stride, method=Config.consensus)
        dices = find_dice(stage, asked, model=Config.model)
        results += [
            Result(
                group=group,
                crowd=crowd,
                way=way,
                case=name,
                seed=seed,
                structure=NAMES[structure_id],
                n_people=outlook.n_people,
                n_answers=outlook.n_answers,
                n_boxes=outlook.n_boxes,
                dice=dices[structure_id],
            )
            for structure_id, outlook in asked.items()
        ]
    return results


def describe(results: Sequence[Result], group: str, crowd: str) -> str:
    """One table: a line for each way, beside the first."""
    chosen = [r for r in results if (r.group, r.crowd) == (group, crowd)]
    by_way = {way: [r for r in chosen if r.way == way] for way in {r.way: None for r in chosen}}
    first = next(iter(by_way.values()))
    rows = []
    for way, own in by_way.items():
        answers = sum(r.n_answers for r in own) / sum(r.n_answers for r in first)
        boxes = sum(r.n_boxes for r in own) / sum(r.n_boxes for r in first)
        people = np.mean([r.n_people for r in own])
        dice = np.mean([r.dice for r in own])
        lost = np.mean([r.dice for r in first]) - dice
        rows.append(
            [
                way,
                f"{people:.2f}",
                f"{answers - 1:+.0%}",
                f"{boxes - 1:+.0%}",
                f"{dice:.4f}",
                f"{lost:+.4f}",
            ]
        )
    cases, seeds = (len({getattr(r, name) for r in chosen}) for name in ("case", "seed"))
    title = f"{group}: {cases} volumes, {seeds} seeds, {crowd} ({', '.join(CROWDS[crowd])})"
    heading = ["", "people", "answers", "boxes", "Dice", "Dice lost"]
    return f"{title}\n{format_table(heading, rows)}\n"


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fewer people and slices on real volumes.")
    parser.add_argument("--seeds", type=int, default=1, help="crowds to average over (1)")
    parser.add_argument("--groups", nargs="+", choices=list(CASES), default=list(GROUPS))
    parser.add_argument("--crowds", nargs="+", choices=list(CROWDS), default=list(CROWDS))
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    parser.add_argument("--json", type=Path, help="write every single result here too")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    tell(run(arguments), describe, arguments)


if __name__ == "__main__":
    main()
