"""Which structures somebody has practised."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practices",
        sa.Column("account_id", sa.String(36), nullable=False),
        sa.Column("structure_id", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("practised_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "structure_id", name="pk_practices"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name="fk_practices_account_id"
        ),
        sa.ForeignKeyConstraint(
            ["structure_id"], ["structures.structure_id"], name="fk_practices_structure_id"
        ),
    )
