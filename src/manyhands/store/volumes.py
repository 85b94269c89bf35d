"""The volumes of a study: where their files are and what is known of them without opening them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import schema
from manyhands.store.names import check_name
from manyhands.types import Modality, Shape3, Spacing, Split


@dataclass(frozen=True, slots=True)
class VolumeRecord:
    """One volume as the study knows it.

    Paths start at the study's folder and use "/". `shape` and `spacing_mm` are those of the volume
    in RAS+ order (i, j, k).
    """

    name: str
    image_path: str
    image_sha256: str
    shape: Shape3
    spacing_mm: Spacing
    modality: Modality
    split: Split = Split.TRAIN
    reference_path: str | None = None
    reference_sha256: str | None = None
    volume_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    added_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def slice_count(self) -> int:
        return self.shape[2]

    @property
    def stack_shape(self) -> Shape3:
        """Slices, rows, columns."""
        i, j, k = self.shape
        return (k, j, i)

    @property
    def stack_spacing_mm(self) -> Spacing:
        """Length of a voxel along slice, row and column."""
        i, j, k = self.spacing_mm
        return (k, j, i)


def insert_volume(connection: sa.Connection, volume: VolumeRecord) -> None:
    """Add a volume; adding the very same again is harmless. Raises as `check_new`."""
    if volume in find_volumes(connection):
        return
    check_new(connection, volume)
    values = {column.name: getattr(volume, column.name) for column in schema.volumes.columns}
    connection.execute(sa.insert(schema.volumes).values(values))


def give_reference(connection: sa.Connection, volume: VolumeRecord) -> None:
    """Note the reference of a volume, as `volume` has it, that was added without one."""
    connection.execute(
        sa.update(schema.volumes)
        .where(schema.volumes.c.name == volume.name, schema.volumes.c.reference_path.is_(None))
        .values(reference_path=volume.reference_path, reference_sha256=volume.reference_sha256)
    )


def check_new(connection: sa.Connection, volume: VolumeRecord) -> None:
    """Raise `InputError` for a name that no file can have, `StudyError` where another volume has
    the name (in whatever case: not every file system tells them apart) or the same image.
    """
    check_name(volume.name, "volume name")
    for known in find_volumes(connection):
        if known.name.casefold() == volume.name.casefold():
            raise StudyError(f"volume '{volume.name}' is in the study already")
        if known.image_sha256 == volume.image_sha256:
            raise StudyError(
                f"volume '{volume.name}' is the same image as '{known.name}', "
                "which is in the study already"
            )


def find_volumes(
    connection: sa.Connection, names: Iterable[str] | None = None
) -> tuple[VolumeRecord, ...]:
    """The volumes called `names`, or all; in the order of their names.

    Raises `StudyError` naming one that is not there, and those that are.
    """
    rows = connection.execute(sa.select(schema.volumes).order_by(schema.volumes.c.name))
    known = {row.name: _record(row) for row in rows}
    if names is None:
        return tuple(known.values())
    wanted = set(names)
    for name in sorted(wanted - set(known)):
        raise StudyError(f"no volume '{name}' in the study; it has {', '.join(known) or 'none'}")
    return tuple(record for name, record in known.items() if name in wanted)


def _record(row: sa.Row[tuple[object, ...]]) -> VolumeRecord:
    values = dict(row._mapping)
    values["shape"] = tuple(values["shape"])
    values["spacing_mm"] = tuple(values["spacing_mm"])
    values["modality"] = Modality(values["modality"])
    values["split"] = Split(values["split"])
    return VolumeRecord(**values)
