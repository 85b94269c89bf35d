"""How often does each check find something, on good structures and on bad ones?

    python -m benchmarks.quality_alarms

On training cases boxed by simulated crowds; findings for information do not count, and neither do
those of a person rather than a structure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks.quality import TRAINING
from benchmarks.quality_crowds import Sample, box, load, look
from benchmarks.tables import format_table
from manyhands.quality import CHECKS, Cohort, find_doubts
from manyhands.types import Severity

BAD = 0.8
"""Structures with a lower volume Dice are bad."""
CROWDS = 2


def main() -> None:
    looks = [
        tuple(look(case, box(case, number)).values())
        for case in map(load, TRAINING)
        for number in range(CROWDS)
    ]
    print(format_table(["", "good", "bad"], rates(looks)))


def rates(looks: Iterable[Sequence[Sample]]) -> list[list[str]]:
    """For each check, the share of good and of bad structures with a finding; how many there are.

    Each look is at all structures of one volume, boxed by one crowd.
    """
    found, sizes = Counter[tuple[str, bool]](), Counter[bool]()
    for samples in looks:
        is_bad = {sample.subject.structure.name: sample.dice < BAD for sample in samples}
        sizes.update(is_bad.values())
        doubts = find_doubts(Cohort(tuple(sample.subject for sample in samples)))
        places = {
            (finding.code, finding.place.structure)
            for finding in doubts
            if finding.severity is not Severity.INFO and finding.place.structure
        }
        found.update((code, is_bad[structure]) for code, structure in places if structure)
    rows = [["structures", str(sizes[False]), str(sizes[True])]]
    for code in CHECKS:
        shares = (found[code, bad] / max(sizes[bad], 1) for bad in (False, True))
        rows.append([code, *(f"{share:.2f}" for share in shares)])
    return rows


if __name__ == "__main__":
    main()
