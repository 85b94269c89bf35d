"""The tables behind the lead's page: jobs, and what leads did."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    String,
    Table,
)

from manyhands.store.schema import UtcDateTime, metadata

jobs = Table(
    "jobs",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("job_id", String(36), nullable=False, unique=True),
    Column("kind", String(32), nullable=False),
    Column("asked_by", String(64), nullable=False),  # a name, as people see it
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),  # of the last attempt
    Column("ended_at", UtcDateTime),
    Column("not_before", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(100)),
    Column("lease_expires_at", UtcDateTime),
    Column("is_cancel_wanted", Boolean, nullable=False),
    Column("share", Double, nullable=False),
    Column("unit", String(200), nullable=False),
    Column("words", String, nullable=False),  # why it waits, failed, or what it did
    CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'cancelled')", name="state"),
    Index(None, "state"),
)

# Only ever inserted, as answers are (see migration 0004).
audit = Table(
    "audit",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("at", UtcDateTime, nullable=False),
    Column("who", String(64), nullable=False),  # the name of the account, as it was then
    Column("account_id", String(36)),  # None where the command line did it
    Column("action", String(64), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("details", JSON, nullable=False),
)
