"""Routes to set up a study: its settings, structures with their pictures, and volumes."""

from __future__ import annotations

import base64
import shutil
import tempfile
import zlib
from math import prod
from pathlib import Path
from typing import Annotated, Any

import nibabel as nib
from fastapi import APIRouter, File, Form, UploadFile
from nibabel.filebasedimages import ImageFileError
from pydantic import BaseModel, ConfigDict, Field

from manyhands.errors import InputError
from manyhands.pipeline import Source, add_volumes
from manyhands.server.lead.common import PREFIX, LeadRoute, note
from manyhands.server.lead.examples import keep_picture, picture_of_slice
from manyhands.server.lead.review import find_structure, find_volume
from manyhands.server.lead.settings import (
    SettingsChange,
    StructureChange,
    StudySettings,
    read_settings,
    save_settings,
)
from manyhands.server.state import Here, Person
from manyhands.store import Study, VolumeRecord, check_name, find_volumes
from manyhands.types import Modality, Split

router = APIRouter(prefix=PREFIX, tags=["lead"], route_class=LeadRoute)

MOST_VOXELS = 500_000_000
"""Of an uploaded volume, 2 GB as float32: the server must not end for want of memory."""

Plain = str | int | float | bool | list[str] | None


class StructureIn(BaseModel):
    """Changes of a structure; without an id a new one, called `name`."""

    model_config = ConfigDict(extra="forbid")

    structure_id: int | None = None
    name: str | None = Field(default=None, max_length=64)
    colour: str | None = None
    hint: str | None = Field(default=None, max_length=300)
    partner: str | None = None


class SettingsIn(BaseModel):
    """Only what is to change; names are those of `manyhands.toml`."""

    model_config = ConfigDict(extra="forbid")

    general: dict[str, Plain] = {}
    asking: dict[str, Plain] = {}
    page: dict[str, Plain] = {}
    structures: list[StructureIn] = Field(default=[], max_length=254)


class ExampleIn(BaseModel):
    """A picture of a structure: a PNG in base64, or a slice of a volume with a box on it."""

    model_config = ConfigDict(extra="forbid")

    png_base64: str | None = Field(default=None, max_length=7_000_000)
    volume_id: str | None = None
    slice_index: int | None = None
    box: tuple[float, float, float, float] | None = None


class VolumeOut(BaseModel):
    """A volume in the list of the set-up page."""

    volume_id: str
    name: str
    modality: Modality
    split: Split
    slice_count: int
    rows: int
    columns: int
    spacing_mm: tuple[float, float, float]
    has_reference: bool
    is_there: bool
    added_at: str


@router.get("/study")
def get_study(here: Here) -> StudySettings:
    """All settings."""
    return read_settings(here.study)


@router.patch("/study")
def patch_study(here: Here, person: Person, change: SettingsIn) -> StudySettings:
    """Change settings; they hold at once."""
    wanted = SettingsChange(
        general=_values(change.general),
        asking=_values(change.asking),
        page=_values(change.page),
        structures=tuple(_structure(s) for s in change.structures),
    )
    changed = save_settings(here.study, wanted)
    if changed:
        told = ", ".join(changed)
        here.writer.do(lambda connection: note(connection, person, "study.change", told, changed))
    return read_settings(here.study)


def _values(table: dict[str, Plain]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}


def _structure(change: StructureIn) -> StructureChange:
    values = change.model_dump(exclude_unset=True, include={"colour", "hint", "partner"})
    # An empty hint is none: the file keeps no empty words.
    return StructureChange(
        change.structure_id, {k: v or None for k, v in values.items()}, change.name
    )


@router.put("/structures/{structure_id}/example")
def put_example(here: Here, person: Person, structure_id: int, given: ExampleIn) -> StudySettings:
    """Give a structure the picture that annotators are shown."""
    study = here.study
    if given.png_base64 is not None:
        try:
            content = base64.b64decode(given.png_base64, validate=True)
        except ValueError as error:
            raise InputError(f"the picture is not base64: {error}") from error
        told = "uploaded"
    elif given.volume_id is not None and given.slice_index is not None:
        volume = find_volume(study, given.volume_id)
        content = picture_of_slice(study, volume, given.slice_index, given.box)
        told = f"{volume.name}, slice {given.slice_index}"
    else:
        raise InputError("an example needs png_base64, or volume_id and slice_index")
    structure = find_structure(study, structure_id)
    path = keep_picture(study, f"examples/{structure.name}.png", content)
    change = StructureChange(structure_id, {"example": path})
    save_settings(study, SettingsChange(structures=(change,)))
    here.writer.do(
        lambda c: note(c, person, "structure.example", structure.name, {"picture": told})
    )
    return read_settings(study)


@router.get("/volumes")
def get_volumes(here: Here) -> list[VolumeOut]:
    """All volumes."""
    with here.study.reading() as connection:
        return [_volume_out(here.study, volume) for volume in find_volumes(connection)]


def _volume_out(study: Study, volume: VolumeRecord) -> VolumeOut:
    slices, rows, columns = volume.stack_shape
    return VolumeOut(
        volume_id=volume.volume_id,
        name=volume.name,
        modality=volume.modality,
        split=volume.split,
        slice_count=slices,
        rows=rows,
        columns=columns,
        spacing_mm=volume.stack_spacing_mm,
        has_reference=volume.reference_path is not None,
        is_there=study.path(volume.image_path).is_file(),
        added_at=volume.added_at.isoformat(),
    )


@router.post("/volumes", status_code=201)
def post_volume(
    here: Here,
    person: Person,
    name: Annotated[str, Form(max_length=64)],
    image: Annotated[UploadFile, File()],
    reference: Annotated[UploadFile | None, File()] = None,
    split: Annotated[Split, Form()] = Split.TRAIN,
    modality: Annotated[Modality | None, Form()] = None,
) -> list[VolumeOut]:
    """Put a volume (NIfTI) into the study, perhaps with its reference; gives all volumes.

    The name of the file is not kept: it may be a patient's.
    """
    check_name(name, "volume name")
    with tempfile.TemporaryDirectory(prefix="manyhands-") as scratch:
        source = Source(
            _received(image, Path(scratch, "image")),
            _received(reference, Path(scratch, "reference")) if reference else None,
            name,
        )
        outcome = add_volumes(here.study, [source], split=split, modality=modality)
    if outcome.failed:
        reason = next(iter(outcome.failed.values()))
        raise InputError(reason.replace(f"{scratch}/", ""))
    here.writer.do(lambda c: note(c, person, "volume.add", name, {"split": split.value}))
    return get_volumes(here)


def _received(file: UploadFile, path: Path) -> Path:
    """The file under a name of ours, that ends as its own does: readers are chosen by that."""
    given = (file.filename or "").lower()
    ending = next((e for e in (".nii.gz", ".nii") if given.endswith(e)), None)
    if ending is None:
        raise InputError("expected a NIfTI file, whose name ends in .nii or .nii.gz")
    target = path.with_name(path.name + ending)
    with target.open("wb") as copy:
        shutil.copyfileobj(file.file, copy)
    _check_size(target)
    return target


def _check_size(path: Path) -> None:
    """Before anything is unpacked: a file of megabytes may hold gigabytes of zeros."""
    try:
        shape = nib.load(path).shape
    except (ImageFileError, OSError, ValueError, EOFError, zlib.error):
        return  # who reads it says what is wrong with it
    if prod(shape) > MOST_VOXELS:
        told = " x ".join(map(str, shape))
        raise InputError(
            f"a volume of {told} voxels is too large to come by the browser: `manyhands add` it"
        )
