"""Slices of one's own task."""

from __future__ import annotations

import hashlib

from fastapi import APIRouter, Request, Response

from manyhands.server.errors import ApiError
from manyhands.server.pictures import VERSION, About, Quality
from manyhands.server.schemas import PictureOut, WindowOut
from manyhands.server.state import Here, Person
from manyhands.types import Window

router = APIRouter(tags=["slices"])

SLICE_TYPE = (
    "application/octet-stream"  # without Content-Encoding: see docs/look-up/slice-format.md
)
FOR_GOOD = "private, max-age=31536000, immutable"


@router.get("/api/v1/tasks/{task_id}/slices/{k}", response_class=Response)
def one_slice(
    here: Here,
    person: Person,
    request: Request,
    task_id: str,
    k: int,
    quality: Quality = Quality.FULL,
) -> Response:
    """A slice of the volume, as `.mhs`."""
    record = here.check_there(here.own_volume(person, task_id))
    tag = _tag(record.image_sha256, k, quality)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": FOR_GOOD})
    if not 0 <= k < record.slice_count:
        raise ApiError(404, "no-slice", f"The volume has slices 0 to {record.slice_count - 1}.")
    return slice_response(here.pictures.slice_bytes(here.source(record), k, quality), tag)


@router.get("/api/v1/tasks/{task_id}/strip", response_class=Response)
def strip(here: Here, person: Person, task_id: str) -> Response:
    """Small pictures of all slices together."""
    record = here.check_there(here.own_volume(person, task_id))
    return slice_response(here.pictures.strip_bytes(here.source(record)))


def slice_response(content: bytes, tag: str | None = None) -> Response:
    """Bytes that a browser keeps for good."""
    headers = {"Cache-Control": FOR_GOOD} | ({"ETag": tag} if tag else {})
    return Response(content, media_type=SLICE_TYPE, headers=headers)


def picture_out(about: About) -> PictureOut:
    """What the page must know to show slices."""
    slices, rows, columns = about.shape
    windows = [_window_out(name, window) for name, window in about.windows.items()]
    return PictureOut(
        slice_count=slices,
        rows=rows,
        columns=columns,
        spacing_mm=about.spacing_mm,
        modality=about.modality,
        window=windows[0],
        windows=windows,
        value_range=about.value_range,
    )


def _window_out(name: str, window: Window) -> WindowOut:
    return WindowOut(name=name, centre=window.centre, width=window.width)


def _tag(image_sha256: str, k: int, quality: Quality) -> str:
    # Hashed once more: the image's own hash would tell which public volume it is.
    words = f"{VERSION} {image_sha256} {k} {quality}"
    return f'"{hashlib.sha256(words.encode()).hexdigest()[:20]}"'
