"""How real annotators err, measured, and kinds of annotators in multiples of that.

The numbers are of 1,727 boxes that non-experts drew on five volumes (Kulkarni et al. 2024, arXiv
2403.15218), against the boxes of expert labels.
"""

from __future__ import annotations

from dataclasses import dataclass

Edges = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class EdgeErrors:
    """How people's boxes of one structure differ from the tight box, in mm.

    `outward_mm` is the median distance of an edge outside the structure and `spread_mm` its robust
    standard deviation; `correlation` is that of the errors on neighbouring slices, at whatever
    distance: people go from picture to picture. `wrong_share` of the boxes is in a wrong place.
    """

    outward_mm: Edges
    spread_mm: Edges
    correlation: float
    wrong_share: float


# Outward errors, spreads and correlations were measured. The shares of wrong places were chosen so
# that the mean box IoU comes out as measured, together with the 2 to 8 % of boxes with an IoU below
# 0.3; of a kidney, whose end slices are small, loose boxes alone make up most of these.
EDGE_ERRORS: dict[str, EdgeErrors] = {
    "liver": EdgeErrors((5.4, 7.5, 4.5, 7.6), (3.2, 4.1, 6.0, 4.3), 0.67, 0.03),
    "spleen": EdgeErrors((0.7, 1.5, 0.7, 2.4), (2.3, 1.9, 1.6, 3.0), 0.39, 0.022),
    "kidney_right": EdgeErrors((4.8, 9.0, 4.8, 7.9), (3.8, 5.7, 3.5, 5.3), 0.51, 0.005),
    "kidney_left": EdgeErrors((5.2, 12.9, 5.4, 8.8), (3.3, 5.9, 4.1, 5.8), 0.40, 0.002),
    "aorta": EdgeErrors((1.8, 4.0, 1.4, 3.4), (1.7, 3.2, 2.1, 2.8), 0.95, 0.085),
}

# The mean of the five, for structures of any other name.
ANY_STRUCTURE = EdgeErrors((3.6, 7.0, 3.4, 6.0), (2.9, 4.2, 3.5, 4.2), 0.58, 0.03)


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of annotator. The first three numbers multiply those of `EDGE_ERRORS`.

    `truncated`, `swapped`: chance that a structure of a volume is left part-way, or is taken for
    its partner on a run of slices. `skipped`: share of slices passed over. `late`: mean share of
    slices lost at each end because the structure was not noticed. `extra`: chance, at each end, of
    boxes beyond it. `guesses`: boxes have nothing to do with the picture.
    """

    looseness: float = 1.0
    unsteadiness: float = 1.0
    wrong: float = 1.0
    swapped: float = 0.0
    truncated: float = 0.0
    skipped: float = 0.0
    late: float = 0.0
    extra: float = 0.0
    guesses: bool = False


PROFILES: dict[str, Profile] = {
    "exact": Profile(looseness=0, unsteadiness=0, wrong=0),
    "careful": Profile(
        looseness=0.4, unsteadiness=0.5, wrong=0.2, skipped=0.005, late=0.01, extra=0.1
    ),
    "paper": Profile(swapped=0.03, truncated=0.3, skipped=0.015, late=0.02, extra=0.2),
    "poor": Profile(
        looseness=1.3,
        unsteadiness=1.6,
        wrong=3,
        swapped=0.1,
        truncated=0.5,
        skipped=0.06,
        late=0.04,
        extra=0.4,
    ),
    "spammer": Profile(guesses=True, skipped=0.3),
}

TRUNCATED_FROM = 0.15  # the least share of its slices that a truncated structure lacks
