"""STAPLE on masks small enough to see what it must do."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from manyhands.errors import MethodError
from manyhands.masks import staple
from manyhands.types import IGNORE_LABEL, LabelArray

pytest.importorskip("SimpleITK", reason="STAPLE needs the extra `itk`")


def blank() -> LabelArray:
    return np.zeros((16, 16, 8), dtype=np.uint8)


def cube(label: int = 1, grown: int = 0, shift: int = 0) -> LabelArray:
    labels = blank()
    labels[4 + shift - grown : 10 + shift + grown, 4 : 10 + grown, 2:6] = label
    return labels


def test_all_alike_give_the_same() -> None:
    np.testing.assert_array_equal(staple([cube()] * 3), cube())


def test_two_reliable_raters_outweigh_three_who_err_alone() -> None:
    """Each of three misses another third; the two who agree with everybody's parts are believed."""
    parts = []
    for third in range(3):
        part = cube()
        part[4 + 2 * third : 6 + 2 * third] = 0
        parts.append(part)
    np.testing.assert_array_equal(staple([cube(), cube(), *parts]), cube())


def test_structures_do_not_share_a_voxel() -> None:
    """Of three who draw the border at other rows, each has both structures side by side."""
    borders = (9, 10, 11)
    raters = [np.where(np.arange(16)[:, None, None] < b, cube(1, grown=3), 0) for b in borders]
    for rater, border in zip(raters, borders, strict=True):
        rater[border:, 4:13, 2:6] = 2
    found = staple(raters)
    assert (found[4:9, 4:10, 2:6] == 1).all()
    assert (found[11:, 4:10, 2:6] == 2).all()
    assert np.isin(found[9:11, 4:10, 2:6], (1, 2)).all()


def test_a_structure_that_fills_the_volume_stays() -> None:
    """Without any background SimpleITK's probabilities are no numbers."""
    full = np.ones((6, 6, 6), dtype=np.uint8)
    np.testing.assert_array_equal(staple([full, full, full]), full)


def test_where_all_ignore_it_is_ignored() -> None:
    one, other = cube(), cube()
    one[:, :, 7], other[:, :, 7] = IGNORE_LABEL, IGNORE_LABEL
    one[:, :, 6] = IGNORE_LABEL
    found = staple([one, other])
    assert (found[:, :, 7] == IGNORE_LABEL).all()
    assert (found[:, :, :7] == cube()[:, :, :7]).all()


def test_nothing_marked_gives_nothing() -> None:
    assert not staple([blank(), blank()]).any()


def test_raters_who_never_agree_do_not_turn_the_picture_round() -> None:
    """Whatever comes out lies where somebody marked."""
    marked = [cube(shift=shift) for shift in (-3, 0, 4)]
    found = staple(marked)
    assert not found[~np.logical_or.reduce([m > 0 for m in marked])].any()


def test_without_simpleitk_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "SimpleITK", None)
    with pytest.raises(MethodError, match=r"manyhands\[itk\]"):
        staple([cube()] * 2)
