"""Checks: is the mask one that an organ could have, and does it stay when boxes move?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from manyhands.quality.runs import find_runs, in_words
from manyhands.quality.subject import Cohort, Subject
from manyhands.types import Finding, MaskArray, Severity

JUMP_RATIO = 1.8  # of a slice's area to both neighbours'
JUMP_SHARE = 0.4  # of the mask's own diameter that its centre steps aside and back
SMALL = 0.25  # slices under this share of the largest are the ends of an organ, which change fast
FEWEST_VOLUMES = 5  # of which a cohort can say what is usual
UNUSUAL = 3.5  # robust standard deviations (Iglewicz and Hoaglin 1993)
LEAST_SPREAD = 0.15  # of the logarithm of volumes: people differ by that much
UNSTABLE = 0.85  # Dice with the mask from boxes moved a little


def area_jump(cohort: Cohort) -> Iterator[Finding]:
    """Slices whose mask is far larger or smaller than on both slices beside them, or is missing."""
    for subject in cohort.subjects:
        area = subject.mask.area_px
        usual = _usual_area(area)
        is_inner = usual > SMALL * area.max(initial=0)
        ratio = np.log(np.maximum(area, 1)) - np.log(np.maximum(usual, 1))
        jumps = is_inner & (np.abs(ratio) > np.log(JUMP_RATIO))
        yield from _jump_findings(
            subject, jumps, "area-jump", "is far larger or smaller than on the slices around"
        )


def _usual_area(area: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(slices,): of the slices before and after, the area nearer to the slice's own; 0 at ends."""
    before, after = np.zeros_like(area), np.zeros_like(area)
    before[1:], after[:-1] = area[:-1], area[1:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    return np.where(low > 0, np.clip(area, low, high), 0)


def centre_jump(cohort: Cohort) -> Iterator[Finding]:
    """Slices whose mask lies aside of those on both slices beside them."""
    for subject in cohort.subjects:
        centres, area = subject.mask.centres, subject.mask.area_px
        aside = np.full(len(area), np.nan)
        to_before = np.linalg.norm(centres[1:-1] - centres[:-2], axis=1)
        to_after = np.linalg.norm(centres[1:-1] - centres[2:], axis=1)
        aside[1:-1] = np.minimum(to_before, to_after)
        diameter = 2 * np.sqrt(area / np.pi)
        is_inner = area > SMALL * area.max(initial=0)
        jumps = is_inner & (np.nan_to_num(aside) > JUMP_SHARE * diameter)
        yield from _jump_findings(subject, jumps, "centre-jump", "lies aside of the slices around")


def _jump_findings(subject: Subject, jumps: MaskArray, code: str, what: str) -> Iterator[Finding]:
    for run in find_runs(jumps):
        yield Finding(
            code,
            Severity.WARNING,
            f"The mask of {subject.structure.name} on {in_words(run)} {what}.",
            "Look there; where a box is wrong, draw it again.",
            subject.place(run),
            float((run[1] - run[0] + 1) / subject.mask.has_mask.sum()),
        )


def volume_unusual(cohort: Cohort) -> Iterator[Finding]:
    """Structures far larger or smaller than the same ones of the study's other volumes."""
    for name, subjects in cohort.of_structures().items():
        volumes_ml = np.array([s.mask.volume_ml(s.spacing_mm) for s in subjects])
        known = volumes_ml > 0
        if known.sum() < FEWEST_VOLUMES:
            continue
        logs = np.log(volumes_ml[known])
        median = np.median(logs)
        spread = max(1.4826 * float(np.median(np.abs(logs - median))), LEAST_SPREAD)
        for subject, volume_ml in zip(subjects, volumes_ml, strict=True):
            if volume_ml > 0 and abs(np.log(volume_ml) - median) > UNUSUAL * spread:
                yield Finding(
                    "volume-unusual",
                    Severity.WARNING,
                    f"The {name} has {volume_ml:.0f} ml; "
                    f"in this study {np.exp(median):.0f} ml is usual.",
                    "Look whether it is complete and the right organ; some patients are unusual.",
                    subject.place(),
                    float(min(1.0, abs(1 - volume_ml / np.exp(median)))),
                )


def mask_unstable(cohort: Cohort) -> Iterator[Finding]:
    """Masks that become others when the boxes are moved a little."""
    for subject in cohort.subjects:
        stability = subject.mask.stability
        if stability is not None and stability < UNSTABLE:
            yield Finding(
                "mask-unstable",
                Severity.WARNING,
                f"When the boxes of {subject.structure.name} move a little, only {stability:.0%} "
                "of its mask stays: the image does not say where it ends.",
                "Ask one more person for careful boxes, close to the organ.",
                subject.place(),
                1 - stability,
            )
