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
    """Trainings, as `ARM/REPLICATE`, on other labels than the newest of their arm, and what to do.

    Such are left where labels changed and fewer seeds were trained anew; a mean over both would be
    of no kind of labels.
    """
    found = {}
    for arm, told in _told(study, predictions).items():
        known = {replicate: of for replicate, of in told.items() if "trained_on" in of}
        if not known:
            continue
        newest = max(known, key=lambda replicate: known[replicate]["provenance"]["created_at"])
        for replicate, of in known.items():
            if of["trained_on"] != known[newest]["trained_on"]:
                found[f"{arm}/{replicate}"] = (
                    f"was trained on other labels, images or plans than {newest}, which is newer; "
                    "`manyhands train` trains it anew"
                )
    return found


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
    if len({of["crowd_labels"] for of in told.values() if of.get("crowd_labels")}) > 1:
        names = ", ".join(arm for arm, of in told.items() if of.get("crowd_labels"))
        yield f"Not all of {names} were trained on the same labels of the crowd: some are older."


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
