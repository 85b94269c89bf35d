"""The picture that shows annotators what a structure looks like."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, UnidentifiedImageError

from manyhands.errors import InputError
from manyhands.files import replacing
from manyhands.geometry import to_picture
from manyhands.store import Study, VolumeRecord
from manyhands.volumes import apply_window, default_window, read_volume

WIDEST_PX = 640
MOST_PIXELS = 50_000_000  # of a camera's best; opened they take 150 MB
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
BOX_COLOUR = (255, 196, 107)


def keep_picture(study: Study, path: str, content: bytes) -> str:
    """Write a picture into the study as a PNG, not wider or higher than `WIDEST_PX`; gives `path`.

    It is drawn anew, so that nothing but the picture is kept: cameras and viewers write names and
    dates into files. Raises `InputError` for what is no picture.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"]) as given:
            if given.width * given.height > MOST_PIXELS:
                raise InputError(f"a picture has at most {MOST_PIXELS // 1_000_000} megapixels")
            picture = given.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, *BOMBS) as error:
        raise InputError("expected a picture: PNG, JPEG or WebP") from error
    picture.thumbnail((WIDEST_PX, WIDEST_PX))
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    with replacing(study.path(path)) as part:
        bare.save(part, "PNG", optimize=True)
    return path


def picture_of_slice(
    study: Study,
    volume: VolumeRecord,
    slice_index: int,
    box: tuple[float, float, float, float] | None,
) -> bytes:
    """A PNG of a slice in true proportions, with a box (row0, column0, row1, column1) on it."""
    if not 0 <= slice_index < volume.slice_count:
        raise InputError(f"slice {slice_index}: the volume has 0 to {volume.slice_count - 1}")
    read = read_volume(study.path(volume.image_path), modality=volume.modality)
    greys = apply_window(to_picture(read.data, slice_index), default_window(read))
    _, row_mm, column_mm = volume.stack_spacing_mm
    pixel_mm = max(volume.stack_shape[1] * row_mm, volume.stack_shape[2] * column_mm) / WIDEST_PX
    width, height = (
        max(1, round(n * mm / pixel_mm))
        for n, mm in ((volume.stack_shape[2], column_mm), (volume.stack_shape[1], row_mm))
    )
    picture = Image.fromarray(greys).resize((width, height)).convert("RGB")
    if box is not None:
        row0, column0, row1, column1 = box
        down, across = row_mm / pixel_mm, column_mm / pixel_mm
        # Clipped, because drawing takes the longer the larger a rectangle is, seen or not.
        left, right = (min(max(column * across, 0), width) for column in (column0, column1))
        top, bottom = (min(max(row * down, 0), height) for row in (row0, row1))
        if not (left < right and top < bottom):
            raise InputError(f"the box has no extent on the slice: {box}")
        ImageDraw.Draw(picture).rectangle((left, top, right, bottom), outline=BOX_COLOUR, width=3)
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
