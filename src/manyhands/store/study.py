"""A study's folder: `manyhands.toml`, `manyhands.db`, `volumes/`, `results/`, and how it is opened.

A folder is a study from the moment it has `manyhands.toml`, which is written last: an `init` that
was killed half-way is simply done again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from manyhands.config import CONFIG_FILE, Config, config_to_toml, read_config
from manyhands.errors import StudyError
from manyhands.files import PART_SUFFIX, write_text
from manyhands.store import database
from manyhands.store.lock import hold_lock
from manyhands.store.structures import insert_structures, structure_names

DATABASE_FILE = "manyhands.db"
LOCK_FILE = "manyhands.lock"


class Study:
    """An open study. Reading is free for all; who writes results holds the lock while `working`."""

    def __init__(self, folder: Path, config: Config, engine: sa.Engine) -> None:
        self.folder = folder
        self.config = config
        self._engine = engine
        self._is_working = False

    @property
    def volumes_folder(self) -> Path:
        return self.folder / "volumes"

    @property
    def results_folder(self) -> Path:
        return self.folder / "results"

    def path(self, relative: str) -> Path:
        """The place of a file whose path is kept from the study's folder on."""
        return self.folder / relative

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A connection that sees one moment of the database."""
        return database.reading(self._engine, self.folder / DATABASE_FILE)

    def writing(self) -> AbstractContextManager[sa.Connection]:
        """A connection whose changes all happen at the end of the block, or none if it raises."""
        return database.writing(self._engine, self.folder / DATABASE_FILE)

    @contextmanager
    def working(self, purpose: str) -> Iterator[None]:
        """Hold the study's lock; inside a block that holds it already, go on holding it.

        Raises `StudyBusyError`, saying who is at work, where another process or `Study` holds it.
        """
        if self._is_working:
            yield
            return
        with hold_lock(self.folder / LOCK_FILE, purpose):
            self._is_working = True
            try:
                self._remove_parts()
                yield
            finally:
                self._is_working = False

    def reload(self) -> None:
        """Go on with the settings as they are in `manyhands.toml` now. Raises as `open_study`."""
        config = read_config(self.folder / CONFIG_FILE)
        _insert_new_structures(self, config)
        self.config = config

    def keep_connections(self) -> None:
        """Keep connections open between uses, for a server that reads all the time."""
        self._engine.dispose()
        self._engine = database.open_engine(self.folder / DATABASE_FILE, is_pooled=True)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _remove_parts(self) -> None:
        """Half-written files of a process that was killed; while we hold the lock nobody writes."""
        for folder, everywhere in (
            (self.folder, f".*{PART_SUFFIX}"),
            (self.volumes_folder, f"**/.*{PART_SUFFIX}"),
            (self.results_folder, f"**/.*{PART_SUFFIX}"),
        ):
            for part in folder.glob(everywhere):
                part.unlink(missing_ok=True)


def create_study(folder: Path, config: Config) -> Study:
    """Make a study in `folder`, which may exist but must not be a study; gives it opened.

    Raises `StudyError` where it is one already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with hold_lock(folder / LOCK_FILE, "init"):
        if (folder / CONFIG_FILE).exists():
            raise StudyError(f"{folder}: is a study already; `manyhands add` puts volumes into it")
        engine = database.open_engine(folder / DATABASE_FILE)
        database.upgrade(engine, folder / DATABASE_FILE)
        for name in ("volumes", "results"):
            (folder / name).mkdir(exist_ok=True)
        write_text(folder / CONFIG_FILE, config_to_toml(config))
        engine.dispose()
    return open_study(folder)


def open_study(folder: Path) -> Study:
    """Open the study in `folder`, with its schema brought up to date if it is older.

    Raises `ConfigError` where there is no `manyhands.toml` or it is not right, `StudyError` where
    the database is missing, is damaged, is of a newer manyhands, or knows other structures.
    """
    config = read_config(folder / CONFIG_FILE)
    path = folder / DATABASE_FILE
    if not path.exists():
        raise StudyError(f"{path}: missing; without it nothing that was answered is known")
    engine = database.open_engine(path)
    study = Study(folder, config, engine)
    if not database.is_up_to_date(engine, path):
        with study.working("upgrade"):
            database.upgrade(engine, path)
    _insert_new_structures(study, config)
    return study


def _insert_new_structures(study: Study, config: Config) -> None:
    """Most often there are none, and then a study can be opened where nothing may be written."""
    with study.reading() as connection:
        known = structure_names(connection)
    if known != {s.structure_id: s.name for s in config.structures}:
        with study.writing() as connection:
            insert_structures(connection, config.structures)
