"""What others build on: a name is taken away or renamed by decision, never by accident."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest

import manyhands

PUBLIC = {
    "Answer",
    "Box",
    "Consensus",
    "Grid",
    "IGNORE_LABEL",
    "Labels",
    "ManyhandsError",
    "Modality",
    "Origin",
    "PROFILES",
    "Score",
    "Segmentation",
    "State",
    "Structure",
    "Track",
    "Volume",
    "__version__",
    "find_consensus",
    "make_phantom",
    "read_labels",
    "read_volume",
    "score_volume",
    "segment",
    "simulate_annotator",
    "summarise",
    "vote",
    "write_labels",
    "write_volume",
}

# Who looks for a room's front door finds these; the rest of the room may change at any time.
DOORS = [
    module.name for module in pkgutil.iter_modules(manyhands.__path__, "manyhands.") if module.ispkg
]


def test_public_names_are_these() -> None:
    assert set(manyhands.__all__) == PUBLIC


@pytest.mark.parametrize("module_name", ["manyhands", *DOORS])
def test_front_door_keeps_its_promises(module_name: str) -> None:
    """Whatever a front door lists is there, is listed once, and explains itself."""
    module = importlib.import_module(module_name)
    names = getattr(module, "__all__", ["main"])  # the command line has one way in
    assert len(set(names)) == len(names)
    for name in names:
        thing = getattr(module, name)
        if inspect.isfunction(thing):
            assert thing.__doc__, f"{module_name}.{name} has no docstring"


def test_public_names_are_documented(repository: Path) -> None:
    page = (repository / "docs" / "look-up" / "python.md").read_text(encoding="utf-8")
    missing = {name for name in PUBLIC if f"`{name}`" not in page}
    assert missing == {"__version__"}


def test_types_are_shipped() -> None:
    """Without this file a type checker takes everything from here as `Any`."""
    assert (Path(manyhands.__file__).parent / "py.typed").is_file()
