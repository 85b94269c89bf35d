"""What leads and reviewers did, in the order they did it; the database lets nobody change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from manyhands.store.lead_schema import audit

_SUBJECT_LENGTH = 300  # of the column


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """`who` did `action` (as `invite.create`) to `subject`; `details` are plain values.

    `account_id` None: somebody at the command line.
    """

    who: str
    action: str
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    account_id: str | None = None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    sequence: int | None = None


def insert_audit(connection: sa.Connection, entry: AuditEntry) -> None:
    """Add an entry, in the transaction of what it tells of: both happen or neither."""
    connection.execute(
        sa.insert(audit).values(
            at=entry.at,
            who=entry.who,
            account_id=entry.account_id,
            action=entry.action,
            subject=entry.subject[:_SUBJECT_LENGTH],
            details=dict(entry.details),
        )
    )


def find_audit(
    connection: sa.Connection, *, before: int | None = None, most: int = 100
) -> tuple[AuditEntry, ...]:
    """The newest entries, newest first; with `before`, those older than that sequence number."""
    query = sa.select(audit).order_by(audit.c.sequence.desc()).limit(most)
    if before is not None:
        query = query.where(audit.c.sequence < before)
    return tuple(AuditEntry(**row._mapping) for row in connection.execute(query))
