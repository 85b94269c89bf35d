from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from click.testing import Result

from manyhands.phantom import NAMES
from manyhands.pipeline import export_nnunet

Call = Callable[..., Result]


@pytest.fixture
def labelled(call: Call, study: Path) -> Path:
    call("simulate", study, "--profile", "exact", "--annotators", 1)
    call("segment", study)
    return study


def test_export_writes_a_data_set_for_each_kind_of_labels(
    call: Call, labelled: Path, tmp_path: Path
) -> None:
    result = call("export", labelled, "--format", "nnunet", "--to", tmp_path / "out")

    assert result.stdout.splitlines() == [
        str(tmp_path / "out" / name) for name in ("Dataset501_crowd", "Dataset502_reference")
    ]
    assert "1 case to train on, 0 to test" in result.stderr
    told = json.loads((tmp_path / "out" / "Dataset501_crowd" / "dataset.json").read_text())
    assert told["labels"]["ignore"] == 6


def test_without_references_there_is_one_data_set(
    call: Call, files: tuple[Path, Path], tmp_path: Path
) -> None:
    """Nobody can answer by simulation without one, so the labels are laid there."""
    study = tmp_path / "bare"
    call("init", study, "--structures", ",".join(NAMES))
    call("add", study, files[0])
    labels = study / "results" / "labels" / "one.nii.gz"
    labels.parent.mkdir(parents=True)
    labels.write_bytes(files[1].read_bytes())
    seen = {"tracks": [], "presence": [1.0] * 14, "is_seen": [True] * 14, "weights": {}}
    consensus = study / "results" / "consensus" / "one.json"
    consensus.parent.mkdir(parents=True)
    consensus.write_text(json.dumps({"structures": {str(n): seen for n in range(1, 6)}}))
    result = call("export", study, "--format", "nnunet", "--to", tmp_path / "out")

    assert result.stdout.splitlines() == [str(tmp_path / "out" / "Dataset501_crowd")]
    assert "no volume has a reference" in result.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--band", 0.5), "0.5 is not in the range"),
        (("--channel", "T1"), "'T1': expected a name and a folder, such as T1=images"),
    ],
)
def test_wrong_export_is_said(
    call: Call, study: Path, words: tuple[object, ...], complaint: str
) -> None:
    result = call("export", study, "--format", "nnunet", "--to", study, *words, expect=2)

    assert complaint in result.stderr


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--preset", "huge"), "'huge' is not one of"),
        (("--seeds", 0), "0 is not in the range"),
        (("--relabel", 3), "3 is not in the range"),
        (("--labels", "crowd,,reference"), "expected names with commas between"),
    ],
)
def test_wrong_training_is_said(
    call: Call, study: Path, words: tuple[object, ...], complaint: str
) -> None:
    assert complaint in call("train", study, *words, expect=2).stderr


def test_training_without_nnunet_names_the_extra(
    call: Call, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    result = call("train", study, "--device", "cpu", expect=1)

    assert "pip install 'manyhands[nnunet]'" in result.stderr


def test_another_minor_version_of_nnunet_is_refused(
    call: Call, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.9.0")
    for command in ("train", "predict"):
        result = call(command, study, "--device", "cpu", expect=1)

        assert "nnU-Net 2.9.0 is installed, 2.8.x is supported" in result.stderr


def test_a_full_disk_is_said_and_the_same_command_goes_on(
    call: Call, labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a data set must not look like a whole one."""

    def full(labels: object, path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    wanted = ("export", labelled, "--format", "nnunet", "--to", tmp_path / "out")
    with monkeypatch.context() as patched:
        patched.setattr(export_nnunet, "write_labels", full)
        result = call(*wanted, expect=1)
    assert "No space left on device" in result.stderr
    assert not (tmp_path / "out" / "Dataset501_crowd" / "dataset.json").exists()

    call(*wanted)
    assert (tmp_path / "out" / "Dataset501_crowd" / "dataset.json").exists()


def test_an_executor_that_is_none_is_refused(call: Call, study: Path) -> None:
    for command in ("train", "predict"):
        result = call(command, study, "--executor", "cloud", expect=1)

        assert "unknown executor 'cloud'" in result.stderr


def test_training_that_cannot_begin_says_why_and_fails(
    call: Call, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.1")
    result = call("train", study, "--labels", "both", "--device", "cpu", expect=1)

    assert "no case can be trained on. one: no label volume (crowd)" in result.stderr


def test_predicting_before_training_says_what_comes_first(
    call: Call, study: Path, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.1")
    result = call("predict", study, expect=1)

    assert "no volume to predict; `manyhands add --split test` adds some" in result.stderr
