"""Volumes, structures, annotators, and what they said: answers and boxes, append-only.

A revision is never edited once released; later ones follow it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "volumes",
        sa.Column("volume_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("modality", sa.String(8), nullable=False),
        sa.Column("split", sa.String(8), nullable=False),
        sa.Column("image_path", sa.String, nullable=False),
        sa.Column("image_sha256", sa.String(64), nullable=False),
        sa.Column("reference_path", sa.String),
        sa.Column("reference_sha256", sa.String(64)),
        sa.Column("shape", sa.JSON, nullable=False),
        sa.Column("spacing_mm", sa.JSON, nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("volume_id", name="pk_volumes"),
        sa.UniqueConstraint("name", name="uq_volumes_name"),
        sa.UniqueConstraint("image_sha256", name="uq_volumes_image_sha256"),
    )
    op.create_table(
        "structures",
        sa.Column("structure_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("structure_id", name="pk_structures"),
        sa.UniqueConstraint("name", name="uq_structures_name"),
    )
    op.create_table(
        "annotators",
        sa.Column("annotator_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("annotator_id", name="pk_annotators"),
        sa.UniqueConstraint("name", name="uq_annotators_name"),
    )
    _create_answers()
    if op.get_bind().dialect.name == "sqlite":
        _forbid_changes("answers", "answer_id = NEW.answer_id OR sequence = NEW.sequence")
        _forbid_changes("boxes", "answer_id = NEW.answer_id AND position = NEW.position")


def _create_answers() -> None:
    op.create_table(
        "answers",
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("answer_id", sa.String(36), nullable=False),
        sa.Column("volume_id", sa.String(36), nullable=False),
        sa.Column("structure_id", sa.Integer, nullable=False),
        sa.Column("annotator_id", sa.String(36), nullable=False),
        sa.Column("slice_index", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_s", sa.Double),
        sa.PrimaryKeyConstraint("sequence", name="pk_answers"),
        sa.UniqueConstraint("answer_id", name="uq_answers_answer_id"),
        sa.ForeignKeyConstraint(["volume_id"], ["volumes.volume_id"], name="fk_answers_volume_id"),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.structure_id"], name="fk_answers_structure_id"
        ),
        sa.ForeignKeyConstraint(
            ["annotator_id"], ["annotators.annotator_id"], name="fk_answers_annotator_id"
        ),
        sa.CheckConstraint("state IN ('boxes', 'absent', 'unsure')", name="ck_answers_state"),
        sa.CheckConstraint("slice_index >= 0", name="ck_answers_slice_index"),
    )
    op.create_index(
        "ix_answers_volume_id_structure_id_annotator_id_slice_index",
        "answers",
        ["volume_id", "structure_id", "annotator_id", "slice_index"],
    )
    op.create_table(
        "boxes",
        sa.Column("answer_id", sa.String(36), nullable=False),
        sa.Column("position", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("row0", sa.Double, nullable=False),
        sa.Column("column0", sa.Double, nullable=False),
        sa.Column("row1", sa.Double, nullable=False),
        sa.Column("column1", sa.Double, nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", "position", name="pk_boxes"),
        sa.ForeignKeyConstraint(["answer_id"], ["answers.answer_id"], name="fk_boxes_answer_id"),
        sa.CheckConstraint("row0 < row1 AND column0 < column1", name="ck_boxes_extent"),
    )


def _forbid_changes(table: str, is_same_row: str) -> None:
    """Let the database itself refuse UPDATE, DELETE, and INSERT OR REPLACE, which deletes silently.

    PostgreSQL will get the same by rights: its role may insert and select only.
    """
    refuse = f"SELECT RAISE(ABORT, '{table} are append-only: add a newer row instead')"
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN {refuse}; END"
        )
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {is_same_row}) BEGIN {refuse}; END"
    )
