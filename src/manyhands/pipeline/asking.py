"""How far each structure of each volume is, and whether more people are to be asked about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import sqlalchemy as sa

from manyhands.boxes.arithmetic import to_array
from manyhands.config import Config
from manyhands.crowd import find_consensus
from manyhands.pipeline.heard import heard_answers, unheard_ids
from manyhands.pipeline.profiles import PAPER_SECONDS
from manyhands.pipeline.quality import read_judgement
from manyhands.pipeline.work import Watch, unwatched
from manyhands.store import (
    Study,
    TaskState,
    VolumeRecord,
    current_answers,
    find_tasks,
    find_volumes,
    find_wider_strides,
    latest_run,
    requested_annotators,
)
from manyhands.tasks import Decision, Spent, Standing, Subject, needs_another, pairwise_iou
from manyhands.types import Answer, Consensus, Interval, State

FINISHED_SHARE = 0.9
"""Who has seen this share of a volume's slices has finished: a few passed over, nobody stopped."""


def find_standings(
    study: Study,
    *,
    predicted: Mapping[Subject, Interval] | None = None,
    watch: Watch = unwatched,
) -> tuple[Standing, ...]:
    """The standing of every structure of every volume that is open, in their order.

    `predicted` is the Dice expected of some, which counts where the study has a target; None takes
    what `quality` found (`find_predicted`). Who is on `leave_out` has not answered; what leads and
    reviewers asked for counts.
    """
    if predicted is None:
        predicted = find_predicted(study) if study.config.asking.target_dice > 0 else {}
    with study.reading() as connection:
        volumes = find_open_volumes(study, connection)
        answers = heard_answers(study, connection)
        wider = find_wider_strides(connection)
        unheard = unheard_ids(connection, study.config)
        declared = find_declared(connection)
        requests = requested_annotators(connection)
        spent = add_up(current_answers(connection))  # who is left out has cost time all the same
    by_subject: dict[Subject, list[Answer]] = {
        Subject(volume.volume_id, structure.structure_id): []
        for volume in volumes
        for structure in study.config.structures
    }
    for answer in answers:
        subject = Subject(answer.volume_id, answer.structure_id)
        if subject in by_subject:
            by_subject[subject].append(answer)
    records = {volume.volume_id: volume for volume in volumes}
    standings = []
    for subject, own in by_subject.items():
        volume = records[subject.volume_id]
        standing = find_standing(
            volume,
            subject.structure_id,
            own,
            config=study.config,
            wider=wider.get((subject.volume_id, subject.structure_id)),
            predicted=predicted.get(subject),
            spent=spent,
            declared=declared.get(subject, frozenset()) - unheard,
        )
        standings.append(with_requests(standing, requests))
        watch(len(standings) / len(by_subject), volume.name)
    return tuple(standings)


def find_open_volumes(study: Study, connection: sa.Connection) -> list[VolumeRecord]:
    """Those to be annotated: not the one to practise on, none whose file was taken away."""
    return [
        volume
        for volume in find_volumes(connection)
        if volume.name != study.config.page.practice and study.path(volume.image_path).is_file()
    ]


def find_declared(connection: sa.Connection) -> dict[Subject, frozenset[str]]:
    """Who said that they are done, by subject."""
    declared: dict[Subject, frozenset[str]] = {}
    for task in find_tasks(connection, states=[TaskState.FINISHED]):
        subject = Subject(task.volume_id, task.structure_id)
        declared[subject] = declared.get(subject, frozenset()) | {task.annotator_id}
    return declared


def with_requests(standing: Standing, requests: Mapping[tuple[str, int], int]) -> Standing:
    """What leads and reviewers ask for counts, whatever the rules say."""
    subject = standing.subject
    wanted = requests.get((subject.volume_id, subject.structure_id), 0)
    n_more = wanted - len(standing.finished_by)
    if n_more <= standing.decision.n_more:
        return standing
    reason = f"{n_more} more people were asked for" if n_more > 1 else "one more was asked for"
    return replace(standing, decision=Decision(n_more, reason, is_requested=True))


def find_predicted(study: Study) -> dict[Subject, Interval]:
    """The Dice that `quality` expects of each subject on which nobody has answered since.

    What was expected of fewer answers says nothing of those that came: the subject is left out, and
    its standing found without. Empty where nothing was judged.
    """
    judgement = read_judgement(study)
    with study.reading() as connection:
        run = latest_run(connection, "judge", "findings")
        volumes = {volume.name: volume.volume_id for volume in find_volumes(connection)}
        answers = current_answers(connection)
    if run is None:
        return {}
    judged_at = run.provenance.created_at
    newer = {Subject(a.volume_id, a.structure_id) for a in answers if a.created_at > judged_at}
    expected = {
        Subject(volumes[p.volume], study.config.structure(p.structure).structure_id): p.dice
        for p in judgement.predicted
        if p.volume in volumes
    }
    return {subject: dice for subject, dice in expected.items() if subject not in newer}


def add_up(answers: Iterable[Answer]) -> Spent:
    """What answers have cost; one without a time counts as the paper's mean."""
    seconds = [PAPER_SECONDS if a.active_s is None else a.active_s for a in answers]
    return Spent(len(seconds), sum(seconds) / 60)


def find_standing(
    volume: VolumeRecord,
    structure_id: int,
    answers: Sequence[Answer],
    *,
    config: Config,
    wider: Mapping[str, int] | None = None,
    predicted: Interval | None = None,
    spent: Spent | None = None,
    declared: Collection[str] = (),
) -> Standing:
    """The standing of one structure of one volume, from the newest `answers` on it.

    Who has seen nine slices in ten has finished, and so have those in `declared`, who said so and
    may be unsure of more. Who stopped part-way is listened to, but does not count as one of those
    who were asked. `wider` has the strides of annotators who were asked for fewer slices.
    """
    by_annotator: dict[str, list[Answer]] = {}
    for answer in answers:
        by_annotator.setdefault(answer.annotator_id, []).append(answer)
    finished = frozenset(
        annotator_id
        for annotator_id, own in by_annotator.items()
        if np.mean(_agree(volume, own, config, wider).is_seen) >= FINISHED_SHARE
    ).union(declared)
    consensus = _agree(volume, answers, config, wider) if answers else None
    votes = {
        annotator_id: {a.slice_index: to_array(a.boxes) for a in own if a.state != State.UNSURE}
        for annotator_id, own in by_annotator.items()
    }
    decision = needs_another(
        consensus,
        pairwise_iou(votes),
        n_annotators=len(finished),
        asking=config.asking,
        predicted_dice=predicted,
        spent=spent,
    )
    return Standing(
        Subject(volume.volume_id, structure_id),
        decision,
        finished_by=finished,
        is_begun=bool(answers),
        is_complete=consensus is not None and consensus.is_complete,
    )


def _agree(
    volume: VolumeRecord, answers: Sequence[Answer], config: Config, wider: Mapping[str, int] | None
) -> Consensus:
    return find_consensus(
        answers,
        stack_shape=volume.stack_shape,
        stack_spacing_mm=volume.stack_spacing_mm,
        stride=config.stride,
        wider=wider,
        method=config.consensus,
    )
