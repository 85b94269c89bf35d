"""That one more person be asked about a structure of a volume, whatever the rules say."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from manyhands.store import schema


@dataclass(frozen=True, slots=True)
class Request:
    """At least `n_annotators` people are to finish a subject; `account_id` is who wishes so."""

    volume_id: str
    structure_id: int
    n_annotators: int
    account_id: str | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))


def insert_request(connection: sa.Connection, request: Request) -> None:
    """Add a request; the same id again is harmless.

    Raises `StudyError` for a volume or structure that the study does not have.
    """
    table = schema.requests
    known = connection.scalar(
        sa.select(table.c.request_id).where(table.c.request_id == request.request_id)
    )
    if known is None:
        values = {name: getattr(request, name) for name in Request.__dataclass_fields__}
        connection.execute(sa.insert(table).values(values))


def requested_annotators(connection: sa.Connection) -> dict[tuple[str, int], int]:
    """How many people are wished for, by volume id and structure id; of several wishes the most."""
    table = schema.requests
    rows = connection.execute(
        sa.select(
            table.c.volume_id, table.c.structure_id, sa.func.max(table.c.n_annotators).label("most")
        ).group_by(table.c.volume_id, table.c.structure_id)
    )
    return {(row.volume_id, row.structure_id): row.most for row in rows}
