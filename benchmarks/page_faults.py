"""Does the page keep every box when a browser loses its network for a minute?

    python -m benchmarks.page_faults --seconds 60

A made-up CT is served on this machine and annotated in Chromium, a box on one slice after the
other: first with a network, then a minute without one, then with one again. At the end each box
must be in the database as one answer: one less is lost, one more is double.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from benchmarks.page import annotating, draw, go_to, make_study, serving
from manyhands.store import Study, answer_history
from manyhands.types import LabelArray, State

ONLINE = 5  # boxes before the network goes, and as many after it is back
BACK_WITHIN_S = 90.0  # longer than the page ever waits before it tries again
SETTLED_MS = 5000  # in which what is sent twice would come


def draw_on(page: Page, liver: LabelArray, slices: Sequence[int], *, every_s: float = 0.0) -> None:
    """The true box on each of these slices, one every so many seconds."""
    for k in slices:
        began_s = time.monotonic()
        go_to(page, k)
        draw(page, liver[k])
        page.wait_for_timeout(1000 * max(0.0, every_s - (time.monotonic() - began_s)))


def boxed(study: Study) -> Counter[int]:
    """How many answers with boxes the database has of each slice, with those taken back."""
    with study.reading() as connection:
        answers = answer_history(connection)
    return Counter(answer.slice_index for answer in answers if answer.state is State.BOXES)


def wait_for(study: Study, slices: Sequence[int]) -> float:
    """Until all of these have arrived, or `BACK_WITHIN_S` are over; gives how long it took."""
    began_s = time.monotonic()
    while not set(slices) <= boxed(study).keys():
        if time.monotonic() - began_s > BACK_WITHIN_S:
            break
        time.sleep(0.1)
    return time.monotonic() - began_s


@dataclass(frozen=True)
class Outcome:
    """Numbers of boxes: all, those without a network and how many of these came through even so,
    those that are not in the database, and those that are there twice; and how long the others
    took when the network was back, in seconds.
    """

    drawn: int
    without: int
    through: int
    lost: int
    double: int
    back_s: float


def annotate(page: Page, study: Study, liver: LabelArray, seconds: float) -> Outcome:
    """With a network, `seconds` without, and with it again."""
    slices = [int(k) for k in np.flatnonzero(liver.any(axis=(1, 2)))]
    before, between, after = slices[:ONLINE], slices[ONLINE:-ONLINE], slices[-ONLINE:]
    draw_on(page, liver, before)
    wait_for(study, before)
    page.context.set_offline(True)
    draw_on(page, liver, between, every_s=seconds / len(between))
    through = len(boxed(study).keys() & set(between))
    page.context.set_offline(False)
    back_s = wait_for(study, between)
    draw_on(page, liver, after)
    wait_for(study, after)
    page.wait_for_timeout(SETTLED_MS)
    found = boxed(study)
    lost = len(set(slices) - found.keys())
    return Outcome(len(slices), len(between), through, lost, found.total() - len(found), back_s)


def main(argv: Sequence[str] | None = None) -> int:
    """Gives 1 where a box was lost or came twice, or the network was not cut."""
    parser = argparse.ArgumentParser(description="The annotator's page without a network.")
    parser.add_argument("--seconds", type=float, default=60, help="without a network")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        study, liver = make_study(Path(name) / "study")
        with study, serving(study) as link, annotating(link) as page:
            found = annotate(page, study, liver, arguments.seconds)
    print(
        f"{found.drawn} boxes drawn, {found.without} of them in {arguments.seconds:g} s without a "
        f"network; {found.without - found.through} came {found.back_s:.1f} s after it was back: "
        f"{found.lost} lost, {found.double} double"
    )
    return int(found.lost > 0 or found.double > 0 or found.through > 0)


if __name__ == "__main__":
    sys.exit(main())
