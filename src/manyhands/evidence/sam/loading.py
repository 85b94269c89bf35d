"""From a model's name to an engine: weights found and checked, network built, device picked."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from manyhands.errors import ConfigError
from manyhands.evidence.sam.architectures import ARCHITECTURES, VitSize
from manyhands.evidence.sam.checkpoints import (
    Checkpointed,
    check_architecture,
    open_network,
    read_checkpoint,
)
from manyhands.evidence.sam.devices import Device, Say, is_openvino_installed, pick_device
from manyhands.evidence.sam.loaded import Encoder, TorchEngine
from manyhands.evidence.sam.openvino_encoder import difference_from_torch, openvino_encoder
from manyhands.evidence.sam.table import SAM_MODELS, SamModel
from manyhands.evidence.sam.torch_ready import require_transformers
from manyhands.evidence.sam.weights import find_weights, sha256_of_weights, weights_folder

MOST_DIFFERENCE = 0.1
"""Of OpenVINO's embedding from torch's, relative; bfloat16 alone makes one of .01 to .03."""


def find_sam(name: str) -> SamModel:
    """The row of that name. Raises `ConfigError` if there is none."""
    if name not in SAM_MODELS:
        raise ConfigError(f"unknown model '{name}'; of SAM there are {', '.join(SAM_MODELS)}")
    return SAM_MODELS[name]


def load_engine(
    name: str,
    *,
    weights: Path | None = None,
    folder: Path | None = None,
    device: str | None = None,
    is_exact: bool = False,
    compiles: bool = False,
    say: Say = lambda _words: None,
) -> TorchEngine:
    """The model `name` of `SAM_MODELS`, ready to be asked.

    `weights` is a file of one's own, instead of the published one in `folder` (else
    `weights_folder()`): its architecture is found from its tensors, the row gives the rules.
    `is_exact` keeps to float32; `compiles` lets torch, where it runs the encoder, compile it, which
    takes a minute and pays over hundreds of slices. `say` hears where it runs. Raises `ConfigError`
    without the extra `sam` or for an unknown name or device, `WeightsError` for a file that is
    missing, damaged, not the published one or of another network.
    """
    model = find_sam(name)
    require_transformers()
    path = weights or find_weights(model, weights_folder(folder))
    sha256 = sha256_of_weights(path, None if weights else model.checkpoint)
    if weights is None:
        tell_unchecked(model, path, sha256, say)
    found = _of_family(read_checkpoint(path), model, is_own=weights is not None)
    network = open_network(found, is_video=model.is_video)
    chosen = device_for(model, device, is_exact=is_exact, compiles=compiles)
    if chosen.kind == "cpu" and not _takes_openvino(model) and is_openvino_installed():
        say(f"{name}: SAM 2 stays with torch; OpenVINO makes another function of its encoder")
    if chosen.is_compiled:
        network.vision_encoder.compile()
    encoder, chosen = _encoder(network, found, chosen, say)
    say(f"{name}: {path.name} on {chosen}")
    return TorchEngine(
        model, found.architecture, network, chosen, sha256=sha256, say=say, encoder=encoder
    )


def tell_unchecked(model: SamModel, path: Path, sha256: str, say: Say) -> None:
    """Say it where a published file can be compared with nothing."""
    if model.checkpoint.sha256 is None:
        say(f"{path.name}: its authors publish no SHA-256 to check it by; this file's is {sha256}")


def device_for(
    model: SamModel, wanted: str | None = None, *, is_exact: bool = False, compiles: bool = False
) -> Device:
    """What a model runs on, unless OpenVINO errs once it is loaded; see `pick_device`."""
    found = pick_device(wanted, is_exact=is_exact, takes_openvino=_takes_openvino(model))
    return dataclasses.replace(found, is_compiled=compiles and not found.has_openvino)


def _takes_openvino(model: SamModel) -> bool:
    """SAM 2 does not: what OpenVINO 2026.4 makes of its exported encoder is another function."""
    return isinstance(ARCHITECTURES[model.architecture], VitSize)


def _of_family(found: Checkpointed, model: SamModel, *, is_own: bool) -> Checkpointed:
    """A file of one's own may be larger or smaller than the row says, not of the other family."""
    expected = ARCHITECTURES[model.architecture]
    if is_own and type(found.architecture) is type(expected):
        return found
    check_architecture(found, model.architecture)
    return found


def _encoder(
    network: object, found: Checkpointed, device: Device, say: Say
) -> tuple[Encoder | None, Device]:
    """OpenVINO's encoder where the device asks for it; torch's where OpenVINO cannot take it, or
    gives something else.

    It says nothing where it errs, as it does with SAM 2, so what it makes is compared before it is
    used.
    """
    if not device.has_openvino:
        return None, device
    in_torch = dataclasses.replace(device, has_openvino=False)
    size, is_half = found.architecture, device.is_half
    try:
        encoder = openvino_encoder(network, size, is_half=is_half)
        difference = difference_from_torch(encoder, network, size, is_half=is_half)
    except RuntimeError as error:
        say(f"OpenVINO cannot run this network, torch does: {str(error).splitlines()[0]}")
        return None, in_torch
    if not difference <= MOST_DIFFERENCE:  # also where it is no number
        say(f"OpenVINO's embeddings differ from torch's by {difference:.0%}, so torch does them")
        return None, in_torch
    return encoder, device
