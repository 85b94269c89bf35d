"""Which slices count as seen."""

import numpy as np

from manyhands.boxes.tracks import make_track
from manyhands.crowd.ballots import Ballots
from manyhands.crowd.coverage import find_seen
from manyhands.types import Track

BOX = np.array([[0.0, 0.0, 9.0, 9.0]])


def seen(votes: str, *, stride: int = 1) -> str:
    """`x` a box, `.` absent, blank no vote; gives `#` for seen. The track is from x to x."""
    meaning = {"x": BOX, ".": BOX[:0]}
    ballots = Ballots({"a": {k: meaning[c] for k, c in enumerate(votes) if c != " "}}, len(votes))
    boxed = [k for k, c in enumerate(votes) if c == "x"]
    tracks: tuple[Track, ...] = (make_track(boxed, [BOX[0]] * len(boxed)),) if boxed else ()
    return "".join(" #"[int(k)] for k in find_seen(ballots, tracks, stride=stride))


def test_only_voted_slices_are_seen() -> None:
    assert seen("  xx xx  ") == "  ## ##  "


def test_between_votes_within_the_stride_all_is_seen() -> None:
    assert seen("x  x    x", stride=3) == "####    #"


def test_beyond_absent_all_is_seen_on_that_side() -> None:
    assert seen("  . xx  ") == "### ##  "
    assert seen("    xx . ") == "    ## ##"
    assert seen(" . xx  . ", stride=3) == "#" * 9


def test_absent_in_the_middle_says_nothing_of_the_outside() -> None:
    assert seen("  x.x  ") == "  ###  "


def test_without_boxes_there_is_no_beyond() -> None:
    assert seen("  ..  ") == "  ##  "
    assert seen("      ") == "      "
