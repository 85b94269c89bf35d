"""Networks too small to be any good, as files that the program takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from manyhands.evidence.sam import ARCHITECTURES


def tiny_sam(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A SAM with random weights, whose size is known as long as the test runs; it stays in torch,
    since to export it would take longer than to ask it.
    """
    from safetensors.torch import save_file
    from tests.evidence.sam.small import TINY_SAM, random_like

    from manyhands.evidence.sam.networks import build_network

    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY_SAM)
    monkeypatch.setattr("manyhands.evidence.sam.devices.is_openvino_installed", lambda: False)
    tensors = random_like(build_network(TINY_SAM).state_dict(), seed=0)
    save_file(tensors, folder / "tiny.safetensors")
    return folder / "tiny.safetensors"
