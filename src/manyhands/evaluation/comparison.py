"""Arms of a study against a baseline, patient by patient: one observation is one patient."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from manyhands.config import Comparing
from manyhands.errors import MethodError
from manyhands.evaluation.arms import COMPARED
from manyhands.evaluation.statistics import (
    find_power,
    hodges_lehmann,
    holm,
    noninferiority_test,
    patient_mean,
    rank_biserial,
    signed_rank_test,
)
from manyhands.types import ArmScore, Comparison, PairedTest, Power

LOWER_IS_BETTER = ("hd95_mm",)
FEWEST = 6
"""Of fewer patients no exact two-sided test reaches .05: 2 / 2^5 is .0625."""

Values = Mapping[tuple[str, str], float]
"""By patient and structure."""


def compare_arms(
    scores: Sequence[ArmScore],
    *,
    settings: Comparing,
    structures: Sequence[str] | None = None,
    left_out: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Comparison:
    """Test every arm against `settings.baseline`: each metric of each structure, and their mean.

    Only patients that both arms have a value of go into a test; a patient's mean is over the
    structures that both arms have. Who and what is missing is in `left_out`, after what is given
    there. `structures` are those to speak of, in their order (None: those that occur). Raises
    `MethodError` where the baseline or a second arm is missing, or no patient is in both.
    """
    arms = tuple(dict.fromkeys(score.arm for score in scores))
    _check_arms(arms, settings.baseline)
    names = structures or tuple(dict.fromkeys(score.structure for score in scores))
    others = tuple(arm for arm in arms if arm != settings.baseline)
    tests = tuple(t for arm in others for t in _compare(scores, arm, names, settings))
    patients = _common_patients(scores, arms)
    return Comparison(
        baseline=settings.baseline,
        arms=(settings.baseline, *others),
        scores=tuple(scores),
        tests=tests,
        powers=tuple(_powers(tests, settings)),
        left_out={**(left_out or {}), **_unpaired(scores, arms), **_untested(scores, names)},
        notes=(*notes, *_warnings(len(patients))),
    )


def _check_arms(arms: Sequence[str], baseline: str) -> None:
    there = ", ".join(arms) or "none"
    if baseline not in arms:
        raise MethodError(f"no scores of the baseline '{baseline}' to compare with; arms: {there}")
    if len(arms) < 2:
        raise MethodError(f"a comparison needs two arms, found {there}")


def _common_patients(scores: Sequence[ArmScore], arms: Sequence[str]) -> list[str]:
    """Those of whom every arm has a line. Raises `MethodError` where there are none."""
    by_arm = [{s.patient for s in scores if s.arm == arm} for arm in arms]
    common = sorted(set.intersection(*by_arm))
    if not common:
        some = "; ".join(
            f"{arm} has {', '.join(sorted(patients)[:3])}"
            for arm, patients in zip(arms, by_arm, strict=True)
        )
        raise MethodError(f"no patient is in every arm, so nothing can be paired: {some}")
    return common


def _values(scores: Sequence[ArmScore], arm: str, metric: str) -> Values:
    known = ((s, getattr(s, metric)) for s in scores if s.arm == arm)
    return {(s.patient, s.structure): value for s, value in known if value is not None}


def pair_up(
    scores: Sequence[ArmScore], arm: str, baseline: str, metric: str, structure: str | None
) -> dict[str, tuple[float, float]]:
    """Values of arm and baseline by patient; of None the mean over the structures both have."""
    ours, theirs = _values(scores, arm, metric), _values(scores, baseline, metric)
    both: dict[str, list[tuple[float, float]]] = {}
    for patient, name in ours:
        if (patient, name) in theirs and structure in (None, name):
            both.setdefault(patient, []).append((ours[patient, name], theirs[patient, name]))
    means = {patient: np.mean(values, axis=0) for patient, values in both.items()}
    return {patient: (float(mean[0]), float(mean[1])) for patient, mean in sorted(means.items())}


def _compare(
    scores: Sequence[ArmScore], arm: str, structures: Sequence[str], settings: Comparing
) -> Iterator[PairedTest]:
    for metric in COMPARED:
        of_structures = []
        for structure in structures:
            pairs = pair_up(scores, arm, settings.baseline, metric, structure)
            if pairs:
                of_structures.append(_test(arm, metric, structure, pairs, settings))
        adjusted = holm([test.p for test in of_structures])
        for test, p_holm in zip(of_structures, adjusted, strict=True):
            yield dataclasses.replace(test, p_holm=p_holm)
        if of_structures:
            pairs = pair_up(scores, arm, settings.baseline, metric, None)
            yield _test(arm, metric, None, pairs, settings)


def _test(
    arm: str,
    metric: str,
    structure: str | None,
    pairs: Mapping[str, tuple[float, float]],
    settings: Comparing,
) -> PairedTest:
    ours, theirs = np.array(list(pairs.values())).T
    difference = ours - theirs
    alpha = settings.alpha
    ranked = signed_rank_test(difference)
    shift, shift_interval = hodges_lehmann(difference, alpha=alpha)
    gain = -difference if metric in LOWER_IS_BETTER else difference
    margin = settings.margin_hd95_mm if metric == "hd95_mm" else settings.margin
    noninferior = noninferiority_test(gain, margin, alpha=alpha)
    return PairedTest(
        arm=arm,
        baseline=settings.baseline,
        metric=metric,
        structure=structure,
        arm_mean=patient_mean(ours, alpha=alpha),
        baseline_mean=patient_mean(theirs, alpha=alpha),
        difference=patient_mean(difference, alpha=alpha),
        sd_difference=float(difference.std(ddof=1)) if len(difference) > 1 else None,
        n_equal=ranked.n_equal,
        p=ranked.p,
        p_holm=None,
        method=ranked.method,
        shift=shift,
        shift_interval=shift_interval,
        rank_biserial=rank_biserial(difference),
        margin=margin,
        p_noninferior=noninferior.p,
        verdict=noninferior.verdict,
    )


def _powers(tests: Sequence[PairedTest], settings: Comparing) -> Iterator[Power]:
    for test in tests:
        if test.structure is None and test.metric == "volume_dice":
            yield find_power(
                test.difference.n,
                arm=test.arm,
                alpha=settings.alpha,
                margin=test.margin,
                sd_difference=test.sd_difference,
            )


def _unpaired(scores: Sequence[ArmScore], arms: Sequence[str]) -> dict[str, str]:
    """Patients that an arm lacks."""
    by_arm = {arm: {s.patient for s in scores if s.arm == arm} for arm in arms}
    left_out = {}
    for patient in sorted(set.union(*by_arm.values())):
        missing = [arm for arm in arms if patient not in by_arm[arm]]
        if missing:
            left_out[patient] = f"not in {', '.join(missing)}, so in none of its pairs"
    return left_out


def _untested(scores: Sequence[ArmScore], structures: Sequence[str]) -> dict[str, str]:
    """Structures without a value, and patients of whom a structure has none."""
    left_out = {}
    for structure in structures:
        own = [s for s in scores if s.structure == structure]
        measured = [m for m in COMPARED if any(getattr(s, m) is not None for s in own)]
        if not measured:
            left_out[structure] = "empty everywhere, or in no reference: nothing to compare"
            continue
        without = sorted({s.patient for s in own if any(getattr(s, m) is None for m in measured)})
        if without:
            left_out[f"{structure} of {', '.join(without)}"] = "no value (empty, or not a number)"
    return left_out


def _warnings(n: int) -> Iterator[str]:
    if n == 1:
        yield "One patient: there is no spread, no interval, and nothing can be tested."
    elif n < FEWEST:
        yield (
            f"{n} patients: no exact two-sided test of so few can reach .05, "
            "whatever the results are."
        )
