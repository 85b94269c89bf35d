"""A loaded network answers in order and in frame, whatever the slice, the batch and the device."""

from __future__ import annotations

import functools
import subprocess
import sys
import weakref
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")

import torch
from tests.evidence.sam.small import TINY_SAM, TINY_SAM2, picture, random_like

from manyhands.errors import ConfigError, PromptError
from manyhands.evidence.sam import SAM_MODELS, Prompt, devices, to_greys
from manyhands.evidence.sam.architectures import Architecture
from manyhands.evidence.sam.devices import Batches, Device, in_float32, pick_device
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.loading import device_for
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.openvino_encoder import openvino_encoder
from manyhands.evidence.sam.pictures import to_input
from manyhands.geometry import grid_of_source
from manyhands.types import Modality, Volume, Window

EXACT = Device("cpu", is_half=False)
TINY: dict[str, Architecture] = {
    "sam-vit-b": TINY_SAM,
    "medsam": TINY_SAM,
    "sam2.1-tiny": TINY_SAM2,
    "sam2.1-tiny-video": TINY_SAM2,
}
EACH_KIND = pytest.mark.parametrize("name", TINY)


@functools.cache
def network_of(name: str) -> Any:
    network = build_network(TINY[name], is_video=SAM_MODELS[name].is_video)
    return fill_network(network, random_like(network.state_dict(), seed=7))


def engine_of(name: str, device: Device = EXACT, **how: Any) -> TorchEngine:
    how.setdefault("sha256", "")
    return TorchEngine(SAM_MODELS[name], TINY[name], network_of(name), device, **how)


@EACH_KIND
@pytest.mark.parametrize("shape", [(16, 16), (2048, 1500), (1, 900)], ids=str)
def test_any_slice(name: str, shape: tuple[int, int]) -> None:
    rows, columns = shape
    engine = engine_of(name)
    (embedding,) = engine.encode([picture(*shape)])
    decoded = engine.decode(embedding, [Prompt(box=(0, 0, rows, columns / 2))], several=True)
    assert decoded.logits.shape == (1, 3, rows, columns)
    assert np.isfinite(decoded.logits).all()


@EACH_KIND
@pytest.mark.parametrize("grey", [0, 77, 255])
def test_a_slice_of_one_grey(name: str, grey: int) -> None:
    engine = engine_of(name)
    (embedding,) = engine.encode([np.full((30, 40), grey, dtype=np.uint8)])
    decoded = engine.decode(embedding, [Prompt(box=(5, 5, 20, 30))])
    assert np.isfinite(decoded.logits).all()
    assert np.isfinite(decoded.scores).all()


def test_medsam_sees_a_slice_of_one_grey_as_black() -> None:
    assert not to_input(np.full((30, 40), 77, dtype=np.uint8), SAM_MODELS["medsam"], 128).any()


def test_sam_pads_with_the_mean_colour_right_and_below() -> None:
    """After normalising: 0 is the mean there. 2 of 3 columns remain, rounded."""
    pixels = to_input(np.full((90, 60), 255, dtype=np.uint8), SAM_MODELS["sam-vit-b"], 128)
    assert (pixels[:, :, :85] > 1).all()
    assert not pixels[:, :, 85:].any()


@EACH_KIND
def test_answers_come_in_the_order_of_the_prompts_however_they_are_batched(name: str) -> None:
    (embedding,) = engine_of(name).encode([picture(60, 80)])
    boxes = [Prompt(box=(5.0 + n, 10, 40, 50.0 + n)) for n in range(5)]
    points = [Prompt(points=((10.0 + n, 20),), is_inside=(True,)) for n in range(3)]
    mixed = [p for pair in zip(boxes, points, strict=False) for p in pair] + boxes[3:]
    alone = [engine_of(name).decode(embedding, [prompt]) for prompt in mixed]
    for batch in (1, 2, 64):
        together = engine_of(name, replace(EXACT, decode_batch=batch)).decode(embedding, mixed)
        logits = np.concatenate([one.logits for one in alone])
        np.testing.assert_allclose(together.logits, logits, atol=1e-4)


@EACH_KIND
def test_no_prompts_no_answers(name: str) -> None:
    (embedding,) = engine_of(name).encode([picture(20, 30)])
    assert engine_of(name).decode(embedding, []).logits.shape == (0, 1, 20, 30)
    assert engine_of(name).encode([]) == []


def test_what_does_not_fit_the_slice_is_refused() -> None:
    engine = engine_of("sam-vit-b")
    (embedding,) = engine.encode([picture(20, 30)])
    with pytest.raises(PromptError, match="lies beside the slice of 20 rows and 30 columns"):
        engine.decode(embedding, [Prompt(box=(0, 40, 10, 50))])


def test_the_best_of_several_is_the_one_with_the_highest_score() -> None:
    engine = engine_of("sam-vit-b")
    (embedding,) = engine.encode([picture(20, 30)])
    prompts = [Prompt(box=(2, 3, 10, 20)), Prompt(box=(5, 3, 19, 29))]
    several = engine.decode(embedding, prompts, several=True)
    best = several.best()
    np.testing.assert_array_equal(best.scores[:, 0], several.scores.max(axis=1))
    for n, chosen in enumerate(several.scores.argmax(axis=1)):
        np.testing.assert_array_equal(best.logits[n, 0], several.logits[n, chosen])


def test_an_embedding_kept_in_half_precision_answers_nearly_the_same() -> None:
    engine = engine_of("sam2.1-tiny")
    (embedding,) = engine.encode([picture(60, 80)])
    half = replace(embedding, features=tuple(f.astype(np.float16) for f in embedding.features))
    prompt = [Prompt(box=(10, 10, 40, 50))]
    exact, rounded = (engine.decode(e, prompt).logits for e in (embedding, half))
    assert np.abs(exact - rounded).max() < 5e-3 * np.abs(exact).max()


@EACH_KIND
def test_bfloat16_says_nearly_the_same(name: str) -> None:
    exact, half = (
        engine_of(name, Device("cpu", is_half=is_half)).encode([picture(60, 80)])[0].features
        for is_half in (False, True)
    )
    for level, other in zip(exact, half, strict=True):
        assert other.dtype == np.float32
        error = np.linalg.norm(level - other) / np.linalg.norm(level)
        assert 0 < error < 0.03


def test_the_fingerprint_follows_what_an_embedding_depends_on() -> None:
    engines = [
        engine_of("sam-vit-b"),
        engine_of("sam-vit-b", sha256="other weights"),
        engine_of("sam-vit-b", Device("cpu", is_half=True)),
        engine_of("sam-vit-b", Device("cpu", is_half=True, has_openvino=True)),
        engine_of("sam-vit-b", Device("cpu", is_half=True, is_compiled=True)),
        engine_of("medsam"),
        engine_of("sam2.1-tiny"),
        engine_of("sam2.1-tiny-video"),
    ]
    fingerprints = [engine.fingerprint for engine in engines]
    assert len(set(fingerprints)) == len(fingerprints)
    assert engine_of("sam-vit-b").fingerprint == fingerprints[0]


@pytest.mark.parametrize("is_half", [False, True])
def test_openvino_says_what_torch_says(is_half: bool) -> None:
    name = "sam-vit-b"
    pytest.importorskip("openvino", reason="the extra cpu is not installed")
    device = Device("cpu", is_half, has_openvino=True)
    encoder = openvino_encoder(network_of(name), TINY[name], is_half=is_half)
    ours = engine_of(name, device, encoder=encoder).encode([picture(60, 80), picture(30, 20)])
    theirs = engine_of(name).encode([picture(60, 80), picture(30, 20)])
    for one, other in zip(ours, theirs, strict=True):
        for level, exact in zip(one.features, other.features, strict=True):
            error = np.linalg.norm(level - exact) / np.linalg.norm(exact)
            assert error < (0.03 if is_half else 1e-4)


REPORTING = """
import sys
from manyhands.evidence.sam.torch_ready import require_openvino

openvino = require_openvino()
assert require_openvino() is openvino
reports = [name for name in sys.modules if name.split(".")[0] == "openvino_telemetry"]
assert not reports, reports
from openvino.tools.ovc import convert_impl, telemetry_utils
assert "stub" in telemetry_utils.tm.__name__ and "stub" in convert_impl.tm.__name__
"""


def test_openvino_reports_to_nobody() -> None:
    """In a process of its own, in which nothing has imported it before."""
    pytest.importorskip("openvino", reason="the extra cpu is not installed")
    ended = subprocess.run(
        [sys.executable, "-c", REPORTING], capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr


class TestOutOfMemory:
    def test_half_the_batch_and_on(self) -> None:
        tried: list[int] = []
        said: list[str] = []

        def work(items: Sequence[int]) -> list[int]:
            tried.append(len(items))
            if len(items) > 3:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return list(items)

        batches = Batches(8, said.append)
        results = list(batches.run(range(10), work))
        assert [n for result in results for n in result] == list(range(10))
        assert tried == [8, 4, 2, 2, 2, 2, 2]
        assert said == [
            "not enough memory on the device: going on with batches of 4",
            "not enough memory on the device: going on with batches of 2",
        ]
        list(batches.run(range(4), work))
        assert tried[7:] == [2, 2], "what did not fit once is not tried again"

    def test_memory_is_given_back_once_the_error_has_let_go_of_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An error at hand holds the frames it came through, and all tensors in them."""
        held: list[object] = []
        tensors: list[weakref.ref[Any]] = []

        def work(items: Sequence[int]) -> int:
            large = torch.zeros(4)
            if len(items) > 1:
                tensors.append(weakref.ref(large))
                raise torch.OutOfMemoryError("CUDA out of memory")
            return len(items)

        monkeypatch.setattr(devices, "_release", lambda _torch: held.append(tensors[-1]()))
        assert list(Batches(2, lambda _: None).run(range(2), work)) == [1, 1]
        assert held == [None]

    def test_not_even_one(self) -> None:
        def work(items: Sequence[int]) -> None:
            raise RuntimeError("MPS backend out of memory")

        with pytest.raises(RuntimeError, match="out of memory"):
            list(Batches(4, lambda _: None).run(range(4), work))

    def test_another_error_is_no_lack_of_memory(self) -> None:
        def work(items: Sequence[int]) -> None:
            raise RuntimeError("shapes differ")

        with pytest.raises(RuntimeError, match="shapes differ"):
            list(Batches(4, lambda _: None).run(range(4), work))

    def test_encoding_goes_on_with_smaller_batches(self) -> None:
        exact = engine_of("sam-vit-b").encode([picture(20, 30, seed) for seed in range(3)])

        def encoder(pixels: Any) -> Any:
            if len(pixels) > 1:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return engine_of("sam-vit-b").family.encode(pixels)

        engine = engine_of("sam-vit-b", replace(EXACT, encode_batch=4), encoder=encoder)
        found = engine.encode([picture(20, 30, seed) for seed in range(3)])
        for one, other in zip(found, exact, strict=True):
            np.testing.assert_allclose(one.features[0], other.features[0], atol=1e-5)

    def test_asking_goes_on_with_smaller_batches(self, monkeypatch: pytest.MonkeyPatch) -> None:
        prompts = [Prompt(box=(2, 3, 10 + n, 20)) for n in range(5)]
        engine = engine_of("sam-vit-b", replace(EXACT, decode_batch=64))
        (embedding,) = engine.encode([picture(20, 30)])
        exact = engine.decode(embedding, prompts)
        decode = engine.family.decode

        def decode_few(features: Any, asked: Sequence[Any], *, several: bool) -> Any:
            if len(asked) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return decode(features, asked, several=several)

        monkeypatch.setattr(engine.family, "decode", decode_few)
        found = engine.decode(embedding, prompts)
        np.testing.assert_allclose(found.logits, exact.logits, atol=1e-4)


def give_gpus(monkeypatch: pytest.MonkeyPatch, *capabilities: tuple[int, int]) -> None:
    """As many CUDA devices, so capable."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
    monkeypatch.setattr(
        torch.cuda,
        "get_device_capability",
        lambda kind: capabilities[torch.device(kind).index or 0],
    )


class TestPickingADevice:
    def test_the_fastest_there_is(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give_gpus(monkeypatch)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
        assert str(pick_device()) == "mps, torch, float32"
        give_gpus(monkeypatch, (8, 0), (9, 0))
        assert str(pick_device()) == "cuda, torch, bfloat16"
        assert pick_device("cuda:1").kind == "cuda:1"
        assert pick_device("cuda:1").arithmetic == pick_device().arithmetic

    def test_half_precision_on_a_processor_that_has_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for has in (True, False):
            monkeypatch.setattr(torch.cpu, "get_capabilities", lambda has=has: {"amx_bf16": has})
            assert pick_device("cpu").is_half == has
        assert str(pick_device("cpu", is_exact=True)) == "cpu, torch, float32"

    def test_half_precision_on_a_gpu_that_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A T4 is of Turing, 7.5: it says that it multiplies bfloat16, and is slow at it."""
        give_gpus(monkeypatch, (7, 5), (8, 6))
        assert not pick_device("cuda:0").is_half
        assert pick_device("cuda:1").is_half
        assert not pick_device("cuda:1", is_exact=True).is_half

    def test_a_device_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        give_gpus(monkeypatch)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        with pytest.raises(ConfigError, match="no device 'cuda' on this machine; there is cpu"):
            pick_device("cuda")
        with pytest.raises(ConfigError, match="no device 'tpu'"):
            pick_device("tpu")
        give_gpus(monkeypatch, (8, 0))
        with pytest.raises(ConfigError, match=r"no device 'cuda:1' .* cpu, cuda, cuda:0"):
            pick_device("cuda:1")

    def test_openvino_and_the_compiler_go_to_networks_that_take_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(devices, "is_openvino_installed", lambda: True)
        sam, sam2 = SAM_MODELS["sam-vit-h"], SAM_MODELS["sam2.1-tiny"]
        assert "OpenVINO" in str(device_for(sam, "cpu", compiles=True))
        assert "torch, compiled" in str(device_for(sam2, "cpu", compiles=True))
        assert "compiled" not in str(device_for(sam2, "cpu"))


def test_cuda_convolutions_in_float32_are_not_rounded() -> None:
    before = torch.backends.cudnn.allow_tf32
    with in_float32(Device("cuda:1", is_half=False)):
        assert torch.backends.cudnn.enabled
        assert not torch.backends.cudnn.allow_tf32
    assert torch.backends.cudnn.allow_tf32 == before
    with in_float32(EXACT):
        assert torch.backends.cudnn.allow_tf32 == before


@EACH_KIND
def test_attention_is_torchs_own(name: str) -> None:
    """Which keeps no table of all pairs of places: it is what makes a GPU fast."""
    assert network_of(name).config._attn_implementation == "sdpa"


def test_greys_are_the_study_s_window_unless_the_model_has_its_own() -> None:
    data: npt.NDArray[np.float32] = np.array([-160, 40, 100, 240], dtype=np.float32)
    volume = Volume(data.reshape(4, 1, 1), grid_of_source((4, 1, 1), np.eye(4)), Modality.CT)
    sam, medsam = SAM_MODELS["sam-vit-b"], SAM_MODELS["medsam"]
    # Pictures show the patient's right on the left, so the order of i is turned round.
    np.testing.assert_array_equal(to_greys(volume, sam)[0, 0], [255, 166, 128, 0])
    np.testing.assert_array_equal(to_greys(volume, medsam)[0, 0], [255, 165, 127, 0])
    liver = Window(60, 160)
    for model in (sam, medsam):
        np.testing.assert_array_equal(to_greys(volume, model, liver)[0, 0], [255, 191, 96, 0])
