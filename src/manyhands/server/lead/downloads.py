"""Results to take away: label volumes, the report, scores, findings, everybody's boxes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from manyhands.pipeline import EVERYBODY, REPORT_PATH, export_nifti, export_yolo
from manyhands.pipeline.places import FINDINGS_TABLE_PATH
from manyhands.server.lead.common import NotThereError
from manyhands.store import Study, find_volumes, has_answers


@dataclass(frozen=True, slots=True)
class Download:
    """One thing to take away; `made_at` is None, and it cannot be had, where it was never made.

    `size` is None for what is packed when it is asked for.
    """

    name: str
    media_type: str
    made_at: datetime | None
    size: int | None


@dataclass(frozen=True, slots=True)
class _File:
    path: str
    media_type: str


FILES: dict[str, _File] = {
    "report.html": _File(REPORT_PATH, "text/html"),
    "scores.csv": _File(EVERYBODY.scores_path(".csv"), "text/csv"),
    "findings.csv": _File(FINDINGS_TABLE_PATH, "text/csv"),
}
"""What lies in the study as it is given away."""

COMMAND = "manyhands export"


def _pack_labels(study: Study, folder: Path) -> None:
    export_nifti(study, folder, command=COMMAND)


def _pack_boxes(study: Study, folder: Path) -> None:
    export_yolo(study, folder)


PACKED: dict[str, Callable[[Study, Path], None]] = {
    "labels.zip": _pack_labels,
    "boxes.zip": _pack_boxes,
}
"""What is packed when it is asked for."""


def find_downloads(study: Study) -> tuple[Download, ...]:
    """All that can be taken away, also what there is not yet."""
    found = []
    for name, made_at in (("labels.zip", _labels_made(study)), ("boxes.zip", _boxes_made(study))):
        found.append(Download(name, "application/zip", made_at, None))
    for name, file in FILES.items():
        path = study.path(file.path)
        there = path.stat() if path.is_file() else None
        made_at = None if there is None else datetime.fromtimestamp(there.st_mtime, UTC)
        found.append(Download(name, file.media_type, made_at, there and there.st_size))
    return tuple(found)


def _labels_made(study: Study) -> datetime | None:
    with study.reading() as connection:
        names = [volume.name for volume in find_volumes(connection)]
    paths = [study.path(EVERYBODY.labels_path(name)) for name in names]
    times = [path.stat().st_mtime for path in paths if path.is_file()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def _boxes_made(study: Study) -> datetime | None:
    """Boxes are as new as the moment they are packed."""
    with study.reading() as connection:
        return datetime.now(UTC) if has_answers(connection) else None


def pack(study: Study, name: str, scratch: Path) -> Path:
    """A zip file of `name`, one of `PACKED`, in the empty folder `scratch`; gives its path.

    Raises `StudyError` where there is nothing to pack.
    """
    folder = scratch / "out"
    folder.mkdir()
    PACKED[name](study, folder)
    return Path(shutil.make_archive(str(scratch / "all"), "zip", folder))


def file_of(study: Study, name: str) -> tuple[Path, str]:
    """Path and media type of one of `FILES`. Raises `StudyError` where it was not made yet."""
    file = FILES[name]
    path = study.path(file.path)
    if not path.is_file():
        raise NotThereError(f"{name}: not there yet; Run everything makes it")
    return path, file.media_type
