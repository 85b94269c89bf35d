"""Who works on the page: accounts, sessions, invitations, tasks. What of an answer the page knows.

Answers may be taken back now (state `open`), and carry their task, pauses and when they arrived.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROLES = "role IN ('annotator', 'reviewer', 'lead')"
STATES = "state IN ('boxes', 'absent', 'unsure', 'open')"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_accounts()
    _create_sessions()
    _create_invites()
    _create_tasks()
    _create_requests()
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_answers()
    else:
        _alter_answers()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.String),
        sa.Column("annotator_id", sa.String(36)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("practised_at", MOMENT),
        sa.Column("disabled_at", MOMENT),
        sa.PrimaryKeyConstraint("account_id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sa.UniqueConstraint("annotator_id", name="uq_accounts_annotator_id"),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.annotator_id"], name="fk_accounts_annotator_id"
        ),
        sa.CheckConstraint(ROLES, name="ck_accounts_role"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("session_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_sessions_account_id"
        ),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])


def _create_invites() -> None:
    op.create_table(
        "invites",
        sa.Column("invite_id", sa.String(36), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(36)),
        sa.Column("expires_at", MOMENT),
        sa.Column("most_uses", sa.Integer),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("invite_id", name="pk_invites"),
        sa.UniqueConstraint("token_hash", name="uq_invites_token_hash"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_invites_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["accounts.account_id"], name="fk_invites_created_by"
        ),
        sa.CheckConstraint(ROLES, name="ck_invites_role"),
        sa.CheckConstraint(
            "uses >= 0 AND (most_uses IS NULL OR uses <= most_uses)", name="ck_invites_uses"
        ),
    )


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("task_id", sa.String(36), nullable=False),
        *_place(),
        sa.Column("annotator_id", sa.String(36), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("lease_expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("task_id", name="pk_tasks"),
        *_place_keys("tasks"),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.annotator_id"], name="fk_tasks_annotator_id"
        ),
        sa.CheckConstraint(
            "state IN ('open', 'finished', 'lapsed', 'given-back', 'revoked')",
            name="ck_tasks_state",
        ),
        sa.UniqueConstraint("volume_id", "structure_id", "annotator_id", name="uq_tasks_place"),
    )
    op.create_index("ix_tasks_annotator_id", "tasks", ["annotator_id"])


def _create_requests() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String(36), nullable=False),
        *_place(),
        sa.Column("n_annotators", sa.Integer, nullable=False),
        sa.Column("account_id", sa.String(36)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("request_id", name="pk_requests"),
        *_place_keys("requests"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_requests_account_id"
        ),
    )


def _place() -> tuple[sa.Column[str], sa.Column[int]]:
    return (
        sa.Column("volume_id", sa.String(36), nullable=False),
        sa.Column("structure_id", sa.Integer, nullable=False),
    )


def _place_keys(table: str) -> tuple[sa.ForeignKeyConstraint, sa.ForeignKeyConstraint]:
    return (
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.volume_id"], name=f"fk_{table}_volume_id"),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.structure_id"], name=f"fk_{table}_structure_id"
        ),
    )


def _new_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("pause_s", sa.Double),
        sa.Column("task_id", sa.String(36)),
        sa.Column("received_at", MOMENT),
        sa.Column("is_late", sa.Boolean, nullable=False, server_default=sa.false()),
    )


def _alter_answers() -> None:
    for column in _new_columns():
        op.add_column("answers", column)
    op.create_foreign_key("fk_answers_task_id", "answers", "tasks", ["task_id"], ["task_id"])
    op.drop_constraint("ck_answers_state", "answers", type_="check")
    op.create_check_constraint("ck_answers_state", "answers", STATES)


def _rebuild_answers() -> None:
    """SQLite cannot change a constraint: both tables are made anew, and renamed at the end.

    Boxes refer to answers, and a table that is referred to cannot be dropped; so they go first.
    The triggers of 0001 go with their tables and are made anew.
    """
    _create_answers("new_answers")
    _create_boxes("new_boxes", "new_answers")
    for table, columns in (
        (
            "answers",
            "sequence, answer_id, volume_id, structure_id, annotator_id, slice_index, state, "
            "created_at, active_s",
        ),
        ("boxes", "answer_id, position, row0, column0, row1, column1, origin"),
    ):
        op.execute(f"INSERT INTO new_{table} ({columns}) SELECT {columns} FROM {table}")
    for table in ("boxes", "answers"):
        op.drop_table(table)
    for table in ("answers", "boxes"):
        op.rename_table(f"new_{table}", table)
    op.create_index(
        "ix_answers_volume_id_structure_id_annotator_id_slice_index",
        "answers",
        ["volume_id", "structure_id", "annotator_id", "slice_index"],
    )
    _forbid_changes("answers", "answer_id = NEW.answer_id OR sequence = NEW.sequence")
    _forbid_changes("boxes", "answer_id = NEW.answer_id AND position = NEW.position")


def _create_answers(name: str) -> None:
    op.create_table(
        name,
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("answer_id", sa.String(36), nullable=False),
        *_place(),
        sa.Column("annotator_id", sa.String(36), nullable=False),
        sa.Column("slice_index", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("active_s", sa.Double),
        *_new_columns(),
        sa.PrimaryKeyConstraint("sequence", name="pk_answers"),
        sa.UniqueConstraint("answer_id", name="uq_answers_answer_id"),
        *_place_keys("answers"),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.annotator_id"], name="fk_answers_annotator_id"
        ),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.task_id"], name="fk_answers_task_id"),
        sa.CheckConstraint(STATES, name="ck_answers_state"),
        sa.CheckConstraint("slice_index >= 0", name="ck_answers_slice_index"),
    )


def _create_boxes(name: str, answers: str) -> None:
    op.create_table(
        name,
        sa.Column("answer_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("row0", sa.Double, nullable=False),
        sa.Column("column0", sa.Double, nullable=False),
        sa.Column("row1", sa.Double, nullable=False),
        sa.Column("column1", sa.Double, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "position", name="pk_boxes"),
        sa.ForeignKeyConstraint(["answer_id"], [f"{answers}.answer_id"], name="fk_boxes_answer_id"),
        sa.CheckConstraint("row0 < row1 AND column0 < column1", name="ck_boxes_extent"),
    )


def _forbid_changes(table: str, is_same_row: str) -> None:
    """As in 0001."""
    refuse = f"SELECT RAISE(ABORT, '{table} are append-only: add a newer row instead')"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END"
        )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_same_row}) BEGIN {refuse}; END"
    )
