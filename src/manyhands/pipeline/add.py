"""Volumes into the study: checked, copied, known by their hash; the originals are not touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from manyhands.errors import InputError, ManyhandsError, StudyError
from manyhands.nearest import not_found
from manyhands.pipeline.work import Outcome, Watch, unwatched
from manyhands.store import (
    Study,
    VolumeRecord,
    check_name,
    check_new,
    copy_file,
    find_volumes,
    give_reference,
    insert_volume,
    sha256_of,
)
from manyhands.types import Modality, Split, Volume
from manyhands.volumes import READERS, check_label_ids, check_same_grid, read_labels, read_volume


@dataclass(frozen=True)
class Source:
    """One volume as somebody brings it. Without a name it is called as its file."""

    image: Path
    reference: Path | None = None
    name: str | None = None

    @property
    def volume_name(self) -> str:
        return self.name or _stem(self.image)


def add_volumes(
    study: Study,
    sources: Sequence[Source],
    *,
    split: Split = Split.TRAIN,
    modality: Modality | None = None,
    link: bool = False,
    watch: Watch = unwatched,
) -> Outcome:
    """Put volumes into the study, each with its reference if it has one.

    A volume that cannot be used is in `failed` with the reason, and the others are added; one that
    is in the study already, the same in all, is in `skipped`, so that a stopped call can be
    repeated. `link` puts a symbolic link in place of a copy. `modality` None: found out from the
    voxels. Raises `StudyError` where two of the sources have one name.
    """
    _check_different(sources)
    done: list[str] = []
    skipped: list[str] = []
    failed: dict[str, str] = {}
    with study.working("add"):
        for number, source in enumerate(sources):
            name = source.volume_name
            watch(number / len(sources), name)
            try:
                is_new = _add(study, source, split=split, modality=modality, link=link)
            except ManyhandsError as error:
                failed[name] = str(error)
            except BaseException as stop:
                stop.add_note(f"add: stopped at {name}; {number} of {len(sources)} are done")
                raise
            else:
                (done if is_new else skipped).append(name)
    return Outcome("add", tuple(done), tuple(skipped), failed)


def _check_different(sources: Sequence[Source]) -> None:
    by_name: dict[str, Source] = {}
    for source in sources:
        name = source.volume_name.casefold()
        if name in by_name:
            raise StudyError(
                f"volume '{source.volume_name}' is listed twice: {by_name[name].image} and "
                f"{source.image}; give one of them another name"
            )
        by_name[name] = source


def _add(
    study: Study, source: Source, *, split: Split, modality: Modality | None, link: bool
) -> bool:
    """Add one volume, or its reference; False if it is there already, the same in all."""
    for path in (source.image, source.reference):
        if path is not None and not path.exists():
            raise InputError(not_found(path))
        if path is not None and not path.is_file():
            raise InputError(f"{path}: expected a file, this is a folder")
    check_name(source.volume_name, "volume name")
    record = _describe(study, source, split, modality)
    with study.reading() as connection:
        known = _find_same(find_volumes(connection), record)
        if known is None:
            check_new(connection, record)
        elif known.reference_sha256 == record.reference_sha256:
            return False
    if known is None:
        _take(source.image, study.path(record.image_path), link=link)
    if source.reference is not None and record.reference_path is not None:
        _take(source.reference, study.path(record.reference_path), link=link)
    with study.writing() as connection:
        if known is None:
            insert_volume(connection, record)
        else:
            give_reference(connection, record)
    return True


def _describe(
    study: Study, source: Source, split: Split, modality: Modality | None
) -> VolumeRecord:
    """Read everything once: what is in the study can be worked with."""
    name = source.volume_name
    volume = read_volume(source.image, modality=modality)
    if source.reference is not None:
        _check_reference(study, source.reference, volume, source.image)
    return VolumeRecord(
        name=name,
        image_path=f"volumes/{name}/image{_suffix(source.image)}",
        image_sha256=sha256_of(source.image),
        shape=volume.grid.shape,
        spacing_mm=volume.grid.spacing_mm,
        modality=volume.modality,
        split=split,
        reference_path=(
            f"volumes/{name}/reference{_suffix(source.reference)}" if source.reference else None
        ),
        reference_sha256=sha256_of(source.reference) if source.reference else None,
    )


def _check_reference(study: Study, path: Path, volume: Volume, image: Path) -> None:
    labels = read_labels(path)
    check_same_grid(labels, volume.grid, name=path, image_name=image)
    check_label_ids(labels, [s.structure_id for s in study.config.structures], name=path)


def _find_same(known: Sequence[VolumeRecord], record: VolumeRecord) -> VolumeRecord | None:
    """The volume of that name and image, which may still lack its reference; None if there is none.

    Raises `StudyError` where something else differs.
    """
    for volume in known:
        if (volume.name, volume.image_sha256) != (record.name, record.image_sha256):
            continue
        there = f"volume '{volume.name}' is in the study already, with "
        for what in ("split", "modality"):
            if getattr(volume, what) != getattr(record, what):
                raise StudyError(there + f"another {what}")
        if volume.reference_sha256 not in (None, record.reference_sha256):
            raise StudyError(there + ("another" if record.reference_sha256 else "a") + " reference")
        return volume
    return None


def _take(original: Path, path: Path, *, link: bool) -> None:
    if not link:
        copy_file(original, path)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(original.resolve())


def _suffix(path: Path) -> str:
    """How the name ends for the reader of its format, ".nii.gz" rather than ".gz"."""
    endings = [suffix for suffix in READERS if path.name.lower().endswith(suffix)]
    return max(endings, key=len, default=path.suffix)


def _stem(path: Path) -> str:
    suffix = _suffix(path)
    return path.name[: -len(suffix)] if suffix else path.name
