"""How good masks are with real weights, per organ, on real volumes and a crowd like the study's.

Everything else here runs with random weights, which say nothing about masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.crowds import CROWDS, agree, answer
from benchmarks.data import NAMES, Case
from benchmarks.tables import format_table
from manyhands.evaluation import slice_dice, volume_dice
from manyhands.evidence import NetworkOptions, load_sight
from manyhands.evidence.sam import SAM_MODELS
from manyhands.masks import segment, segment_slices
from manyhands.pipeline.networks import PRESETS, boxes_as_drawn, own_boxes
from manyhands.simulate import PROFILES
from manyhands.types import Answer, Consensus, LabelArray

CROWD = "four annotators"
ALONE = "intensity"


@dataclass(frozen=True)
class Accuracy:
    """One structure of one volume, by one model, each slice alone as in the study or as ours."""

    case: str
    model: str
    way: str
    structure: str
    volume_dice: float
    slice_dice: float


def find_files(weights: Path, models: Sequence[str] = ()) -> dict[str, Path]:
    """The files of weights by model: all that lie in a folder under their published names, or one
    file for the one model that is named. Ends the program where there is none.
    """
    if weights.is_file():
        if len(models) != 1:
            raise SystemExit(f"{weights}: name the one model it is of: --models sam-vit-b")
        return {models[0]: weights}
    rows = {n: row for n, row in SAM_MODELS.items() if not models or n in models}
    found = {n: weights / row.checkpoint.file for n, row in rows.items()}
    found = {n: path for n, path in found.items() if path.is_file()}
    if not found:
        known = ", ".join(sorted({row.checkpoint.file for row in rows.values()}))
        raise SystemExit(f"{weights}: holds no weights; expected one of {known}")
    return found


def measure_case(
    case: Case, files: Mapping[str, Path], *, device: str | None = None, cache: Path | None = None
) -> list[Accuracy]:
    """Every model on one case, and the intensities alone to compare with."""
    structures = agree(case, CROWDS[CROWD], seed=0, complete=True)
    crowd = [PROFILES[name] for name in CROWDS[CROWD]]
    by_structure = answer(case, crowd, seed=0, complete=True)
    answers = [a for given in by_structure.values() for a in given]
    results = _score(case, ALONE, "3D", segment(case.volume, structures).labels.data)
    for model, weights in files.items():
        options = NetworkOptions(weights=weights, device=device, cache=cache)
        results += _measure_model(case, structures, answers, model, options)
    return results


def _measure_model(
    case: Case,
    structures: Mapping[int, Consensus],
    answers: Sequence[Answer],
    model: str,
    options: NetworkOptions,
) -> list[Accuracy]:
    sight = load_sight(model, options)
    own = own_boxes(answers, structures)
    shown = type(sight)(sight.network, own, propagate=sight.propagate)
    found = segment(case.volume, structures, model=model, sight=shown)
    results = _score(case, model, "3D", found.labels.data)
    preset = PRESETS["paper-2024"]
    if model in preset.with_edges:
        rules = "sam-vit-b" if model == "medsam" else None
        as_paper = load_sight(model, options, rules=rules)
        boxes = boxes_as_drawn(answers, structures)
        with_edges = preset.with_edges[model]
        alone = segment_slices(case.volume, structures, boxes, as_paper, with_edges=with_edges)
        results += _score(case, model, "paper-2024", alone.labels.data)
    return results


def _score(case: Case, model: str, way: str, labels: LabelArray) -> list[Accuracy]:
    scores = []
    for structure_id in case.structures:
        reference, mask = case.reference.data == structure_id, labels == structure_id
        scores.append(
            Accuracy(
                case.name,
                model,
                way,
                NAMES[structure_id],
                volume_dice(reference, mask) or 0.0,
                slice_dice(reference, mask) or 0.0,
            )
        )
    return scores


def describe_accuracy(results: Sequence[Accuracy]) -> str:
    """Mean volume Dice of each organ over the cases, a row for each model and way."""
    organs = [n for n in NAMES.values() if any(r.structure == n for r in results)]
    rows = []
    for model, way in dict.fromkeys((r.model, r.way) for r in results):
        mine = [r for r in results if (r.model, r.way) == (model, way)]
        means = [_mean([r.volume_dice for r in mine if r.structure == organ]) for organ in organs]
        total, slices = (
            _mean([getattr(r, f"{k}_dice") for r in mine]) for k in ("volume", "slice")
        )
        rows.append([f"{model}, {way}", *means, total, slices])
    return format_table(["volume Dice", *organs, "mean", "slice Dice"], rows)


def _mean(values: Sequence[float]) -> str:
    return f"{np.mean(values):.3f}" if values else "-"
