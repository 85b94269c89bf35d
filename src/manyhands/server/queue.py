"""Hands out tasks: nobody sees what others do, no place is given to more people than are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from manyhands.config import Config
from manyhands.server.standings import Known, Standings, subject_of
from manyhands.server.writer import GroupWriter
from manyhands.store import (
    Study,
    TaskRecord,
    TaskState,
    find_tasks,
    find_volumes,
    find_wider_strides,
    finished_stamp,
    insert_task,
    lapse_tasks,
    set_task_state,
)
from manyhands.tasks import Decision, Lease, Standing, Task, next_stride, next_task

TRIES = 5
"""How often somebody else may finish something while a task is chosen."""


class Queue:
    """Decides who does what next."""

    def __init__(self, study: Study, writer: GroupWriter) -> None:
        self._study, self._writer = study, writer
        self._standings = Standings(study)

    def next(self, annotator_id: str, now: datetime) -> TaskRecord | None:
        """The task this annotator is at or gets now, with a new lease; None if there is nothing."""
        for _ in range(TRIES):
            known = self._standings.refresh()
            choose = partial(self._choose, annotator_id=annotator_id, known=known, now=now)
            is_current, task = self._writer.do(choose)
            if is_current:
                return task
        return None

    def standings(self) -> tuple[Standing, ...]:
        """Where all subjects stand, with what was asked for; as current as a moment allows."""
        return tuple(self._standings.refresh().by_subject.values())

    def _choose(
        self, connection: sa.Connection, annotator_id: str, known: Known, now: datetime
    ) -> tuple[bool, TaskRecord | None]:
        """False where somebody finished in between: then look again before anything is given."""
        if finished_stamp(connection) != known.stamp:
            return False, None
        config = self._study.config
        own = find_tasks(connection, annotator_id=annotator_id)
        others = [
            task
            for task in find_tasks(connection, states=[TaskState.OPEN])
            if task.annotator_id != annotator_id and task.lease_expires_at > now
        ]
        ends = now + timedelta(seconds=config.asking.lease_s)
        if at_it := _goes_on(own, others, known, now):
            set_task_state(connection, at_it.task_id, TaskState.OPEN, now, lease_expires_at=ends)
            return True, replace(at_it, lease_expires_at=ends)
        task = self._new(annotator_id, own, others, known, now)
        if task is None:
            return True, None
        stride = self._wider_stride(connection, task, known)
        return True, _hand_out(connection, task, own, now, ends, stride)

    def _new(
        self,
        annotator_id: str,
        own: Sequence[TaskRecord],
        others: Sequence[TaskRecord],
        known: Known,
        now: datetime,
    ) -> Task | None:
        config = self._study.config
        standings = list(known.by_subject.values())
        if known.is_spent:  # what somebody asked for counts all the same
            standings = [s if s.decision.is_requested else _settled(s) for s in standings]
        closed = {subject_of(t) for t in own if t.state is not TaskState.LAPSED}
        gold_ids = self._gold_ids(config)
        return next_task(
            annotator_id,
            # What was finished or given back is not for this person again, whatever it looks like.
            standings=[
                replace(standing, finished_by=standing.finished_by | {annotator_id})
                if standing.subject in closed
                else standing
                for standing in standings
            ],
            leases=[Lease(_task(t), t.lease_expires_at) for t in others],
            history=[_task(t) for t in own],
            gold=[s for s in known.by_subject if s.volume_id in gold_ids],
            asking=config.asking,
            seed=config.seed,
            now=now,
        )

    def _wider_stride(self, connection: sa.Connection, task: Task, known: Known) -> int | None:
        """At which stride this is asked, where that is wider than the study's.

        Gold teaches how people err, so it never is.
        """
        config, subject = self._study.config, task.subject
        if subject.volume_id in self._gold_ids(config):
            return None
        standing = known.by_subject[subject]
        wider = find_wider_strides(connection).get((subject.volume_id, subject.structure_id), {})
        stride = next_stride(
            standing.decision,
            len(standing.finished_by - wider.keys()),
            asking=config.asking,
            stride=config.stride,
        )
        return stride if stride > config.stride else None

    def _gold_ids(self, config: Config) -> frozenset[str]:
        if not config.gold:
            return frozenset()
        with self._study.reading() as connection:
            return frozenset(v.volume_id for v in find_volumes(connection) if v.name in config.gold)


def _goes_on(
    own: Sequence[TaskRecord], others: Sequence[TaskRecord], known: Known, now: datetime
) -> TaskRecord | None:
    """The task that the annotator is at. One whose lease ran out goes on while it is wanted."""
    at_it = [t for t in own if t.state is TaskState.OPEN and subject_of(t) in known.by_subject]
    for task in sorted(at_it, key=lambda t: t.lease_expires_at, reverse=True):
        n_others = sum(subject_of(other) == subject_of(task) for other in others)
        standing = known.by_subject[subject_of(task)]
        if task.lease_expires_at > now or n_others < standing.decision.n_more:
            return task
    return None


def _hand_out(
    connection: sa.Connection,
    task: Task,
    own: Sequence[TaskRecord],
    now: datetime,
    ends: datetime,
    stride: int | None,
) -> TaskRecord:
    """Note that a task is given; what somebody had before goes on as it was asked then."""
    subject = task.subject
    lapse_tasks(connection, subject.volume_id, subject.structure_id, now)
    for known in own:
        if subject_of(known) == subject:
            set_task_state(connection, known.task_id, TaskState.OPEN, now, lease_expires_at=ends)
            return replace(known, state=TaskState.OPEN, lease_expires_at=ends)
    made = TaskRecord(
        subject.volume_id,
        subject.structure_id,
        task.annotator_id,
        created_at=now,
        changed_at=now,
        lease_expires_at=ends,
        stride=stride,
    )
    insert_task(connection, made)
    return made


def _settled(standing: Standing) -> Standing:
    return replace(standing, decision=Decision(0, "the budget is spent"))


def _task(task: TaskRecord) -> Task:
    return Task(subject_of(task), task.annotator_id)
