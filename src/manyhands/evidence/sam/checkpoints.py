"""Files of weights as they are found in the world, read safely and matched with a network."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from manyhands.errors import WeightsError
from manyhands.evidence.sam.architectures import (
    ARCHITECTURES,
    Architecture,
    HieraSize,
    VitSize,
)
from manyhands.evidence.sam.networks import PATCH_PX, build_network, fill_network
from manyhands.evidence.sam.rename import renamed, without_video
from manyhands.evidence.sam.torch_ready import require_torch
from manyhands.evidence.sam.weights import check_is_file

# Where training scripts put the weights among an optimiser's state and a count of epochs.
_WRAPPERS = ("model", "state_dict", "model_state_dict", "network_weights")
# What wrappers of networks put before every name.
_PREFIXES = ("module.", "_orig_mod.", "model.", "sam.", "sam_model.")
_SAM_PATCHES = "vision_encoder.patch_embed.projection.weight"
_SAM2_PATCHES = "vision_encoder.backbone.patch_embed.projection.weight"
_SAM_POSITIONS = "vision_encoder.pos_embed"
NAMES_SHOWN = 3

Tensors = Mapping[str, Any]


@dataclass(frozen=True)
class Checkpointed:
    """What a file holds: tensors named as `transformers` does, and the network they are of."""

    path: Path
    tensors: Tensors
    architecture: Architecture


def read_checkpoint(path: Path) -> Checkpointed:
    """Read `.pth` or `.pt` of the authors or of a training, or safetensors of Hugging Face.

    Only tensors are read: a file that holds code is refused, none of it is run. Raises
    `WeightsError` naming the file and what is wrong with it.
    """
    check_is_file(path)
    is_safetensors = path.suffix == ".safetensors"
    content = _read_safetensors(path) if is_safetensors else _read_pickle(path)
    named = renamed(_bare(content))
    return Checkpointed(path, named, _detect(path, named))


def open_network(found: Checkpointed, *, is_video: bool = False) -> Any:
    """The network with its values. Raises `WeightsError` naming the first tensors that differ."""
    if is_video and isinstance(found.architecture, VitSize):
        raise WeightsError(f"{found.path}: a SAM, which cannot propagate; expected a SAM 2")
    network = build_network(found.architecture, is_video=is_video)
    tensors = found.tensors
    if isinstance(found.architecture, HieraSize) and not is_video:
        tensors = without_video(tensors)
    _check_same(found.path, tensors, network.state_dict())
    return fill_network(network, {name: value.float() for name, value in tensors.items()})


def check_architecture(found: Checkpointed, expected: str) -> None:
    """Raises `WeightsError`, naming tensors, where the file is not of the architecture expected."""
    architecture = ARCHITECTURES[expected]
    if found.architecture == architecture:
        return
    is_video = isinstance(architecture, HieraSize) and any(
        name.startswith("memory_") for name in found.tensors
    )
    network = build_network(architecture, is_video=is_video)
    _check_same(found.path, found.tensors, network.state_dict())


def _read_pickle(path: Path) -> object:
    torch = require_torch()
    try:
        # Files of before torch 1.6 are no zip archives, and cannot be mapped.
        mapped = zipfile.is_zipfile(path)
        with warnings.catch_warnings():
            # Of what it may not understand; it is read, or refused in our words.
            warnings.simplefilter("ignore", UserWarning)
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path}: refused: it holds more than tensors, and opening it would run what it holds. "
            f"Save the weights alone (state_dict) or as safetensors. ({_first_line(error)})"
        ) from error
    except (RuntimeError, EOFError, OSError, ValueError) as error:
        raise WeightsError(f"{path}: not readable as weights: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _read_safetensors(path: Path) -> object:
    require_torch()
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise WeightsError(f"{path}: not readable as safetensors: {error}") from error


def _bare(content: object) -> dict[str, Any]:
    """The tensors alone, by names without the wrappers' prefixes."""
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    torch = require_torch()
    items = content.items() if isinstance(content, Mapping) else ()
    tensors = {str(name): v for name, v in items if isinstance(v, torch.Tensor)}
    while prefix := _shared_prefix(tensors):
        tensors = {name.removeprefix(prefix): value for name, value in tensors.items()}
    return tensors


def _shared_prefix(names: Iterable[str]) -> str | None:
    names = list(names)
    for prefix in _PREFIXES:
        if names and all(name.startswith(prefix) for name in names):
            return prefix
    return None


def _detect(path: Path, tensors: Tensors) -> Architecture:
    """The architecture, from the widths and numbers of layers; the file's name says nothing."""
    if _SAM_PATCHES in tensors:
        width, layers = len(tensors[_SAM_PATCHES]), _count(tensors, "vision_encoder.layers.")
        for known in ARCHITECTURES.values():
            if isinstance(known, VitSize) and (known.hidden_size, known.layers) == (width, layers):
                return _with_input_of(known, tensors)
        raise _unknown(path, f"a SAM of width {width} with {layers} layers", VitSize)
    if _SAM2_PATCHES in tensors:
        width = len(tensors[_SAM2_PATCHES])
        layers = _count(tensors, "vision_encoder.backbone.blocks.")
        for known in ARCHITECTURES.values():
            if isinstance(known, HieraSize) and (known.hidden_size, sum(known.blocks)) == (
                width,
                layers,
            ):
                return known
        raise _unknown(path, f"a SAM 2 of width {width} with {layers} blocks", HieraSize)
    held = f"it begins with {_some(sorted(tensors))}" if tensors else "it holds no tensors at all"
    raise WeightsError(f"{path}: neither SAM, MedSAM nor SAM 2: {_SAM_PATCHES} is missing; {held}")


def _count(tensors: Tensors, stem: str) -> int:
    return len({name[len(stem) :].split(".")[0] for name in tensors if name.startswith(stem)})


def _with_input_of(size: VitSize, tensors: Tensors) -> VitSize:
    """Trained on smaller pictures, a SAM has a smaller table of positions."""
    if _SAM_POSITIONS not in tensors:
        return size
    return replace(size, input_px=tensors[_SAM_POSITIONS].shape[1] * PATCH_PX)


def _unknown(path: Path, what: str, kind: type) -> WeightsError:
    known = ", ".join(name for name, size in ARCHITECTURES.items() if isinstance(size, kind))
    return WeightsError(f"{path}: {what}; known are {known}")


def _check_same(path: Path, found: Tensors, expected: Tensors) -> None:
    """Raises `WeightsError` naming the first few tensors that are missing, too many or other."""
    missing = [name for name in expected if name not in found]
    surplus = [name for name in found if name not in expected]
    other = [
        f"{name} is {tuple(found[name].shape)}, not {tuple(expected[name].shape)}"
        for name in expected
        if name in found and found[name].shape != expected[name].shape
    ]
    parts = [
        words
        for names, words in (
            (other, f"of another shape: {_some(other)}"),
            (missing, f"missing: {_some(missing)}"),
            (surplus, f"unexpected: {_some(surplus)}"),
        )
        if names
    ]
    if parts:
        raise WeightsError(f"{path}: of another network. {'; '.join(parts)}")


def _some(names: list[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
