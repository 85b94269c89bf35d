"""The benchmark's own measures on a case small enough to know the answer."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.crowd import CROWDS, hulls, look, main, score_boxes, set_scene
from benchmarks.crowd_masks import Masks
from benchmarks.crowd_stages import STAGES, TIGHTENED, exact
from benchmarks.crowd_table import Result, describe, join
from benchmarks.data import Case
from benchmarks.tables import write_json

from manyhands.boxes import make_track
from manyhands.geometry import to_stack
from manyhands.phantom import make_phantom
from manyhands.simulate import PROFILES, tight_boxes
from manyhands.types import Consensus


@pytest.fixture(scope="module")
def case() -> Case:
    volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0))
    return Case("phantom", volume, labels)


def liver(case: Case) -> np.ndarray:
    return tight_boxes(to_stack(case.reference.data) == 1)


def consensus(slices: np.ndarray, boxes: np.ndarray, n: int) -> Consensus:
    tracks = (make_track(slices, boxes),) if len(slices) else ()
    return Consensus(tracks, np.zeros(n), np.ones(n, dtype=np.bool_))


def test_what_is_cut_short_is_counted(case: Case) -> None:
    """Without the last two slices: overlap 1 on the others, ends 0 and 2 slices of 13 mm off."""
    true = liver(case)
    slices = np.flatnonzero(np.isfinite(true[:, 0]))
    found = consensus(slices[:-2], true[slices[:-2]], len(true))
    ((_, overlap, ends),) = score_boxes(case, {1: hulls(found)})
    assert overlap == pytest.approx((len(slices) - 2) / len(slices))
    assert ends == pytest.approx(13)


def test_what_was_not_found_errs_by_all_its_length(case: Case) -> None:
    true = liver(case)
    length = np.isfinite(true[:, 0]).sum()
    nothing = consensus(np.array([]), true[:0], len(true))
    ((_, overlap, ends),) = score_boxes(case, {1: hulls(nothing)})
    assert overlap == 0
    assert ends == pytest.approx(13 * length / 2)


def test_exact_boxes_are_exact(case: Case) -> None:
    scene = set_scene(case, case, [PROFILES["paper"]] * 2, seed=0)
    (agreed,) = exact(scene)
    boxes = {s: hulls(found) for s, found in agreed.items()}
    for _, overlap, ends in score_boxes(case, boxes):
        assert (overlap, ends) == (1, 0)


def test_every_stage_of_every_crowd_gives_a_line_for_each_structure(case: Case) -> None:
    scene = set_scene(case, case, CROWDS["2 paper"], seed=0)
    lines = list(look(scene, list(STAGES), None))
    assert {line["stage"] for line in lines} == set(STAGES)
    assert len(lines) == (len(STAGES) + 1) * len(case.structures)  # two annotators alone


def test_tightening_brings_loose_boxes_nearer_and_masks_are_made_once(case: Case) -> None:
    scene = set_scene(case, case, [PROFILES["poor"]] * 3, seed=0)
    masks = Masks(case)
    lines = list(look(scene, ["+ bias without gold", *TIGHTENED], masks))
    by_stage = {
        stage: np.mean([line["box_iou"] for line in lines if line["stage"] == stage])
        for stage in ("+ bias without gold", "+ tightening")
    }
    assert by_stage["+ tightening"] > by_stage["+ bias without gold"]
    (agreed,) = STAGES["+ bias without gold"](scene)
    assert masks.of(agreed) is masks.of(agreed)
    assert masks.of(agreed) is not masks.of(agreed, is_tightened=False)


def test_the_table_has_means_and_leaves_out_what_was_not_measured() -> None:
    results = [
        Result("g", "c", "box median", "case", seed, "liver", box_iou=value, ends_mm=2.0)
        for seed, value in enumerate((0.25, 0.75))
    ]
    title, _, row = describe(results, "g", "c").strip().splitlines()
    assert title == "g: 1 volumes, 2 seeds, c"
    assert row.split() == ["box", "median", "0.500", "2.0"]


def test_parts_become_one_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Measured one by one, the mean is that of both; a part that is joined twice is refused."""
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for number, path in enumerate(paths):
        line = Result("g", "c", "box median", f"case{number}", 0, "liver", box_iou=number / 2)
        write_json(path, [line, line])
    main(["--join", *map(str, paths)])
    title, _, row = capsys.readouterr().out.strip().splitlines()
    assert title == "g: 2 volumes, 1 seeds, c"
    assert row.split() == ["box", "median", "0.250"]
    copy = tmp_path / "copy.json"
    copy.write_text(paths[0].read_text())
    with pytest.raises(ValueError, match="both have 'box median' of case0, c, seed 0"):
        join([*paths, copy])
