"""Presence against crowd-kit's one-coin model of Dawid and Skene (the extra `crosscheck`)."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt
import pytest

from manyhands.crowd.presence import find_presence

pytest.importorskip("crowdkit", reason="comparison with crowd-kit needs the extra `crosscheck`")

FloatArray = npt.NDArray[np.float64]
TRUE = slice(10, 30)  # of 40 slices


def crowd(seed: int) -> FloatArray:
    """Votes (annotators, slices): errors of 5, 10, 15 and 20 %, and one who tosses a coin."""
    rng = np.random.default_rng(seed)
    truth = np.zeros(40)
    truth[TRUE] = 1
    wrong = rng.random((5, 40)) < np.array([[0.05], [0.1], [0.15], [0.2], [0.5]])
    return np.abs(truth - wrong)


def dawid_skene(votes: FloatArray) -> FloatArray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its dependencies, at import
        import pandas as pd
        from crowdkit.aggregation import OneCoinDawidSkene

        who, where = np.nonzero(np.isfinite(votes))
        table = pd.DataFrame({"task": where, "worker": who, "label": votes[who, where].astype(int)})
        found = OneCoinDawidSkene(n_iter=50).fit_predict(table)
    return np.array([found[k] for k in range(votes.shape[1])])


def test_both_find_the_slices_and_ours_errs_no_more_often() -> None:
    """Theirs knows nothing of neighbours, ours of one run; over 20 crowds, 800 slices."""
    truth = np.zeros(40, dtype=np.bool_)
    truth[TRUE] = True
    crowds = [crowd(seed) for seed in range(20)]
    ours = np.array([find_presence(votes).is_inside for votes in crowds])
    theirs = np.array([dawid_skene(votes) == 1 for votes in crowds])
    assert (ours == theirs).mean() >= 0.95
    assert (ours != truth).sum() <= (theirs != truth).sum()
    assert (ours != truth).mean() < 0.03


def test_both_find_who_tosses_a_coin() -> None:
    """Of 20 crowds in which one of five tosses a coin, whose votes differ most from the result."""
    found = []
    for seed in range(20):
        votes = crowd(seed)
        for result in (find_presence(votes).is_inside, dawid_skene(votes) == 1):
            found.append(int(np.argmax((votes != result).mean(axis=1))))
    assert np.mean(np.array(found) == 4) >= 0.95
