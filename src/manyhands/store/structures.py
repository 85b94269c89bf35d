"""The structures that answers refer to, held to what `manyhands.toml` says."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.types import Structure


def insert_structures(connection: sa.Connection, structures: Iterable[Structure]) -> None:
    """Add those that are new; the ones that are there already are left alone.

    Raises `StudyError` where an id or a name is known with another partner to it: answers that were
    given for one structure must not turn into another's.
    """
    known = structure_names(connection)
    for structure in structures:
        if known.get(structure.structure_id) == structure.name:
            continue
        for structure_id, name in known.items():
            if structure_id == structure.structure_id or name == structure.name:
                raise StudyError(
                    f"structure {structure_id} of this study is '{name}', but manyhands.toml has "
                    f"structure_id {structure.structure_id}, name '{structure.name}': ids and "
                    "names stay as they were at first; give a new structure both a new id and name"
                )
        connection.execute(
            sa.insert(schema.structures).values(
                structure_id=structure.structure_id, name=structure.name
            )
        )


def structure_names(connection: sa.Connection) -> dict[int, str]:
    """Name by structure id, in the order of the ids."""
    table = schema.structures
    rows = connection.execute(
        sa.select(table.c.structure_id, table.c.name).order_by(table.c.structure_id)
    )
    return {row.structure_id: row.name for row in rows}
