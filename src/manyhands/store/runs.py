"""What was done, out of what and with what result: so that it need not be done twice."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from manyhands.store import schema
from manyhands.types import Provenance


@dataclass(frozen=True, slots=True)
class Run:
    """One finished unit of a step.

    `unit` is what it was done for, mostly a volume's name; `fingerprint` changes with anything that
    would change the result; `outputs` are the files it wrote, path in the study -> SHA-256.
    """

    step: str
    unit: str
    fingerprint: str
    outputs: Mapping[str, str]
    provenance: Provenance
    took_s: float
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def insert_run(connection: sa.Connection, run: Run) -> None:
    """Note that a unit is finished."""
    made = run.provenance
    connection.execute(
        sa.insert(schema.runs).values(
            run_id=run.run_id,
            step=run.step,
            unit=run.unit,
            fingerprint=run.fingerprint,
            outputs=dict(run.outputs),
            inputs=dict(made.inputs),
            version=made.version,
            command=made.command,
            config_hash=made.config_hash,
            seed=made.seed,
            created_at=made.created_at,
            took_s=run.took_s,
        )
    )


def latest_run(connection: sa.Connection, step: str, unit: str) -> Run | None:
    """How the unit was last made, or None."""
    query = (
        sa.select(schema.runs)
        .where(schema.runs.c.step == step, schema.runs.c.unit == unit)
        .order_by(schema.runs.c.sequence.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _run(row)


def find_runs(connection: sa.Connection, step: str | None = None) -> tuple[Run, ...]:
    """All runs of a step, or of all steps, oldest first."""
    query = sa.select(schema.runs).order_by(schema.runs.c.sequence)
    if step is not None:
        query = query.where(schema.runs.c.step == step)
    return tuple(_run(row) for row in connection.execute(query))


def _run(row: sa.Row[tuple[object, ...]]) -> Run:
    values = row._mapping
    return Run(
        step=values["step"],
        unit=values["unit"],
        fingerprint=values["fingerprint"],
        outputs=values["outputs"],
        provenance=Provenance(
            version=values["version"],
            command=values["command"],
            created_at=values["created_at"],
            seed=values["seed"],
            config_hash=values["config_hash"],
            inputs=values["inputs"],
        ),
        took_s=values["took_s"],
        run_id=values["run_id"],
    )
