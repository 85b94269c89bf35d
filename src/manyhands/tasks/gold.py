"""Tasks whose truth is known, hidden among the others.

A whole run of a structure through a volume is known, never single pictures: an annotator who meets
a picture out of its row notices, and where a structure begins and ends is half of what is measured.
"""

from __future__ import annotations

from manyhands.tasks.draw import draw


def is_gold_turn(annotator_id: str, turn: int, *, share: float, seed: int) -> bool:
    """Is this annotator's task number `turn` (0 is the first) to be one whose truth is known?

    One in each 1 / `share` tasks is, at a place drawn anew each time, so that nobody can count on
    it; but no annotator's first task is, and never two in a row. Asked anew at each turn: gold that
    is added later is used from then on. `share` is at most 0.5; with 0 there is none.
    """
    if share == 0:
        return False
    block, place = divmod(turn, round(1 / share))
    # The first place of a block is left out: that keeps two of them apart, and the first turn free.
    chosen = 1 + draw(seed, "gold", annotator_id, block) % (round(1 / share) - 1)
    return place == chosen
