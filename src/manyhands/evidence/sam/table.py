"""The models of the SAM family by name: each is one row of data, and the code is the same for all.

Rows differ in how a slice becomes the network's picture and how its logits become a mask again;
those rules were read in the authors' sources, and getting one wrong costs more than a smaller
network does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum


class Resize(StrEnum):
    """How a slice comes to the network's square input."""

    LONGEST_SIDE = "longest side"  # aspect kept, the rest padded right and below
    SQUARE = "square"  # stretched, bilinear
    SQUARE_CUBIC = "square, cubic spline"  # stretched
    SQUARE_GREYS = "square, cubic, rounded to greys"  # stretched, as frames of a video


class Normalise(StrEnum):
    """How greys 0 to 255 become the network's numbers."""

    IMAGENET = "mean and deviation of ImageNet"
    SLICE_RANGE = "each slice from 0 to 1"


class MaskRule(StrEnum):
    """How the decoder's small logits become a mask of the slice."""

    CROP_THEN_RESIZE = "up to the input, padding cut off, to the slice, above 0"
    RESIZE = "to the slice, above 0"
    SIGMOID_THEN_RESIZE = "probabilities to the slice, above 0.5"


class Greys(StrEnum):
    """How a volume's intensities become greys 0 to 255."""

    WINDOW = "the study's window"
    MEDSAM = "as MedSAM's training pictures"


@dataclass(frozen=True)
class Checkpoint:
    """A published file of weights. `sha256` None: its publisher's file could not be pinned yet."""

    file: str
    url: str | None
    size_bytes: int | None
    sha256: str | None
    licence: str = "Apache-2.0"


@dataclass(frozen=True)
class SamModel:
    """One row: which network, and how slices go in and masks come out.

    `architecture` names a member of `ARCHITECTURES`; `is_video` models carry masks from annotated
    slices to their neighbours.
    """

    name: str
    architecture: str
    checkpoint: Checkpoint
    resize: Resize
    normalise: Normalise
    mask_rule: MaskRule
    greys: Greys = Greys.WINDOW
    is_video: bool = False


_SAM_URL = "https://dl.fbaipublicfiles.com/segment_anything/"
_SAM2_URL = "https://dl.fbaipublicfiles.com/segment_anything_2/092824/"


def _sam(name: str, architecture: str, file: str, size_bytes: int, sha256: str) -> SamModel:
    return SamModel(
        name,
        architecture,
        Checkpoint(file, _SAM_URL + file, size_bytes, sha256),
        Resize.LONGEST_SIDE,
        Normalise.IMAGENET,
        MaskRule.CROP_THEN_RESIZE,
    )


def _sam2(name: str, architecture: str, file: str, size_bytes: int, sha256: str) -> SamModel:
    return SamModel(
        name,
        architecture,
        Checkpoint(file, _SAM2_URL + file, size_bytes, sha256),
        Resize.SQUARE,
        Normalise.IMAGENET,
        MaskRule.RESIZE,
    )


_SLICE_MODELS = (
    _sam(
        "sam-vit-b",
        "vit-b",
        "sam_vit_b_01ec64.pth",
        375_042_383,
        "ec2df62732614e57411cdcf32a23ffdf28910380d03139ee0f4fcbe91eb8c912",
    ),
    _sam(
        "sam-vit-l",
        "vit-l",
        "sam_vit_l_0b3195.pth",
        1_249_524_607,
        "3adcc4315b642a4d2101128f611684e8734c41232a17c648ed1693702a49a622",
    ),
    _sam(
        "sam-vit-h",
        "vit-h",
        "sam_vit_h_4b8939.pth",
        2_564_550_879,
        "a7bf3b02f3ebf1267aba913ff637d9a2d5c33d3173bb679e46d9f338c26f262e",
    ),
    SamModel(
        "medsam",
        "vit-b",
        # Its authors give it away through a page that no program can fetch from, without a hash.
        Checkpoint("medsam_vit_b.pth", None, None, None),
        Resize.SQUARE_CUBIC,
        Normalise.SLICE_RANGE,
        MaskRule.SIGMOID_THEN_RESIZE,
        Greys.MEDSAM,
    ),
    _sam2(
        "sam2.1-tiny",
        "hiera-tiny",
        "sam2.1_hiera_tiny.pt",
        156_008_466,
        "7402e0d864fa82708a20fbd15bc84245c2f26dff0eb43a4b5b93452deb34be69",
    ),
    _sam2(
        "sam2.1-small",
        "hiera-small",
        "sam2.1_hiera_small.pt",
        184_416_285,
        "6d1aa6f30de5c92224f8172114de081d104bbd23dd9dc5c58996f0cad5dc4d38",
    ),
    _sam2(
        "sam2.1-base-plus",
        "hiera-base-plus",
        "sam2.1_hiera_base_plus.pt",
        323_606_802,
        "a2345aede8715ab1d5d31b4a509fb160c5a4af1970f199d9054ccfb746c004c5",
    ),
    _sam2(
        "sam2.1-large",
        "hiera-large",
        "sam2.1_hiera_large.pt",
        898_083_611,
        "2647878d5dfa5098f2f8649825738a9345572bae2d4350a2468587ece47dd318",
    ),
)
_VIDEO_MODELS = tuple(
    replace(row, name=f"{row.name}-video", resize=Resize.SQUARE_GREYS, is_video=True)
    for row in _SLICE_MODELS
    if row.name.startswith("sam2.1-")
)

SAM_MODELS: Mapping[str, SamModel] = {row.name: row for row in (*_SLICE_MODELS, *_VIDEO_MODELS)}
"""The rows by name. Sizes and hashes agree across several independent public registries."""
