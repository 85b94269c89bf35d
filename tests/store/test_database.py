from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from manyhands.errors import StudyBusyError, StudyError
from manyhands.store import Study, answer_history, database, find_invites, schema
from manyhands.types import Box


def test_the_migrations_lead_to_the_schema(study: Study) -> None:
    """Whoever changes a table adds the revision that changes it in studies out there."""
    with study.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, schema.metadata) == []


def test_an_older_schema_is_upgraded_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = database.open_engine(path)
    with database.writing(engine, path) as connection:
        command.upgrade(database.alembic_config(connection), "0001")
        connection.execute(sa.text("INSERT INTO structures VALUES (1, 'liver')"))
    assert not database.is_up_to_date(engine, path)

    database.upgrade(engine, path)

    assert database.is_up_to_date(engine, path)
    with database.reading(engine, path) as connection:
        assert connection.execute(sa.text("SELECT name FROM structures")).scalar_one() == "liver"
        assert connection.execute(sa.select(schema.runs)).all() == []


def test_answers_of_an_older_study_stay_as_they_were_and_cannot_be_changed(tmp_path: Path) -> None:
    """0003 makes both tables anew; neither a row nor the guard against changes may be lost."""
    path = tmp_path / "old.db"
    engine = database.open_engine(path)
    with database.writing(engine, path) as connection:
        command.upgrade(database.alembic_config(connection), "0002")
        for statement in (
            "INSERT INTO structures VALUES (1, 'liver')",
            "INSERT INTO annotators VALUES ('ann', 'Ann')",
            "INSERT INTO volumes VALUES ('v', 'v', 'CT', 'train', 'v', 'v', NULL, NULL, "
            "'[1, 1, 9]', '[1, 1, 1]', '2026-01-01 12:00:00.000000')",
            "INSERT INTO answers VALUES (7, 'a', 'v', 1, 'ann', 3, 'boxes', "
            "'2026-01-01 12:00:00.000000', 2.5)",
            "INSERT INTO boxes VALUES ('a', 0, 1.5, 2, 3.25, 4, 'drawn')",
        ):
            connection.execute(sa.text(statement))

    database.upgrade(engine, path)

    with database.reading(engine, path) as connection:
        (answer,) = answer_history(connection)
        assert (answer.slice_index, answer.active_s, answer.task_id) == (3, 2.5, None)
        assert answer.boxes == (Box(1.5, 2, 3.25, 4),)
        assert connection.scalar(sa.select(schema.answers.c.sequence)) == 7
        assert connection.execute(sa.text("PRAGMA foreign_key_check")).all() == []
    for statement in ("UPDATE answers SET state = 'open'", "DELETE FROM boxes"):
        with (
            pytest.raises(StudyError, match="append-only"),
            database.writing(engine, path) as connection,
        ):
            connection.execute(sa.text(statement))


def test_links_of_an_older_study_choose_no_password(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    engine = database.open_engine(path)
    with database.writing(engine, path) as connection:
        command.upgrade(database.alembic_config(connection), "0005")
        connection.execute(
            sa.text(
                "INSERT INTO invites (invite_id, token_hash, role, note, created_at, uses) "
                "VALUES ('i', 'h', 'lead', '', '2026-01-01 12:00:00.000000', 0)"
            )
        )

    database.upgrade(engine, path)

    with database.reading(engine, path) as connection:
        (invite,) = find_invites(connection)
        assert not invite.sets_password


def test_a_newer_schema_is_refused_with_both_revisions(study: Study) -> None:
    path = study.folder / "manyhands.db"
    engine = database.open_engine(path)
    with study.writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(
        StudyError, match=r"newer manyhands \(schema 9999, this one knows up to \d{4}\)"
    ):
        database.is_up_to_date(engine, path)


def test_an_upgrade_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """Without transactions around CREATE TABLE, half a schema would stay and block the next try."""
    path = tmp_path / "new.db"
    engine = database.open_engine(path)
    with database.writing(engine, path) as connection:
        connection.execute(sa.text("CREATE TABLE boxes (x)"))

    with pytest.raises(StudyError, match="table boxes already exists"):
        database.upgrade(engine, path)
    with database.reading(engine, path) as connection:
        assert sa.inspect(connection).get_table_names() == ["boxes"]


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"not a database" * 100)

    with pytest.raises(StudyError, match=r"broken\.db: .* cannot be used: file is not a database"):
        database.upgrade(database.open_engine(path), path)


def test_a_block_that_raises_changes_nothing(study: Study) -> None:
    twice = [{"annotator_id": "x", "name": "x"}, {"annotator_id": "y", "name": "x"}]

    with pytest.raises(StudyError, match="UNIQUE"), study.writing() as connection:
        connection.execute(sa.insert(schema.annotators), twice)
    with study.reading() as connection:
        assert connection.execute(sa.select(schema.annotators.c.name)).scalars().all() == ["ann"]


def test_readers_go_on_while_another_writes(study: Study) -> None:
    with study.writing() as writer:
        writer.execute(sa.insert(schema.annotators).values(annotator_id="x", name="x"))
        with study.reading() as reader:
            names = reader.execute(sa.select(schema.annotators.c.name)).scalars().all()

    assert names == ["ann"]


def test_a_second_writer_that_waited_too_long_is_told(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 10)
    with (
        study.writing(),
        pytest.raises(StudyBusyError, match="another process has been writing"),
        study.writing(),
    ):
        pytest.fail("two write at once")


def test_a_full_disk_is_told_and_the_study_stays_whole(study: Study) -> None:
    """SQLite is told that it may have no more pages; it takes that for a full disk."""
    many = [{"annotator_id": f"id {n}", "name": f"name {n}"} for n in range(2000)]

    def fill_the_disk() -> None:
        with study.writing() as connection:
            connection.execute(sa.text("PRAGMA max_page_count = 1"))
            connection.execute(sa.insert(schema.annotators), many)

    with pytest.raises(StudyError, match=r"manyhands\.db: .* database or disk is full"):
        fill_the_disk()
    with study.reading() as connection:
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar_one() == "ok"
        assert connection.execute(sa.select(schema.annotators.c.name)).scalars().all() == ["ann"]
