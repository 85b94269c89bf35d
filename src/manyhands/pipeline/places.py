"""Where results lie in a study, and in what words they are kept there."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from manyhands.errors import StudyError
from manyhands.files import write_text
from manyhands.store import Study
from manyhands.types import Provenance


@dataclass(frozen=True)
class LabelSet:
    """One way to label all volumes: `title` for people, `ending` of its folders' names.

    With `annotator`, only the boxes of the person of that name go in.
    """

    title: str
    ending: str = ""
    annotator: str | None = None

    def consensus_path(self, volume: str) -> str:
        return f"results/consensus{self.ending}/{volume}.json"

    def labels_path(self, volume: str) -> str:
        return f"results/labels{self.ending}/{volume}.nii.gz"

    def probability_path(self, volume: str) -> str:
        return f"results/probability{self.ending}/{volume}.nii.gz"

    def confidence_path(self, volume: str) -> str:
        return f"results/confidence{self.ending}/{volume}.json"

    def volume_scores_path(self, volume: str) -> str:
        return f"results/scores{self.ending}/{volume}.json"

    def scores_path(self, suffix: str) -> str:
        return f"results/scores{self.ending}{suffix}"


EVERYBODY = LabelSet("consensus + cut")
VOTED = LabelSet("masks voted", "-voted")
REPORT_PATH = "results/report.html"
GOLD_PATH = "results/gold.json"
RELIABILITY_PATH = "results/reliability.json"
FINDINGS_PATH = "results/findings.json"
FINDINGS_TABLE_PATH = "results/findings.csv"
MEASURES_FOLDER = "results/quality/"


def measures_path(volume: str) -> str:
    """What was measured of the masks that come of everybody's boxes."""
    return f"{MEASURES_FOLDER}{volume}.json"


def alone(annotator: str) -> LabelSet:
    """What comes of one person's boxes."""
    return LabelSet(f"{annotator} alone", f"-by-{annotator}", annotator)


def step_name(step: str, labels: LabelSet) -> str:
    """Name of a step in the study's runs: each label set has its own."""
    return f"{step}{labels.ending}"


def as_json(content: Mapping[str, Any], made: Provenance) -> str:
    """The text of a result, with what made it."""
    told = dataclasses.asdict(made)
    told["created_at"] = made.created_at.isoformat(timespec="seconds")
    return json.dumps({**content, "provenance": told}, indent=1, ensure_ascii=False) + "\n"


def write_json(study: Study, path: str, content: Mapping[str, Any], made: Provenance) -> None:
    """Write a result with what made it."""
    write_text(study.path(path), as_json(content, made))


def read_json(study: Study, path: str) -> dict[str, Any]:
    """Read a result. Raises `StudyError` naming a file that is missing or damaged."""
    try:
        content = json.loads(study.path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StudyError(f"{study.path(path)}: missing; `manyhands run` makes it") from None
    except ValueError as error:
        raise StudyError(
            f"{study.path(path)}: not readable as JSON ({error}); "
            "delete it, and `manyhands run` makes it anew"
        ) from error
    if not isinstance(content, dict):
        raise StudyError(f"{study.path(path)}: expected a JSON object")
    return content
