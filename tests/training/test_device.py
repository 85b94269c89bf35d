from __future__ import annotations

import stat
from pathlib import Path

import pytest

from manyhands.training.device import find_cards, free_card


def test_trainings_side_by_side_have_each_their_own_card(tmp_path: Path) -> None:
    cards = ("0", "GPU-5f")
    with (
        free_card(cards, folder=tmp_path) as first,
        free_card(cards, folder=tmp_path) as second,
        free_card(cards, folder=tmp_path) as third,
    ):
        assert (first, second) == cards
        assert third == "0"  # all are taken: better share than wait
    with free_card(cards, folder=tmp_path) as again:
        assert again == "0"


def test_without_cards_there_is_none(tmp_path: Path) -> None:
    with free_card((), folder=tmp_path) as card:
        assert card is None


def test_locks_lie_in_a_folder_that_is_ours_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not where everybody may put a file first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    with free_card(("0",)):
        (folder,) = {path.parent for path in tmp_path.rglob("*.lock")}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_card_that_cannot_be_locked_is_passed_over_and_it_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with free_card(("0", "1"), folder=tmp_path):
        (lock,) = tmp_path.iterdir()
    lock.unlink()
    lock.mkdir()

    with free_card(("0", "1"), folder=tmp_path) as card:
        assert card == "1"
    assert f"card 0 cannot be locked ({lock}: Is a directory)" in caplog.text


def test_training_goes_on_where_no_card_can_be_locked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "a file"
    place.write_text("")

    with free_card(("0", "1"), folder=place) as card:
        assert card == "0"
    assert str(place) in caplog.text


@pytest.mark.parametrize(
    ("visible", "cards"), [("0,2", ("0", "2")), ("", ()), ("-1", ()), ("GPU-5f", ("GPU-5f",))]
)
def test_only_cards_that_may_be_seen_are_used(
    monkeypatch: pytest.MonkeyPatch, visible: str, cards: tuple[str, ...]
) -> None:
    """Ray gives each of its actors cards in this way."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    assert find_cards() == cards


def test_a_machine_without_nvidia_has_no_card(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_cards() == ()
