"""Learn the judge on the training cases; say first what it gives on cases it has not seen.

    python -m benchmarks.learn_judge                # folds: Dice with and without, held out
    python -m benchmarks.learn_judge --write        # and learn of all cases what is shipped

Learned from fits of three crowds on the training cases, on coarser copies of some of them, on
phantoms, and on CT made to look as without contrast medium. Dice is measured where masks are
fitted, on blocks of about 1.5 mm.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from tqdm import tqdm

from benchmarks.crowds import CROWDS, agree
from benchmarks.data import GROUPS, Case, load_case
from benchmarks.tables import format_table
from manyhands.evaluation import volume_dice
from manyhands.evidence import MODELS, Model, Region, judge
from manyhands.evidence.context import describe_voxels
from manyhands.evidence.judge import Network, judge_evidence
from manyhands.geometry import to_stack
from manyhands.masks.fit import Fitted, find_taken, fit
from manyhands.masks.tidy import tidy
from manyhands.masks.working_grid import block_means, prepare_image
from manyhands.phantom import make_phantom
from manyhands.types import Labels, MaskStack, Volume

FOLDS = 5
HIDDEN = 48
VOXELS = 4000  # sampled of each structure of each fit
MOST_VOXELS = 1_000_000  # learned from
SMALL_FITS = replace(MODELS["intensity"], judge=None)
MR = GROUPS["MR training"]
OTHER = ("abdomen_mr/smoke", *GROUPS["CT 02"], *GROUPS["CT 03"])
COARSE_NOISE_HU = 25.0
TISSUE_HU = (0.0, 30.0, 300.0)  # soft tissue from, its middle, to
PLAIN_CONTRAST = 0.35
PLAIN_NOISE_HU = 8.0
PHANTOM_SPACINGS_MM = ((3.0, 3.0, 3.0), (1.5, 1.5, 5.0), (2.0, 2.0, 4.0), (3.0, 3.0, 5.0))
PHANTOM_NOISE_HU = (0.0, 30.0, 0.0, 60.0)  # beside their own

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Example:
    """Fits of one crowd on one case, with the truth on the grid of the fit, by structure.

    `regions` have the boxes as they were drawn, those of `fitted` have been tightened.
    """

    case: str
    group: str
    crowd: str
    regions: Mapping[int, Region]
    fitted: Mapping[int, Fitted]
    truth: Mapping[int, MaskStack]


def training_cases() -> Iterator[tuple[str, Case]]:
    """(group, case). Copies of a case follow it; `fold_of` keeps them together."""
    for number, name in enumerate((*MR, *OTHER)):
        case = load_case(name)
        yield ("MR" if name in MR else name), case
        if name in MR[::2] or name not in (*MR, OTHER[0]):
            yield "coarse", coarser(case, noise=0)
        if name not in (*MR, OTHER[0]):
            yield "plain", without_medium(coarser(case, noise=COARSE_NOISE_HU))
        if number < len(PHANTOM_SPACINGS_MM):
            yield "phantom", phantom(number)
            yield "plain", without_medium(phantom(number))


def fold_of(case: str) -> int:
    names = (*MR, *OTHER, *(f"phantom{n}" for n in range(len(PHANTOM_SPACINGS_MM))))
    return names.index(case) % FOLDS


def coarser(case: Case, *, noise: float) -> Case:
    """Pixels joined two by two, with noise of that standard deviation added."""

    def halve(data: npt.NDArray[np.floating]) -> FloatArray:
        i, j, k = (data.shape[0] // 2, data.shape[1] // 2, data.shape[2])
        means = data[: 2 * i, : 2 * j].reshape(i, 2, j, 2, k).mean(axis=(1, 3))
        return np.asarray(means, dtype=np.float32)

    image = halve(case.volume.data)
    image += np.random.default_rng(0).normal(0, noise, image.shape).astype(np.float32)
    labels = np.zeros(image.shape, dtype=np.uint8)
    for structure_id in case.structures:
        labels[halve((case.reference.data == structure_id).astype(np.float32)) > 0.5] = structure_id
    affine = case.volume.grid.affine.copy()
    affine[:3, :2] *= 2
    grid = replace(case.volume.grid, shape=image.shape, affine=affine)
    return Case(case.name, Volume(image, grid, case.volume.modality), Labels(labels, grid))


def without_medium(case: Case) -> Case:
    """A CT as it might be without contrast medium: soft tissues differ a third as much."""
    data = case.volume.data
    soft = data > TISSUE_HU[0]
    plain = np.where(soft, TISSUE_HU[1] + (data - TISSUE_HU[1]) * PLAIN_CONTRAST, data)
    noise = np.random.default_rng(1).normal(0, PLAIN_NOISE_HU, data.shape)
    plain[data > TISSUE_HU[2]] = data[data > TISSUE_HU[2]]  # bone stays bone
    return replace(case, volume=replace(case.volume, data=(plain + noise).astype(np.float32)))


def phantom(number: int) -> Case:
    spacing_mm = PHANTOM_SPACINGS_MM[number]
    i, j, k = (round(extent / s) for extent, s in zip((380, 300, 240), spacing_mm, strict=True))
    volume, labels, _ = make_phantom((i, j, k), spacing_mm=spacing_mm, seed=100 + number)
    noise = np.random.default_rng(0).normal(0, PHANTOM_NOISE_HU[number], volume.data.shape)
    volume = replace(volume, data=volume.data + noise.astype(np.float32))
    return Case(f"phantom{number}", volume, labels)


def fit_crowds(group: str, case: Case) -> Iterator[Example]:
    image = prepare_image(case.volume)
    stack = to_stack(case.reference.data)
    for crowd, profiles in CROWDS.items():
        structures = agree(case, profiles, seed=0, complete=True)
        regions = {s: image.cut_region(c) for s, c in structures.items() if c.tracks}
        fitted = fit(regions, SMALL_FITS)
        truth = {
            s: block_means((stack == s).astype(np.float32), image.block)[region.slices] > 0.5
            for s, region in regions.items()
        }
        yield Example(case.name, group, crowd, regions, fitted, truth)


def sample(example: Example) -> tuple[FloatArray, MaskStack]:
    """Features (n, n_features) of voxels picked at random, and whether they are structure.

    Of small structures, too, about which the judge is not asked: their fits often fill a loose box,
    and teach caution where nothing tells a structure from what surrounds it.
    """
    rng = np.random.default_rng(0)
    parts = []
    for structure_id, found in example.fitted.items():
        if found.mask.any():
            features = describe_voxels(found.region, found.mask)
            is_true = example.truth[structure_id][found.region.allowed]
            some = rng.choice(len(is_true), min(VOXELS, len(is_true)), replace=False)
            parts.append((features[some], is_true[some]))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def learn(samples: Sequence[tuple[FloatArray, MaskStack]]) -> Network:
    """A network with one hidden layer, by stochastic gradient descent (Adam) on cross-entropy."""
    features = np.concatenate([s[0] for s in samples])
    is_true = np.concatenate([s[1] for s in samples])
    order = np.random.default_rng(0).permutation(len(is_true))[:MOST_VOXELS]
    features, is_true = features[order], is_true[order]
    mean, scale = features.mean(axis=0), features.std(axis=0) + np.float32(1e-6)
    machine = MLPClassifier(
        (HIDDEN,),
        alpha=1e-3,
        batch_size=1000,
        max_iter=14,
        learning_rate_init=3e-3,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fourteen passes are meant
        machine.fit((features - mean) / scale, is_true)
    hidden, output = (weights.astype(np.float32) for weights in machine.coefs_)
    hidden_bias, output_bias = (bias.astype(np.float32) for bias in machine.intercepts_)
    return Network(mean, scale, hidden, hidden_bias, output[:, 0], float(output_bias[0]))


def measure(example: Example, model: Model) -> dict[int, float]:
    """Volume Dice of each structure, on the grid of the fit."""
    # From the start: from a fit that is there already, the judge speaks only once.
    found = example.fitted if model.judge is None else fit(example.regions, model)
    dice = {}
    for structure_id, one in found.items():
        others = [f for s, f in found.items() if s != structure_id]
        mask = tidy(one.region, one.mask, find_taken(one.region, others))
        dice[structure_id] = volume_dice(example.truth[structure_id], mask) or 0.0
    return dice


def report_folds(examples: Sequence[Example]) -> str:
    gains: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for fold in tqdm(range(FOLDS), unit="fold", file=sys.stderr):
        held_out = [e for e in examples if fold_of(e.case) == fold]
        network = learn([sample(e) for e in examples if fold_of(e.case) != fold])
        judged = replace(SMALL_FITS, judge=partial(judge_evidence, network=network))
        for example in held_out:
            before, after = measure(example, SMALL_FITS), measure(example, judged)
            pairs = gains.setdefault((example.group, example.crowd), [])
            pairs += [(before[s], after[s]) for s in before]
    rows = []
    for (group, crowd), pairs in gains.items():
        before, after = np.mean(pairs, axis=0)
        rows.append([group, crowd, str(len(pairs)), f"{before:.3f}", f"{after:.3f}"])
    return format_table(["", "boxes", "structures", "fit", "judged"], rows)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Learn the judge of fitted masks.")
    parser.add_argument("--write", action="store_true", help="learn of all cases; write judge.json")
    parser.add_argument("--no-folds", action="store_true", help="do not measure it beforehand")
    arguments = parser.parse_args(argv)
    cases = tqdm(list(training_cases()), unit="case", file=sys.stderr)
    examples = [example for group, case in cases for example in fit_crowds(group, case)]
    if not arguments.no_folds:
        print(report_folds(examples))
    if arguments.write:
        network = learn([sample(example) for example in examples])
        file = Path(judge.__file__).with_name(judge.FILE)
        file.write_text(json.dumps(network.to_json()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
