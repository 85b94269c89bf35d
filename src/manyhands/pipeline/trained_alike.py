"""Were the models alike that are averaged and compared? What is said of them beside predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from manyhands.errors import StudyError
from manyhands.pipeline.arms import Prediction
from manyhands.pipeline.places import read_json
from manyhands.store import Study

TOLD = "predictions.json"
"""Beside the predictions of a training. Those made elsewhere have none, and nothing is known."""


def check_trained_alike(study: Study, predictions: Sequence[Prediction]) -> None:
    """Raise `StudyError` naming an arm whose trainings differ in more than their seed: their mean
    would be that of no model. Such are left from before where only some were made anew.
    """
    for arm, replicates in _ways(study, predictions).items():
        if len(set(replicates.values())) > 1:
            ways = "; ".join(f"{name}: {way}" for name, way in replicates.items())
            raise StudyError(
                f"arm '{arm}' has trainings that are not alike ({ways}); take away the folders of "
                "those that are not to be compared"
            )


def said_of_trainings(study: Study, predictions: Sequence[Prediction]) -> Iterator[str]:
    """What a reader must know where arms were trained in different ways."""
    ways = {arm: next(iter(of.values())) for arm, of in _ways(study, predictions).items()}
    if len(set(ways.values())) > 1:
        words = "; ".join(f"{arm}: {way}" for arm, way in ways.items())
        yield f"The arms were not trained alike ({words}): more than their labels differs."


def _ways(study: Study, predictions: Sequence[Prediction]) -> dict[str, dict[str, str]]:
    """How each training was made, by arm and replicate, as far as it is known."""
    found: dict[str, dict[str, str]] = {}
    places = {(p.arm, p.replicate): PurePosixPath(p.path).parent / TOLD for p in predictions}
    for (arm, replicate), path in places.items():
        if study.path(str(path)).is_file():
            told = read_json(study, str(path))
            way = f"preset {told['preset']}, folds {', '.join(told['folds'])}"
            found.setdefault(arm, {})[replicate] = way
    return found
