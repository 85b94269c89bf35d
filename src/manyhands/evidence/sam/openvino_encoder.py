"""The encoder in OpenVINO: three times as fast on a CPU as in torch, with the extra `cpu`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from manyhands.evidence.sam.architectures import Architecture
from manyhands.evidence.sam.families import family_of
from manyhands.evidence.sam.torch_ready import require_openvino, require_torch


def openvino_encoder(
    network: Any, architecture: Architecture, *, is_half: bool
) -> Callable[[Any], tuple[Any, ...]]:
    """A function from pixels (1, 3, input_px, input_px) to the network's features.

    Raises `RuntimeError` where OpenVINO does not know an operation of the network.
    """
    torch, openvino = require_torch(), require_openvino()
    side = architecture.input_px
    encoder = _encoder_alone(network, architecture)
    with warnings.catch_warnings(), torch.no_grad():
        # What torch's exporter and OpenVINO's reader of it have to settle among themselves.
        warnings.simplefilter("ignore")
        graph = openvino.convert_model(
            torch.export.export(encoder, (torch.zeros(1, 3, side, side),))
        )
    precision = openvino.Type.bf16 if is_half else openvino.Type.f32
    hints = {
        "INFERENCE_PRECISION_HINT": precision,
        "PERFORMANCE_HINT": "LATENCY",
        # As many as torch may have: several processes share the cores among them.
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
    }
    compiled = openvino.compile_model(graph, "CPU", hints)

    def encode(pixels: Any) -> tuple[Any, ...]:
        answer = compiled(pixels.numpy())
        return tuple(torch.from_numpy(answer[n].copy()) for n in range(len(compiled.outputs)))

    return encode


def difference_from_torch(
    encoder: Callable[[Any], tuple[Any, ...]],
    network: Any,
    architecture: Architecture,
    *,
    is_half: bool,
) -> float:
    """How far `encoder` is from the network's own on one picture of noise, of all features the
    worst: the norm of the difference over the norm. Not a number where either gives none.
    """
    torch = require_torch()
    side = architecture.input_px
    noise = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_half):
            expected = family_of(architecture, network).encode(noise)
        errors = [
            (got.float() - level.float()).norm() / level.float().norm()
            for got, level in zip(encoder(noise), expected, strict=True)
        ]
    return float(torch.stack(errors).max())  # unlike Python's max, it keeps what is no number


def _encoder_alone(network: Any, architecture: Architecture) -> Any:
    """The encoder as a module from one tensor to a tuple of them, as exporting takes it."""
    encode = family_of(architecture, network).encode
    module = require_torch().nn.Module
    kind = type("Encoder", (module,), {"forward": lambda _self, pixels: encode(pixels)})
    encoder = kind()
    encoder.network = network  # so that its parameters are found
    return encoder.eval()
