"""How long consensus and checks take for one large volume, and how that grows with annotators.

    python -m benchmarks.quality_speed

Five structures of a synthetic CT of 512 x 512 x 150, boxed by `paper` annotators. Masks are the
reference's; segmenting them is another benchmark (`benchmarks.speed`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from benchmarks.crowds import to_answers
from benchmarks.meter import measure_fastest
from benchmarks.quality_crowds import Answers, agree_on
from benchmarks.tables import format_table
from manyhands.geometry import to_stack
from manyhands.phantom import make_phantom
from manyhands.quality import Cohort, Subject, collect_given, judge, measure_masks
from manyhands.simulate import PROFILES, simulate_annotator
from manyhands.types import Answer, Consensus, Labels, Structure, Volume

SHAPE, SPACING_MM = (512, 512, 150), (0.7, 0.7, 2.4)
ANNOTATORS = (1, 2, 4, 8)


def main() -> None:
    volume, reference, structure_names = make_phantom(SHAPE, spacing_mm=SPACING_MM)
    names = dict(enumerate(structure_names, start=1))
    rows = []
    for count in ANNOTATORS:
        answers = _answer(reference, names, count)
        agreed = agree_on(answers, volume.grid)
        consensus_s = measure_fastest(partial(agree_on, answers, volume.grid)).seconds
        judging = partial(_judge, volume, reference, names, answers, agreed)
        checks_s = measure_fastest(judging).seconds
        seconds = (consensus_s, checks_s, consensus_s + checks_s)
        rows.append([str(count), *(f"{s:.2f}" for s in seconds)])
    print(format_table(["annotators", "consensus, s", "checks, s", "both, s"], rows))


def _answer(reference: Labels, names: Mapping[int, str], count: int) -> Answers:
    stack = to_stack(reference.data)
    masks = {s: stack == s for s in names}
    answers: dict[int, list[Answer]] = {s: [] for s in names}
    for number in range(count):
        drawn = simulate_annotator(
            masks,
            names,
            stack_spacing_mm=reference.grid.stack_spacing_mm,
            profile=PROFILES["paper"],
            rng=np.random.default_rng(number),
        )
        for structure_id, by_slice in drawn.items():
            answers[structure_id] += to_answers(by_slice, structure_id, str(number))
    return answers


def _judge(
    volume: Volume,
    reference: Labels,
    names: Mapping[int, str],
    answers: Answers,
    agreed: Mapping[int, Consensus],
) -> None:
    """All that `manyhands quality` does but for reading, writing and the moved boxes."""
    grid = volume.grid
    trust = {s: np.full(grid.stack_shape[0], 0.9) for s in names}
    shapes = measure_masks(to_stack(reference.data), trust, to_stack(volume.data), structures=names)
    subjects = (
        Subject(
            "large",
            Structure(s, name),
            grid.stack_spacing_mm,
            grid.stack_shape[2],
            collect_given(answers[s], {}, grid.stack_shape[0]),
            agreed[s],
            shapes[s],
        )
        for s, name in names.items()
    )
    judge(Cohort(tuple(subjects)))


if __name__ == "__main__":
    main()
