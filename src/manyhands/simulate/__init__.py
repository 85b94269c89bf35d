"""Simulated annotators who err as real ones do.

Real boxes are loose rather than jittered, their looseness persists within a volume, and what is
missing comes as runs that stop part-way.
"""

from manyhands.simulate.annotator import simulate_annotator, tight_boxes
from manyhands.simulate.profiles import (
    ANY_STRUCTURE,
    EDGE_ERRORS,
    PROFILES,
    TRUNCATED_FROM,
    EdgeErrors,
    Profile,
)

__all__ = [
    "ANY_STRUCTURE",
    "EDGE_ERRORS",
    "PROFILES",
    "TRUNCATED_FROM",
    "EdgeErrors",
    "Profile",
    "simulate_annotator",
    "tight_boxes",
]
