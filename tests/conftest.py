"""What every test may use: where the repository is, and where the real volumes are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# On a busy machine any example may take long; what is slow belongs into benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder that holds pyproject.toml."""
    return Path(__file__).parents[1]


@pytest.fixture(scope="session")
def real_data(repository: Path) -> Path:
    """The folder of real volumes; the test skips, saying so, where it is absent."""
    folder = Path(os.environ.get("MANYHANDS_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs real volumes: {folder} is absent; MANYHANDS_DATA names another folder")
    return folder
