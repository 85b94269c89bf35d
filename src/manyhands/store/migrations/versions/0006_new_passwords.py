"""Which personal links let somebody choose a new password; none of those that there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sets_password = sa.Column(
        "sets_password", sa.Boolean, nullable=False, server_default=sa.false()
    )
    op.add_column("invites", sets_password)
