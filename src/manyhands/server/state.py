"""Everything one server holds: the study, who writes, the queue, slices, masks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from manyhands.pipeline import CACHE_FOLDER
from manyhands.server.access import Access
from manyhands.server.errors import ApiError
from manyhands.server.gate import Gate
from manyhands.server.limits import Limits
from manyhands.server.masks import Masks
from manyhands.server.metrics import Metrics
from manyhands.server.own import own_task
from manyhands.server.pictures import Pictures, Source
from manyhands.server.practice import Practice
from manyhands.server.queue import Queue
from manyhands.server.settings import ServerSettings
from manyhands.server.sights import Sights
from manyhands.server.warm import warm_up_masks
from manyhands.server.writer import GroupWriter
from manyhands.store import Account, Study, VolumeRecord, find_volumes
from manyhands.types import Volume
from manyhands.volumes import read_volume

log = logging.getLogger(__name__)


class Server:
    """The parts of one server, made once and handed to every route.

    `study.config` may change while the server runs: read it at each request.
    """

    def __init__(self, study: Study, settings: ServerSettings, access: Access) -> None:
        self.study, self.settings = study, settings
        study.keep_connections()
        self.metrics = Metrics()
        self.limits = Limits()
        self.writer = GroupWriter(study)
        self.gate = Gate(study, self.writer, access)
        self.queue = Queue(study, self.writer)
        self.pictures = Pictures(study.folder / "slices")
        self.masks = Masks(Sights(study.path(CACHE_FOLDER), study.config.cache_bytes))
        self.practice = Practice(study)
        self._records: dict[str, VolumeRecord] = {}
        self._places: dict[str, tuple[str, str]] = {}
        self._is_closing = threading.Event()

    def record(self, volume_id: str) -> VolumeRecord:
        """A volume of the study. Raises `ApiError` 410 where its file was taken away."""
        return self.check_there(self.known_record(volume_id))

    def check_there(self, record: VolumeRecord) -> VolumeRecord:
        """The same volume. Raises `ApiError` 410 where its file was taken away."""
        if not self.study.path(record.image_path).is_file():
            raise ApiError(
                410,
                "volume-removed",
                "This volume was taken out of the study.",
                "What you did is kept. Go on with the next one.",
            )
        return record

    def known_record(self, volume_id: str) -> VolumeRecord:
        """The same, whether its file is still there or not. A record never changes."""
        if volume_id not in self._records:
            with self.study.reading() as connection:
                self._records = {v.volume_id: v for v in find_volumes(connection)}
        return self._records[volume_id]

    def own_volume(self, person: Account, task_id: str) -> VolumeRecord:
        """The volume of one's own task, whatever the task's state. Raises as `own_task`.

        Whose a task is never changes, and is asked with every slice: so it is remembered.
        """
        annotator_id, volume_id = self._places.get(task_id, ("", ""))
        if not annotator_id or annotator_id != person.annotator_id:
            with self.study.reading() as connection:
                task = own_task(connection, person, task_id)
            annotator_id, volume_id = task.annotator_id, task.volume_id
            self._places[task_id] = (annotator_id, volume_id)
        return self.known_record(volume_id)

    def load(self, record: VolumeRecord) -> Volume:
        """The voxels of a volume."""
        return read_volume(self.study.path(record.image_path), modality=record.modality)

    def source(self, record: VolumeRecord) -> Source:
        """What the slices of a volume are made of."""
        return Source(record.volume_id, lambda: self.load(record))

    async def asker(self, request: HTTPConnection) -> Account | None:
        """Whose session a request came with."""
        token = request.cookies.get(self.settings.cookie_name)
        account = self.gate.recall(token)
        if account is None and token:
            account = await to_thread.run_sync(self.gate.find, token)
        return account

    def start(self) -> None:
        """Prepare, in the background, what people would else wait for."""
        if self.settings.prepare:
            threading.Thread(target=self._prepare, name="prepare", daemon=True).start()

    def close(self) -> None:
        """Finish what is being written."""
        self._is_closing.set()
        self.writer.close()

    def _prepare(self) -> None:
        """One thing after the other; what fails here is tried again when somebody asks for it."""
        with self.study.reading() as connection:
            records = find_volumes(connection)
        steps: list[Callable[[], object]] = [
            self.queue.standings,
            self.practice.course,
            warm_up_masks,
        ]
        steps += [partial(self.pictures.write_all, self.source(record)) for record in records]
        for step in steps:
            if self._is_closing.is_set():
                return
            try:
                step()
            except Exception as error:
                log.warning("could not be prepared, and is tried again later: %s", type(error))


# These are coroutines, though nothing waits in them: others would be run in a thread, which costs
# more than they do.


async def get_server(request: Request) -> Server:
    """The server a request came to."""
    server: Server = request.app.state.server
    return server


async def get_person(request: Request) -> Account:
    """Who is asking; on routes that are not open to anyone, the access table has let them in."""
    account: Account | None = request.state.account
    if account is None:
        raise ApiError(401, "no-session", "You are not logged in.", "Open your link again.")
    return account


async def get_visitor(request: Request) -> Account | None:
    """Who is asking, on routes that are open to anyone."""
    account: Account | None = request.state.account
    return account


async def admit(request: Request) -> None:
    """Let a request through, or not: runs before every route."""
    server: Server = request.app.state.server
    account = await server.asker(request)
    server.gate.check(request, account)
    request.state.account = account


Here = Annotated[Server, Depends(get_server)]
Person = Annotated[Account, Depends(get_person)]
Visitor = Annotated[Account | None, Depends(get_visitor)]
