from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.errors import InputError
from manyhands.evaluation import read_scores_json, write_scores_csv
from manyhands.types import Score

GOOD = Score("case 1", "liver", 0.9, 1 / 3, None, 0.5, 2.5, 2.0, 100, 90, 0)
LINE = "case 1,liver,0.9,0.3333333333333333,,0.5,2.5,2.0,100,90,0"

names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1)
shares = st.none() | st.floats(0, 1)
counts = st.integers(0, 2**40)
scores = st.builds(
    Score,
    names,
    names,
    shares,
    shares,
    shares,
    shares,
    st.none() | st.floats(0, 1e6),
    st.floats(0.1, 10),
    counts,
    counts,
    counts,
)


def as_json(**changes: object) -> str:
    """A file of one score, in which something may be changed."""
    return json.dumps({"scores": [{**dataclasses.asdict(GOOD), **changes}]})


@given(written=st.lists(scores, max_size=3))
def test_the_table_has_every_number_in_full(
    tmp_path_factory: pytest.TempPathFactory, written: list[Score]
) -> None:
    path = tmp_path_factory.mktemp("scores") / "scores.csv"
    write_scores_csv(path, written)
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.DictReader(file))
    assert read == [
        {name: "" if value is None else str(value) for name, value in dataclasses.asdict(s).items()}
        for s in written
    ]


def test_the_table_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write_scores_csv(path, [GOOD])
    header, line = path.read_text().splitlines()
    assert header.startswith("volume,structure,volume_dice,slice_dice,slice_dice_paper,nsd,hd95_mm")
    assert line == LINE


@given(written=st.lists(scores, max_size=3))
def test_json_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, written: list[Score]
) -> None:
    path = tmp_path_factory.mktemp("scores") / "scores.json"
    content = {"scores": [dataclasses.asdict(score) for score in written]}
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_scores_json(path) == tuple(written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "scores.json: expected JSON with a list 'scores'"),
        ("[]", "scores.json: expected JSON with a list 'scores'"),
        ('{"scores": [1]}', r"scores.json: scores\[0\]: expected exactly the fields"),
        ('{"scores": 1}', "scores.json: expected JSON with a list 'scores'"),
        (as_json(volume_dice="much"), r"scores\[0\]: 'much' cannot be the volume_dice of a score"),
        (as_json(hd95_mm="nan"), r"scores\[0\]: 'nan' cannot be the hd95_mm"),
        (as_json(reference_voxels="1.5"), r"scores\[0\]: '1.5' cannot be the reference_voxels"),
        (as_json(nsd_tolerance_mm=None), r"scores\[0\]: 'None' cannot be the nsd_tolerance_mm"),
        (as_json(colour="red"), r"scores\[0\]: expected exactly the fields volume, structure"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_scores_json(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere: cannot be read as scores"):
        read_scores_json(tmp_path / "nowhere")
