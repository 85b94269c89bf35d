"""`segment --slice` draws what a model makes of one slice, and keeps nothing."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from tests.cli.conftest import Call
from tests.cli.tiny import tiny_sam

from manyhands.store import open_study

needs_sam = pytest.mark.skipif(
    find_spec("transformers") is None, reason="the extra sam is not installed"
)
ANSWERS = ("--profile", "exact", "--annotators", 2, "--seed", 0)


@pytest.fixture
def answered(study: Path, call: Call) -> Path:
    call("simulate", study, *ANSWERS)
    return study


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return tiny_sam(tmp_path, monkeypatch)


def check_picture(path: Path) -> None:
    """A picture, and not all of one colour."""
    with Image.open(path) as picture:
        assert picture.format == "PNG"
        assert len(picture.convert("L").getcolors() or []) > 10


def test_the_default_model_with_the_boxes_all_agree_on(answered: Path, call: Call) -> None:
    picture = answered.parent / "out.png"
    result = call("segment", answered, "--slice", 7, "--picture", picture)
    *lines, last = result.stdout.splitlines()
    assert last == str(picture)
    assert any(line.startswith("liver") and "pixels" in line for line in lines)
    check_picture(picture)
    assert not (answered / "results" / "labels").exists(), "nothing is kept"


@needs_sam
def test_a_network_with_the_boxes_all_agree_on(answered: Path, call: Call, weights: Path) -> None:
    picture = answered.parent / "out.png"
    result = call(
        *("segment", answered, "--slice", 7, "--picture", picture, "--volume", "one"),
        *("--model", "sam-vit-b", "--weights", weights, "--device", "cpu"),
    )
    assert "sam-vit-b: tiny.safetensors on cpu, torch" in result.stderr
    assert "expects IoU" in result.stdout
    check_picture(picture)


@needs_sam
@pytest.mark.parametrize(
    ("asked", "boxes"),
    [
        (("--box", "5,6,20,30", "--box", "1,2,9,9"), [[[5, 6, 20, 30]], [[1, 2, 9, 9]]]),
        (("--box", "5,6,20,30", "--inside", "10,10", "--outside", "6,7"), [[[5, 6, 20, 30]]]),
        (("--inside", "10,10.5"), [[]]),
    ],
)
def test_asked_by_hand(
    study: Path, call: Call, weights: Path, asked: tuple[str, ...], boxes: list[object]
) -> None:
    """Nobody need have answered."""
    picture = study.parent / "out.png"
    result = call(
        *("segment", study, "--slice", 7, "--picture", picture, "--json", *asked),
        *("--model", "sam-vit-b", "--weights", weights, "--device", "cpu"),
    )
    assert [one["boxes"] for one in json.loads(result.stdout)] == boxes
    check_picture(picture)


@needs_sam
def test_everything(study: Path, call: Call, weights: Path) -> None:
    """Random weights are sure of nothing, and then there is nothing to propose."""
    picture = study.parent / "out.png"
    result = call(
        *("segment", study, "--slice", 7, "--picture", picture, "--everything"),
        *("--points-per-side", 3, "--model", "sam-vit-b", "--weights", weights, "--json"),
    )
    assert isinstance(json.loads(result.stdout), list)
    check_picture(picture)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--slice", 3), "needs --picture"),
        (("--picture", "out.png"), "say which with --slice"),
        (("--slice", 3, "--picture", "out.png", "--box", "1,2,3"), "expected 4 numbers"),
        (
            ("--slice", 3, "--picture", "out.png", "--everything", "--inside", "1,2"),
            "leave boxes and points out",
        ),
        (
            (
                *("--slice", 3, "--picture", "out.png", "--inside", "1,2"),
                *("--box", "1,2,3,4", "--box", "1,2,3,4"),
            ),
            "points belong to one object",
        ),
    ],
)
def test_wrong_use(study: Path, call: Call, asked: tuple[str, ...], words: str) -> None:
    assert words in call("segment", study, *asked, expect=2).stderr


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("--slice", 99), "one has slices 0 to 13; asked for 99"),
        (("--slice", -1), "asked for -1"),
        (("--slice", 3, "--volume", "two"), "no volume 'two' in this study; it has one"),
        (("--slice", 3, "--model", "sum"), "unknown model 'sum'"),
        (("--slice", 3, "--everything"), "intensity is no network that can be asked"),
        (("--slice", 3), "nobody has answered on one yet"),
    ],
)
def test_what_is_not_there(study: Path, call: Call, asked: tuple[str, ...], words: str) -> None:
    picture = study.parent / "out.png"
    result = call("segment", study, "--picture", picture, *asked, expect=1)
    assert words in result.stderr
    assert not picture.exists()


def test_a_study_stays_as_it_is(answered: Path, call: Call) -> None:
    with open_study(answered) as before:
        config = before.config
    call("segment", answered, "--slice", 7, "--picture", answered.parent / "out.png")
    with open_study(answered) as after:
        assert after.config == config
