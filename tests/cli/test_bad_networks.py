"""What can be wrong with weights, slices, boxes and the cache is said, by the program as one calls
it, and leaves nothing behind.
"""

from __future__ import annotations

import importlib.util
import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cli.conftest import Call
from tests.cli.tiny import tiny_sam

pytest.importorskip("transformers", reason="the extra sam is not installed")
import torch

from manyhands.evidence.sam import ARCHITECTURES
from manyhands.geometry import grid_of_source
from manyhands.types import VolumeArray
from manyhands.volumes import write_volume

NETWORK = ("--model", "sam-vit-b", "--device", "cpu")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return tiny_sam(tmp_path, monkeypatch)


@pytest.fixture
def answered(study: Path, call: Call) -> Path:
    call("simulate", study, "--profile", "exact", "--annotators", 1, "--seed", 0)
    return study


def refused(call: Call, study: Path, *how: object) -> str:
    """What is said where volumes cannot be labelled; nothing has been made."""
    result = call("segment", study, *NETWORK, *how, expect=1)
    assert not (study / "results" / "labels").exists()
    assert not (study / "cache").exists()
    return str(result.stderr)


class TestWeights:
    def test_another_file_than_the_published(self, answered: Path, call: Call) -> None:
        (answered / "sam_vit_b_01ec64.pth").write_bytes(b"half of it")
        said = refused(call, answered, "--weights-folder", answered)
        assert "sam_vit_b_01ec64.pth: not the published file: expected SHA-256 ec2df627" in said
        assert "found " in said

    def test_no_file(self, answered: Path, call: Call) -> None:
        said = refused(call, answered, "--weights", answered / "nope.pth")
        assert f"{answered / 'nope.pth'}: expected a file of weights (.pth, .pt or" in said
        assert "found nothing. Is the path right?" in said
        result = call("segment", answered, *NETWORK, "--weights", answered, expect=2)
        assert "is a directory" in result.stderr

    def test_a_file_with_code_in_it(self, answered: Path, call: Call) -> None:
        mark = answered / "it ran"
        path = answered / "evil.pth"
        path.write_bytes(pickle.dumps(_Evil(mark)))
        assert "refused: it holds more than tensors" in refused_late(call, answered, path)
        assert not mark.exists()

    def test_a_file_cut_off(self, answered: Path, weights: Path, call: Call) -> None:
        weights.write_bytes(weights.read_bytes()[:-1000])
        assert "tiny.safetensors: not readable as safetensors" in refused_late(
            call, answered, weights
        )

    def test_another_architecture(
        self, answered: Path, weights: Path, call: Call, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tests.evidence.sam.small import TINY_SAM2, random_like

        from manyhands.evidence.sam.networks import build_network

        monkeypatch.setitem(ARCHITECTURES, "tiny 2", TINY_SAM2)
        other = answered / "other.pt"
        torch.save(random_like(build_network(TINY_SAM2).state_dict(), seed=0), other)
        said = refused_late(call, answered, other)
        assert "other.pt: of another network." in said
        assert "missing: vision_encoder.pos_embed" in said
        assert "more" in said


class _Evil:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self._mark,))


def refused_late(call: Call, study: Path, weights: Path) -> str:
    """Said once the network is loaded, after the consensus; there are no masks."""
    result = call("segment", study, *NETWORK, "--weights", weights, expect=1)
    assert not (study / "results" / "labels").exists()
    assert "Traceback" not in result.output
    return str(result.stderr)


def test_without_torch_the_extra_is_named(
    answered: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else find(name)
    )
    assert "pip install 'manyhands[sam]'" in refused(call, answered)


def test_a_device_that_is_not_there(answered: Path, weights: Path, call: Call) -> None:
    said = refused(call, answered, "--weights", weights, "--device", "tpu")
    assert "no device 'tpu' on this machine; there is cpu" in said


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("100,100,120,120", "lies beside the slice of"),
        ("5,5,5,20", "has no area: expected row0 < row1"),
        ("20,5,5,20", "has no area"),
        ("nan,5,10,20", "holds something that is no number"),
        ("5,5,inf,20", "holds something that is no number"),
    ],
)
def test_a_box_that_is_none(study: Path, call: Call, weights: Path, box: str, words: str) -> None:
    picture = study.parent / "out.png"
    result = call(
        *("segment", study, "--slice", 7, "--picture", picture, "--box", box),
        *(*NETWORK, "--weights", weights),
        expect=1,
    )
    assert words in result.stderr
    assert not picture.exists()


@pytest.mark.parametrize("shape", [(16, 16), (2048, 1500)], ids=str)
@pytest.mark.parametrize("grey", [None, 7.0])
def test_any_slice(
    tmp_path: Path, call: Call, weights: Path, shape: tuple[int, int], grey: float | None
) -> None:
    """The smallest and the largest, of noise and of one intensity."""
    rng = np.random.default_rng(0)
    noise: VolumeArray = rng.normal(0, 50, (*shape, 2)).astype(np.float32)
    data = noise if grey is None else np.full_like(noise, grey)
    write_volume(data, grid_of_source(data.shape, np.diag([1, 1, 3, 1])), tmp_path / "any.nii")
    call("init", tmp_path / "study", "--structures", "liver")
    call("add", tmp_path / "study", tmp_path / "any.nii", "--modality", "MR")
    result = call(
        *("segment", tmp_path / "study", "--slice", 1, "--picture", tmp_path / "out.png"),
        *("--box", "2,3,12,14", *NETWORK, "--weights", weights),
    )
    assert "pixels" in result.stdout
    assert (tmp_path / "out.png").is_file()


@pytest.mark.slow
def test_a_damaged_cache_is_said_and_changes_no_mask(
    answered: Path, weights: Path, call: Call
) -> None:
    how = ("segment", answered, *NETWORK, "--weights", weights)
    call(*how)
    labels = answered / "results" / "labels" / "one.nii.gz"
    expected = labels.read_bytes()
    kept = sorted((answered / "cache").rglob("*.npz"))
    kept[0].write_bytes(kept[0].read_bytes()[:200])
    labels.unlink()

    result = call(*how)
    assert f"{kept[0].name}: damaged" in result.stderr
    assert labels.read_bytes() == expected
    assert sorted((answered / "cache").rglob("*.npz")) == kept


# Processes that run tests side by side ignore Ctrl-C, and so would those that they start.
STOPPED = """
import signal, sys, time
from pathlib import Path
import pytest
from tests.cli.tiny import tiny_sam
from manyhands.cli import main
from manyhands.evidence.sam.cache import EmbeddingCache

signal.signal(signal.SIGINT, signal.default_int_handler)
study, weights = Path(sys.argv[1]), Path(sys.argv[2])
keep, kept = EmbeddingCache.keep, []

def slowly(self, key, embedding, took_s):
    keep(self, key, embedding, took_s)
    kept.append(key)
    if len(kept) == 3:
        print("kept three", flush=True)
        time.sleep(120)

EmbeddingCache.keep = slowly
with pytest.MonkeyPatch.context() as patch:
    tiny_sam(weights.parent, patch)
    how = ["--model", "sam-vit-b", "--device", "cpu", "--weights", str(weights)]
    main(["segment", str(study), *how])
"""


def test_a_cancelled_step_leaves_whole_files_alone(answered: Path, weights: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED, str(answered), str(weights)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "kept three\n"
        os.kill(child.pid, signal.SIGINT)
        assert child.wait(timeout=60) != 0
    assert len(list((answered / "cache").rglob("*.npz"))) == 3
    assert not list(answered.rglob("*.part"))
    assert not (answered / "results" / "labels").exists()
