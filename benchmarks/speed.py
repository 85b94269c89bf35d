"""How fast are masks from boxes, where does the time go, and how does it grow?

    python -m benchmarks.speed

A phantom of 512 x 512 pictures with five structures in the loose boxes of one annotator. Ratios are
of one run on one machine; seconds are this machine's.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.baselines import BASELINES, segment_by_slices
from benchmarks.crowds import CROWDS, agree
from benchmarks.data import Case
from benchmarks.masks import warm_up
from benchmarks.meter import Cost, measure, measure_fastest
from benchmarks.stages import Stage, find_stages
from benchmarks.tables import format_table
from manyhands.masks import LiveMasks, segment
from manyhands.phantom import NAMES, make_phantom
from manyhands.types import Consensus, Volume

IN_PLANE_PX = 512
IN_PLANE_MM = 0.78
HEIGHT_MM = 300.0  # however many slices it is cut into
SLICES = 150


@dataclass(frozen=True)
class World:
    """A volume, and what is agreed on its structures."""

    volume: Volume
    structures: Mapping[int, Consensus]


def make_world(slices: int, *, size: int = IN_PLANE_PX) -> World:
    scale = IN_PLANE_PX / size
    spacing_mm = (IN_PLANE_MM * scale, IN_PLANE_MM * scale, HEIGHT_MM / slices)
    volume, labels, _ = make_phantom((size, size, slices), spacing_mm=spacing_mm)
    case = Case("phantom", volume, labels)
    profiles = CROWDS["one paper annotator"]
    return World(volume, agree(case, profiles, seed=0, complete=True))


def segment_world(world: World) -> object:
    return segment(world.volume, world.structures, model="intensity")


def compare_methods(world: World) -> dict[str, Cost]:
    """Our model and every baseline on the same boxes."""
    works: dict[str, Callable[[], object]] = {
        name: partial(segment_by_slices, world.volume, world.structures, baseline)
        for name, baseline in BASELINES.items()
    }
    costs = {name: measure(work)[1] for name, work in works.items()}
    return costs | {"manyhands": measure_fastest(partial(segment_world, world))}


def grow_structures(world: World) -> dict[str, Cost]:
    """Cost with the first structure, the first two, and so on."""
    costs = {}
    for count in range(1, len(world.structures) + 1):
        fewer = World(world.volume, dict(list(world.structures.items())[:count]))
        costs[str(count)] = measure_fastest(partial(segment_world, fewer))
    return costs


def grow_slices(size: int, slices: Sequence[int]) -> dict[str, Cost]:
    """Cost of the same body in thinner and thinner slices."""
    costs = {}
    for count in slices:
        world = make_world(count, size=size)
        costs[str(count)] = measure_fastest(partial(segment_world, world))
    return costs


def refresh_each(world: World) -> dict[str, Cost]:
    """Cost of one structure's mask after one box in the middle of it was drawn anew."""
    live = LiveMasks(world.volume, world.structures)
    names = dict(enumerate(NAMES, start=1))
    costs = {}
    for structure_id, consensus in world.structures.items():
        changed = change_one_box(consensus)
        costs[names[structure_id]] = measure(partial(live.refresh, structure_id, changed))[1]
    return costs


def change_one_box(consensus: Consensus) -> Consensus:
    """The same with the middle box of the first track a tenth smaller on every side."""
    first, *others = consensus.tracks
    boxes = first.boxes.copy()
    middle = boxes[len(boxes) // 2]
    middle += 0.1 * np.tile(middle[2:] - middle[:2], 2) * (1, 1, -1, -1)
    return replace(consensus, tracks=(replace(first, boxes=boxes), *others))


def describe_costs(title: str, costs: Mapping[str, Cost], unit: Cost) -> str:
    """A line each: seconds, how many times `unit`'s, and peak memory."""
    rows = [
        [name, f"{cost.seconds:.2f}", f"{cost.seconds / unit.seconds:.2f}", f"{cost.peak_mib:.0f}"]
        for name, cost in costs.items()
    ]
    return f"{format_table([title, 's', 'times ours', 'MiB'], rows)}\n"


def describe_stages(stages: Sequence[Stage]) -> str:
    rows = [[stage.name, f"{stage.share:.0%}"] for stage in stages]
    return f"{format_table(['stage', 'share of time'], rows)}\n"


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Seconds and memory of masks from boxes.")
    parser.add_argument("--size", type=int, default=IN_PLANE_PX, help="rows and columns (512)")
    parser.add_argument("--slices", type=int, default=SLICES, help="slices of the volume (150)")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args(argv)
    size, slices = arguments.size, arguments.slices

    warm_up()
    world = make_world(slices, size=size)
    print(f"{size} x {size} x {slices}, {len(world.structures)} structures; MiB: whole process\n")
    methods = compare_methods(world)
    ours = methods["manyhands"]
    print(describe_costs("method", methods, ours))
    stages = find_stages(partial(segment_world, world), segment)
    print(describe_stages(stages))
    refreshes = refresh_each(world)
    print(describe_costs("refresh of", refreshes, ours))
    by_structures = grow_structures(world)
    print(describe_costs("structures", by_structures, ours))
    del world
    by_slices = grow_slices(size, [slices * share // 3 for share in (1, 2, 3, 4)])
    print(describe_costs("slices", by_slices, ours))

    if arguments.json:
        tables = {
            "methods": methods,
            "refreshes": refreshes,
            "structures": by_structures,
            "slices": by_slices,
        }
        figures: dict[str, object] = {
            title: {name: cost._asdict() for name, cost in costs.items()}
            for title, costs in tables.items()
        }
        figures["stages"] = dict(stages)
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
