"""How far one annotator is with a task: which slices are still open."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from manyhands.types import State


def open_slices(said: Mapping[int, State], n_slices: int, *, stride: int) -> tuple[int, ...]:
    """The slices that somebody who wants to be done has still to say something about.

    `said` is what they say now, by slice. A slice is settled that is answered (`unsure` is an
    answer here: who has looked has done what they could); that lies between two answered ones at
    most `stride` apart; or that lies beyond an `absent` before the first box or after the last.
    """
    answered = sorted(k for k, state in said.items() if state is not State.OPEN)
    settled = set(answered)
    for before, after in pairwise(answered):
        if after - before <= stride:
            settled.update(range(before, after))
    boxed = [k for k in answered if said[k] is State.BOXES]
    if boxed:
        absent = [k for k in answered if said[k] is State.ABSENT]
        settled.update(range(max((k + 1 for k in absent if k < boxed[0]), default=0)))
        settled.update(range(min((k for k in absent if k > boxed[-1]), default=n_slices), n_slices))
    return tuple(k for k in range(n_slices) if k not in settled)
