"""How many slices a GPU encodes in a second, beside what was published and what it could do."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.sam_costs import encoder_gflop, example
from benchmarks.tables import format_table
from manyhands.evidence.sam import SAM_MODELS, TorchEngine, box_prompts
from manyhands.evidence.sam.architectures import ARCHITECTURES
from manyhands.evidence.sam.devices import Device, pick_device
from manyhands.evidence.sam.networks import build_network, fill_network
from manyhands.evidence.sam.torch_ready import require_torch

PUBLISHED = {"vit-b": 94.9, "vit-h": 25.2}
"""Images a second of segment-anything-fast on an A100 (40 GB), batches of 32, prompts included: all
that its authors tried together, of which bfloat16, SDPA and compiling are the most."""
BOXES = 20
SLICES = 64
MATRIX = 8192
NOT_HERE = "slices per second on a GPU: not measured, there is no CUDA device here"


@dataclass(frozen=True)
class GpuCost:
    """Slices a second: `network` from pixels to features on the device, `encode` from greys to an
    embedding at hand, `ask` with 20 boxes on each as well; `limit` is that of multiplying matrices.
    """

    architecture: str
    device: str
    network: float
    encode: float
    ask: float
    limit: float


def measure_gpus(*, slices: int = SLICES) -> list[GpuCost]:
    """ViT-B and ViT-H, each as it is and compiled; none where there is no CUDA device."""
    if not require_torch().cuda.is_available():
        return []
    device = pick_device("cuda")
    return [
        measure_device(architecture, device, slices=slices, is_compiled=is_compiled)
        for architecture in PUBLISHED
        for is_compiled in (False, True)
    ]


def measure_device(
    architecture: str, device: Device, *, slices: int, is_compiled: bool = False, side: int = MATRIX
) -> GpuCost:
    """One network with random weights on one device."""
    torch = require_torch()
    size = ARCHITECTURES[architecture]
    empty = build_network(size)
    values = {name: 0.02 * torch.randn(v.shape) for name, v in empty.state_dict().items()}
    network = fill_network(empty, values)
    if is_compiled:
        network.vision_encoder.compile()
    engine = TorchEngine(SAM_MODELS["sam-vit-b"], size, network, device, sha256="")
    picture, boxes = example(boxes=BOXES)
    prompts = box_prompts(boxes)
    pixels = torch.zeros((device.encode_batch, 3, size.input_px, size.input_px)).to(device.kind)

    def run_network() -> None:
        with torch.inference_mode():
            for _ in range(0, slices, device.encode_batch):
                engine.encode_pixels(pixels)

    def ask() -> None:
        for embedding in engine.encode([picture] * slices):
            engine.decode(embedding, prompts)

    whole = -(-slices // device.encode_batch) * device.encode_batch
    return GpuCost(
        f"{architecture}, compiled" if is_compiled else architecture,
        str(device),
        whole / _seconds(device, run_network),
        slices / _seconds(device, lambda: engine.encode([picture] * slices)),
        slices / _seconds(device, ask),
        _limit_gflops(device, side) / encoder_gflop(architecture),
    )


def _seconds(device: Device, work: Callable[[], object]) -> float:
    """Of the second run: in the first kernels are chosen, and compiled."""
    for _ in range(2):
        _wait(device)
        began = time.perf_counter()
        work()
        _wait(device)
        took_s = time.perf_counter() - began
    return took_s


def _wait(device: Device) -> None:
    if device.backend == "cuda":
        require_torch().cuda.synchronize(device.kind)


def _limit_gflops(device: Device, side: int) -> float:
    """GFLOP a second of multiplying matrices in the encoder's precision."""
    torch = require_torch()
    one: Any = torch.randn((side, side)).to(device.kind)
    one = one.bfloat16() if device.is_half else one
    return 4 * 2 * side**3 / _seconds(device, lambda: [one @ one for _ in range(4)]) / 1e9


def describe_gpus(costs: Sequence[GpuCost]) -> str:
    if not costs:
        return NOT_HERE
    rows = [
        [
            cost.architecture,
            f"{cost.network:.1f}",
            f"{cost.encode:.1f}",
            f"{cost.ask:.1f}",
            f"{cost.limit:.1f}",
            f"{cost.network / cost.limit:.0%}",
            f"{PUBLISHED[name]:.1f}"
            if (name := cost.architecture.split(",")[0]) in PUBLISHED
            else "",
        ]
        for cost in costs
    ]
    heading = [f"slices/s on {costs[0].device}", "network", "encode", f"and {BOXES} boxes"]
    heading += ["limit", "of limit", "published (A100)"]
    return format_table(heading, rows)
