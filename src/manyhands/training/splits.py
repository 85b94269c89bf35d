"""Which cases are trained on and which validate, in each fold; a patient is never in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from manyhands.errors import ConfigError, StudyError

Split = dict[str, list[str]]
"""As in nnU-Net's `splits_final.json`: cases of `train` and of `val`."""

ALL_CASES = "all"
FOLDS = 5


def split_cases(patient_of: Mapping[str, str], *, seed: int, folds: int = FOLDS) -> list[Split]:
    """Folds over the patients of the cases (case -> patient), as even as can be.

    Not more folds than patients; with one patient there is none. The same seed and patients give
    the same folds, in whatever order the cases come.
    """
    patients = sorted(set(patient_of.values()))
    shuffled = np.random.default_rng(seed).permutation(len(patients))
    count = min(folds, len(patients)) if len(patients) > 1 else 0
    splits = []
    for fold in range(count):
        held_out = {patients[index] for index in shuffled[fold::count]}
        splits.append(
            {
                "train": sorted(c for c, patient in patient_of.items() if patient not in held_out),
                "val": sorted(c for c, patient in patient_of.items() if patient in held_out),
            }
        )
    return splits


def check_folds(wanted: Sequence[str], splits: Sequence[Split]) -> None:
    """Raise `ConfigError` for a fold that is not there: nnU-Net would quietly make up another."""
    if not wanted:
        raise ConfigError("no fold to train: name some, as in 0,1,2, or say all")
    known = [ALL_CASES, *map(str, range(len(splits)))]
    for fold in wanted:
        if fold not in known:
            raise ConfigError(f"no fold '{fold}'; with these cases there are {', '.join(known)}")


def check_apart(
    train: Mapping[str, str], test: Mapping[str, str], *, whose: str = "this study"
) -> None:
    """Raise `StudyError` naming patients (case -> patient) that are trained on *and* tested on."""
    both = sorted(set(train.values()) & set(test.values()))
    if both:
        cases = sorted(case for case, patient in {**train, **test}.items() if patient in both)
        raise StudyError(
            f"{whose} would be tested on patients it was trained on: {', '.join(both)} "
            f"(volumes {', '.join(cases)}); put all volumes of a patient into one split"
        )
