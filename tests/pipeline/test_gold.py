"""References of some volumes make the consensus on the others better, never on their own."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from manyhands.boxes.arithmetic import OUTWARD
from manyhands.config import Config, make_structures
from manyhands.errors import ConfigError
from manyhands.geometry import to_stack
from manyhands.phantom import NAMES
from manyhands.pipeline import (
    Source,
    add_volumes,
    alone,
    find_agreement,
    make_annotators,
    read_consensus,
    simulate_answers,
)
from manyhands.simulate import tight_boxes
from manyhands.store import Study, create_study, open_study
from manyhands.volumes import read_labels


@pytest.fixture
def studied(tmp_path: Path, sources: tuple[Source, Source]) -> Iterator[Study]:
    """Two volumes, `one` of them gold, boxed by three loose people."""
    config = Config(make_structures(NAMES), gold=("one",))
    with create_study(tmp_path / "study", config) as study:
        add_volumes(study, sources)
        people = make_annotators("paper", 3, seed=0, complete=True)
        simulate_answers(study, people, command="")
        yield study


def without_gold(study: Study) -> Study:
    """The same folder, its volumes no longer called gold."""
    path = study.path("manyhands.toml")
    path.write_text(path.read_text().replace('gold = ["one"]', "gold = []"))
    return open_study(study.folder)


def outward(study: Study, volume: str, sources: tuple[Source, Source]) -> float:
    """Mean distance of all edges outside the true boxes, in pixels."""
    source = next(s for s in sources if s.volume_name == volume)
    assert source.reference is not None
    stack = to_stack(read_labels(source.reference).data)
    errors = []
    for structure_id, consensus in read_consensus(study, volume).items():
        true = tight_boxes(stack == structure_id)
        for track in consensus.tracks:
            errors.append((track.boxes - true[track.slice_indices]) * OUTWARD)
    return float(np.nanmean(np.abs(np.concatenate(errors))))


def test_gold_brings_the_boxes_of_other_volumes_nearer(
    studied: Study, sources: tuple[Source, Source]
) -> None:
    find_agreement(studied, command="")
    with_gold = {name: outward(studied, name, sources) for name in ("one", "two")}
    with without_gold(studied) as plain:
        assert find_agreement(plain, command="").done == ("two",)  # one was made without already
        bare = {name: outward(plain, name, sources) for name in ("one", "two")}
    assert with_gold["two"] < bare["two"]
    assert with_gold["one"] == bare["one"]


def test_what_gold_teaches_is_written_once(studied: Study) -> None:
    find_agreement(studied, command="")
    path = studied.path("results/gold.json")
    written = path.read_text()
    content = json.loads(written)
    assert content["findings"] == []
    liver = content["bias"]["1"]
    assert set(liver["annotators"]) == {f"paper-complete-{n}" for n in (1, 2, 3)}
    assert liver["crowd"]["row0_mm"] > 0
    assert set(liver["crowd"]) == {
        "row0_mm", "column0_mm", "row1_mm", "column1_mm", "before_first_mm", "after_last_mm"
    }  # fmt: skip
    find_agreement(studied, command="")
    assert path.read_text() == written


def test_one_persons_boxes_stay_as_they_were_drawn(studied: Study) -> None:
    find_agreement(studied, alone("paper-complete-1"), command="")
    before = read_consensus(studied, "two", alone("paper-complete-1"))
    with without_gold(studied) as plain:
        assert find_agreement(plain, alone("paper-complete-1"), command="").skipped == (
            "one",
            "two",
        )
    assert before


@pytest.mark.parametrize(
    ("name", "message"),
    [("three", "gold volume 'three' .* is not in the study"), ("one", "'one' .* has no reference")],
)
def test_gold_that_is_none_is_named(
    tmp_path: Path, sources: tuple[Source, Source], name: str, message: str
) -> None:
    config = Config(make_structures(NAMES), gold=(name,))
    with create_study(tmp_path / "study", config) as study:
        add_volumes(study, [dataclasses.replace(sources[0], reference=None)])
        with pytest.raises(ConfigError, match=message):
            find_agreement(study, command="")
