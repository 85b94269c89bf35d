"""The benchmark of SAM with networks as small as they come."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="networks need the extra sam")
pytest.importorskip("transformers", reason="networks need the extra sam")
if importlib.util.find_spec("segment_anything") is None:
    pytest.skip("the reference to compare with is not installed", allow_module_level=True)

from benchmarks.data import Case  # noqa: E402
from benchmarks.sam import describe_engines  # noqa: E402
from benchmarks.sam_accuracy import describe_accuracy, find_files, measure_case  # noqa: E402
from benchmarks.sam_constants import (  # noqa: E402
    CONSTANTS,
    constants_set,
    describe_constants,
)
from benchmarks.sam_costs import (  # noqa: E402
    REFERENCE,
    EngineCost,
    Spent,
    encoder_gflop,
    limit_gflops,
    measure_engine,
    reference_network,
    summarise_costs,
)
from benchmarks.sam_gpu import describe_gpus, measure_device, measure_gpus  # noqa: E402
from benchmarks.sam_volume import describe_volume, measure_volume  # noqa: E402
from tests.evidence.sam.small import TINY_SAM, random_like  # noqa: E402

from manyhands.evidence.prompted.calibration import calibrated  # noqa: E402
from manyhands.evidence.sam.architectures import ARCHITECTURES, VitSize  # noqa: E402
from manyhands.evidence.sam.devices import Device  # noqa: E402
from manyhands.evidence.sam.networks import build_network  # noqa: E402
from manyhands.phantom import make_phantom  # noqa: E402

SMALL = VitSize(32, 2, 2, (1,), 128)


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Random weights of a network that is known as `small`."""
    monkeypatch.setitem(ARCHITECTURES, "small", SMALL)
    path = tmp_path / "sam_vit_b_01ec64.pth"
    torch.save(reference_network(SMALL).state_dict(), path)
    return path


@pytest.fixture
def tiny_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a network of 128 pixels, far faster yet."""
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY_SAM)
    path = tmp_path / "tiny" / "sam_vit_b_01ec64.pth"
    path.parent.mkdir()
    torch.save(random_like(build_network(TINY_SAM).state_dict(), seed=0), path)
    return path


def cost(name: str, encode: float, box: float, twenty: float, limit: float) -> EngineCost:
    return EngineCost(name, Spent(encode, 1), Spent(box, 1), Spent(twenty, 1), limit, 100)


def test_ratios_by_hand() -> None:
    """20 x (30 + 0.5) against 2 CPU-s; 900 GFLOP in 6 s of 200 GFLOP/s are three quarters."""
    costs = [cost(REFERENCE, 30, 0.5, 10, 100), cost("ours", 6, 0.1, 2, 200)]

    summary = summarise_costs(costs, 900)

    assert summary["ours"] == pytest.approx((5, 0.75, 305))
    assert summary[REFERENCE][0] == 1
    assert "305" in describe_engines(costs, 900)


def test_operations_are_counted_as_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the small network's patches alone: 4096 cells x 32 x (3 x 16 x 16) x 2."""
    monkeypatch.setitem(ARCHITECTURES, "small", SMALL)
    least = 4096 * 32 * 3 * 256 * 2 / 1e9
    assert least < encoder_gflop("small") < 100 * least


def test_a_limit_is_a_speed() -> None:
    assert limit_gflops(is_half=False, side=256) > 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", [REFERENCE, "torch fp32"])
def test_every_engine_is_measured(name: str, weights: Path) -> None:
    found = measure_engine(name, "small", weights, times=1)

    assert found.name == name
    assert found.encode.cpu_s > 0
    assert found.twenty_boxes.cpu_s > found.one_box.cpu_s > 0
    assert found.peak_mib > 10


@pytest.mark.slow
def test_a_volume_costs_no_encoding_the_second_time(
    tiny_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("manyhands.evidence.sam.devices.is_openvino_installed", lambda: False)

    found = measure_volume(tiny_weights, tmp_path / "work", slices=3, few=2, size=48)

    assert (found.first.encodings, found.again.encodings) == (3, 0)
    assert found.few.encodings == 2
    assert found.without.encodings == found.without.questions == found.few.questions
    assert found.few.questions > 2 * 5
    assert found.same_share > 0.99
    assert found.kept_mib > 0
    assert "CPU-s of 3" in describe_volume(found)


def test_the_devices_speed_stands_beside_the_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured on a CPU here, of a network as small as they come."""
    monkeypatch.setitem(ARCHITECTURES, "vit-b", TINY_SAM)
    device = Device("cpu", is_half=False, encode_batch=2)

    cost = measure_device("vit-b", device, slices=3, side=64)
    table = describe_gpus([cost])

    assert cost.network > 0
    assert cost.encode > cost.ask > 0
    assert "94.9" in table
    assert "cpu, torch, float32" in table


def test_without_a_gpu_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert "no CUDA device here" in describe_gpus(measure_gpus())


class TestConstants:
    def test_each_has_its_value_in_the_documentation(self) -> None:
        page = Path(__file__).parents[2] / "docs" / "understand" / "sam.md"
        text = page.read_text(encoding="utf-8")
        for name, module in CONSTANTS.items():
            assert f"| `{name}` | {getattr(module, name):.3g} |" in text

    def test_another_value_counts_for_as_long_as_it_is_tried(self) -> None:
        logits = np.linspace(-3, 3, 1000, dtype=np.float32).reshape(1, 10, 100)
        mask = logits > 0
        with constants_set(["CLIP=1.5", "ENOUGH_BOXES=5"]):
            assert np.abs(calibrated(logits, mask, np.ones_like(mask))).max() == 1.5
            assert "1.5" in describe_constants()
        assert np.abs(calibrated(logits, mask, np.ones_like(mask))).max() == 4

    @pytest.mark.parametrize("setting", ["CLOP=1", "CLIP", "CLIP=a", "ENOUGH_BOXES=2.5"])
    def test_what_is_none_ends_the_program(self, setting: str) -> None:
        with pytest.raises(SystemExit, match=setting), constants_set([setting]):
            pass


@pytest.mark.slow
def test_accuracy_is_measured_per_organ_on_a_crowd_like_the_studys(tiny_weights: Path) -> None:
    volume, labels, _ = make_phantom((40, 32, 5), spacing_mm=(9.0, 8.0, 39.0))

    files = find_files(tiny_weights.parent)
    results = measure_case(
        Case("phantom", volume, labels), {"sam-vit-b": files["sam-vit-b"]}, device="cpu"
    )
    table = describe_accuracy(results)

    ways = {(r.model, r.way) for r in results}
    assert ways == {("intensity", "3D"), ("sam-vit-b", "3D"), ("sam-vit-b", "paper-2024")}
    assert {r.structure for r in results} >= {"liver", "spleen"}
    assert all(0 <= r.volume_dice <= 1 for r in results)
    assert "sam-vit-b, paper-2024" in table
    assert "liver" in table.splitlines()[0]


def test_weights_that_are_not_there_end_the_program(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"expected one of .*sam_vit_b_01ec64.pth"):
        find_files(tmp_path)
    (tmp_path / "mine.pt").touch()
    with pytest.raises(SystemExit, match="name the one model"):
        find_files(tmp_path / "mine.pt")
