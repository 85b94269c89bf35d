"""The weighted loss beside nnU-Net's own, which it must equal where all voxels count alike."""

from __future__ import annotations

import warnings

import pytest

pytest.importorskip("torch", reason="needs torch: the extra 'nnunet'")
pytest.importorskip("nnunetv2", reason="needs nnU-Net: the extra 'nnunet'")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # nnU-Net's own imports
    import torch
    from nnunetv2.training.loss.compound_losses import DC_and_CE_loss
    from nnunetv2.training.loss.dice import MemoryEfficientSoftDiceLoss

    from manyhands.training.child.weights import STEPS, WeightedLoss

IGNORE = 3


@pytest.fixture
def output() -> torch.Tensor:
    """Logits of two patches with three classes."""
    return torch.randn(2, 3, 4, 6, 6, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def labels() -> torch.Tensor:
    """Some of them ignored."""
    shape = (2, 1, 4, 6, 6)
    return torch.randint(0, 4, shape, generator=torch.Generator().manual_seed(1)).float()


def weighted() -> WeightedLoss:
    return WeightedLoss(batch_dice=False, ignore_label=IGNORE)


def with_weights(labels: torch.Tensor, weight: torch.Tensor | float) -> torch.Tensor:
    return torch.cat([labels, torch.zeros_like(labels) + weight], dim=1)


def test_equal_weights_are_nnunets_own_loss(output: torch.Tensor, labels: torch.Tensor) -> None:
    stock = DC_and_CE_loss(
        {"batch_dice": False, "smooth": 1e-5, "do_bg": False, "ddp": False},
        {},
        ignore_label=IGNORE,
        dice_class=MemoryEfficientSoftDiceLoss,
    )
    # nnU-Net applies the softmax of its Dice by itself, as ours does.
    expected = stock(output, labels)

    assert weighted()(output, with_weights(labels, STEPS)).item() == pytest.approx(
        expected.item(), abs=1e-5
    )
    assert weighted()(output, labels).item() == pytest.approx(expected.item(), abs=1e-5)


def test_voxels_without_weight_are_as_if_ignored(
    output: torch.Tensor, labels: torch.Tensor
) -> None:
    ignored = labels.clone()
    ignored[:, :, 0] = IGNORE
    weight = torch.full_like(labels, STEPS)
    weight[:, :, 0] = 0

    assert weighted()(output, with_weights(labels, weight)).item() == pytest.approx(
        weighted()(output, ignored).item(), abs=1e-5
    )


def test_half_the_weight_pulls_half_as_hard() -> None:
    """Of two voxels with the same wrong logits the one of half the weight has half the gradient."""
    logits = torch.zeros(1, 3, 1, 1, 2, requires_grad=True)
    labels = torch.ones(1, 1, 1, 1, 2)
    weight = torch.tensor([STEPS, STEPS / 2]).reshape(1, 1, 1, 1, 2)
    loss = weighted()
    loss.dice.forward = lambda *_, **__: 0.0
    loss(logits, with_weights(labels, weight)).backward()
    first, second = logits.grad[0, 1, 0, 0]

    assert second / first == pytest.approx(0.5)


def test_a_patch_that_nobody_looked_at_costs_no_entropy(output: torch.Tensor) -> None:
    nothing = torch.full((2, 1, 4, 6, 6), float(IGNORE))

    assert torch.isfinite(weighted()(output, nothing))
