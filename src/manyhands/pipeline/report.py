"""Everything a study has come to, gathered for its report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from manyhands.evaluation import mean_over_patients, summarise
from manyhands.pipeline.compared import (
    COMPARISON_PATH,
    compared_predictions,
    read_comparison,
    said_of_changes,
)
from manyhands.pipeline.consensus import consensus_fingerprint, read_consensus
from manyhands.pipeline.evaluate import read_scores, scored_label_sets
from manyhands.pipeline.findings import finding_from_json
from manyhands.pipeline.gold import read_gold_findings
from manyhands.pipeline.places import (
    EVERYBODY,
    FINDINGS_PATH,
    GOLD_PATH,
    RELIABILITY_PATH,
    REPORT_PATH,
    LabelSet,
    read_json,
)
from manyhands.pipeline.quality import read_judgement
from manyhands.pipeline.report_parts import (
    compare_volumes,
    find_contributions,
    find_gold,
    find_makings,
    find_reliability,
    find_software,
    load_models,
)
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
from manyhands.types import Comparison, Consensus, Finding, Progress, Provenance, Severity
from manyhands.volumes import read_labels, read_volume

# With matplotlib, half a second: at run time only where a page is written.
if TYPE_CHECKING:
    from manyhands.report import Case, ComparedMethod, Coverage, ReportContent

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
        gather = partial(_gather, study, labelled, missing, compared, len(annotators))
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
    for path in (*_import_reports(study), *others, *shown):
        if study.path(path).is_file():
            inputs[path] = sha256_of(study.path(path))
    return inputs


def _import_reports(study: Study) -> list[str]:
    paths = sorted((study.results_folder / "imports").glob("*.json"))
    return [path.relative_to(study.folder).as_posix() for path in paths]


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


def _gather(
    study: Study,
    volumes: Sequence[VolumeRecord],
    missing: dict[str, str],
    compared: Sequence[LabelSet],
    annotator_count: int,
    made: Provenance,
) -> ReportContent:
    from manyhands.report import ReportContent

    records = {volume.name: volume for volume in volumes}
    with study.reading() as connection:
        every = {volume.name: volume for volume in find_volumes(connection)}
    scores = read_scores(study)
    judgement = read_judgement(study)
    models = read_comparison(study)
    changed = said_of_changes(study)
    if models is not None:
        models = dataclasses.replace(models, notes=(*models.notes, *changed))
    gold, gold_findings = find_gold(study), read_gold_findings(study)
    return ReportContent(
        title=study.folder.resolve().name,
        structures=study.config.structures,
        volumes=tuple(records),
        load_case=lambda name: _load(study, records[name]),
        provenance=made,
        coverage=_find_coverage(study, records),
        scores=scores,
        summaries=summarise(scores),
        label_means=mean_over_patients(scores),
        comparison=_compare_methods(study, compared),
        models=models,
        load_models=partial(_load_models, study, every, models) if models and not changed else None,
        volumes_ml=compare_volumes(study, scores, models, every),
        contributions=find_contributions(study),
        reliability=find_reliability(study),
        gold=gold,
        # Those of gold are among those of `quality`, unless that was not run.
        findings=tuple(
            dict.fromkeys((*judgement.findings, *gold_findings, *_import_findings(study)))
        ),
        predicted=judgement.predicted,
        agreements=judgement.agreements,
        times=judgement.times,
        learning=judgement.learning,
        left_out=missing,
        facts={
            "annotators": str(annotator_count),
            "consensus": study.config.consensus,
            "model": study.config.model,
        },
        makings=find_makings(study),
        software=find_software(),
        config=study.config,
    )


def _find_coverage(study: Study, names: Iterable[str]) -> tuple[Coverage, ...]:
    from manyhands.report import coverage_of

    return tuple(
        coverage_of(name, structure.name, agreed.get(structure.structure_id, nothing))
        for name, agreed, nothing in _agreed(study, names)
        for structure in study.config.structures
    )


def _compare_methods(study: Study, compared: Iterable[LabelSet]) -> tuple[ComparedMethod, ...]:
    """How good each way to label all volumes was; of these, everybody's is the one to judge."""
    from manyhands.report import ComparedMethod

    return tuple(
        ComparedMethod(labels.title, summarise(read_scores(study, labels)), labels == EVERYBODY)
        for labels in compared
    )


def _agreed(
    study: Study, names: Iterable[str]
) -> Iterator[tuple[str, dict[int, Consensus], Consensus]]:
    """Each volume's consensus by structure id, and that of a structure nobody answered on."""
    for name in names:
        agreed = read_consensus(study, name)
        slices = len(next(iter(agreed.values())).presence)
        yield name, agreed, Consensus((), np.zeros(slices), np.zeros(slices, dtype=np.bool_))


def _load(study: Study, record: VolumeRecord) -> Case:
    from manyhands.report import Case

    reference = record.reference_path
    return Case(
        volume=read_volume(study.path(record.image_path), modality=record.modality),
        prediction=read_labels(study.path(EVERYBODY.labels_path(record.name))),
        reference=None if reference is None else read_labels(study.path(reference)),
    )


def _load_models(
    study: Study, records: Mapping[str, VolumeRecord], models: Comparison, name: str
) -> dict[str, Case]:
    return load_models(study, models, records[name])


def _import_findings(study: Study) -> list[Finding]:
    """What was wrong with imported boxes; what was merely noted stays in the files."""
    entries = [entry for p in _import_reports(study) for entry in read_json(study, p)["findings"]]
    findings = [finding_from_json(entry) for entry in entries]
    return [finding for finding in findings if finding.severity is not Severity.INFO]
