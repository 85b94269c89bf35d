"""A study of a small phantom, the real app on it, and people who have come in by links."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from manyhands.config import CONFIG_FILE, Config, config_to_toml, make_structures
from manyhands.files import write_text
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import Source, add_volumes
from manyhands.server import ServerSettings, make_app
from manyhands.store import Invite, Role, Study, create_study, insert_invite, open_study
from manyhands.volumes import write_labels, write_volume

SETTINGS = ServerSettings(run_jobs=False, prepare=False)
PASSWORD = "quite a long one"

Person = Callable[..., TestClient]


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    """Two volumes of 40 x 32 x 14 voxels; the names of their files are as hospitals give them."""
    folder = tmp_path_factory.mktemp("phantoms")
    made = []
    for seed, name in enumerate(("DOE^JANE_1961", "ROE^RICHARD_1958")):
        volume, labels, _ = make_phantom((40, 32, 14), spacing_mm=(9.0, 8.0, 13.0), seed=seed)
        image, reference = folder / f"{name}.nii.gz", folder / f"{name}_label.nii.gz"
        write_volume(volume.data, volume.grid, image)
        labels.data[labels.data > 2] = 0
        write_labels(labels, reference)
        made.append(Source(image, reference, f"secret-{seed}"))
    return made[0], made[1]


@pytest.fixture
def config() -> Config:
    return Config(make_structures(NAMES[:2]))


@pytest.fixture(scope="session")
def finished_study(
    tmp_path_factory: pytest.TempPathFactory, phantoms: tuple[Source, Source]
) -> Path:
    """Made once, and copied for each test."""
    folder = tmp_path_factory.mktemp("finished") / "study"
    with create_study(folder, Config(make_structures(NAMES[:2]))) as made:
        assert add_volumes(made, phantoms[:1]).done
    return folder


@pytest.fixture
def study(tmp_path: Path, config: Config, finished_study: Path) -> Iterator[Study]:
    """One volume, two structures."""
    folder = tmp_path / "study"
    shutil.copytree(finished_study, folder)
    write_text(folder / CONFIG_FILE, config_to_toml(config))
    with open_study(folder) as opened:
        yield opened


@pytest.fixture
def app(study: Study) -> Iterator[FastAPI]:
    app = make_app(study, settings=SETTINGS)
    yield app
    app.state.server.close()


@pytest.fixture
def visitor(app: FastAPI) -> TestClient:
    """Somebody without a session. Errors of the server are answers, as for a browser."""
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


@pytest.fixture
def person(app: FastAPI, study: Study) -> Person:
    """Somebody who took an invitation: `person("Ann", Role.LEAD)`."""

    def enter(name: str = "Ann", role: Role = Role.ANNOTATOR) -> TestClient:
        client = TestClient(app, raise_server_exceptions=False, follow_redirects=False)
        with study.writing() as connection:
            token = insert_invite(connection, Invite(role))
        form = {"name": name, "password": PASSWORD, "consent": "yes"}
        answer = client.post(f"/i/{token}", data=form)
        assert answer.status_code == 303, answer.text
        return client

    return enter


@pytest.fixture
def ann(person: Person) -> TestClient:
    return person("Ann")


@pytest.fixture
def task(ann: TestClient) -> dict[str, Any]:
    """Ann's first task."""
    answer = ann.post("/api/v1/tasks/next")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
