"""A served study: one small phantom, two structures answered by two people, a lead and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from manyhands.config import Config, make_structures
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.server import ServerSettings, make_app
from manyhands.store import (
    Account,
    Role,
    Study,
    VolumeRecord,
    create_study,
    ensure_annotator,
    find_volumes,
    insert_account,
    insert_answers,
    start_session,
)
from manyhands.types import Answer, Box, State
from manyhands.volumes import write_labels, write_volume

LIVER = 1
API = "/api/v1/lead"
Login = Callable[..., TestClient]


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A phantom of 40 x 32 x 14 voxels, `one`, with its reference; nobody has answered."""
    with create_study(tmp_path / "study", Config(make_structures(NAMES))) as made:
        volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=0)
        image, reference = tmp_path / "one.nii.gz", tmp_path / "one_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        write_labels(labels, reference)
        add_volumes(made, [Source(image, reference)])
        yield made


@pytest.fixture
def volume(study: Study) -> VolumeRecord:
    with study.reading() as connection:
        return find_volumes(connection)[0]


def answer(study: Study, name: str, slices: range, box: Box | None = None) -> None:
    """`name` says that the liver is on slices 3 to 10 of 14, as far as they look."""
    box = box or Box(10, 10, 20, 20)
    with study.writing() as connection:
        (volume,) = find_volumes(connection)
        annotator = ensure_annotator(connection, name).annotator_id
        insert_answers(
            connection,
            [
                Answer(volume.volume_id, LIVER, annotator, k, State.BOXES, (box,), active_s=2.0)
                if 3 <= k <= 10
                else Answer(volume.volume_id, LIVER, annotator, k, State.ABSENT, active_s=1.0)
                for k in slices
            ],
        )


@pytest.fixture
def login(study: Study) -> Iterator[Login]:
    """A client of the real app, logged in with a role."""
    app = make_app(study, settings=ServerSettings(run_jobs=False, prepare=False))
    with TestClient(app) as outer:

        def enter(role: Role, name: str = "") -> TestClient:
            account = Account(name or f"{role.value}1", role)
            with study.writing() as connection:
                insert_account(connection, account)
                token = start_session(connection, account, datetime.now(UTC))
            client = TestClient(app)
            client.cookies.set(app.state.server.settings.cookie_name, token)
            return client

        assert outer.get("/healthz").status_code == 200
        yield enter


@pytest.fixture
def lead(login: Login) -> TestClient:
    return login(Role.LEAD)
