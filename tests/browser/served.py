"""A small study, and its server in a thread of the test's own process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from manyhands.config import Asking, Config, Page, make_structures
from manyhands.phantom import make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.server.app import make_app
from manyhands.server.run import Place, lead_link, listen, make_invitation
from manyhands.server.settings import ServerSettings
from manyhands.store import Role, Study, create_study, current_answers, find_annotator
from manyhands.types import Answer, Labels
from manyhands.volumes import write_labels, write_volume

SHAPE = (96, 80, 16)  # columns, rows, slices
SPACING_MM = (4.0, 4.0, 12.0)
STRIDE = 3
ARRIVES_WITHIN_S = 40.0  # longer than the page ever waits before it tries again
MANY = 50  # whom each structure is asked of, so that there is always something to do


@dataclass(frozen=True)
class Served:
    """A study that is being served. `stop` and `start` are a crash and what follows it."""

    study: Study
    place: Place

    def invite(self, role: Role = Role.ANNOTATOR) -> str:
        """A new link for people of that role."""
        return make_invitation(self.study, self.place.address, role=role)[1]

    def lead_link(self) -> str:
        return lead_link(self.study, self.place.address)

    def said_by(self, name: str) -> dict[int, Answer]:
        """What the annotator called `name` says now, by slice."""
        with self.study.reading() as connection:
            annotator_id = find_annotator(connection, name).annotator_id
            answers = current_answers(connection, annotator_id=annotator_id)
        return {answer.slice_index: answer for answer in answers}

    def received(self, name: str, slices: Iterable[int]) -> dict[int, Answer]:
        """`said_by`, as soon as answers on all these slices have arrived."""
        ends_s = time.monotonic() + ARRIVES_WITHIN_S
        while not set(slices) <= (said := self.said_by(name)).keys():
            if time.monotonic() > ends_s:
                raise TimeoutError(f"of {name} there are only slices {sorted(said)}")
            time.sleep(0.1)
        return said


def make_study(folder: Path) -> Study:
    """One patient to be annotated, one to practise on, both with a liver whose truth is known."""
    config = Config(
        make_structures(("liver",)),
        stride=STRIDE,
        asking=Asking(first_annotators=MANY, most_annotators=MANY),
        page=Page(practice="practice"),
    )
    study = create_study(folder, config)
    sources = []
    for seed, name in enumerate(("practice", "patient")):
        volume, labels, _ = make_phantom(SHAPE, spacing_mm=SPACING_MM, seed=seed)
        liver = labels.data * (labels.data == 1)
        write_volume(volume.data, volume.grid, folder / f"{name}.nii.gz")
        write_labels(Labels(liver, labels.grid), folder / f"{name}-liver.nii.gz")
        sources.append(Source(folder / f"{name}.nii.gz", folder / f"{name}-liver.nii.gz", name))
    add_volumes(study, sources)
    return study


@contextmanager
def serving(study: Study, place: Place | None = None) -> Iterator[Served]:
    """The study served on this machine, at a port that is free if none is given."""
    place = place or listen("127.0.0.1", 0)
    app = make_app(study, settings=ServerSettings())
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [place.socket]})
    thread.start()
    try:
        yield Served(study, place)
    finally:
        server.should_exit = True
        thread.join()
