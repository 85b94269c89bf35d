from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest

from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline.profiles import Work, measure_profile
from manyhands.pipeline.rehearse import draw_crowd, set_stage
from manyhands.simulate import PROFILES, Profile, tight_boxes
from manyhands.types import BoxArray

PAPER = PROFILES["paper"]


def works_of(profile: Profile, n_volumes: int = 4) -> list[Work]:
    works = []
    for seed in range(n_volumes):
        volume, labels, _ = make_phantom((88, 64, 45), spacing_mm=(4.0, 4.0, 4.0), seed=seed)
        stage = set_stage(volume, labels, dict(enumerate(NAMES, start=1)), {})
        (drawn,) = draw_crowd(stage, [profile], seed=seed)
        works += [
            Work(stage.names[s], tight_boxes(mask), drawn[s], volume.grid.stack_spacing_mm)
            for s, mask in stage.masks.items()
        ]
    return works


@pytest.mark.parametrize("name", ["careful", "paper", "poor"])
def test_simulated_people_are_measured_as_what_they_are(name: str) -> None:
    """Twenty works: within a third of the true multiples, and of the share truncated by .2."""
    true, found = PROFILES[name], measure_profile(works_of(PROFILES[name]))

    assert found is not None
    assert found.looseness == pytest.approx(true.looseness, rel=0.33)
    assert found.unsteadiness == pytest.approx(true.unsteadiness, rel=0.33)
    assert found.truncated == pytest.approx(true.truncated, abs=0.2)
    assert found.skipped == pytest.approx(true.skipped, abs=0.02)
    assert found.swapped == PAPER.swapped


def test_exact_boxes_are_neither_loose_nor_unsteady() -> None:
    found = measure_profile(works_of(PROFILES["exact"], 1))

    assert found is not None
    assert (found.looseness, found.unsteadiness, found.skipped) == (0.0, 0.0, 0.0)


def test_who_clicks_anything_is_found() -> None:
    assert measure_profile(works_of(PROFILES["spammer"], 1)) == PROFILES["spammer"]


def boxed(slices: Iterable[int], tight: BoxArray) -> dict[int, BoxArray]:
    return {k: tight[[k]] if np.isfinite(tight[k, 0]) else tight[:0] for k in slices}


def test_an_end_that_nobody_reached_is_truncated() -> None:
    """A structure on slices 10 to 39. All of it; all but the last four; all but the last five."""
    tight = np.full((50, 4), np.nan)
    tight[10:40] = (0, 0, 20, 20)
    for stop, truncated in ((50, 0), (36, 0), (35, 1)):
        work = Work("liver", tight, boxed(range(stop), tight), (3.0, 1.0, 1.0))
        found = measure_profile([work])
        assert found is not None
        assert found.truncated == pytest.approx((truncated + 2 * PAPER.truncated) / 3)


def test_slices_that_were_not_asked_for_are_not_lacking() -> None:
    """Every fifth slice only, from wherever the structure begins: nothing is skipped or truncated,
    but were all asked for, four of five would be.
    """
    tight = np.full((125, 4), np.nan)
    tight[2:121] = (0, 0, 20, 20)
    boxes = boxed((1, *range(2, 121, 5), 120, 121), tight)
    work = Work("liver", tight, boxes, (1.0, 1.0, 1.0), stride=5)

    found, wrong = (measure_profile([w]) for w in (work, dataclasses.replace(work, stride=1)))
    assert found is not None
    assert wrong is not None
    assert found.skipped == 0
    assert found.truncated == pytest.approx(2 * PAPER.truncated / 3)
    assert wrong.skipped == pytest.approx(0.8, abs=0.02)


def test_of_a_few_boxes_nothing_is_said() -> None:
    tight = np.tile([0.0, 0.0, 9.0, 9.0], (30, 1))
    work = Work("liver", tight, boxed(range(19), tight), (3.0, 1.0, 1.0))

    assert measure_profile([work]) is None
    assert measure_profile([]) is None
    more = dataclasses.replace(work, boxes=boxed(range(20), tight))
    assert measure_profile([more]) is not None
