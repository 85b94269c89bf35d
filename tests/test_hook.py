"""The hook that keeps images of patients and large files out of the repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def stage(folder: Path, name: str, content: bytes) -> None:
    """A repository of one staged file."""
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    subprocess.run(["git", "-C", str(folder), "add", "--force", name], check=True)


def run_hook(repository: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    hook = repository / ".githooks" / "pre-commit"
    return subprocess.run([hook, *arguments], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("IM0001", bytes(128) + b"DICM" + bytes(100), "is DICOM"),
        ("scan of liver.NII.GZ", b"\x1f\x8b", "looks like an image of a patient"),
        ("docs/big.png", bytes(300_001), "has 300001 bytes"),
    ],
)
def test_hook_refuses(
    repository: Path, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    stage(tmp_path, name, content)
    for arguments in ((), ("--all",)):
        result = run_hook(repository, tmp_path, *arguments)
        assert result.returncode == 1
        assert f"refused: {name}: {reason}" in result.stderr


@pytest.mark.parametrize("name", ["src/a.py", "tests/volumes/fixtures/truncated.nii"])
def test_hook_accepts(repository: Path, tmp_path: Path, name: str) -> None:
    stage(tmp_path, name, b"x = 1\n")
    assert run_hook(repository, tmp_path).returncode == 0
