"""From many people's boxes on CT and MR slices to one consistent 3D label volume.

These are the public names, in the order of the work; `manyhands.pipeline` walks a study on disk,
and the command line is made of that. Rooms import from one another, never from here. A name is
loaded when it is first used, so that the command line is there at once.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from manyhands.crowd import find_consensus
    from manyhands.errors import ManyhandsError
    from manyhands.evaluation import score_volume, summarise
    from manyhands.masks import segment, vote
    from manyhands.phantom import make_phantom
    from manyhands.simulate import PROFILES, simulate_annotator
    from manyhands.types import (
        IGNORE_LABEL,
        Answer,
        Box,
        Consensus,
        Grid,
        Labels,
        Modality,
        Origin,
        Score,
        Segmentation,
        State,
        Structure,
        Track,
        Volume,
    )
    from manyhands.volumes import read_labels, read_volume, write_labels, write_volume

__all__ = [
    "IGNORE_LABEL",
    "PROFILES",
    "Answer",
    "Box",
    "Consensus",
    "Grid",
    "Labels",
    "ManyhandsError",
    "Modality",
    "Origin",
    "Score",
    "Segmentation",
    "State",
    "Structure",
    "Track",
    "Volume",
    "__version__",
    "find_consensus",
    "make_phantom",
    "read_labels",
    "read_volume",
    "score_volume",
    "segment",
    "simulate_annotator",
    "summarise",
    "vote",
    "write_labels",
    "write_volume",
]

_ROOMS = {
    "crowd": ("find_consensus",),
    "errors": ("ManyhandsError",),
    "evaluation": ("score_volume", "summarise"),
    "masks": ("segment", "vote"),
    "phantom": ("make_phantom",),
    "simulate": ("PROFILES", "simulate_annotator"),
    "volumes": ("read_labels", "read_volume", "write_labels", "write_volume"),
}
"""Where a name comes from; those not here come from `types`."""

if not TYPE_CHECKING:  # a type checker shall see a name that is not there

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'manyhands' has no attribute '{name}'")
        room = next((room for room, names in _ROOMS.items() if name in names), "types")
        return getattr(import_module(f"manyhands.{room}"), name)

    def __dir__() -> list[str]:
        return __all__
