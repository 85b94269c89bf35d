"""Is an error found that was put there, and nothing where there was none?

    python -m benchmarks.planted_errors

Four people, careful to poor, box training volumes and phantoms: loose and unsteady as real people,
but without boxes in wrong places, mixed-up sides, or stops. Then one error is put into what was
said of one structure, and the check that looks for it must name it there: the structure, the
slice, the person; what was named there before the error does not count. Beside it, on how many of
the volumes the check speaks though there is no error. Simulated people take as long as real ones
for a box (3.3 s in the median), spread as one person's times are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from benchmarks.crowds import answer
from benchmarks.data import GROUPS, NAMES, PARTNERS, Case
from benchmarks.planting import PLANTS, Planted, World
from benchmarks.quality import TRAINING
from benchmarks.quality_crowds import Answers, agree_on, load, look
from benchmarks.tables import format_table
from manyhands.crowd import Gold, gold_boxes, learn_bias
from manyhands.geometry import to_stack
from manyhands.quality import CHECKS, Cohort, Subject, collect_given, no_mask
from manyhands.simulate import PROFILES
from manyhands.types import Finding, Place, Structure

CROWD = tuple(
    replace(PROFILES[name], wrong=0.0, swapped=0.0, truncated=0.0)
    for name in ("careful", "paper", "paper", "poor")
)
SECONDS, SECONDS_SPREAD = 3.3, 0.5  # median, and standard deviation of the logarithm
STOPS_AT = (0.5, 0.25)  # share of a structure's slices that is left


@dataclass
class Tally:
    """How often an error was put there and found, and on how many volumes it was found in vain."""

    planted: int = 0
    found: int = 0
    volumes: int = 0
    alarms: int = 0

    def row(self, code: str, error: str) -> list[str]:
        return [code, error, f"{self.found} of {self.planted}", f"{self.alarms} of {self.volumes}"]


def make_world(case: Case, seed: int) -> World:
    """What people who make no mistake say of a case, and in what time."""
    rng = np.random.default_rng(seed)
    said = {
        s: [
            replace(a, active_s=float(rng.lognormal(np.log(SECONDS), SECONDS_SPREAD)))
            for a in answers
        ]
        for s, answers in answer(case, CROWD, seed=seed).items()
    }
    return World(said, case.volume.grid.stack_shape, PARTNERS)


def subjects_of(case: Case, answers: Answers) -> dict[int, Subject]:
    """By structure id, without masks: checks of people need none."""
    grid = case.volume.grid
    n_slices = grid.stack_shape[0]
    return {
        s: Subject(
            case.name,
            Structure(s, NAMES[s], partner=NAMES.get(PARTNERS.get(s, 0))),
            grid.stack_spacing_mm,
            grid.stack_shape[2],
            collect_given(answers[s], {}, n_slices),
            consensus,
            no_mask(n_slices),
        )
        for s, consensus in agree_on(answers, grid).items()
    }


def plant_in(cases: Iterable[Case], seeds: int, tallies: dict[str, Tally]) -> None:
    """Every error of `PLANTS` in every structure of the cases that it can be put into."""
    for case in cases:
        for seed in range(seeds):
            world = make_world(case, seed)
            clean = subjects_of(case, world.answers)
            for code, plant in PLANTS.items():
                tally = tallies[code]
                in_vain = list(CHECKS[code](Cohort(tuple(clean.values()))))
                tally.volumes += 1
                tally.alarms += bool(in_vain)
                for s in clean:
                    planted = plant.put(world, s, np.random.default_rng([seed, s]))
                    if planted is None:
                        continue
                    changed = subjects_of(case, planted.answers)
                    cohort = Cohort(tuple({**clean, **changed}.values()))
                    tally.planted += 1
                    tally.found += planted.is_found(before=in_vain, after=CHECKS[code](cohort))


def plant_in_gold(cases: Iterable[Case], seeds: int, tallies: dict[str, Tally]) -> None:
    """References of another structure, and two that differ."""
    for case in cases:
        stack, grid = to_stack(case.reference.data), case.volume.grid
        true = {
            s: Gold(
                "",
                s,
                gold_boxes(stack == s),
                grid.stack_shape,
                grid.stack_spacing_mm,
                Place(structure=NAMES[s]),
            )
            for s in case.structures
        }
        for seed in range(seeds):
            said = [a for of_one in make_world(case, seed).answers.values() for a in of_one]
            in_vain = learn_bias(true.values(), said)[1]
            for s, gold in true.items():
                other = next((n for n in true if n > s), min(true))
                wrong = replace(gold, boxes=true[other].boxes)
                for code, given in (
                    ("gold-contradicts-crowd", [wrong]),
                    ("gold-contradicts-itself", [gold, wrong]),
                ):
                    found = learn_bias(given, said)[1]
                    tallies[code].planted += 1
                    tallies[code].found += Planted({}, {s}).is_found(
                        before=_of_code(code, in_vain), after=_of_code(code, found)
                    )
            for code in ("gold-contradicts-crowd", "gold-contradicts-itself"):
                tallies[code].volumes += 1
                tallies[code].alarms += bool(_of_code(code, in_vain))


def _of_code(code: str, findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code == code]


def plant_in_volumes(cases: Sequence[Case], tallies: dict[float, Tally]) -> None:
    """Everybody stops early at all structures of one volume of a study: is it far too small?"""
    clean = [look(case, make_world(case, 0).answers, with_jitter=False) for case in cases]
    subjects = [tuple(sample.subject for sample in samples.values()) for samples in clean]
    spoken = _unusual(subjects)
    for number, case in enumerate(cases):
        for share, tally in tallies.items():
            tally.volumes += 1
            tally.alarms += any(name == case.name for name, _ in spoken)
            stopped = make_world(case, 0).stopped_at(share)
            spoilt = tuple(x.subject for x in look(case, stopped, with_jitter=False).values())
            others = [*subjects[:number], *subjects[number + 1 :]]
            named = _unusual([*others, spoilt])
            tally.planted += len(spoilt)
            tally.found += len((named - spoken) & {(case.name, s.structure.name) for s in spoilt})


def _unusual(subjects: Iterable[Sequence[Subject]]) -> set[tuple[str | None, str | None]]:
    cohort = Cohort(tuple(one for of_volume in subjects for one in of_volume))
    return {(f.place.volume, f.place.structure) for f in CHECKS["volume-unusual"](cohort)}


def rows_of(cases: Sequence[str], mr: Sequence[str], seeds: int) -> Iterator[list[str]]:
    """The lines of the table; of volumes that are segmented, the MR alone: they are one study."""
    people = {code: Tally() for code in PLANTS}
    gold = {code: Tally() for code in ("gold-contradicts-crowd", "gold-contradicts-itself")}
    volumes = {share: Tally() for share in STOPS_AT}
    for name in tqdm(cases, unit="case", file=sys.stderr):
        case = load(name)
        plant_in([case], seeds, people)
        plant_in_gold([case], seeds, gold)
    plant_in_volumes([load(name) for name in mr], volumes)
    for code, tally in people.items():
        yield tally.row(code, PLANTS[code].words)
    yield gold["gold-contradicts-crowd"].row("gold-contradicts-crowd", "another organ's reference")
    yield gold["gold-contradicts-itself"].row("gold-contradicts-itself", "two references")
    for share, tally in volumes.items():
        yield tally.row("volume-unusual", f"all stop after {share:.0%} of a structure")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Errors put there, and found.")
    parser.add_argument("--seeds", type=int, default=2, help="crowds for each case (2)")
    parser.add_argument("--cases", type=int, help="only the first so many training cases")
    arguments = parser.parse_args(argv)
    cases, mr = TRAINING[: arguments.cases], GROUPS["MR training"][: arguments.cases]
    heading = ["check", "error", "found", "volumes without it, alarm"]
    print(format_table(heading, list(rows_of(cases, mr, arguments.seeds))))


if __name__ == "__main__":
    main()
