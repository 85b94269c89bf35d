"""A process that is killed in the middle of a step, truly: the study opens, nothing is lost."""

from __future__ import annotations

import subprocess
import sys

from manyhands.pipeline import (
    EVERYBODY,
    Outcome,
    Source,
    add_volumes,
    make_annotators,
    segment_volumes,
    simulate_answers,
)
from manyhands.store import Study, open_study

# Stops for good in the middle of the second volume, and says so.
PROGRAM = """
import sys, time
from pathlib import Path
from manyhands.pipeline import segment_volumes
from manyhands.store import open_study

def watch(share, unit):
    if unit == "two" and share > 0.5:
        Path(sys.argv[1], "results", "labels", ".two.nii.gz.0.part").write_bytes(b"half")
        print("in the middle", flush=True)
        time.sleep(60)

with open_study(Path(sys.argv[1])) as study:
    segment_volumes(study, command="", watch=watch)
"""


def test_a_kill_in_the_middle_of_a_step_loses_nothing_that_is_finished(
    study: Study, sources: tuple[Source, Source]
) -> None:
    add_volumes(study, sources[1:])
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    study.close()

    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(study.folder)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "in the middle\n"
        child.kill()

    with open_study(study.folder) as again:
        assert again.path(EVERYBODY.labels_path("one")).is_file()
        assert not again.path(EVERYBODY.labels_path("two")).exists()
        outcome = segment_volumes(again, command="")
        names = sorted(path.name for path in (again.results_folder / "labels").iterdir())

    assert outcome == Outcome("segment", done=("two",), skipped=("one",))
    assert names == ["one.nii.gz", "two.nii.gz"]
