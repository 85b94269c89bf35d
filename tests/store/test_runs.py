from __future__ import annotations

from datetime import UTC, datetime

from manyhands.store import Run, Study, find_runs, insert_run, latest_run
from manyhands.types import Provenance


def make_run(fingerprint: str, *, step: str = "segment") -> Run:
    made = Provenance(
        version="0.1.0",
        command="manyhands segment STUDY",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        seed=3,
        config_hash="c",
        inputs={"image": "a" * 64},
    )
    return Run(step, "case01", fingerprint, {"results/labels/case01.nii.gz": "f" * 64}, made, 1.5)


def test_a_unit_that_was_never_made_has_no_run(study: Study) -> None:
    with study.reading() as connection:
        assert latest_run(connection, "segment", "case01") is None
        assert find_runs(connection) == ()


def test_the_latest_run_of_a_unit_is_the_one_that_counts(study: Study) -> None:
    first, second, other = make_run("1"), make_run("2"), make_run("3", step="consensus")
    with study.writing() as connection:
        for run in (first, second, other):
            insert_run(connection, run)

        assert latest_run(connection, "segment", "case01") == second
        assert latest_run(connection, "segment", "case02") is None
        assert find_runs(connection) == (first, second, other)
        assert find_runs(connection, "consensus") == (other,)
