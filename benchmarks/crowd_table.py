"""The table of `benchmarks.crowd`, of results just measured or of parts that were kept as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.crowd_masks import FUSIONS
from benchmarks.crowd_stages import METHODS, STAGES, TIGHTENED
from benchmarks.tables import format_table


@dataclass(frozen=True)
class Result:
    """One structure of one case, by one stage; `None` where the stage has no such thing."""

    group: str
    crowd: str
    stage: str
    case: str
    seed: int
    structure: str
    box_iou: float | None = None
    ends_mm: float | None = None
    volume_dice: float | None = None
    nsd: float | None = None


def join(paths: Sequence[Path]) -> list[Result]:
    """The results of several files. Raises `ValueError` where two have measured the same."""
    results: list[Result] = []
    came_from: dict[tuple[object, ...], Path] = {}
    for path in paths:
        for row in json.loads(path.read_text(encoding="utf-8")):
            result = Result(**row)
            key = (result.group, result.crowd, result.stage, result.case, result.seed)
            if came_from.setdefault(key, path) != path:
                raise ValueError(
                    f"{path} and {came_from[key]} both have '{result.stage}' of {result.case}, "
                    f"{result.crowd}, seed {result.seed}: join each part once"
                )
            results.append(result)
    return results


def describe(results: Sequence[Result], group: str, crowd: str) -> str:
    """One table: a line a stage, the mean of all structures, cases and seeds."""
    chosen = [r for r in results if (r.group, r.crowd) == (group, crowd)]
    order = dict.fromkeys(("each alone", *FUSIONS, *STAGES, *TIGHTENED, *METHODS, "exact boxes"))
    rows = []
    for stage in (name for name in order if any(r.stage == name for r in chosen)):
        own = [r for r in chosen if r.stage == stage]
        rows.append([stage, *(_mean(own, *column) for column in COLUMNS.values())])
    cases, seeds = len({r.case for r in chosen}), len({r.seed for r in chosen})
    title = f"{group}: {cases} volumes, {seeds} seeds, {crowd}"
    return f"{title}\n{format_table(['', *COLUMNS], rows)}\n"


COLUMNS = {
    "box IoU": ("box_iou", ".3f"),
    "ends mm": ("ends_mm", ".1f"),
    "volume Dice": ("volume_dice", ".3f"),
    "NSD": ("nsd", ".3f"),
}


def _mean(results: Sequence[Result], name: str, digits: str) -> str:
    values = [v for r in results if (v := getattr(r, name)) is not None]
    return format(np.mean(values), digits) if values else ""
