"""What somebody who has never seen the project runs first, whole."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from manyhands.cli.demo import CHAPTERS

Call = Callable[..., Result]


def test_the_demo_ends_with_a_table_and_a_report_and_is_not_done_twice(
    call: Call, tmp_path: Path
) -> None:
    first = call("demo", tmp_path / "demo", "--no-serve")
    again = call("demo", tmp_path / "demo", "--no-serve")

    *table, report = first.stdout.splitlines()
    means = {line[:15].strip(): float(line.split()[-1]) for line in table[1:]}
    alone = [mean for title, mean in means.items() if title.endswith("alone")]
    assert len(alone) == 4
    # Four people together are better than one of them is on average, and hardly any voxel is lost.
    assert means["consensus + cut"] > max(0.9, sum(alone) / 4)
    rows = ["careful-1 alone", "paper-1 alone", "paper-2 alone", "poor-1 alone"]
    assert list(means) == [*rows, "masks voted", "consensus + cut"]
    assert Path(report) == tmp_path / "demo" / "results" / "report.html"
    page = Path(report).read_text(encoding="utf-8")
    assert re.findall(r'<th scope="row">([^<]* (?:alone|voted|cut))</th>', page) == list(means)
    chapters = first.stderr.splitlines()[1:9]
    assert len(CHAPTERS) == len(chapters)
    assert all(re.fullmatch(r"  \S.* [0-9]+ s", line) for line in chapters)
    assert again.stdout == first.stdout
    assert again.stderr.count(" up to date\n") == len(CHAPTERS)
    assert again.stderr.splitlines()[9:] == first.stderr.splitlines()[9:]


def test_the_demo_leaves_other_studies_alone(call: Call, study: Path) -> None:
    result = call("demo", study, expect=1)

    assert "is a study of its own, with volume 'one'" in result.stderr
