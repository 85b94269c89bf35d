"""The step that writes a study's report, anew whenever anything in it has changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from manyhands.pipeline.compared import COMPARISON_PATH, compared_predictions, said_of_changes
from manyhands.pipeline.consensus import consensus_fingerprint
from manyhands.pipeline.evaluate import scored_label_sets
from manyhands.pipeline.places import (
    EVERYBODY,
    FINDINGS_PATH,
    GOLD_PATH,
    RELIABILITY_PATH,
    REPORT_PATH,
    LabelSet,
)
from manyhands.pipeline.report_content import find_import_reports, gather_content
from manyhands.pipeline.work import Outcome, Unit, Watch, unwatched, work_through
from manyhands.store import (
    Study,
    VolumeRecord,
    current_answers,
    find_annotators,
    find_volumes,
    fingerprint,
    sha256_of,
)
from manyhands.types import Progress, Provenance

# With matplotlib, half a second: at run time only where a page is written.
if TYPE_CHECKING:
    from manyhands.report import ReportContent

FIGURES_FOLDER = "results/figures"


def report_study(
    study: Study, *, figures: str | None = None, command: str, watch: Watch = unwatched
) -> Outcome:
    """Write `results/report.html` of all volumes that have labels; the others are named in it.

    Beside it the same numbers: `report.json` and, as CSV, every table in `report-tables/`. With
    `figures` (pdf or svg) each figure is a file of its own in `figures/` too. Without any label
    volume there is nothing to report: the step is `left_out`.
    """
    with study.working("report"):
        with study.reading() as connection:
            volumes = find_volumes(connection)
            annotators = [annotator.name for annotator in find_annotators(connection)]
            answers = sorted(answer.answer_id for answer in current_answers(connection))
        labelled = [v for v in volumes if study.path(EVERYBODY.labels_path(v.name)).is_file()]
        if not labelled:
            return Outcome("report", left_out={"report": "no label volumes yet"})
        missing = {v.name: "no label volume" for v in volumes if v not in labelled}
        compared = scored_label_sets(study)
        gather = partial(gather_content, study, labelled, missing, len(annotators))
        inputs = {**_inputs(study, labelled, compared), "answers": fingerprint({"ids": answers})}
        changed = said_of_changes(study)
        settings = {
            "missing": missing,
            "config": study.config.fingerprint,
            "page": dataclasses.asdict(study.config.page),  # `report.json` tells it
            "annotators": annotators,
            "changed": changed,
        }
        units = [Unit("report", inputs, settings, partial(_make, study, gather))]
        if figures:
            settings = {**settings, "figures": figures}
            units.append(Unit("figures", inputs, settings, partial(_draw, study, gather, figures)))
        outcome = work_through(study, "report", units, command=command, watch=watch)
    return dataclasses.replace(outcome, remarks=(*outcome.remarks, *changed))


def _inputs(
    study: Study, volumes: Sequence[VolumeRecord], compared: Sequence[LabelSet]
) -> dict[str, str]:
    """Hashes of all that the report is made of."""
    inputs = {}
    for volume in volumes:
        name = volume.name
        inputs[f"image of {name}"] = volume.image_sha256
        if volume.reference_sha256:
            inputs[f"reference of {name}"] = volume.reference_sha256
        inputs[f"labels of {name}"] = sha256_of(study.path(EVERYBODY.labels_path(name)))
        inputs[f"consensus of {name}"] = consensus_fingerprint(study, name, EVERYBODY)
    for labels in compared:
        inputs[labels.scores_path(".csv")] = sha256_of(study.path(labels.scores_path(".csv")))
    others = (FINDINGS_PATH, RELIABILITY_PATH, GOLD_PATH, COMPARISON_PATH)
    shown = [prediction.path for prediction in compared_predictions(study)]
    for path in (*find_import_reports(study), *others, *shown):
        if study.path(path).is_file():
            inputs[path] = sha256_of(study.path(path))
    return inputs


def _make(
    study: Study,
    gather: Callable[[Provenance], ReportContent],
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    from manyhands.report import write_data, write_report

    content = gather(made)
    page = write_report(study.path(REPORT_PATH), content)
    return _relative(study, (page, *write_data(study.results_folder, content)))


def _draw(
    study: Study,
    gather: Callable[[Provenance], ReportContent],
    kind: str,
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    from manyhands.report import write_figures

    return _relative(study, write_figures(study.path(FIGURES_FOLDER), gather(made), kind))


def _relative(study: Study, paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(path.relative_to(study.folder).as_posix() for path in paths)
