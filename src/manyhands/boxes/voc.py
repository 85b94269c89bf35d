"""PASCAL VOC files as OpenLabeling writes them: one XML per picture, pixels counted from 0."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

import numpy as np

from manyhands.boxes.orientation import PictureShape
from manyhands.errors import BoxFileError
from manyhands.types import BoxArray


@dataclass(frozen=True)
class VocPicture:
    """What one file says: the picture's (rows, columns) if given, and the named boxes (n, 4).

    The file's `path` and `folder` name somebody's computer; they are not kept.
    """

    picture_shape: PictureShape | None
    names: tuple[str, ...]
    boxes: BoxArray


def parse_voc(data: bytes, *, name: str) -> VocPicture:
    """Read the bytes of one file. A file without objects has names () and boxes (0, 4).

    Raises `BoxFileError`, naming the file, for what is not XML or not VOC, and for a document type
    or entity declaration: these files need none, and entities can blow up or read other files.
    """
    try:
        text = data.decode("utf-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise BoxFileError(f"{name}: has a document type declaration, which VOC files need not")
        root = ElementTree.fromstring(text)
    except (UnicodeDecodeError, ElementTree.ParseError) as error:
        raise BoxFileError(f"{name}: expected an XML file, could not read it: {error}") from error
    if root.tag != "annotation":
        raise BoxFileError(
            f"{name}: expected a VOC file with root 'annotation', found '{root.tag}'"
        )
    objects = root.findall("object")
    rows = [_box_of(element, name) for element in objects]
    names = tuple((element.findtext("name") or "").strip() for element in objects)
    return VocPicture(_shape_of(root), names, np.array(rows, dtype=np.float64).reshape(-1, 4))


def _box_of(element: ElementTree.Element, name: str) -> list[float]:
    try:
        return [
            float(element.findtext(f"bndbox/{k}") or "") for k in ("ymin", "xmin", "ymax", "xmax")
        ]
    except ValueError:
        raise BoxFileError(
            f"{name}: an object lacks a number in bndbox (xmin, ymin, xmax, ymax)"
        ) from None


def _shape_of(root: ElementTree.Element) -> PictureShape | None:
    height, width = (root.findtext(f"size/{k}", "").strip() for k in ("height", "width"))
    if height.isdecimal() and width.isdecimal() and int(height) > 0 and int(width) > 0:
        return int(height), int(width)
    return None
