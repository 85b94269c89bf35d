"""Alembic's entry: runs the revisions on the connection that `store.database.upgrade` hands in."""

from __future__ import annotations

from alembic import context

from manyhands.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters a table by making a new one
)
with context.begin_transaction():
    context.run_migrations()
