"""What is doubtful in a study, and how good its labels are expected to be.

The masks of each volume are measured once, which takes about as long as segmenting it; then all
volumes are judged together, which takes no time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from manyhands.evidence import without_network
from manyhands.files import write_text
from manyhands.pipeline.consensus import consensus_fingerprint, read_consensus
from manyhands.pipeline.findings import findings_csv, judgement_from_json, judgement_to_json
from manyhands.pipeline.gold import read_gold_findings
from manyhands.pipeline.heard import heard_answers
from manyhands.pipeline.measures import measuring, moved_with, network_of, read_measures
from manyhands.pipeline.places import (
    EVERYBODY,
    FINDINGS_PATH,
    FINDINGS_TABLE_PATH,
    MEASURES_FOLDER,
    measures_path,
    read_json,
    write_json,
)
from manyhands.pipeline.reliability import measure_annotators
from manyhands.pipeline.work import Outcome, Unit, Watch, is_up_to_date, unwatched, work_through
from manyhands.quality import Cohort, Judgement, Subject, collect_given, judge, no_mask
from manyhands.store import (
    Study,
    VolumeRecord,
    find_annotators,
    find_volumes,
    fingerprint,
    sha256_of,
)
from manyhands.types import Answer, Finding, Progress, Provenance

Answers = Mapping[str, Sequence[Answer]]
"""The newest answers on each volume, by its name."""


def judge_study(
    study: Study, *, is_quick: bool = False, command: str, watch: Watch = unwatched
) -> Outcome:
    """Look for what is doubtful, and write `results/findings.json` and `findings.csv`.

    How far each annotator can be trusted is measured too (`measure_annotators`). Volumes without
    labels are `left_out`. Answers of people on `leave_out` are not looked at.
    With `is_quick` no mask is made anew from boxes moved a little, unless that is done already:
    what is not stable is not found, and the expected Dice is less sure. Where a network made the
    labels, a remark says which model moved the boxes in its place.
    """
    with study.working("quality"):
        people = measure_annotators(study, command=command)
        with study.reading() as connection:
            volumes = find_volumes(connection)
        labelled = [v for v in volumes if study.path(EVERYBODY.labels_path(v.name)).is_file()]
        measured = work_through(
            study,
            "quality",
            [_measuring(study, volume, is_quick) for volume in labelled],
            command=command,
            watch=watch,
            left_out={v.name: "no label volume" for v in volumes if v not in labelled},
        )
        known = [v for v in labelled if v.name not in measured.failed]
        if known:
            judged = work_through(study, "judge", [_judging(study, known)], command=command)
            measured = dataclasses.replace(measured, failed={**measured.failed, **judged.failed})
        return dataclasses.replace(
            measured,
            failed={**measured.failed, **people.failed},
            remarks=_remarks(study, known),
        )


def _remarks(study: Study, volumes: Sequence[VolumeRecord]) -> tuple[str, ...]:
    """What was said of labels by one model, but found with another."""
    movers: dict[str, str | None] = {}
    for volume in volumes:
        if network := network_of(study, volume.name):
            movers[network] = movers.get(network) or moved_with(study, volume.name)
    remarks = []
    for network, mover in sorted(movers.items()):
        moved = f"whether masks stay when boxes move was tried with '{mover}', " if mover else ""
        learned = f"the expected Dice was learned from masks of '{without_network(network)}'"
        remarks.append(f"labels are of '{network}': {moved}{learned}")
    return tuple(remarks)


def _measuring(study: Study, volume: VolumeRecord, is_quick: bool) -> Unit:
    thorough = measuring(study, volume)
    if not is_quick or is_up_to_date(study, "quality", thorough):
        return thorough
    return measuring(study, volume, moves_boxes=False)


def read_judgement(study: Study) -> Judgement:
    """What was last judged; nothing if nothing was, or if it was of labels that are no more.

    Raises `StudyError` where a file is damaged.
    """
    if not study.path(FINDINGS_PATH).is_file():
        return Judgement()
    content = read_json(study, FINDINGS_PATH)
    if not all(_is_measured(study, path) for path in content["provenance"]["inputs"]):
        return Judgement()
    return judgement_from_json(content)


def _is_measured(study: Study, path: str) -> bool:
    """Are these measures of the labels that are there now? What are no measures is not asked."""
    if not path.startswith(MEASURES_FOLDER):
        return True
    if not study.path(path).is_file():
        return False
    measures = read_json(study, path)
    labels = study.path(EVERYBODY.labels_path(measures["volume"]))
    return labels.is_file() and sha256_of(labels) == measures["provenance"]["inputs"]["labels"]


def _judging(study: Study, volumes: Sequence[VolumeRecord]) -> Unit:
    with study.reading() as connection:
        names = {a.annotator_id: a.name for a in find_annotators(connection)}
        answers = {v.name: heard_answers(study, connection, volume_id=v.volume_id) for v in volumes}
    gold = read_gold_findings(study)
    inputs = {"answers": fingerprint({n: [a.answer_id for a in g] for n, g in answers.items()})}
    if gold:
        inputs["gold"] = fingerprint({"findings": list(map(str, gold))})
    for volume in volumes:
        path = measures_path(volume.name)
        inputs[path] = sha256_of(study.path(path))
        inputs[f"consensus of {volume.name}"] = consensus_fingerprint(study, volume.name, EVERYBODY)
    return Unit(
        name="findings",
        inputs=inputs,
        settings={"config": study.config.fingerprint},
        make=partial(_judge, study, volumes, answers, names, gold),
    )


def _judge(
    study: Study,
    volumes: Sequence[VolumeRecord],
    answers: Answers,
    names: Mapping[str, str],
    gold: Sequence[Finding],
    _progress: Progress,
    made: Provenance,
) -> tuple[str, ...]:
    subjects = [s for v in volumes for s in _subjects(study, v, answers[v.name], names)]
    judgement = judge(Cohort(tuple(subjects)))
    findings = sorted((*judgement.findings, *gold), key=lambda finding: finding.rank)
    judgement = dataclasses.replace(judgement, findings=tuple(findings))
    write_text(study.path(FINDINGS_TABLE_PATH), findings_csv(judgement.findings))
    write_json(study, FINDINGS_PATH, judgement_to_json(judgement), made)
    return (FINDINGS_PATH, FINDINGS_TABLE_PATH)


def _subjects(
    study: Study, volume: VolumeRecord, answers: Sequence[Answer], names: Mapping[str, str]
) -> Iterator[Subject]:
    """The structures of a volume that somebody answered on."""
    agreed = read_consensus(study, volume.name)
    shapes = read_measures(study, volume.name)
    for structure in study.config.structures:
        structure_id = structure.structure_id
        if structure_id in agreed:
            own = [answer for answer in answers if answer.structure_id == structure_id]
            yield Subject(
                volume.name,
                structure,
                volume.stack_spacing_mm,
                volume.stack_shape[2],
                collect_given(own, names, volume.slice_count),
                agreed[structure_id],
                shapes.get(structure_id, no_mask(volume.slice_count)),
                study.config.stride,
            )
