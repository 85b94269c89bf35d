"""Whose answers count: everybody's but those of the people that `manyhands.toml` leaves out."""

from __future__ import annotations

import sqlalchemy as sa

from manyhands.config import Config
from manyhands.errors import ConfigError
from manyhands.store import Study, current_answers, find_annotators
from manyhands.types import Answer


def heard_answers(
    study: Study, connection: sa.Connection, *, volume_id: str | None = None
) -> tuple[Answer, ...]:
    """The newest answers, on one volume or all, of the people who are not left out.

    Nothing is deleted: who is taken off `leave_out` again counts as before. Raises `ConfigError`
    for somebody whom the study does not know.
    """
    unheard = unheard_ids(connection, study.config)
    answers = current_answers(connection, volume_id=volume_id)
    return tuple(answer for answer in answers if answer.annotator_id not in unheard)


def unheard_ids(connection: sa.Connection, config: Config) -> frozenset[str]:
    """The ids of the people who are left out. Raises as `heard_answers`."""
    if not config.leave_out:
        return frozenset()
    ids = {person.name: person.annotator_id for person in find_annotators(connection)}
    for name in config.leave_out:
        if name not in ids:
            raise ConfigError(
                f"leave_out in manyhands.toml names '{name}', who is not in the study; "
                f"it has {', '.join(ids) or 'nobody'}"
            )
    return frozenset(ids[name] for name in config.leave_out)
