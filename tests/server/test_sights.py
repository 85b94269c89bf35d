"""The live mask may come of a network, and of intensities where there is none to be had."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from tests.evidence.prompted.fakes import Oracle

from manyhands.config import Config
from manyhands.evidence import NetworkOptions, Sight
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.geometry import from_stack, grid_of_source
from manyhands.server.masks import Masks
from manyhands.server.sights import Sights
from manyhands.store import VolumeRecord
from manyhands.types import Answer, Box, Modality, State, Volume

SHAPE = (6, 40, 44)


def volume() -> Volume:
    stack = np.random.default_rng(0).normal(0, 10, SHAPE)
    stack[1:5, 10:30, 12:32] += 120
    data = np.ascontiguousarray(from_stack(stack.astype(np.float32)))
    return Volume(data, grid_of_source(data.shape, np.diag([2.0, 2, 5, 1])))


def record() -> VolumeRecord:
    return VolumeRecord("v", "v.nii.gz", "", (44, 40, 6), (2.0, 2.0, 5.0), Modality.CT)


def test_without_weights_masks_come_of_intensities_and_the_log_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("torch", reason="else another thing is missing first")
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path))
    sights = Sights(tmp_path / "embeddings")

    with caplog.at_level(logging.WARNING):
        found = [sights(name) for name in ("intensity", "sam-vit-b", "sam-vit-b")]

    assert found == [None, None, None]
    (said,) = caplog.messages
    assert "intensities alone" in said
    assert "manyhands models fetch sam-vit-b" in said


def test_the_study_says_how_many_embeddings_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="else another thing is missing first")
    asked: list[int | None] = []

    def load(model: str, options: NetworkOptions, *, say: object) -> Sight:
        asked.append(options.cache_bytes)
        return Sight(CachedNetwork(Oracle(bright=150)))

    monkeypatch.setattr("manyhands.server.sights.load_sight", load)
    Sights(tmp_path, Config(cache_gb=0.5).cache_bytes)("sam-vit-b")
    assert asked == [500_000_000]


def test_a_live_mask_asks_the_network_of_the_study() -> None:
    oracle = Oracle(bright=150)
    masks = Masks(lambda model: Sight(CachedNetwork(oracle)) if model == "sam-vit-b" else None)
    box = Box(8, 10, 33, 35)
    answers = [Answer("v", 1, "anna", k, State.BOXES, (box,)) for k in range(1, 5)]

    update, _ = masks.refresh(
        record(),
        1,
        answers,
        annotator_id="anna",
        config=Config(model="sam-vit-b"),
        load=volume,
    )

    assert update.mask.any()
    assert {prompt.box for _, prompt in oracle.asked} >= {box.as_row()}
    assert oracle.encoded == 4


def test_where_the_network_is_missing_there_is_a_mask_all_the_same() -> None:
    answers = [Answer("v", 1, "anna", 2, State.BOXES, (Box(8, 10, 33, 35),))]

    update, _ = Masks().refresh(
        record(),
        1,
        answers,
        annotator_id="anna",
        config=Config(model="medsam"),
        load=volume,
    )

    assert update.mask.any()


def test_another_model_is_asked_as_soon_as_the_lead_has_chosen_it() -> None:
    asked: list[str] = []

    def see(model: str) -> Sight | None:
        asked.append(model)
        return None

    masks, one = Masks(see), record()
    answers = [Answer("v", 1, "anna", 2, State.BOXES, (Box(8, 10, 33, 35),))]
    for model in ("intensity", "intensity", "sam-vit-b"):
        config = Config(model=model)
        masks.refresh(one, 1, answers, annotator_id="anna", config=config, load=volume)

    assert asked == ["intensity", "sam-vit-b"]
