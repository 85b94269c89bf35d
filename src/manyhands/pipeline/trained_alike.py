"""Were the models alike that are averaged and compared? What is said of them beside predictions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

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


def older_trainings(study: Study, predictions: Sequence[Prediction]) -> dict[str, str]:
    """Trainings, by `Prediction.training`, on older labels than others, and what to do.

    Those of an arm are held against its newest, since a mean over several kinds of labels would be
    of none; those on labels of the crowd, or on what was made from these, against the newest such
    training of all arms. They are left where labels changed and less was trained anew.
    """
    told = _told(study, predictions)
    every = {(arm, replicate): of for arm in told for replicate, of in told[arm].items()}
    found = _unlike_newest(every, "crowd_labels", "labels of the crowd")
    for arm in told:
        own = {key: of for key, of in every.items() if key[0] == arm}
        found |= _unlike_newest(own, "trained_on", "labels, images or plans")
    return found


def _unlike_newest(
    told: Mapping[tuple[str, str], Mapping[str, Any]], key: str, words: str
) -> dict[str, str]:
    """Of those trainings of which `key` is known, the ones where it is not the newest's."""
    known = {place: of for place, of in told.items() if of.get(key)}
    if not known:
        return {}
    newest = max(known, key=lambda place: known[place]["provenance"]["created_at"])
    return {
        _training(*place): (
            f"was trained on other {words} than {_training(*newest)}, which is newer; "
            "`manyhands train`, with the options it was trained with, trains it anew"
        )
        for place, of in known.items()
        if of[key] != known[newest][key]
    }


def _training(arm: str, replicate: str) -> str:
    return Prediction(arm, replicate, "", "").training


def said_of_trainings(study: Study, predictions: Sequence[Prediction]) -> Iterator[str]:
    """What a reader must know where arms were trained in different ways."""
    told = {arm: next(iter(of.values())) for arm, of in _told(study, predictions).items()}
    ways = {arm: _way(of) for arm, of in told.items()}
    if len(set(ways.values())) > 1:
        words = "; ".join(f"{arm}: {way}" for arm, way in ways.items())
        yield f"The arms were not trained alike ({words}): more than their labels differs."
    cases = {arm: tuple(of["cases"]) for arm, of in told.items() if "cases" in of}
    if len(set(cases.values())) > 1:
        words = ", ".join(f"{arm} {len(names)}" for arm, names in cases.items())
        yield f"The arms were not trained on the same cases ({words}): some were trained earlier."
    elif len({of["plan"] for of in told.values() if "plan" in of}) > 1:
        yield "The arms were not trained by one plan: some were trained earlier, on other data."


def _ways(study: Study, predictions: Sequence[Prediction]) -> dict[str, dict[str, str]]:
    """How each training was made, by arm and replicate, as far as it is known."""
    return {
        arm: {replicate: _way(of) for replicate, of in told.items()}
        for arm, told in _told(study, predictions).items()
    }


def _way(told: Mapping[str, Any]) -> str:
    return f"preset {told['preset']}, folds {', '.join(told['folds'])}"


def _told(study: Study, predictions: Sequence[Prediction]) -> dict[str, dict[str, Any]]:
    """What lies beside the predictions of each training, by arm and replicate, where it does."""
    found: dict[str, dict[str, Any]] = {}
    places = {(p.arm, p.replicate): PurePosixPath(p.path).parent / TOLD for p in predictions}
    for (arm, replicate), path in places.items():
        if study.path(str(path)).is_file():
            found.setdefault(arm, {})[replicate] = read_json(study, str(path))
    return found
