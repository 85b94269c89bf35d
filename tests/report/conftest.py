"""A study of three tiny volumes, one of them half looked at, with everything a report may say."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import numpy as np
import pytest

from manyhands.config import Comparing, Config, make_structures
from manyhands.evaluation import agree_in_volume, compare_arms, mean_over_patients
from manyhands.report import (
    Case,
    ComparedMethod,
    Contribution,
    Coverage,
    LearnedBias,
    Making,
    ReportContent,
)
from manyhands.types import (
    IGNORE_LABEL,
    Agreement,
    AnsweringTime,
    ArmScore,
    Comparison,
    Finding,
    Grid,
    Interval,
    Labels,
    LearningCurve,
    Modality,
    Place,
    PredictedDice,
    PrintedCheck,
    Provenance,
    Reliability,
    Score,
    Severity,
    SourceGrid,
    Summary,
    Volume,
)

METRICS = ("volume_dice", "slice_dice", "slice_dice_paper", "nsd", "hd95_mm")
DICE = {"one": (0.9, 0.8), "two": (0.5, None), "three": (0.7, 0.8)}


@pytest.fixture(scope="session")
def case() -> Case:
    """12 x 10 x 4 voxels of 1 x 1 x 5 mm: a block of 1, found but for its right half, and a 2.

    Nobody looked at the lowest slice.
    """
    shape = (12, 10, 4)
    grid = Grid(shape, np.diag([1.0, 1.0, 5.0, 1.0]), SourceGrid(shape, (0, 1, 2), (False,) * 3))
    image = np.linspace(-200, 200, 480, dtype=np.float32).reshape(shape)
    reference = np.zeros(shape, dtype=np.uint8)
    reference[4:8, 2:5, 1:3] = 1
    reference[1:3, 6:8, 2] = 2
    prediction = reference.copy()
    prediction[6:8] = 0
    prediction[:, :, 0] = IGNORE_LABEL
    return Case(Volume(image, grid, Modality.CT), Labels(prediction, grid), Labels(reference, grid))


def score(volume: str, structure: str, dice: float | None) -> Score:
    distance_mm = None if dice is None else 10 * (1 - dice)
    return Score(volume, structure, dice, dice, dice, dice, distance_mm, 2.0, 100, 90, 5)


def summaries(mean: float) -> tuple[Summary, ...]:
    return tuple(
        Summary(structure, metric, mean, 0.1, 3, 0)
        for structure in ("liver", "spleen", None)
        for metric in METRICS
    )


def models() -> Comparison:
    """Three patients by two arms, the crowd .1 lower on both structures."""
    scores = [
        ArmScore(arm, patient, structure, dice - lower, dice - lower, 10 * (1 - dice + lower))
        for arm, lower in (("reference", 0.0), ("crowd", 0.1))
        for patient, dice in (("one", 0.9), ("two", 0.8), ("three", 0.7))
        for structure in ("liver", "spleen")
    ]
    compared = compare_arms(scores, settings=Comparing(), left_out={"five": "no prediction"})
    check = PrintedCheck("crowd", "liver", "volume_dice", "< .001", ".250", False, "abstract")
    return dataclasses.replace(compared, printed=(check,))


def reliability(structure_id: int | None) -> Reliability:
    share, edge = Interval(0.9, 0.8, 0.95), Interval(2.5, 1.5, 3.5)
    return Reliability("id", structure_id, share, None, share, (edge,) * 4, None, None, 40)


SCORES = tuple(
    (volume, structure, dice)
    for volume, values in DICE.items()
    for structure, dice in zip(("liver", "spleen"), values, strict=True)
)


@pytest.fixture(scope="session")
def content(case: Case) -> ReportContent:
    structures = make_structures(("liver", "spleen"))
    slices = np.arange(4)
    return ReportContent(
        title="Three volumes",
        structures=structures,
        volumes=tuple(DICE),
        load_case=lambda volume: case,
        provenance=Provenance(
            "1.2.3",
            "manyhands report study",
            datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
            seed=17,
            config_hash="c0ffee",
            inputs={"one": "ab" * 32},
        ),
        coverage=tuple(
            Coverage(v, s.name, slices > (v == "two"), slices == 2, slices == 2)
            for v in DICE
            for s in structures
        ),
        scores=tuple(score(*line) for line in SCORES),
        label_means=mean_over_patients(score(*line) for line in SCORES),
        models=models(),
        load_models=lambda volume: {"reference": case, "crowd": case},
        volumes_ml=agree_in_volume(
            "ours", [score(*line) for line in SCORES], dict.fromkeys(DICE, 0.5)
        ),
        contributions=(
            Contribution("ann", "liver", 3, 12, 9),
            Contribution("ann", "spleen", 3, 12, 6),
            Contribution("ben", "spleen", 1, 4, 2, is_simulated=True),
        ),
        reliability={"ann": (reliability(None), reliability(1)), "ben": (reliability(None),)},
        gold=(
            LearnedBias("liver", None, {"row0_mm": 3.25, "after_last_mm": -0.01}),
            LearnedBias("liver", "ann", {"row0_mm": -4.75}),
        ),
        makings=(
            Making(
                "segment",
                "manyhands run study",
                "1.2.3",
                "c0ffee12345",
                None,
                3,
                datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
                12.34,
            ),
        ),
        software={"numpy": "9.9.9"},
        config=Config(structures, gold=("one",), stride=2, leave_out=("ben",)),
        summaries=summaries(0.75),
        comparison=(
            ComparedMethod("Annotator 1", summaries(0.6)),
            ComparedMethod("Consensus + cut", summaries(0.75), is_ours=True),
        ),
        findings=(
            Finding(
                "COVERAGE_GAP", Severity.WARNING, "Slice 0 was not seen.", "Ask.", Place("two")
            ),
            Finding("SIDES_SWAPPED", Severity.ERROR, "Left and right are swapped."),
        ),
        predicted=(
            PredictedDice("two", "liver", Interval(0.62, 0.41, 0.77)),
            PredictedDice("one", "spleen", Interval(0.91, 0.84, 0.95)),
        ),
        agreements=(
            Agreement("liver", None, 0.71, 0.64, 12),
            Agreement("liver", "ann", 0.75, None, 8),
            Agreement("spleen", None, 0.52, None, 4),
            Agreement("spleen", "ben", 0.52, None, 4),
        ),
        times=(
            AnsweringTime("ann", "liver", 3.25, 90.0, 20),
            AnsweringTime("ann", "spleen", 2.0, 60.0, 20),
            AnsweringTime("ben", "spleen", 4.0, 30.0, 5),
        ),
        learning=(LearningCurve("ann", (5, 10, 15), (0.4, 0.5, 0.7)),),
        left_out={"four": "no boxes"},
        facts={"Annotators": "4"},
    )
