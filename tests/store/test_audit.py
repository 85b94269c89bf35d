from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from manyhands.errors import StudyError
from manyhands.store import Study
from manyhands.store.audit import AuditEntry, find_audit, insert_audit

AT = datetime(2026, 1, 1, tzinfo=UTC)


def note(study: Study, action: str) -> None:
    with study.writing() as connection:
        insert_audit(connection, AuditEntry("lea", action, "liver", {"stride": 2}, at=AT))


def test_entries_come_newest_first_and_page_by_page(study: Study) -> None:
    for number in range(5):
        note(study, f"action {number}")
    with study.reading() as connection:
        first = find_audit(connection, most=2)
        second = find_audit(connection, before=first[-1].sequence, most=10)

    assert [e.action for e in (*first, *second)] == [f"action {n}" for n in (4, 3, 2, 1, 0)]
    assert (first[0].who, first[0].details, first[0].at) == ("lea", {"stride": 2}, AT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT sequence, at, 'nobody', account_id, action, subject, "
        "details FROM audit",
    ],
)
def test_the_database_lets_nobody_change_an_entry(study: Study, statement: str) -> None:
    note(study, "invite.create")
    with pytest.raises(StudyError, match="append-only"), study.writing() as connection:
        connection.execute(sa.text(statement))
    with study.reading() as connection:
        assert [e.who for e in find_audit(connection)] == ["lea"]


def test_an_entry_is_there_only_if_what_it_tells_of_happened(study: Study) -> None:
    def fail_after_the_entry() -> None:
        with study.writing() as connection:
            insert_audit(connection, AuditEntry("lea", "study.change"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_the_entry()
    with study.reading() as connection:
        assert find_audit(connection) == ()


def test_a_subject_longer_than_its_column_is_cut(study: Study) -> None:
    with study.writing() as connection:
        insert_audit(connection, AuditEntry("lea", "volume.add", "x" * 999))
        assert find_audit(connection)[0].subject == "x" * 300
