from __future__ import annotations

import pytest

from manyhands.errors import ConfigError, StudyError
from manyhands.training import check_apart, check_folds, split_cases

TEN = {f"case{n}": f"patient{n}" for n in range(10)}


def test_every_case_is_held_out_once() -> None:
    splits = split_cases(TEN, seed=0)

    assert sorted(case for split in splits for case in split["val"]) == sorted(TEN)
    for split in splits:
        assert sorted(split["train"] + split["val"]) == sorted(TEN)


def test_a_patient_with_two_volumes_is_never_in_both_parts() -> None:
    patients = {**TEN, "case0b": "patient0", "case1b": "patient1"}

    for split in split_cases(patients, seed=1):
        held_out = {patients[case] for case in split["val"]}
        assert held_out.isdisjoint(patients[case] for case in split["train"])


def test_the_order_of_cases_does_not_matter_and_the_seed_does() -> None:
    backwards = dict(reversed(TEN.items()))

    assert split_cases(TEN, seed=3) == split_cases(backwards, seed=3)
    assert split_cases(TEN, seed=3) != split_cases(TEN, seed=4)


def test_there_are_not_more_folds_than_patients() -> None:
    assert len(split_cases({"a": "a", "b": "b", "c": "c"}, seed=0)) == 3
    assert split_cases({"a": "a"}, seed=0) == []


def test_a_fold_that_is_not_there_is_refused() -> None:
    """nnU-Net itself would train on a random part."""
    splits = split_cases({"a": "a", "b": "b"}, seed=0)

    check_folds(("0", "1", "all"), splits)
    with pytest.raises(ConfigError, match=r"no fold '2'; with these cases there are all, 0, 1"):
        check_folds(("2",), splits)
    with pytest.raises(ConfigError, match="no fold to train"):
        check_folds((), splits)


def test_a_patient_trained_on_and_tested_on_is_named() -> None:
    with pytest.raises(StudyError, match=r"p1 \(volumes early, late\)"):
        check_apart({"early": "p1", "other": "p2"}, {"late": "p1"})
    check_apart({"early": "p1"}, {"late": "p3"})
