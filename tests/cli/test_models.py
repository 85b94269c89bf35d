"""`models` says what there is and where it lies; `models fetch` gets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from manyhands.evidence import MODELS
from manyhands.evidence.sam import SAM_MODELS


def test_every_model_is_listed_with_size_licence_and_place(call: Call, tmp_path: Path) -> None:
    (tmp_path / "sam2.1_hiera_tiny.pt").write_bytes(b"12")
    result = call("models", "--weights-folder", tmp_path)
    lines = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert list(lines) == list(MODELS)
    assert "no weights needed" in lines["intensity"]
    assert "2565 MB  Apache-2.0  not here: sam_vit_h_4b8939.pth" in lines["sam-vit-h"]
    assert "unknown" in lines["medsam"]
    assert [name for name, line in lines.items() if "nothing to check it by" in line] == ["medsam"]
    here = str(tmp_path / "sam2.1_hiera_tiny.pt")
    assert here in lines["sam2.1-tiny"]
    assert here in lines["sam2.1-tiny-video"], "one file serves both"


def test_for_a_program(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path))
    listed = json.loads(call("models", "--json").stdout)
    assert [line["name"] for line in listed] == list(MODELS)
    by_name = {line["name"]: line for line in listed}
    assert by_name["intensity"]["file"] is None
    assert by_name["sam-vit-b"] == {
        "name": "sam-vit-b",
        "size_bytes": 375_042_383,
        "licence": "Apache-2.0",
        "sha256": SAM_MODELS["sam-vit-b"].checkpoint.sha256,
        "file": str(tmp_path / "sam_vit_b_01ec64.pth"),
        "is_here": False,
    }


def test_what_cannot_be_fetched_is_said(call: Call, tmp_path: Path) -> None:
    result = call("models", "fetch", "medsam", "--weights-folder", tmp_path, expect=1)
    assert "Put medsam_vit_b.pth there by hand" in result.stderr
    result = call("models", "fetch", "sam-vit-x", expect=1)
    assert "unknown model 'sam-vit-x'" in result.stderr
    call("models", "fetch", expect=2)


def test_a_damaged_file_is_not_taken_for_the_published_one(call: Call, tmp_path: Path) -> None:
    (tmp_path / "sam_vit_b_01ec64.pth").write_bytes(b"half of it")
    result = call("models", "--weights-folder", tmp_path, "fetch", "sam-vit-b", expect=1)
    assert "expected SHA-256 ec2df627" in result.stderr
