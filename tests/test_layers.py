"""Imports point down only: each room may use those on lower levels, and nothing else.

A room is a file or folder directly under `src/manyhands`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LEVELS = (
    ("types", "errors"),
    ("geometry", "config", "files", "nearest"),
    ("volumes", "boxes", "store"),
    (
        "crowd",
        "evidence",
        "masks",
        "quality",
        "evaluation",
        "training",
        "report",
        "simulate",
        "phantom",
        "tasks",
    ),
    ("pipeline", "executor"),
    ("cli", "server"),
    ("__main__",),
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}
SIDEWAYS = {
    ("masks", "evidence"),  # the cut asks models for evidence
    ("cli", "server"),  # commands start the server and its workers
}
VERSION = "__version__"  # every room may say which version made a result


def imported_names(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything of manyhands that a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            stem = "." * node.level + (node.module or "")
            names = [f"{stem}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.startswith((".", "manyhands.")) or name == "manyhands":
                yield node.lineno, name


def why_wrong(room: str, name: str) -> str | None:
    """What speaks against `room` importing `name`; None where it may."""
    if name == f"manyhands.{VERSION}":
        return None
    parts = name.split(".")
    if parts[0] != "manyhands" or len(parts) == 1:
        return f"say from which room: 'from manyhands.<room> import ...', not '{name}'"
    other = parts[1]
    if other not in LEVEL:
        return f"'{other}' is on no level"
    if other == room or LEVEL[other] < LEVEL[room] or (room, other) in SIDEWAYS:
        return None
    return f"'{room}' must not know '{other}'"


def wrong_imports(package: Path) -> list[str]:
    """One sentence per import that does not point down, and per room that is on no level."""
    complaints = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        room = place.parts[0].removesuffix(".py")
        if room == "__init__":
            continue  # the public names come from everywhere
        if room not in LEVEL:
            complaints.append(f"{place}: '{room}' is on no level: give it one in LEVELS")
            continue
        for line, name in imported_names(path):
            if reason := why_wrong(room, name):
                complaints.append(f"{place}:{line}: {reason}")
    return complaints


def test_imports_point_down(repository: Path) -> None:
    assert wrong_imports(repository / "src" / "manyhands") == []


@pytest.mark.parametrize(
    ("place", "line", "complaint"),
    [
        (
            "volumes/a.py",
            "from manyhands.pipeline import run",
            "'volumes' must not know 'pipeline'",
        ),
        ("crowd/a.py", "import manyhands.masks.cut", "'crowd' must not know 'masks'"),
        ("crowd/a.py", "def f():\n    from manyhands import report", "must not know 'report'"),
        ("evidence/a.py", "from manyhands.masks import segment", "must not know 'masks'"),
        ("boxes/a.py", "from . import tracks", "say from which room"),
        ("boxes/a.py", "import manyhands", "say from which room"),
        ("boxes/a.py", "from manyhands.colours import BLUE", "'colours' is on no level"),
        ("colours.py", "BLUE = 1", "give it one in LEVELS"),
    ],
)
def test_wrong_import_is_found(tmp_path: Path, place: str, line: str, complaint: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(line)
    (found,) = wrong_imports(tmp_path)
    assert complaint in found


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("masks/a.py", "from manyhands.evidence import MODELS"),
        ("report/a.py", "from manyhands import __version__"),
        ("cli.py", "from manyhands import pipeline"),
        ("boxes/a.py", "from manyhands.boxes.tracks import link"),
        ("boxes/a.py", "import numpy as np"),
        ("__init__.py", "from manyhands.masks import segment"),
    ],
)
def test_right_import_is_accepted(tmp_path: Path, place: str, line: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(line)
    assert wrong_imports(tmp_path) == []
