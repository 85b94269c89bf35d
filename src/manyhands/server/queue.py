"""Hands out tasks: nobody sees what others do, no place is given to more people than are wanted.

Where a subject stands costs tens of milliseconds to find out. So it is kept, and found anew when
somebody finishes it; answers in between matter less, and as many of those subjects are looked at
again as fit into a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from manyhands.config import Config
from manyhands.pipeline.asking import add_up, find_predicted, find_standing
from manyhands.pipeline.heard import unheard_ids
from manyhands.server.writer import GroupWriter
from manyhands.store import (
    Study,
    TaskRecord,
    TaskState,
    VolumeRecord,
    answered_since,
    current_answers,
    find_tasks,
    find_volumes,
    finished_stamp,
    insert_task,
    lapse_tasks,
    last_sequence,
    requested_annotators,
    set_task_state,
)
from manyhands.tasks import Decision, Lease, Standing, Subject, Task, next_task
from manyhands.types import Answer, Interval

MOMENT_S = 0.03
"""So long a request looks at subjects that others have answered on since."""

EXPECTED_S = 60.0
"""So long the Dice that `quality` expects is not read again."""

TRIES = 5
"""How often somebody else may finish something while a task is chosen."""

SENT_BACK = "the lead asks for one more person"


@dataclass(frozen=True)
class Known:
    """Where all subjects stand, at one moment. `stamp` changes when somebody finishes a task."""

    standings: Mapping[Subject, Standing]
    stamp: object
    is_spent: bool


class Queue:
    """Decides who does what next."""

    def __init__(self, study: Study, writer: GroupWriter) -> None:
        self._study, self._writer = study, writer
        self._lock = threading.Lock()
        self._standings: dict[Subject, Standing] = {}
        self._basis: dict[Subject, tuple[frozenset[str], Interval | None]] = {}
        self._waiting: dict[Subject, None] = {}  # answered on since; in the order of arrival
        self._sequence = 0
        self._config: Config | None = None
        self._expected: Mapping[Subject, Interval] = {}
        self._expected_until_s = 0.0

    def next(self, annotator_id: str, now: datetime) -> TaskRecord | None:
        """The task this annotator is at or gets now, with a new lease; None if there is nothing."""
        for _ in range(TRIES):
            known = self.refresh()
            choose = partial(self._choose, annotator_id=annotator_id, known=known, now=now)
            is_current, task = self._writer.do(choose)
            if is_current:
                return task
        return None

    def standings(self) -> tuple[Standing, ...]:
        """Where all subjects stand, with what the lead wishes; as current as `MOMENT_S` allows."""
        return tuple(self.refresh().standings.values())

    def refresh(self) -> Known:
        """Where all subjects stand now."""
        with self._lock, self._study.reading() as connection:
            config = self._study.config
            if config is not self._config:  # the lead has changed the study
                self._standings.clear()
                self._config = config
            records = {v.volume_id: v for v in self._open_volumes(connection, config)}
            subjects = [
                Subject(volume_id, structure.structure_id)
                for volume_id in records
                for structure in config.structures
            ]
            stamp = finished_stamp(connection)
            self._look_again(connection, subjects, records, config)
            wishes = requested_annotators(connection)
            standings = {s: _with_wish(self._standings[s], wishes) for s in subjects}
            return Known(standings, stamp, _is_spent(connection, config))

    def _open_volumes(self, connection: sa.Connection, config: Config) -> list[VolumeRecord]:
        """Those to be annotated: not the one to practise on, none whose file was taken away."""
        return [
            volume
            for volume in find_volumes(connection)
            if volume.name != config.page.practice and self._study.path(volume.image_path).is_file()
        ]

    def _look_again(
        self,
        connection: sa.Connection,
        subjects: Iterable[Subject],
        records: Mapping[str, VolumeRecord],
        config: Config,
    ) -> None:
        """Find anew what must be known exactly, and of the rest what fits into a moment."""
        self._waiting |= dict.fromkeys(
            Subject(*place) for place in sorted(answered_since(connection, self._sequence))
        )
        self._sequence = last_sequence(connection)
        unheard = unheard_ids(connection, config)
        declared = _declared(connection)
        expected = self._expected_dice(config)
        ends_s = time.perf_counter() + MOMENT_S
        for subject in subjects:
            basis = (declared.get(subject, frozenset()) - unheard, expected.get(subject))
            is_exact = subject in self._standings and self._basis.get(subject) == basis
            if is_exact and (subject not in self._waiting or time.perf_counter() > ends_s):
                continue
            self._waiting.pop(subject, None)
            self._basis[subject] = basis
            self._standings[subject] = find_standing(
                records[subject.volume_id],
                subject.structure_id,
                _heard(connection, subject, unheard),
                config=config,
                declared=basis[0],
                predicted=basis[1],
            )

    def _expected_dice(self, config: Config) -> Mapping[Subject, Interval]:
        """What `quality` expects, where the study has a target; read again now and then."""
        if config.asking.target_dice <= 0:
            return {}
        now_s = time.monotonic()
        if now_s > self._expected_until_s:
            self._expected = find_predicted(self._study)
            self._expected_until_s = now_s + EXPECTED_S
        return self._expected

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
        return True, _hand_out(connection, task, own, now, ends)

    def _new(
        self,
        annotator_id: str,
        own: Sequence[TaskRecord],
        others: Sequence[TaskRecord],
        known: Known,
        now: datetime,
    ) -> Task | None:
        config = self._study.config
        standings = list(known.standings.values())
        if known.is_spent:  # what the lead sends back counts all the same
            standings = [s if s.decision.reason == SENT_BACK else _settled(s) for s in standings]
        closed = {_subject(t) for t in own if t.state is not TaskState.LAPSED}
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
            gold=[s for s in known.standings if s.volume_id in gold_ids],
            asking=config.asking,
            seed=config.seed,
            now=now,
        )

    def _gold_ids(self, config: Config) -> frozenset[str]:
        if not config.gold:
            return frozenset()
        with self._study.reading() as connection:
            return frozenset(v.volume_id for v in find_volumes(connection) if v.name in config.gold)


def _goes_on(
    own: Sequence[TaskRecord], others: Sequence[TaskRecord], known: Known, now: datetime
) -> TaskRecord | None:
    """The task that the annotator is at. One whose lease ran out goes on while it is wanted."""
    at_it = [t for t in own if t.state is TaskState.OPEN and _subject(t) in known.standings]
    for task in sorted(at_it, key=lambda t: t.lease_expires_at, reverse=True):
        n_others = sum(_subject(other) == _subject(task) for other in others)
        standing = known.standings[_subject(task)]
        if task.lease_expires_at > now or n_others < standing.decision.n_more:
            return task
    return None


def _hand_out(
    connection: sa.Connection,
    task: Task,
    own: Sequence[TaskRecord],
    now: datetime,
    ends: datetime,
) -> TaskRecord:
    subject = task.subject
    lapse_tasks(connection, subject.volume_id, subject.structure_id, now)
    for known in own:
        if _subject(known) == subject:
            set_task_state(connection, known.task_id, TaskState.OPEN, now, lease_expires_at=ends)
            return replace(known, state=TaskState.OPEN, lease_expires_at=ends)
    made = TaskRecord(subject.volume_id, subject.structure_id, task.annotator_id, now, now, ends)
    insert_task(connection, made)
    return made


def _heard(connection: sa.Connection, subject: Subject, unheard: Collection[str]) -> list[Answer]:
    """What those say now on a subject who are not left out."""
    answers = current_answers(
        connection, volume_id=subject.volume_id, structure_id=subject.structure_id
    )
    return [answer for answer in answers if answer.annotator_id not in unheard]


def _declared(connection: sa.Connection) -> dict[Subject, frozenset[str]]:
    """Who said that they are done, by subject."""
    declared: dict[Subject, frozenset[str]] = {}
    for task in find_tasks(connection, states=[TaskState.FINISHED]):
        subject = _subject(task)
        declared[subject] = declared.get(subject, frozenset()) | {task.annotator_id}
    return declared


def _with_wish(standing: Standing, wishes: Mapping[tuple[str, int], int]) -> Standing:
    """What the lead wishes counts, whatever the rules say."""
    subject = standing.subject
    wished = wishes.get((subject.volume_id, subject.structure_id), 0)
    n_more = wished - len(standing.finished_by)
    if n_more <= standing.decision.n_more:
        return standing
    return replace(standing, decision=Decision(n_more, SENT_BACK, is_disputed=True))


def _settled(standing: Standing) -> Standing:
    return replace(standing, decision=Decision(0, "the budget is spent"))


def _is_spent(connection: sa.Connection, config: Config) -> bool:
    asking = config.asking
    if not asking.budget_answers and not asking.budget_minutes:
        return False
    spent = add_up(current_answers(connection))
    return 0 < asking.budget_answers <= spent.answers or 0 < asking.budget_minutes <= spent.minutes


def _subject(task: TaskRecord) -> Subject:
    return Subject(task.volume_id, task.structure_id)


def _task(task: TaskRecord) -> Task:
    return Task(_subject(task), task.annotator_id)
