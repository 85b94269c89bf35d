"""What a study gives a network to see with: weights, a cache, and the boxes people drew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from manyhands.errors import ConfigError
from manyhands.evidence import (
    MODELS,
    NetworkOptions,
    OwnBox,
    arithmetic_of,
    check_installed,
    weights_of,
)
from manyhands.pipeline.heard import heard_answers
from manyhands.pipeline.places import LabelSet
from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotator,
    fingerprint,
)
from manyhands.types import Answer, Consensus

CACHE_FOLDER = "cache/embeddings"
"""In the study's folder, because embeddings are made from its images."""

Edges = tuple[float, float, float, float]


@dataclass(frozen=True)
class Preset:
    """A published way to make masks: its own model, and for each that may stand in for it whether
    the edges of the image are added to what it sees.
    """

    model: str
    with_edges: Mapping[str, bool]


PRESETS: Mapping[str, Preset] = {
    "paper-2024": Preset(
        "sam-vit-h",
        {"sam-vit-b": True, "sam-vit-l": True, "sam-vit-h": True, "medsam": False},
    ),
}
"""Published ways by the name that `--preset` gives them."""


@dataclass(frozen=True)
class Recipe:
    """How volumes are labelled, wherever that is: a model, with a network perhaps, and a preset.

    `weights_sha256` and `arithmetic` are of the network: its weights, and the device, engine and
    precision that answer here.
    """

    model: str
    preset: str | None = None
    options: NetworkOptions = field(default_factory=NetworkOptions)
    weights_sha256: str | None = None
    arithmetic: str | None = None

    @property
    def has_network(self) -> bool:
        return self.weights_sha256 is not None

    @property
    def rules(self) -> str | None:
        """The model whose preparation of pictures is taken, if not its own.

        The study gave MedSAM its pictures as SAM wants them.
        """
        is_papers_medsam = self.preset is not None and self.model == "medsam"
        return "sam-vit-b" if is_papers_medsam else None


def make_recipe(
    study: Study, model: str | None, preset: str | None, options: NetworkOptions | None
) -> Recipe:
    """Everything is checked that can be before the first volume.

    `model` None: that of the preset, else of the study. `options` None: published weights, and a
    cache in the study. Raises `ConfigError` for a model or preset that is not known, that do not go
    together or lack an extra, or a device that is not there, `WeightsError` for weights that are
    not.
    """
    if preset is not None and preset not in PRESETS:
        raise ConfigError(f"unknown preset '{preset}'; known are {', '.join(PRESETS)}")
    model = model or (PRESETS[preset].model if preset else study.config.model)
    if model not in MODELS:
        raise ConfigError(f"unknown model '{model}'; known are {', '.join(MODELS)}")
    if preset is not None and model not in PRESETS[preset].with_edges:
        known = ", ".join(PRESETS[preset].with_edges)
        raise ConfigError(f"the preset '{preset}' is of the models {known}, not of '{model}'")
    if MODELS[model].network is None:
        if options is not None and options.weights is not None:
            raise ConfigError(f"the model '{model}' has no weights: choose one that has, --model")
        return Recipe(model)
    check_installed()
    options = _with_limit(study, options or NetworkOptions(cache=study.path(CACHE_FOLDER)))
    _, sha256 = weights_of(model, options)
    arithmetic = arithmetic_of(model, options)
    return Recipe(model, preset, _from_anywhere(options), sha256, arithmetic)


def _with_limit(study: Study, options: NetworkOptions) -> NetworkOptions:
    """What is said for this once counts, else what the study says."""
    if options.cache_bytes is not None:
        return options
    return replace(options, cache_bytes=study.config.cache_bytes)


def _from_anywhere(options: NetworkOptions) -> NetworkOptions:
    """Workers may be at home in another folder."""
    places = {name: getattr(options, name) for name in ("weights", "folder", "cache")}
    return replace(options, **{name: path.absolute() for name, path in places.items() if path})


def answers_on(study: Study, volume: VolumeRecord, labels: LabelSet) -> tuple[Answer, ...]:
    """What the people of a label set say of a volume now."""
    with study.reading() as connection:
        if labels.annotator is None:
            return heard_answers(study, connection, volume_id=volume.volume_id)
        annotator_id = find_annotator(connection, labels.annotator).annotator_id
        return current_answers(connection, volume_id=volume.volume_id, annotator_id=annotator_id)


def answers_fingerprint(answers: Iterable[Answer]) -> str:
    """Answers never change, so their ids stand for what they say."""
    return fingerprint({"ids": sorted(answer.answer_id for answer in answers)})


def own_boxes(
    answers: Iterable[Answer], structures: Mapping[int, Consensus]
) -> dict[int, tuple[OwnBox, ...]]:
    """Everybody's boxes by structure, each with the say that the consensus gives its annotator."""
    found: defaultdict[int, list[OwnBox]] = defaultdict(list)
    for answer in answers:
        consensus = structures.get(answer.structure_id)
        say = consensus.weights.get(answer.annotator_id, 0.0) if consensus else 0.0
        found[answer.structure_id] += [
            OwnBox(answer.slice_index, box.as_row(), say) for box in answer.boxes
        ]
    return {structure_id: tuple(boxes) for structure_id, boxes in sorted(found.items())}


def boxes_as_drawn(
    answers: Iterable[Answer], structures: Mapping[int, Consensus]
) -> dict[int, dict[int, Sequence[Edges]]]:
    """By structure and slice, the boxes of the one person who drew there, to the last digit.

    Where several did, those they agreed on. Slices on which nobody drew have none.
    """
    of_one: defaultdict[tuple[int, int], list[Answer]] = defaultdict(list)
    for answer in answers:
        if answer.boxes:
            of_one[answer.structure_id, answer.slice_index].append(answer)
    found: defaultdict[int, dict[int, Sequence[Edges]]] = defaultdict(dict)
    for (structure_id, k), given in sorted(of_one.items(), key=lambda item: item[0]):
        if len(given) == 1:
            found[structure_id][k] = [box.as_row() for box in given[0].boxes]
        elif structure_id in structures:
            found[structure_id][k] = _agreed(structures[structure_id], k)
    return dict(found)


def _agreed(consensus: Consensus, k: int) -> list[Edges]:
    boxes = []
    for track in consensus.tracks:
        for row in track.boxes[track.slice_indices == k]:
            row0, column0, row1, column1 = row.tolist()
            boxes.append((row0, column0, row1, column1))
    return boxes
