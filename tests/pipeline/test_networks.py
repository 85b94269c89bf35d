"""Volumes labelled by networks as small as they come, with random weights: the whole way works."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pytest

torch = pytest.importorskip("torch", reason="networks need the extra sam")
pytest.importorskip("transformers", reason="networks need the extra sam")

from click.testing import CliRunner  # noqa: E402
from tests.evidence.sam.small import TINY_SAM, TINY_SAM2, random_like  # noqa: E402

from manyhands.cli import main  # noqa: E402
from manyhands.errors import ConfigError, WeightsError  # noqa: E402
from manyhands.evidence import NetworkOptions  # noqa: E402
from manyhands.evidence.prompted.scene import boxed_slices  # noqa: E402
from manyhands.evidence.sam import devices  # noqa: E402
from manyhands.evidence.sam.architectures import ARCHITECTURES, Architecture, HieraSize  # noqa: E402
from manyhands.evidence.sam.networks import build_network  # noqa: E402
from manyhands.executor import make_executor  # noqa: E402
from manyhands.phantom import make_phantom  # noqa: E402
from manyhands.pipeline import (  # noqa: E402
    CACHE_FOLDER,
    EVERYBODY,
    Source,
    add_volumes,
    encode,
    encode_ahead,
    find_agreement,
    make_annotators,
    read_consensus,
    segment_volumes,
    simulate_answers,
)
from manyhands.pipeline.networks import boxes_as_drawn, make_recipe, own_boxes  # noqa: E402
from manyhands.pipeline.places import read_json  # noqa: E402
from manyhands.store import Study, current_answers, find_runs, find_volumes  # noqa: E402
from manyhands.types import Executor, Progress  # noqa: E402
from manyhands.volumes import read_labels, write_labels, write_volume  # noqa: E402

KINDS: Mapping[str, Architecture] = {
    "sam-vit-b": TINY_SAM,
    "medsam": TINY_SAM,
    "sam2.1-tiny": TINY_SAM2,
    "sam2.1-tiny-video": TINY_SAM2,
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A file of random weights for each kind of network."""
    folder = tmp_path_factory.mktemp("weights")
    files = {}
    for name, size in KINDS.items():
        network = build_network(size, is_video=isinstance(size, HieraSize))
        files[name] = folder / f"{name}.pt"
        torch.save(random_like(network.state_dict(), seed=0), files[name])
    return files


@pytest.fixture(autouse=True)
def known_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints of these sizes are recognised."""
    sizes: dict[str, Architecture] = {"tiny": TINY_SAM, "tiny 2": TINY_SAM2}
    for name, size in sizes.items():
        monkeypatch.setitem(ARCHITECTURES, name, size)


@pytest.fixture
def answered(study: Study) -> Study:
    """Two people have answered on volume `one`, on every slice."""
    simulate_answers(study, make_annotators("careful", 2, seed=0), command="")
    return study


def labels_of(study: Study) -> npt.NDArray[np.uint8]:
    return read_labels(study.path(EVERYBODY.labels_path("one"))).data


def options(study: Study, weights: Path, **others: object) -> NetworkOptions:
    return NetworkOptions(
        weights=weights,
        device="cpu",
        cache=study.path(CACHE_FOLDER),
        **others,  # type: ignore[arg-type]
    )


@pytest.mark.slow
@pytest.mark.parametrize("model", KINDS)
def test_every_kind_of_network_labels_a_volume_and_says_what_made_it(
    model: str, answered: Study, checkpoints: Mapping[str, Path]
) -> None:
    weights = checkpoints[model]
    outcome = segment_volumes(answered, model=model, options=options(answered, weights), command="")
    first = labels_of(answered)
    with answered.reading() as connection:
        (run,) = find_runs(connection, "segment")
    confidence = read_json(answered, EVERYBODY.confidence_path("one"))
    sha256 = hashlib.sha256(weights.read_bytes()).hexdigest()

    assert outcome.done == ("one",)
    assert set(np.unique(first)) >= {1, 2, 3, 4, 5}
    assert run.provenance.inputs["weights"] == sha256
    assert confidence["model"] == model
    assert confidence["network"]["weights_sha256"] == sha256
    assert any("cpu" in sentence for sentence in outcome.remarks)
    assert "embeddings: 0 of" in outcome.remarks[-1]


@pytest.mark.slow
def test_with_a_cache_without_and_in_other_processes_masks_are_the_same(
    answered: Study, checkpoints: Mapping[str, Path]
) -> None:
    weights = checkpoints["sam-vit-b"]
    how = options(answered, weights)
    segment_volumes(answered, model="sam-vit-b", options=how, command="")
    first = labels_of(answered)
    kept = len(list(answered.path(CACHE_FOLDER).rglob("*.npz")))
    boxed = {
        int(k)
        for consensus in read_consensus(answered, "one").values()
        for track in consensus.tracks
        for k in track.slice_indices
    }
    assert kept == len(boxed)
    assert segment_volumes(answered, model="sam-vit-b", options=how, command="").skipped == ("one",)

    answered.path(EVERYBODY.labels_path("one")).unlink()
    again = segment_volumes(answered, model="sam-vit-b", options=how, command="")
    np.testing.assert_array_equal(labels_of(answered), first)
    assert f"embeddings: {kept} of {kept} slices were there" in again.remarks[-1]

    shutil.rmtree(answered.path("cache"))
    answered.path(EVERYBODY.labels_path("one")).unlink()
    without = NetworkOptions(weights=weights, device="cpu")
    segment_volumes(answered, model="sam-vit-b", options=without, command="")
    np.testing.assert_array_equal(labels_of(answered), first)
    assert not answered.path("cache").exists()


@pytest.fixture
def in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """To export a network to OpenVINO takes longer than to label a small volume with it."""
    monkeypatch.setattr("manyhands.evidence.sam.devices.is_openvino_installed", lambda: False)


def with_half_precision(monkeypatch: pytest.MonkeyPatch, *, is_there: bool) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": is_there})


class OnlyAsked:
    """An executor that does nothing but remember what it was to do."""

    def __init__(self) -> None:
        self.jobs: Sequence[Any] = ()

    def map(self, start: Any, jobs: Sequence[Any], *, watch: Any) -> Iterator[Any]:
        self.jobs = jobs
        return iter(())


@pytest.mark.slow
@pytest.mark.usefixtures("in_torch")
def test_masks_in_another_precision_are_told_apart(
    answered: Study, checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    how = options(answered, checkpoints["sam-vit-b"])
    with_half_precision(monkeypatch, is_there=True)
    segment_volumes(answered, model="sam-vit-b", options=how, command="")
    made_by = read_json(answered, EVERYBODY.confidence_path("one"))["network"]["ran_on"]
    assert made_by == "cpu, torch, bfloat16"

    for is_half, waiting in ((True, 0), (False, 1)):
        with_half_precision(monkeypatch, is_there=is_half)
        asked = OnlyAsked()
        segment_volumes(answered, model="sam-vit-b", options=how, executor=asked, command="")
        assert len(asked.jobs) == waiting


def test_the_study_says_how_much_is_kept_unless_this_call_does(
    answered: Study, checkpoints: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = options(answered, checkpoints["sam-vit-b"])
    changed = replace(answered.config, cache_gb=0.25)
    monkeypatch.setattr(answered, "config", changed)

    of_study = make_recipe(answered, "sam-vit-b", None, given)
    of_call = make_recipe(answered, "sam-vit-b", None, replace(given, cache_bytes=7))

    assert of_study.options.cache_bytes == 250_000_000
    assert of_call.options.cache_bytes == 7


@dataclass(frozen=True)
class KnowingSmallNetworks:
    """An executor whose processes recognise the networks of these tests, as this one does; the
    first to begin is killed in the middle of its job if there is a file for the mark of it.
    """

    inner: Executor
    mark: Path | None = None

    def map(self, start: Any, jobs: Sequence[Any], *, watch: Any) -> Iterator[Any]:
        return self.inner.map(partial(start_knowing, start, self.mark), jobs, watch=watch)


def start_knowing(start: Any, mark: Path | None) -> Any:
    know_small_networks()
    return partial(die_once, start(), mark)


def know_small_networks() -> None:
    sizes = cast(dict[str, Architecture], ARCHITECTURES)
    sizes |= {"tiny": TINY_SAM, "tiny 2": TINY_SAM2}
    devices.is_openvino_installed = lambda: False


def die_once(work: Any, mark: Path | None, job: Any, progress: Progress) -> Any:
    def told(share: float) -> None:
        progress(share)
        if mark is not None and share > 0 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return work(job, told)


def flat_phantom(folder: Path, name: str, seed: int) -> Source:
    """Four slices."""
    volume, labels, _ = make_phantom((40, 32, 4), spacing_mm=(9.0, 8.0, 45.0), seed=seed)
    image, reference = folder / f"{name}.nii.gz", folder / f"{name}_label.nii.gz"
    write_volume(volume.data, volume.grid, image)
    write_labels(labels, reference)
    return Source(image, reference)


@pytest.mark.slow
@pytest.mark.usefixtures("in_torch")
@pytest.mark.parametrize("name", ["local:2", "ray:2"])
def test_a_network_in_other_processes_makes_the_same_masks_also_where_one_is_killed(
    name: str,
    empty_study: Study,
    checkpoints: Mapping[str, Path],
    tmp_path: Path,
) -> None:
    if name.startswith("ray"):
        pytest.importorskip("ray", reason="the executor 'ray' needs the extra ray")
    study, names = empty_study, ("one", "two")
    add_volumes(study, [flat_phantom(tmp_path, name, seed) for seed, name in enumerate(names)])
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    how = replace(options(study, checkpoints["sam-vit-b"]), cache=None)
    paths = [study.path(EVERYBODY.labels_path(name)) for name in names]

    segment_volumes(study, model="sam-vit-b", options=how, command="")
    here = [read_labels(path).data for path in paths]
    for path in paths:
        path.unlink()
    executor = KnowingSmallNetworks(make_executor(name), tmp_path / "died")
    outcome = segment_volumes(study, model="sam-vit-b", options=how, executor=executor, command="")

    assert sorted(outcome.done) == ["one", "two"]
    assert (tmp_path / "died").exists()
    for path, expected in zip(paths, here, strict=True):
        assert len(np.unique(expected)) > 3
        np.testing.assert_array_equal(read_labels(path).data, expected)


@pytest.mark.slow
def test_weights_that_other_processes_cannot_use_stop_all_before_anything_is_lost(
    answered: Study, tmp_path: Path
) -> None:
    """What is wrong with the weights comes back from there, and no older result is lost."""
    segment_volumes(answered, command="")
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pt")
    with pytest.raises(WeightsError, match="neither SAM, MedSAM nor SAM 2"):
        segment_volumes(
            answered,
            model="sam-vit-b",
            options=options(answered, tmp_path / "other.pt"),
            executor=make_executor("local:1"),
            command="",
        )
    assert answered.path(EVERYBODY.labels_path("one")).is_file()


@pytest.mark.slow
def test_slices_that_are_encoded_ahead_are_not_encoded_again(
    answered: Study, checkpoints: Mapping[str, Path]
) -> None:
    how = options(answered, checkpoints["sam-vit-b"])
    told: list[float] = []

    some = encode_ahead(answered, {"one": [3, 4, 5]}, model="sam-vit-b", options=how)
    rest = encode_ahead(
        answered, model="sam-vit-b", options=how, watch=lambda share, _unit: told.append(share)
    )
    outcome = segment_volumes(answered, model="sam-vit-b", options=how, command="")

    assert some.encoded == 3
    assert rest.encoded > 0
    assert told[-1] == 1
    found, asked = outcome.remarks[-1].split()[1:4:2]
    assert found == asked
    with pytest.raises(ConfigError, match="'intensity' has no network"):
        encode_ahead(answered, model="intensity")


def test_slices_between_boxes_are_encoded_ahead_too(
    answered: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boxes there are interpolated, so a network is asked about them."""
    find_agreement(answered, command="")
    with answered.reading() as connection:
        (volume, *_) = find_volumes(connection)
    agreed = read_consensus(answered, "one")
    monkeypatch.setattr(encode, "answers_on", lambda *_: ())

    assert encode.asked_slices(answered, volume) == set(boxed_slices(agreed))


@pytest.mark.slow
@pytest.mark.parametrize("model", ["sam-vit-b", "medsam"])
def test_the_studys_preset_from_the_command_line(
    model: str, answered: Study, checkpoints: Mapping[str, Path]
) -> None:
    words = ["segment", str(answered.folder), "--preset", "paper-2024", "--model", model]
    words += ["--weights", str(checkpoints[model]), "--device", "cpu", "--no-cache"]

    result = CliRunner().invoke(main, words, catch_exceptions=False)
    confidence = read_json(answered, EVERYBODY.confidence_path("one"))

    assert result.exit_code == 0, result.output
    assert confidence["preset"] == "paper-2024"
    assert not answered.path("cache").exists()


@pytest.mark.slow
@pytest.mark.parametrize("preset", [(), ("--preset", "paper-2024")])
def test_weights_of_another_folder_label_whole_volumes(
    preset: tuple[str, ...],
    answered: Study,
    checkpoints: Mapping[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path / "nothing here"))
    monkeypatch.setitem(ARCHITECTURES, "vit-b", TINY_SAM)
    shutil.copy(checkpoints["medsam"], tmp_path / "medsam_vit_b.pth")
    words = ["segment", str(answered.folder), "--model", "medsam", *preset, "--device", "cpu"]

    result = CliRunner().invoke(main, [*words, "--weights-folder", str(tmp_path)])

    assert result.exit_code == 0, result.output
    assert "medsam_vit_b.pth on cpu" in result.stderr
    assert "medsam_vit_b.pth: its authors publish no SHA-256" in result.stderr


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({"preset": "paper-2023"}, "unknown preset 'paper-2023'; known are paper-2024"),
        ({"preset": "paper-2024", "model": "sam2.1-tiny"}, "not of 'sam2.1-tiny'"),
        ({"model": "sam-vit-x"}, "unknown model 'sam-vit-x'"),
        ({"options": NetworkOptions(weights=Path("w.pt"))}, "'intensity' has no weights"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_done(
    answered: Study, how: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        segment_volumes(answered, command="", **how)  # type: ignore[arg-type]
    assert not answered.path("results/consensus").exists()


def test_published_weights_that_are_not_there_say_how_to_get_them(
    answered: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path))
    with pytest.raises(WeightsError, match="manyhands models fetch sam-vit-h"):
        segment_volumes(answered, preset="paper-2024", command="")


def test_without_torch_the_extra_is_named(answered: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "torch" else find(name)
    )
    with pytest.raises(ConfigError, match=r"pip install 'manyhands\[sam\]'"):
        segment_volumes(answered, model="sam-vit-b", command="")


def test_everybodys_boxes_keep_the_say_of_whoever_drew_them(answered: Study) -> None:
    segment_volumes(answered, command="")
    structures = read_consensus(answered, "one")
    with answered.reading() as connection:
        (volume,) = find_volumes(connection)
        answers = current_answers(connection, volume_id=volume.volume_id)

    own = own_boxes(answers, structures)
    drawn = boxes_as_drawn(answers, structures)

    assert sum(map(len, own.values())) == sum(len(answer.boxes) for answer in answers)
    assert {box.say for box in own[1]} == set(structures[1].weights.values())
    of_one = [a for a in answers if a.structure_id == 1 and a.boxes]
    assert set(drawn[1]) == {answer.slice_index for answer in of_one}
    lone = [a for a in of_one if sum(b.slice_index == a.slice_index for b in of_one) == 1]
    for answer in lone:
        assert drawn[1][answer.slice_index] == [box.as_row() for box in answer.boxes]
