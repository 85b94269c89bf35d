"""What encoding a slice and asking about boxes costs, of one engine in one process.

Weights are random, of the true sizes: speed does not depend on them. CPU-seconds (user and system,
all threads) hold on a busy machine too, where seconds by the clock mean little; and beside them the
machine's own limit is measured in the same process, by multiplying matrices.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from benchmarks.meter import measure
from manyhands.evidence.sam import SAM_MODELS, Embedding, Picture, TorchEngine, box_prompts
from manyhands.evidence.sam.architectures import ARCHITECTURES, VitSize
from manyhands.evidence.sam.checkpoints import open_network, read_checkpoint
from manyhands.evidence.sam.devices import Device
from manyhands.evidence.sam.networks import build_network
from manyhands.evidence.sam.openvino_encoder import openvino_encoder
from manyhands.evidence.sam.torch_ready import require_torch, require_transformers
from manyhands.types import BoxArray

Result = TypeVar("Result")

MATRIX = 2048
MATRIX_TIMES = 6
REFERENCE = "segment_anything, fp32"
HALF = {REFERENCE: False, "OpenVINO bf16": True, "torch bf16": True, "torch fp32": False}
"""The engines, and whether each of them multiplies in bfloat16."""


class Engine(Protocol):
    """As far as it is measured."""

    def encode(self, picture: Picture) -> object: ...

    def ask(self, seen: Any, boxes: BoxArray) -> object: ...


class Ours:
    """An engine of manyhands."""

    def __init__(self, engine: TorchEngine) -> None:
        self.engine = engine

    def encode(self, picture: Picture) -> Embedding:
        return self.engine.encode([picture])[0]

    def ask(self, seen: Embedding, boxes: BoxArray) -> object:
        return self.engine.decode(seen, box_prompts(boxes))


class Reference:
    """The authors' own package, used as its README says: a box at a time."""

    def __init__(self, network: Any) -> None:
        self.predictor = segment_anything().SamPredictor(network)

    def encode(self, picture: Picture) -> None:
        self.predictor.set_image(np.repeat(picture[..., None], 3, axis=2))

    def ask(self, seen: None, boxes: BoxArray) -> object:
        corners = boxes[:, [1, 0, 3, 2]] - 0.5
        return [self.predictor.predict(box=box, multimask_output=False) for box in corners]


@dataclass(frozen=True)
class Spent:
    """CPU-seconds and seconds by the clock."""

    cpu_s: float
    wall_s: float


@dataclass(frozen=True)
class EngineCost:
    """One engine: a slice encoded, one box and twenty asked about, the limit in GFLOP per CPU-s."""

    name: str
    encode: Spent
    one_box: Spent
    twenty_boxes: Spent
    limit_gflops: float
    peak_mib: float


def segment_anything() -> Any:
    """The reference package; torchvision, which it imports, is made importable on the way."""
    require_transformers()
    return importlib.import_module("segment_anything")


def reference_network(size: VitSize) -> Any:
    """The reference's network of that size, with the random weights that it is made with."""
    segment_anything()
    building = importlib.import_module("segment_anything.build_sam")
    return building._build_sam(
        encoder_embed_dim=size.hidden_size,
        encoder_depth=size.layers,
        encoder_num_heads=size.heads,
        encoder_global_attn_indexes=list(size.global_layers),
    ).eval()


def make_weights(architecture: str, folder: Path) -> Path:
    """A file of random weights, named as the authors name tensors."""
    size = ARCHITECTURES[architecture]
    if not isinstance(size, VitSize):
        raise SystemExit(f"speed is compared on a ViT of SAM, not on {architecture}")
    path = folder / f"{architecture}.pth"
    require_torch().save(reference_network(size).state_dict(), path)
    return path


def open_engine(name: str, architecture: str, weights: Path) -> Engine:
    """One of `HALF`, with weights that `reference_network` made."""
    torch = require_torch()
    if name == REFERENCE:
        size = ARCHITECTURES[architecture]
        if not isinstance(size, VitSize):
            raise ValueError(f"the reference package has no network of {architecture}")
        network = reference_network(size)
        network.load_state_dict(torch.load(weights, weights_only=True, mmap=True))
        return Reference(network)
    found = read_checkpoint(weights)
    network = open_network(found)
    device = Device("cpu", HALF[name], has_openvino=name.startswith("OpenVINO"))
    encoder = None
    if device.has_openvino:
        encoder = openvino_encoder(network, found.architecture, is_half=device.is_half)
    row = SAM_MODELS["sam-vit-b"]
    engine = TorchEngine(row, found.architecture, network, device, sha256="", encoder=encoder)
    return Ours(engine)


def measure_engine(name: str, architecture: str, weights: Path, *, times: int = 2) -> EngineCost:
    """The least of some runs, after one that warms up where there are several; the peak memory is
    of all of them.
    """

    def work() -> EngineCost:
        engine = open_engine(name, architecture, weights)
        picture, boxes = example()
        if times > 1:
            engine.encode(picture)
        encode, seen = least(lambda: engine.encode(picture), times)
        engine.ask(seen, boxes[:1])
        return EngineCost(
            name,
            encode,
            least(lambda: engine.ask(seen, boxes[:1]), max(times, 2))[0],
            least(lambda: engine.ask(seen, boxes), 1)[0],
            limit_gflops(is_half=HALF[name]),
            0.0,
        )

    found, cost = measure(work)
    return EngineCost(**{**vars(found), "peak_mib": cost.peak_mib})


def example(side: int = 512, boxes: int = 20) -> tuple[Picture, BoxArray]:
    """A slice of noise with as many boxes."""
    rng = np.random.default_rng(0)
    picture: npt.NDArray[np.uint8] = rng.integers(0, 255, (side, side), dtype=np.uint8)
    low = rng.uniform(0, side / 2, (boxes, 2))
    return picture, np.concatenate([low, low + rng.uniform(side / 8, side / 2, (boxes, 2))], axis=1)


def least(work: Callable[[], Result], times: int) -> tuple[Spent, Result]:
    """What the cheapest of some runs spent, and what the last one gave."""
    runs = []
    for _ in range(times):
        cpu, wall = time.process_time(), time.perf_counter()
        result = work()
        runs.append(Spent(time.process_time() - cpu, time.perf_counter() - wall))
    return Spent(min(r.cpu_s for r in runs), min(r.wall_s for r in runs)), result


def limit_gflops(*, is_half: bool, side: int = MATRIX) -> float:
    """GFLOP per CPU-second of the fastest multiplication of matrices that is at hand."""
    torch = require_torch()
    kind = torch.bfloat16 if is_half else torch.float32
    one = torch.randn((side, side), dtype=kind)
    works: list[Callable[[], object]] = [lambda: one @ one]
    if not is_half:  # on some processors OpenBLAS is faster than what torch brings
        other = one.numpy()
        works.append(lambda: other @ other)
    spent = min(least(work, MATRIX_TIMES)[0].cpu_s for work in works)
    return 2 * side**3 / spent / 1e9


def encoder_gflop(architecture: str) -> float:
    """Floating-point operations of one encoding, counted by torch without doing them."""
    torch = require_torch()
    counting = importlib.import_module("torch.utils.flop_counter")
    network, size = build_network(ARCHITECTURES[architecture]), ARCHITECTURES[architecture]
    pixels = torch.empty((1, 3, size.input_px, size.input_px), device="meta")
    with counting.FlopCounterMode(display=False) as counter, torch.inference_mode():
        network.vision_encoder(pixels)
    return float(counter.get_total_flops()) / 1e9


def summarise_costs(
    costs: Sequence[EngineCost], gflop: float
) -> Mapping[str, tuple[float, float, float]]:
    """By engine: times the reference's speed, share of the limit, and how many times cheaper 20
    boxes on a slice that is encoded already are than with the reference encoding each time.
    """
    reference = next(cost for cost in costs if cost.name == REFERENCE)
    each_time = 20 * (reference.encode.cpu_s + reference.one_box.cpu_s)
    return {
        cost.name: (
            reference.encode.cpu_s / cost.encode.cpu_s,
            gflop / cost.encode.cpu_s / cost.limit_gflops,
            each_time / cost.twenty_boxes.cpu_s,
        )
        for cost in costs
    }
