"""The design goes on where it was stopped, and labels as the published study did."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from benchmarks.published_labels import label_as_published

from benchmarks import published_design as design
from manyhands.config import Config, make_structures
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import Source, make_annotators, simulate_answers
from manyhands.store import current_answers, find_volumes
from manyhands.types import Split
from manyhands.volumes import read_labels, write_labels, write_volume


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, list[Source]]:
    """One phantom to train on and one to test, in the place of the real volumes."""
    sources = {}
    for seed, (group, name) in enumerate((("MR training", "one"), ("MR test", "two"))):
        volume, labels, _ = make_phantom((36, 32, 14), spacing_mm=(10.0, 8.3, 13.0), seed=seed)
        image, reference = tmp_path / f"{name}.nii.gz", tmp_path / f"{name}_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        sources[group] = [Source(image, reference, name)]
    monkeypatch.setattr(design, "_sources", sources.__getitem__)
    monkeypatch.setattr(design, "CONFIG", Config(make_structures(NAMES)))
    monkeypatch.setattr(design, "ANNOTATORS", make_annotators("exact", 2, seed=0))
    return sources


def test_it_goes_on_where_it_was_stopped_and_asks_nobody_of_test_volumes(
    small: dict[str, list[Source]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(design, "simulate_answers", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        design.open_design(tmp_path / "design")
    monkeypatch.setattr(design, "simulate_answers", simulate_answers)
    design.open_design(tmp_path / "design").close()
    with design.open_design(tmp_path / "design") as study, study.reading() as connection:
        splits = {v.name: v.split for v in find_volumes(connection)}
        volumes = {v.volume_id: v.name for v in find_volumes(connection)}
        answered = {volumes[answer.volume_id] for answer in current_answers(connection)}

    assert splits == {"one": Split.TRAIN, "two": Split.TEST}
    assert answered == {"one"}


def test_published_labels_lie_in_boxes_and_know_no_ignore(
    small: dict[str, list[Source]], tmp_path: Path
) -> None:
    with design.open_design(tmp_path / "design") as study:
        label_as_published(study, "published")
        labels = read_labels(study.path("results/labels-published/one.nii.gz")).data
        truth = read_labels(study.path("volumes/one/reference.nii.gz")).data

    assert set(np.unique(labels)) <= {0, 1, 2, 3, 4, 5}
    of_liver = labels == 1
    assert 2 * (of_liver & (truth == 1)).sum() / (of_liver.sum() + (truth == 1).sum()) > 0.5
    assert not labels[:, :, ~(truth > 0).any(axis=(0, 1))].any()  # nobody boxed there
