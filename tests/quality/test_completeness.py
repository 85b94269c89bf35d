"""Whether somebody looked everywhere and could tell, beyond the one case of `test_checks`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.quality.small_study import (
    LEFT_KIDNEY,
    N_SLICES,
    given,
    study,
    unsure_on,
)

from manyhands.quality import CHECKS
from manyhands.types import Consensus


def test_where_one_is_sure_it_is_not_said_that_nobody_is() -> None:
    assert list(CHECKS["nobody-sure"](unsure_on(4, 5, people=("p0", "p1")))) == []


def test_that_nobody_is_sure_at_an_end_is_said_as_an_open_end() -> None:
    cohort = unsure_on(0, 1, 10, 11)
    assert list(CHECKS["nobody-sure"](cohort)) == []
    assert {f.place.slices for f in CHECKS["structure-incomplete"](cohort)} == {(0, 1), (10, 11)}


def test_where_nobody_was_sure_it_is_not_said_that_nobody_looked() -> None:
    assert list(CHECKS["structure-gap"](unsure_on(4, 5))) == []
    assert [f.place.slices for f in CHECKS["structure-gap"](unsure_on(5))] == [(5, 5)]


@pytest.mark.parametrize(
    ("answered", "unsure", "expected"),
    [
        (range(N_SLICES), range(N_SLICES), [((0, 11), 1.0)]),
        ([5], [5], [((5, 5), 1.0)]),
        (range(N_SLICES), [4, 5, 6], [((4, 6), 0.25)]),
        (range(N_SLICES), [4], []),
        (range(0, N_SLICES, 4), [4, 8], [((4, 8), 2 / 3)]),
    ],
)
def test_of_a_structure_that_nobody_boxed_it_is_said_wherever_nobody_was_sure(
    answered: list[int], unsure: list[int], expected: list[tuple[tuple[int, int], float]]
) -> None:
    """One person's answers, *absent* where they are not unsure; with a stride, neighbours too."""
    nothing = given(np.full((N_SLICES, 4), np.nan))
    is_unsure = np.isin(np.arange(N_SLICES), unsure)
    is_absent = np.isin(np.arange(N_SLICES), answered) & ~is_unsure
    alone = replace(
        LEFT_KIDNEY,
        given={"p0": replace(nothing, is_absent=is_absent, is_unsure=is_unsure)},
        consensus=Consensus((), np.zeros(N_SLICES), is_absent),
    )
    found = list(CHECKS["nobody-sure"](study(alone)))
    assert [(f.place.slices, f.priority) for f in found] == expected
