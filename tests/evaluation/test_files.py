from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.errors import InputError
from manyhands.evaluation import (
    read_scores_csv,
    read_scores_json,
    write_scores_csv,
    write_scores_json,
)
from manyhands.types import Score

Write = Callable[[Path, Iterable[Score]], None]
Read = Callable[[Path], tuple[Score, ...]]
FORMATS = [(write_scores_csv, read_scores_csv), (write_scores_json, read_scores_json)]

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


@pytest.mark.parametrize(("write", "read"), FORMATS, ids=["csv", "json"])
@given(written=st.lists(scores, max_size=3))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, write: Write, read: Read, written: list[Score]
) -> None:
    path = tmp_path_factory.mktemp("scores") / "scores"
    write(path, written)
    assert read(path) == tuple(written)


def test_the_table_is_plain(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    write_scores_csv(path, [GOOD])
    header, line = path.read_text().splitlines()
    assert header.startswith("volume,structure,volume_dice,slice_dice,slice_dice_paper,nsd,hd95_mm")
    assert line == LINE


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("0.9", "much", r"scores.csv:2: 'much' cannot be the volume_dice of a score"),
        ("2.5", "nan", r"scores.csv:2: 'nan' cannot be the hd95_mm"),
        ("100", "1.5", r"scores.csv:2: '1.5' cannot be the reference_voxels"),
        ("2.0", "", r"scores.csv:2: '' cannot be the nsd_tolerance_mm"),
        (",90,0", "", r"scores.csv:2: 'None' cannot be the predicted_voxels"),
        ("90,0", "90,0,7", r"scores.csv:2: expected exactly the fields volume, structure"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, column: str, value: str, message: str) -> None:
    path = tmp_path / "scores.csv"
    write_scores_csv(path, [GOOD])
    path.write_text(path.read_text().replace(column, value))
    with pytest.raises(InputError, match=message):
        read_scores_csv(path)


@pytest.mark.parametrize("text", ["", "volume,dice\n"])
def test_another_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"scores.csv:1: expected the columns volume,structure"):
        read_scores_csv(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "scores.json: expected JSON with a list 'scores'"),
        ("[]", "scores.json: expected JSON with a list 'scores'"),
        ('{"scores": [1]}', r"scores.json: scores\[0\]: expected exactly the fields"),
        ('{"scores": 1}', "scores.json: expected JSON with a list 'scores'"),
    ],
)
def test_other_json_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "scores.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_scores_json(path)


@pytest.mark.parametrize("read", [read_scores_csv, read_scores_json])
def test_a_missing_file_is_named(tmp_path: Path, read: Read) -> None:
    with pytest.raises(InputError, match="nowhere: cannot be read as scores"):
        read(tmp_path / "nowhere")
