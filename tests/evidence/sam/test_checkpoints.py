"""Files of weights in every form they are found in; and those that are refused, with reasons."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="the extra sam is not installed")

import torch
from safetensors.torch import save_file
from tests.evidence.sam.sam2_by_hand import author_shapes
from tests.evidence.sam.small import TINY_SAM, TINY_SAM2, picture, random_like

from manyhands.errors import ConfigError, WeightsError
from manyhands.evidence.sam import ARCHITECTURES, Prompt, devices, load_engine, loading
from manyhands.evidence.sam.architectures import Architecture
from manyhands.evidence.sam.checkpoints import check_architecture, open_network, read_checkpoint
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.families import family_of
from manyhands.evidence.sam.loaded import Encoder
from manyhands.evidence.sam.networks import build_network
from manyhands.evidence.sam.rename import rename_sam2, without_video

Tensors = dict[str, Any]


@pytest.fixture(autouse=True)
def tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, "tiny-sam", TINY_SAM)
    monkeypatch.setitem(ARCHITECTURES, "tiny-sam2", TINY_SAM2)


def sam2_of_authors() -> Tensors:
    shapes = author_shapes(TINY_SAM2)
    return random_like({name: torch.empty(shape) for name, shape in shapes.items()}, seed=5)


def sam_of_transformers() -> Tensors:
    return random_like(build_network(TINY_SAM).state_dict(), seed=5)


def saved_by_transformers(path: Path) -> None:
    """A tied tensor is saved once."""
    tensors = sam_of_transformers()
    del tensors["prompt_encoder.shared_embedding.positional_embedding"]
    save_file(tensors, path)


def saved_by_a_training(path: Path) -> None:
    inner = {f"module.{name}": value for name, value in sam2_of_authors().items()}
    torch.save({"model": inner, "optimizer": {"lr": 0.1}, "epoch": 7}, path)


FORMS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "of the authors": ("a.pt", lambda path: torch.save({"model": sam2_of_authors()}, path)),
    "bare": ("a.pth", lambda path: torch.save(sam2_of_authors(), path)),
    "before zip": (
        "a.pth",
        lambda path: torch.save(sam2_of_authors(), path, _use_new_zipfile_serialization=False),
    ),
    "of a training": ("a.pth", saved_by_a_training),
    "of transformers": ("a.safetensors", saved_by_transformers),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_network_is_opened_from_every_form(form: str, tmp_path: Path) -> None:
    name, save = FORMS[form]
    save(tmp_path / name)
    found = read_checkpoint(tmp_path / name)
    network = open_network(found)
    opened = network.state_dict()
    if isinstance(found.architecture, type(TINY_SAM)):
        expected = sam_of_transformers()
        expected["prompt_encoder.shared_embedding.positional_embedding"] = expected[
            "shared_image_embedding.positional_embedding"
        ]
    else:
        expected = without_video(rename_sam2(sam2_of_authors()))
    assert set(opened) == set(expected)
    for key, value in expected.items():
        assert torch.equal(opened[key], value), key
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))


def test_a_network_that_propagates_has_all_its_tables(tmp_path: Path) -> None:
    torch.save(sam2_of_authors(), tmp_path / "a.pt")
    network = open_network(read_checkpoint(tmp_path / "a.pt"), is_video=True)
    assert not any(tensor.is_meta for tensor in (*network.parameters(), *network.buffers()))


def test_a_sam_for_smaller_pictures_is_known_by_its_positions(tmp_path: Path) -> None:
    tensors = sam_of_transformers()
    cells = tensors["vision_encoder.pos_embed"].shape[1] // 2
    tensors["vision_encoder.pos_embed"] = tensors["vision_encoder.pos_embed"][:, :cells, :cells]
    save_file({n: t.contiguous() for n, t in tensors.items()}, tmp_path / "a.safetensors")
    assert read_checkpoint(tmp_path / "a.safetensors").architecture.input_px == 64


class Trap:
    """Pickled, it would make a file when it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def test_a_file_with_code_in_it_is_refused_and_not_run(tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    torch.save({"model": sam2_of_authors(), "extra": Trap(sprung)}, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match="refused: it holds more than tensors"):
        read_checkpoint(tmp_path / "a.pth")
    assert not sprung.exists()


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
def test_a_truncated_file_is_no_weights(name: str, tmp_path: Path) -> None:
    whole = tmp_path / f"whole{Path(name).suffix}"
    (save_file if whole.suffix == ".safetensors" else torch.save)(sam_of_transformers(), whole)
    (tmp_path / name).write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(WeightsError, match=rf"{name}: not readable as"):
        read_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "holds no tensors at all"),
        ({"conv.weight": torch.zeros(1)}, r"neither SAM, MedSAM nor SAM 2: .* conv\.weight"),
        (torch.zeros(3), "holds no tensors at all"),
    ],
)
def test_something_else_altogether(content: Any, words: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pth")
    with pytest.raises(WeightsError, match=words):
        read_checkpoint(tmp_path / "a.pth")


def test_a_size_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_file(sam_of_transformers(), tmp_path / "a.safetensors")
    monkeypatch.delitem(ARCHITECTURES, "tiny-sam")
    with pytest.raises(WeightsError, match="a SAM of width 32 with 3 layers; known are vit-b,"):
        read_checkpoint(tmp_path / "a.safetensors")


def test_another_architecture_is_named_by_its_first_other_tensors(tmp_path: Path) -> None:
    save_file(sam_of_transformers(), tmp_path / "a.safetensors")
    found = read_checkpoint(tmp_path / "a.safetensors")
    words = (
        r"another network\. of another shape: .*vision_encoder\.pos_embed is \(1, 8, 8, 32\), not"
    )
    with pytest.raises(WeightsError, match=words):
        check_architecture(found, "vit-b")
    with pytest.raises(WeightsError, match=r"missing: .*; unexpected: .* and \d+ more"):
        check_architecture(found, "hiera-tiny")


def test_missing_and_surplus_tensors_are_named(tmp_path: Path) -> None:
    tensors = sam_of_transformers()
    del tensors["mask_decoder.iou_token.weight"]
    tensors["my_head.weight"] = torch.zeros(2)
    save_file(tensors, tmp_path / "a.safetensors")
    words = r"missing: mask_decoder\.iou_token\.weight; unexpected: my_head\.weight"
    with pytest.raises(WeightsError, match=words):
        open_network(read_checkpoint(tmp_path / "a.safetensors"))


def test_own_weights_of_the_family_bring_their_architecture(tmp_path: Path) -> None:
    save_file(sam_of_transformers(), tmp_path / "mine.safetensors")
    said: list[str] = []
    for name in ("sam-vit-h", "medsam"):
        engine = load_engine(
            name,
            weights=tmp_path / "mine.safetensors",
            device="cpu",
            is_exact=True,
            say=said.append,
        )
        assert engine.model.name == name
        (embedding,) = engine.encode([picture(30, 40)])
        decoded = engine.decode(embedding, [Prompt(box=(5, 5, 20, 30))])
        assert decoded.logits.shape == (1, 1, 30, 40)
    assert said == [
        f"{n}: mine.safetensors on cpu, torch, float32" for n in ("sam-vit-h", "medsam")
    ]


def test_sam2_runs_in_torch_even_where_there_is_openvino(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(sam2_of_authors(), tmp_path / "mine.pt")
    monkeypatch.setattr(loading, "is_openvino_installed", lambda: True)
    monkeypatch.setattr(devices, "is_openvino_installed", lambda: True)
    said: list[str] = []
    engine = load_engine("sam2.1-tiny", weights=tmp_path / "mine.pt", device="cpu", say=said.append)
    assert not engine.device.has_openvino
    assert "SAM 2 stays with torch" in said[0]


def test_own_weights_of_the_other_family_are_refused(tmp_path: Path) -> None:
    torch.save(sam2_of_authors(), tmp_path / "mine.pt")
    with pytest.raises(
        WeightsError, match=r"mine\.pt: of another network\. .*missing: vision_encoder\.pos"
    ):
        load_engine("sam-vit-b", weights=tmp_path / "mine.pt", device="cpu")
    save_file(sam_of_transformers(), tmp_path / "mine.safetensors")
    for name in ("sam2.1-tiny", "sam2.1-tiny-video"):
        with pytest.raises(WeightsError, match="of another network"):
            load_engine(name, weights=tmp_path / "mine.safetensors", device="cpu")


def test_published_weights_must_be_the_published_ones(tmp_path: Path) -> None:
    save_file(sam_of_transformers(), tmp_path / "sam_vit_b_01ec64.pth")
    with pytest.raises(WeightsError, match=r"expected SHA-256 ec2df627.*, found "):
        load_engine("sam-vit-b", folder=tmp_path, device="cpu")
    for path, found in ((tmp_path / "nowhere.pth", "nothing"), (tmp_path, "a folder")):
        with pytest.raises(WeightsError, match=rf"expected a file of weights .* found {found}\."):
            load_engine("sam-vit-b", weights=path, device="cpu")


def test_weights_that_nothing_can_vouch_for_are_named_by_their_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ARCHITECTURES, "vit-b", TINY_SAM)
    torch.save(sam_of_transformers(), tmp_path / "medsam_vit_b.pth")
    sha256 = hashlib.sha256((tmp_path / "medsam_vit_b.pth").read_bytes()).hexdigest()
    said: list[str] = []
    load_engine("medsam", folder=tmp_path, device="cpu", is_exact=True, say=said.append)
    assert said[0].endswith(f"publish no SHA-256 to check it by; this file's is {sha256}")


@pytest.mark.parametrize(
    ("answers", "stays"), [(1.0, True), (1.02, True), (0.5, False), (float("nan"), False)]
)
def test_an_openvino_that_computes_another_function_gives_way_to_torch(
    answers: float, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does of SAM 2, without a word: what it gives is compared with torch before it is used.

    `answers` is what it gives, as a multiple of what is right.
    """

    def encoder_of(network: Any, architecture: Architecture, *, is_half: bool) -> Encoder:
        family = family_of(architecture, network)
        return lambda pixels: tuple(level * answers for level in family.encode(pixels))

    monkeypatch.setattr(loading, "openvino_encoder", encoder_of)
    monkeypatch.setattr(loading, "pick_device", lambda *_, **__: Device("cpu", False, True))
    save_file(sam_of_transformers(), tmp_path / "mine.safetensors")
    said: list[str] = []
    engine = load_engine("sam-vit-b", weights=tmp_path / "mine.safetensors", say=said.append)

    assert engine.device.has_openvino == stays
    assert any("OpenVINO" in words and "so torch" in words for words in said) != stays


@pytest.mark.parametrize("module", ["torch", "transformers"])
def test_without_the_extra_it_is_named(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"manyhands\[sam\].*{module} is not installed"):
        load_engine("sam-vit-b")
