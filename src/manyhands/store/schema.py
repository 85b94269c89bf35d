"""The tables of a study's database, as they are now; `migrations` holds how they came to be so."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are taken off and put on here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone: use UTC")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


volumes = Table(
    "volumes",
    metadata,
    Column("volume_id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("modality", String(8), nullable=False),
    Column("split", String(8), nullable=False),
    Column("image_path", String, nullable=False),  # from the study's folder, with "/"
    Column("image_sha256", String(64), nullable=False, unique=True),
    Column("reference_path", String),
    Column("reference_sha256", String(64)),
    Column("shape", JSON, nullable=False),  # [i, j, k]
    Column("spacing_mm", JSON, nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
)

# Id and name only: they are what answers refer to. Colours and partners are in manyhands.toml.
structures = Table(
    "structures",
    metadata,
    Column("structure_id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(64), nullable=False, unique=True),
)

annotators = Table(
    "annotators",
    metadata,
    Column("annotator_id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
)

# Who may log in. Annotators have no password: a link, then a session, tells who they are.
accounts = Table(
    "accounts",
    metadata,
    Column("account_id", String(36), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", String),
    Column("annotator_id", ForeignKey(annotators.c.annotator_id), unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("practised_at", UtcDateTime),
    Column("disabled_at", UtcDateTime),
    CheckConstraint("role IN ('annotator', 'reviewer', 'lead')", name="role"),
)

practices = Table(
    "practices",
    metadata,
    Column("account_id", ForeignKey(accounts.c.account_id), primary_key=True),
    Column(
        "structure_id",
        ForeignKey(structures.c.structure_id),
        primary_key=True,
        autoincrement=False,
    ),
    Column("practised_at", UtcDateTime, nullable=False),
)

# Of sessions and links the database knows hashes only: who reads it cannot use them.
sessions = Table(
    "sessions",
    metadata,
    Column("session_hash", String(64), primary_key=True),
    Column("account_id", ForeignKey(accounts.c.account_id), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index(None, "account_id"),
)

# With an account it is a personal link, which leads to that account; else it makes a new one.
invites = Table(
    "invites",
    metadata,
    Column("invite_id", String(36), primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("role", String(16), nullable=False),
    Column("note", String(200), nullable=False),
    Column("account_id", ForeignKey(accounts.c.account_id)),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", ForeignKey(accounts.c.account_id)),
    Column("expires_at", UtcDateTime),
    Column("most_uses", Integer),
    Column("uses", Integer, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("sets_password", Boolean, nullable=False, server_default=false()),
    CheckConstraint("role IN ('annotator', 'reviewer', 'lead')", name="role"),
    CheckConstraint("uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", name="uses"),
)

# One row for each subject and annotator, however often it is handed out.
tasks = Table(
    "tasks",
    metadata,
    Column("task_id", String(36), primary_key=True),
    Column("volume_id", ForeignKey(volumes.c.volume_id), nullable=False),
    Column("structure_id", ForeignKey(structures.c.structure_id), nullable=False),
    Column("annotator_id", ForeignKey(annotators.c.annotator_id), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    Column("lease_expires_at", UtcDateTime, nullable=False),
    Column("stride", Integer),
    CheckConstraint(
        "state IN ('open', 'finished', 'lapsed', 'given-back', 'revoked')", name="state"
    ),
    UniqueConstraint("volume_id", "structure_id", "annotator_id", name="uq_tasks_place"),
    Index(None, "annotator_id"),
)

# That at least `n_annotators` people be asked about a subject, whatever the rules say.
requests = Table(
    "requests",
    metadata,
    Column("request_id", String(36), primary_key=True),
    Column("volume_id", ForeignKey(volumes.c.volume_id), nullable=False),
    Column("structure_id", ForeignKey(structures.c.structure_id), nullable=False),
    Column("n_annotators", Integer, nullable=False),
    Column("account_id", ForeignKey(accounts.c.account_id)),
    Column("created_at", UtcDateTime, nullable=False),
)

# `sequence` is the order of arrival; answers and boxes are only ever inserted (see migration 0001).
answers = Table(
    "answers",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("answer_id", String(36), nullable=False, unique=True),
    Column("volume_id", ForeignKey(volumes.c.volume_id), nullable=False),
    Column("structure_id", ForeignKey(structures.c.structure_id), nullable=False),
    Column("annotator_id", ForeignKey(annotators.c.annotator_id), nullable=False),
    Column("slice_index", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("active_s", Double),
    Column("pause_s", Double),
    Column("task_id", ForeignKey(tasks.c.task_id)),
    Column("received_at", UtcDateTime),  # by the server, of answers given on the page
    Column("is_late", Boolean, nullable=False, server_default=false()),  # its task was taken back
    CheckConstraint("state IN ('boxes', 'absent', 'unsure', 'open')", name="state"),
    CheckConstraint("slice_index >= 0", name="slice_index"),
    Index(None, "volume_id", "structure_id", "annotator_id", "slice_index"),
)

boxes = Table(
    "boxes",
    metadata,
    Column("answer_id", ForeignKey(answers.c.answer_id), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("row0", Double, nullable=False),
    Column("column0", Double, nullable=False),
    Column("row1", Double, nullable=False),
    Column("column1", Double, nullable=False),
    Column("origin", String(16), nullable=False),
    CheckConstraint("row0 < row1 AND column0 < column1", name="extent"),
)

runs = Table(
    "runs",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("run_id", String(36), nullable=False, unique=True),
    Column("step", String(100), nullable=False),
    Column("unit", String(200), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("outputs", JSON, nullable=False),  # path in the study -> SHA-256
    Column("inputs", JSON, nullable=False),  # name -> SHA-256
    Column("version", String(32), nullable=False),
    Column("command", String, nullable=False),
    Column("config_hash", String(64), nullable=False),
    Column("seed", Integer),
    Column("created_at", UtcDateTime, nullable=False),
    Column("took_s", Double, nullable=False),
    Index(None, "step", "unit"),
)
