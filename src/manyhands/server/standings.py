"""Where all subjects stand: who has finished them, and how many more people are wanted.

To find that out costs tens of milliseconds for each. So it is kept, and found anew when somebody
finishes a subject; answers in between matter less, and as many of those subjects are looked at
again as fit into a moment.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from manyhands.config import Config
from manyhands.pipeline.asking import (
    add_up,
    find_declared,
    find_open_volumes,
    find_predicted,
    find_standing,
    with_requests,
)
from manyhands.pipeline.heard import unheard_ids
from manyhands.store import (
    Study,
    TaskRecord,
    VolumeRecord,
    answered_since,
    current_answers,
    find_wider_strides,
    finished_stamp,
    last_sequence,
    requested_annotators,
)
from manyhands.tasks import Standing, Subject
from manyhands.types import Answer, Interval

MOMENT_S = 0.03
"""So long a request looks at subjects that others have answered on since."""

EXPECTED_S = 60.0
"""So long the Dice that `quality` expects is not read again."""


@dataclass(frozen=True)
class Known:
    """Where all subjects stand, at one moment. `stamp` changes when somebody finishes a task."""

    by_subject: Mapping[Subject, Standing]
    stamp: object
    is_spent: bool


class Standings:
    """Keeps where the subjects of a served study stand."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._lock = threading.Lock()
        self._found: dict[Subject, Standing] = {}
        self._basis: dict[Subject, tuple[frozenset[str], Interval | None]] = {}
        self._waiting: dict[Subject, None] = {}  # answered on since; in the order of arrival
        self._sequence = 0
        self._config: Config | None = None
        self._expected: Mapping[Subject, Interval] = {}
        self._expected_until_s = 0.0

    def refresh(self) -> Known:
        """Where all subjects stand, with what was asked for; as current as `MOMENT_S` allows."""
        with self._lock, self._study.reading() as connection:
            config = self._study.config
            if config is not self._config:  # the lead has changed the study
                self._found.clear()
                self._config = config
            records = {v.volume_id: v for v in find_open_volumes(self._study, connection)}
            subjects = [
                Subject(volume_id, structure.structure_id)
                for volume_id in records
                for structure in config.structures
            ]
            stamp = finished_stamp(connection)
            self._look_again(connection, subjects, records, config)
            requests = requested_annotators(connection)
            standings = {s: with_requests(self._found[s], requests) for s in subjects}
            return Known(standings, stamp, _is_spent(connection, config))

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
        declared = find_declared(connection)
        wider = find_wider_strides(connection)
        expected = self._expected_dice(config)
        ends_s = time.perf_counter() + MOMENT_S
        for subject in subjects:
            basis = (declared.get(subject, frozenset()) - unheard, expected.get(subject))
            is_exact = subject in self._found and self._basis.get(subject) == basis
            if is_exact and (subject not in self._waiting or time.perf_counter() > ends_s):
                continue
            self._waiting.pop(subject, None)
            self._basis[subject] = basis
            self._found[subject] = find_standing(
                records[subject.volume_id],
                subject.structure_id,
                _heard(connection, subject, unheard),
                config=config,
                wider=wider.get((subject.volume_id, subject.structure_id)),
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


def _heard(connection: sa.Connection, subject: Subject, unheard: Collection[str]) -> list[Answer]:
    """What those say now on a subject who are not left out."""
    answers = current_answers(
        connection, volume_id=subject.volume_id, structure_id=subject.structure_id
    )
    return [answer for answer in answers if answer.annotator_id not in unheard]


def _is_spent(connection: sa.Connection, config: Config) -> bool:
    asking = config.asking
    if not asking.budget_answers and not asking.budget_minutes:
        return False
    spent = add_up(current_answers(connection))
    return 0 < asking.budget_answers <= spent.answers or 0 < asking.budget_minutes <= spent.minutes


def subject_of(task: TaskRecord) -> Subject:
    """What a task is about."""
    return Subject(task.volume_id, task.structure_id)
