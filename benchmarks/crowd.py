"""What does each stage of the crowd's consensus bring, and what would an exact crowd reach?

    python -m benchmarks.crowd --boxes-only
    python -m benchmarks.crowd --groups "MR training" --cases 3 --seeds 1

Per group of cases and crowd, one line a stage: box IoU (0 on slices where only one of crowd and
reference has a box), error of the first and the last slice in mm, and, without `--boxes-only`,
volume Dice and NSD of the masks made of these boxes. Masks of the stages marked + leave their boxes
as they were agreed on, until the last stage tightens them, whose boxes are those around its masks.
All other lines have masks as the program makes them: of each person alone, voted on, by other
methods, of exact boxes. Gold is one other case of the group, for test groups a training case.
Whether the spammer is found, and how long a consensus takes, tells `python -m
benchmarks.crowd_checks`. `--json` is written anew after each case. Parts, made one by
one or on several machines, become one table:

    python -m benchmarks.crowd --groups "MR training" --cases 6 --seeds 1 --json a.json
    python -m benchmarks.crowd --groups "MR training" --skip 6 --seeds 1 --json b.json
    python -m benchmarks.crowd --join a.json b.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from tqdm import tqdm

from benchmarks.crowd_masks import FUSIONS, Masks, mask_boxes
from benchmarks.crowd_stages import METHODS, STAGES, TIGHTENED, Scene, exact
from benchmarks.crowd_table import Result, describe, join
from benchmarks.crowds import answer
from benchmarks.data import GROUPS, NAMES, Case, load_case
from benchmarks.tables import tell, write_json
from manyhands.boxes.arithmetic import iou
from manyhands.crowd import Gold, gold_boxes, learn_bias
from manyhands.evaluation import score_volume
from manyhands.geometry import to_stack
from manyhands.simulate import PROFILES, Profile, tight_boxes
from manyhands.types import BoxArray, Consensus, LabelArray, Labels, MaskArray, Structure

PAPER = PROFILES["paper"]
CROWDS: Mapping[str, tuple[Profile, ...]] = {
    "4 paper": (PAPER,) * 4,
    "1 careful, 1 average, 2 poor": tuple(
        PROFILES[name] for name in ("careful", "paper", "poor", "poor")
    ),
    "3 paper, 1 spammer": (PAPER, PAPER, PAPER, PROFILES["spammer"]),
    "4 paper, a third truncated": (replace(PAPER, truncated=1 / 3),) * 4,
    "2 paper": (PAPER,) * 2,
}
TRAINING = "MR training"
GOLD_FOR = {
    "MR test": "abdomen_mr/case01",
    "CT 01": "abdomen_ct/case02",
    "CT 02": "abdomen_ct/case03",
    "CT 03": "abdomen_ct/case02",
}
"""Groups of which no case may teach anything, or that have no other: their gold is elsewhere."""

STRUCTURES = tuple(Structure(number, name) for number, name in NAMES.items())


def set_scene(case: Case, gold: Case, crowd: Sequence[Profile], seed: int) -> Scene:
    """The crowd at a case, and what a case of gold teaches of the same crowd."""
    stack, grid = to_stack(gold.reference.data), gold.volume.grid
    known = [
        Gold("gold", s, gold_boxes(stack == s), grid.stack_shape, grid.stack_spacing_mm)
        for s in gold.structures
    ]
    said = [
        replace(one, volume_id="gold")
        for of_structure in answer(gold, crowd, seed=seed).values()
        for one in of_structure
    ]
    bias, _ = learn_bias(known, said)
    return Scene(case, answer(case, crowd, seed=seed), bias)


def score_boxes(case: Case, found: Mapping[int, BoxArray]) -> Iterator[tuple[int, float, float]]:
    """Of each structure, box IoU and the mean error of both ends in mm.

    `found` gives a box (slices, 4) by structure id, NaN where there is none.
    """
    stack = to_stack(case.reference.data)
    for structure_id, boxes in found.items():
        true = tight_boxes(stack == structure_id)
        there, is_true = np.isfinite(boxes[:, 0]), np.isfinite(true[:, 0])
        overlap = iou(np.nan_to_num(boxes), np.nan_to_num(true))[there | is_true].mean()
        yield structure_id, float(overlap), _ends_mm(there, is_true, case)


def hulls(consensus: Consensus) -> BoxArray:
    """The box (slices, 4) around all tracks on each slice, NaN where there is none."""
    n_slices = len(consensus.presence)
    low, high = np.full((n_slices, 2), np.nan), np.full((n_slices, 2), np.nan)
    for track in consensus.tracks:
        k = track.slice_indices
        low[k] = np.fmin(low[k], track.boxes[:, :2])
        high[k] = np.fmax(high[k], track.boxes[:, 2:])
    return np.hstack([low, high])


def _ends_mm(there: MaskArray, is_true: MaskArray, case: Case) -> float:
    """Mean of both ends; a structure that was not found errs by all its length."""
    true, found = np.flatnonzero(is_true), np.flatnonzero(there)
    slices = abs(found[[0, -1]] - true[[0, -1]]).sum() if len(found) else len(true)
    return float(slices / 2 * case.volume.grid.stack_spacing_mm[0])


def score_masks(case: Case, labels: LabelArray) -> Iterator[tuple[int, float, float]]:
    """Of each structure, volume Dice and NSD."""
    ids = {s.name: s.structure_id for s in STRUCTURES}
    for score in score_volume(case.reference, Labels(labels, case.reference.grid), STRUCTURES):
        yield ids[score.structure], score.volume_dice or 0.0, score.nsd or 0.0


Line = dict[str, object]


def look(scene: Scene, stages: Sequence[str], masks: Masks | None) -> Iterator[Line]:
    """Every stage at one scene, a line for each structure (and, alone, each annotator).

    Without `masks` boxes only.
    """
    table = {"exact boxes": exact, **STAGES, **METHODS}
    for stage in (name for name in table if name in stages):
        for agreed in table[stage](scene):
            boxes = {s: hulls(consensus) for s, consensus in agreed.items()}
            is_tightened = not stage.startswith("+") and stage != "box median"
            labels = masks.of(agreed, is_tightened=is_tightened) if masks else None
            yield from _lines(scene.case, stage, boxes, labels)
    if masks is None:
        return
    for stage in (name for name in TIGHTENED if name in stages):
        (agreed,) = STAGES[TIGHTENED[stage]](scene)
        labels = masks.of(agreed)
        boxes = {s: mask_boxes(labels, s) for s in agreed}
        yield from _lines(scene.case, stage, boxes, labels)
    if "each alone" in stages:
        yield from _fused(scene.case, [masks.of(agreed) for agreed in STAGES["each alone"](scene)])


def _lines(
    case: Case, stage: str, boxes: Mapping[int, BoxArray], labels: LabelArray | None
) -> Iterator[Line]:
    lines: dict[int, Line] = {
        s: {"box_iou": overlap, "ends_mm": ends} for s, overlap, ends in score_boxes(case, boxes)
    }
    if labels is not None:
        for s, dice, surface in score_masks(case, labels):
            lines[s] |= {"volume_dice": dice, "nsd": surface}
    yield from ({"stage": stage, "structure": NAMES[s], **line} for s, line in lines.items())


def _fused(case: Case, alone: Sequence[LabelArray]) -> Iterator[Line]:
    for fusion in FUSIONS:
        if fusion == "masks, STAPLE" and find_spec("SimpleITK") is None:
            continue  # it needs the extra `itk`
        for s, dice, surface in score_masks(case, FUSIONS[fusion](alone)):
            yield {"stage": fusion, "structure": NAMES[s], "volume_dice": dice, "nsd": surface}


def run(arguments: argparse.Namespace) -> list[Result]:
    results: list[Result] = []
    for group in arguments.groups:
        of_group = GROUPS[group]
        names = of_group[arguments.skip :][: arguments.cases]
        for name in tqdm(names, desc=group, unit="case", file=sys.stderr):
            case = load_case(name)
            following = of_group[(of_group.index(name) + 1) % len(of_group)]
            gold = load_case(GOLD_FOR.get(group, following))
            masks = None if arguments.boxes_only else Masks(case)
            for crowd in arguments.crowds:
                for seed in range(arguments.seeds):
                    scene = set_scene(case, gold, CROWDS[crowd], seed)
                    place = partial(Result, group=group, crowd=crowd, case=name, seed=seed)
                    lines = look(scene, arguments.stages, masks)
                    results += [place(**line) for line in lines]  # type: ignore[arg-type]
            if arguments.json:
                write_json(arguments.json, results)
    return results


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Stages of the consensus on real volumes.")
    groups = [TRAINING, "MR test", "CT 01"]
    stages = ["exact boxes", *STAGES, *TIGHTENED, *METHODS]
    parser.add_argument("--seeds", type=int, default=2, help="crowds to average over (2)")
    parser.add_argument("--cases", type=int, help="only so many cases of each group")
    parser.add_argument("--skip", type=int, default=0, help="not the first so many of them (0)")
    parser.add_argument("--boxes-only", action="store_true", help="no masks: seconds, not hours")
    parser.add_argument("--groups", nargs="+", choices=list(GROUPS), default=groups)
    parser.add_argument("--crowds", nargs="+", choices=list(CROWDS), default=list(CROWDS))
    parser.add_argument("--stages", nargs="+", choices=stages, default=stages)
    parser.add_argument("--json", type=Path, help="write every single result here too")
    parser.add_argument(
        "--join", nargs="+", type=Path, metavar="JSON", help="measure nothing: one table of these"
    )
    return parser.parse_args(arguments)


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _parse(argv)
    if not arguments.join:
        tell(run(arguments), describe, arguments)
        return
    results = join(arguments.join)
    arguments.groups = dict.fromkeys(result.group for result in results)
    arguments.crowds = dict.fromkeys(result.crowd for result in results)
    tell(results, describe, arguments)


if __name__ == "__main__":
    main()
