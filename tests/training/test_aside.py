"""A trained model that is no longer wanted is moved aside; nobody takes it for a current one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from manyhands.training.aside import MARKER, put_aside, read_made_of, write_made_of

WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MADE_OF = "one/labels: 1\nplan: 2\nsplits: 3\n"
ASIDE = "nnUNetTrainer__nnUNetPlans__3d_fullres.old-2026-01-02-030405"


@pytest.fixture
def fold(tmp_path: Path) -> Path:
    """As nnU-Net leaves it."""
    model = tmp_path / "nnUNetTrainer__nnUNetPlans__3d_fullres"
    write_made_of(model / "fold_0", MADE_OF)
    (model / "fold_0" / "checkpoint_final.pth").write_bytes(b"weights")
    (model / "plans.json").write_text("plans")
    return model / "fold_0"


def test_a_model_of_the_same_things_stays(fold: Path) -> None:
    assert put_aside(fold, MADE_OF, WHEN) is None
    assert (fold / "checkpoint_final.pth").is_file()


def test_a_model_of_other_things_is_moved_with_its_plans(fold: Path) -> None:
    """Its plans are replaced beside the new model, and it cannot predict without them."""
    target = put_aside(fold, MADE_OF.replace("2", "20"), WHEN)

    assert target == fold.parent.with_name(ASIDE) / "fold_0"
    assert (target / "checkpoint_final.pth").read_bytes() == b"weights"
    assert read_made_of(target) == MADE_OF
    assert (target.parent / "plans.json").read_text() == "plans"
    # Stock nnU-Net takes all that begins with `fold_` in the model's folder for its folds.
    assert list(fold.parent.glob("fold_*")) == []


def test_where_it_lies_and_what_differed_is_said(
    fold: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = put_aside(fold, MADE_OF.replace("one/labels: 1\n", "").replace("2", "20"), WHEN)

    (said,) = caplog.messages
    assert said == (
        f"{fold}: was trained with other one/labels, plan than there are now; "
        f"moved aside to {target}"
    )


def test_of_much_that_differs_a_part_is_named(fold: Path, caplog: pytest.LogCaptureFixture) -> None:
    put_aside(fold, "".join(f"case{number}/labels: 1\n" for number in range(4)), WHEN)

    assert "case0/labels, case1/labels, case2/labels, case3/labels, one/labels and 2 more" in (
        caplog.text
    )


@pytest.mark.parametrize("noted", [None, "0123456789abcdef"])
def test_a_model_of_which_nothing_is_noted_is_moved_too(
    fold: Path, caplog: pytest.LogCaptureFixture, noted: str | None
) -> None:
    """Once, only a hash was noted."""
    (fold / MARKER).unlink()
    if noted:
        (fold / MARKER).write_text(noted)
    target = put_aside(fold, MADE_OF, WHEN)

    assert target is not None
    assert (target / "checkpoint_final.pth").is_file()
    assert "it is not noted what this model was trained with" in caplog.text


def test_what_was_never_saved_once_is_removed(fold: Path, caplog: pytest.LogCaptureFixture) -> None:
    (fold / "checkpoint_final.pth").unlink()

    assert put_aside(fold, "plan: 20\n", WHEN) is None
    assert not fold.exists()
    assert caplog.messages == []


def test_a_fold_that_was_never_begun_is_nothing_to_move(tmp_path: Path) -> None:
    assert put_aside(tmp_path / "fold_0", MADE_OF, WHEN) is None
    assert list(tmp_path.iterdir()) == []
