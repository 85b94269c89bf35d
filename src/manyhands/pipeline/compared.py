"""The comparison that was last made, and whether the predictions it is of are still those."""

from __future__ import annotations

from manyhands.pipeline.arms import PREFIX, Prediction, find_predictions
from manyhands.pipeline.comparisons import comparison_from_json
from manyhands.pipeline.places import read_json
from manyhands.store import Study, sha256_of
from manyhands.types import Comparison

COMPARISON_PATH = "results/comparison.json"
NAMED = 3
"""So many of the files that changed are named; who wants to know more compares anew."""


def read_comparison(study: Study) -> Comparison | None:
    """What was last compared; None if nothing was. Raises `StudyError` for a damaged file."""
    if not study.path(COMPARISON_PATH).is_file():
        return None
    return comparison_from_json(read_json(study, COMPARISON_PATH))


def compared_predictions(study: Study) -> tuple[Prediction, ...]:
    """The predictions that the last comparison was made of, as far as they are still there."""
    hashes = _compared_hashes(study)
    return tuple(one for one in find_predictions(study) if one.path in hashes)


def said_of_changes(study: Study) -> tuple[str, ...]:
    """A sentence where compared predictions are gone, or hold something else than was compared:
    numbers must not stand beside pictures of something else.
    """
    changed = [
        path.removeprefix("results/")
        for path, sha256 in _compared_hashes(study).items()
        if not study.path(path).is_file() or sha256_of(study.path(path)) != sha256
    ]
    if not changed:
        return ()
    more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    return (
        "Predictions were changed or taken away since they were compared "
        f"({', '.join(changed[:NAMED])}{more}): these numbers are those of before, and no pictures "
        "of models are shown; `manyhands compare` makes both anew.",
    )


def _compared_hashes(study: Study) -> dict[str, str]:
    if not study.path(COMPARISON_PATH).is_file():
        return {}
    inputs = read_json(study, COMPARISON_PATH)["provenance"]["inputs"]
    return {path: sha256 for path, sha256 in inputs.items() if path.startswith(f"results/{PREFIX}")}
