"""All that a study has come to, gathered for its report."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from manyhands.evaluation import mean_over_patients, summarise
from manyhands.pipeline.compared import read_comparison, said_of_changes
from manyhands.pipeline.consensus import read_consensus
from manyhands.pipeline.evaluate import read_scores, scored_label_sets
from manyhands.pipeline.findings import finding_from_json
from manyhands.pipeline.gold import GOLD_CODES, read_gold_findings
from manyhands.pipeline.places import EVERYBODY, LabelSet, read_json
from manyhands.pipeline.quality import read_judgement
from manyhands.pipeline.report_parts import (
    compare_volumes,
    find_contributions,
    find_gold,
    find_makings,
    find_reliability,
    find_software,
    find_widest_stride,
    load_models,
)
from manyhands.store import Study, VolumeRecord, find_volumes
from manyhands.types import Comparison, Consensus, Finding, Provenance, Severity
from manyhands.volumes import read_labels, read_volume

# With matplotlib, half a second: at run time only where a page is written.
if TYPE_CHECKING:
    from manyhands.report import Case, ComparedMethod, Coverage, ReportContent


def gather_content(
    study: Study,
    volumes: Sequence[VolumeRecord],
    missing: Mapping[str, str],
    annotator_count: int,
    made: Provenance,
) -> ReportContent:
    """What a page says of the `volumes` that have labels; `missing` says why others have none."""
    from manyhands.report import ReportContent

    records = {volume.name: volume for volume in volumes}
    content = ReportContent(
        title=study.folder.resolve().name,
        structures=study.config.structures,
        volumes=tuple(records),
        load_case=lambda name: _load(study, records[name]),
        provenance=made,
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
    return _with_models(study, _with_people(study, _with_scores(study, content)))


def _with_scores(study: Study, content: ReportContent) -> ReportContent:
    """What was looked at, and how good the labels are that came of it."""
    scores = read_scores(study)
    return dataclasses.replace(
        content,
        coverage=_find_coverage(study, content.volumes),
        scores=scores,
        summaries=summarise(scores),
        label_means=mean_over_patients(scores),
        comparison=_compare_methods(study, scored_label_sets(study)),
    )


def _with_people(study: Study, content: ReportContent) -> ReportContent:
    """Who did what, how far that can be trusted, and what is doubtful."""
    judgement = read_judgement(study)
    # What gold said when `quality` was run may be older than what it says now.
    judged = [finding for finding in judgement.findings if finding.code not in GOLD_CODES]
    return dataclasses.replace(
        content,
        contributions=find_contributions(study),
        widest_stride=find_widest_stride(study),
        reliability=find_reliability(study),
        gold=find_gold(study),
        findings=tuple(
            dict.fromkeys((*judged, *read_gold_findings(study), *_import_findings(study)))
        ),
        predicted=judgement.predicted,
        agreements=judgement.agreements,
        times=judgement.times,
        learning=judgement.learning,
    )


def _with_models(study: Study, content: ReportContent) -> ReportContent:
    """The models trained on them; no pictures where these are not what was compared."""
    models, changed = read_comparison(study), said_of_changes(study)
    with study.reading() as connection:
        records = {volume.name: volume for volume in find_volumes(connection)}
    if models is not None:
        models = dataclasses.replace(models, notes=(*models.notes, *changed))
    return dataclasses.replace(
        content,
        models=models,
        load_models=None
        if models is None or changed
        else partial(_load_models, study, records, models),
        volumes_ml=compare_volumes(study, content.scores, models, records),
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


def find_import_reports(study: Study) -> list[str]:
    """Paths, from the study's folder on, of what was said of imported boxes."""
    paths = sorted((study.results_folder / "imports").glob("*.json"))
    return [path.relative_to(study.folder).as_posix() for path in paths]


def _import_findings(study: Study) -> list[Finding]:
    """What was wrong with imported boxes; what was merely noted stays in the files."""
    entries = [
        entry for p in find_import_reports(study) for entry in read_json(study, p)["findings"]
    ]
    findings = [finding_from_json(entry) for entry in entries]
    return [finding for finding in findings if finding.severity is not Severity.INFO]
