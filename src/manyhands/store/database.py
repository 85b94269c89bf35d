"""A connection to a study's database: its settings, its schema brought up to date, its errors.

Alembic is loaded where a study is opened: whoever asks for help shall not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from manyhands.errors import StudyBrokenError, StudyBusyError, StudyError, StudyFullError

if TYPE_CHECKING:
    from alembic.config import Config

BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for another process to end its transaction; ours take milliseconds."""

POOL_SIZE = 16
"""Connections that a server keeps open; more are opened when they are needed, and closed again."""

_MIGRATIONS = Path(__file__).parent / "migrations"


def open_engine(path: Path, *, is_pooled: bool = False) -> sa.Engine:
    """An engine for the SQLite file `path`, which is made if it is missing.

    Connections are pooled for servers alone: elsewhere the millisecond that one costs does not
    matter, and none is left open by accident.
    """
    url = sa.URL.create("sqlite", database=str(path))
    if is_pooled:
        engine = sa.create_engine(
            url,
            poolclass=sa.QueuePool,
            pool_size=POOL_SIZE,
            max_overflow=-1,
            connect_args={"check_same_thread": False},
        )
    else:
        engine = sa.create_engine(url, poolclass=sa.NullPool)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:
    # Python's sqlite3 would begin transactions by itself, but not for SELECT and CREATE TABLE.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    connection.execute("PRAGMA synchronous = FULL")  # a saved answer survives a power cut
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: sa.Connection) -> None:
    # A transaction that reads and then writes must say so first, or it can be refused half-way.
    mode = connection.get_execution_options().get("begin_mode", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


@contextmanager
def reading(engine: sa.Engine, path: Path) -> Iterator[sa.Connection]:
    """A connection that sees one moment of the database."""
    with _plain_errors(path), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine, path: Path) -> Iterator[sa.Connection]:
    """A connection whose changes all happen at the end of the block, or none if it raises."""
    with (
        _plain_errors(path),
        engine.execution_options(begin_mode="IMMEDIATE").begin() as connection,
    ):
        yield connection


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """Say in words of the study what SQLite says in its own."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise StudyError(f"{path}: the study refused this: {error.orig}") from error
    except sa.exc.DatabaseError as error:
        reason = str(error.orig)
        if "database is locked" in reason:
            raise StudyBusyError(
                f"{path}: another process has been writing for {BUSY_TIMEOUT_MS // 1000} s; "
                "try again when it has ended"
            ) from error
        if "disk is full" in reason:
            raise StudyFullError(
                f"{path}: nothing can be written any more: {reason}; make room, then go on"
            ) from error
        if "disk I/O error" in reason:
            reason += " (is the disk full, or may nobody write there?)"
        words = f"{path}: the study's database cannot be used: {reason}"
        raise StudyBrokenError(words) from error


def upgrade(engine: sa.Engine, path: Path) -> None:
    """Bring an empty or older schema up to date; all of it happens, or nothing.

    Raises `StudyError` where the schema is newer than this program knows.
    """
    from alembic import command

    with writing(engine, path) as connection:
        command.upgrade(alembic_config(connection), "head")


def is_up_to_date(engine: sa.Engine, path: Path) -> bool:
    """Whether the schema is the one of this program. Raises `StudyError` where it is newer."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with reading(engine, path) as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(str(_MIGRATIONS))
    known = [script.revision for script in scripts.walk_revisions()]
    if found is not None and found not in known:
        raise StudyError(
            f"{path}: made by a newer manyhands (schema {found}, this one knows up to "
            f"{scripts.get_current_head()}): update manyhands to open it"
        )
    return found == scripts.get_current_head()


def alembic_config(connection: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
