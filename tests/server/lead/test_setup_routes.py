from __future__ import annotations

import base64
import gzip
import io
import time
import tomllib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image, PngImagePlugin
from tests.server.lead.conftest import API

from manyhands.phantom import make_phantom
from manyhands.store import Study, VolumeRecord, find_audit, structure_names
from manyhands.volumes import write_labels, write_volume


def saved(study: Study) -> dict[str, Any]:
    return tomllib.loads((study.folder / "manyhands.toml").read_text())


def actions(study: Study) -> list[str]:
    with study.reading() as connection:
        return [entry.action for entry in find_audit(connection)]


def test_a_setting_holds_at_once_and_is_in_the_file_and_the_log(
    lead: TestClient, study: Study
) -> None:
    change = {"general": {"stride": 2}, "asking": {"first_annotators": 3}, "page": {"title": "T"}}
    told = lead.patch(f"{API}/study", json=change).json()

    assert (told["stride"], told["asking"]["first_annotators"], told["page"]["title"]) == (
        2,
        3,
        "T",
    )
    assert study.config.stride == 2
    assert saved(study)["asking"]["first_annotators"] == 3
    assert lead.get("/api/v1/me").json()["study"]["title"] == "T"
    with study.reading() as connection:
        (entry,) = find_audit(connection)
    assert entry.action == "study.change"
    assert entry.details["stride"] == [1, 2]


def test_what_the_page_does_not_know_stays_in_the_file(lead: TestClient, study: Study) -> None:
    path = study.folder / "manyhands.toml"
    path.write_text("# ours\n" + path.read_text())
    lead.patch(f"{API}/study", json={"general": {"stride": 2}})

    assert path.read_text().startswith("# ours\n")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"general": {"stride": 0}}, "stride must be 1 to 999"),
        ({"general": {"stride": "two"}}, "whole number"),
        ({"general": {"model": "magic"}}, "unknown model 'magic'"),
        ({"general": {"seed": 3}}, "cannot be changed here"),
        ({"asking": {"first_annotators": 9}}, "first_annotators must be"),
        ({"structures": [{"structure_id": 1, "colour": "red"}]}, "colour of"),
        ({"structures": [{"structure_id": 99, "colour": "#ffffff"}]}, "no structure 99"),
        ({"structures": [{"name": "../up"}]}, "use letters"),
        ({"structures": [{"name": "liver"}]}, "liver"),
        ({"structures": [{}]}, "needs a name"),
    ],
)
def test_what_is_not_possible_is_said_and_changes_nothing(
    lead: TestClient, study: Study, change: dict[str, Any], words: str
) -> None:
    before = (study.folder / "manyhands.toml").read_text()
    answer = lead.patch(f"{API}/study", json=change)

    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]
    assert str(study.folder) not in answer.text
    assert (study.folder / "manyhands.toml").read_text() == before
    assert actions(study) == []


def test_a_structure_gets_colour_and_hint_and_a_new_one_its_own_id(
    lead: TestClient, study: Study
) -> None:
    change = {
        "structures": [
            {"structure_id": 1, "colour": "#112233", "hint": "On the right."},
            {"name": "pancreas"},
        ]
    }
    told = lead.patch(f"{API}/study", json=change).json()

    assert (told["structures"][0]["colour"], told["structures"][0]["hint"]) == (
        "#112233",
        "On the right.",
    )
    assert told["structures"][-1]["structure_id"] == 6
    with study.reading() as connection:
        assert structure_names(connection)[6] == "pancreas"


def test_an_empty_hint_is_none(lead: TestClient, study: Study) -> None:
    for hint in ("On the right.", ""):
        change = {"structures": [{"structure_id": 1, "hint": hint}]}
        told = lead.patch(f"{API}/study", json=change).json()

    assert told["structures"][0]["hint"] is None
    assert "hint" not in saved(study)["structures"][0]


def put_example(lead: TestClient, content: bytes) -> int:
    told = {"png_base64": base64.b64encode(content).decode()}
    return lead.put(f"{API}/structures/1/example", json=told).status_code


def test_an_example_keeps_the_picture_and_nothing_else(lead: TestClient, study: Study) -> None:
    given, words = io.BytesIO(), PngImagePlugin.PngInfo()
    words.add_text("Patient", "SECRET")
    Image.new("RGB", (2000, 100), "red").save(given, "PNG", pnginfo=words)
    assert put_example(lead, given.getvalue()) == 200

    kept = lead.get("/api/v1/structures/1/example").content
    picture = Image.open(io.BytesIO(kept))
    assert picture.size == (640, 32)
    assert b"SECRET" not in kept
    assert actions(study) == ["structure.example"]


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_is_refused(lead: TestClient, content: bytes) -> None:
    assert put_example(lead, content) == 422


def test_a_picture_that_is_not_even_base64_is_refused(lead: TestClient) -> None:
    told = {"png_base64": "Bild\u00e4"}
    assert lead.put(f"{API}/structures/1/example", json=told).status_code == 422


def test_a_box_without_end_is_drawn_at_once(lead: TestClient, volume: VolumeRecord) -> None:
    box = '"box": [0, 0, 1e999, 1e999]'
    told = f'{{"volume_id": "{volume.volume_id}", "slice_index": 5, {box}}}'
    began_s = time.monotonic()
    answer = lead.put(
        f"{API}/structures/1/example",
        content=told,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200
    assert time.monotonic() - began_s < 10  # it were minutes if all of it was drawn


def test_a_slice_with_a_box_becomes_the_example(
    lead: TestClient, volume: VolumeRecord, study: Study
) -> None:
    told = {"volume_id": volume.volume_id, "slice_index": 5, "box": [4, 4, 20, 20]}
    assert lead.put(f"{API}/structures/1/example", json=told).status_code == 200

    kept = study.path(f"examples/{study.config.structures[0].name}.png").read_bytes()
    picture = Image.open(io.BytesIO(kept))
    # 32 rows of 8 mm are 256 mm, 40 columns of 9 mm are 360 mm: true proportions.
    assert picture.width / picture.height == pytest.approx(360 / 256, rel=0.01)
    for wrong in ({"slice_index": 14}, {"box": [4, 4, 4, 20]}, {"volume_id": "x"}):
        answer = lead.put(f"{API}/structures/1/example", json={**told, **wrong})
        assert answer.status_code in (404, 422)


@pytest.fixture
def files(tmp_path: Path) -> tuple[bytes, bytes]:
    """Image and labels of another phantom, as a browser would send them."""
    made, labels, _ = make_phantom((24, 24, 8), spacing_mm=(15.0, 12.0, 20.0), seed=3)
    image, reference = tmp_path / "new.nii.gz", tmp_path / "new_label.nii.gz"
    write_volume(made.data, made.grid, image)
    write_labels(labels, reference)
    return image.read_bytes(), reference.read_bytes()


def test_a_volume_is_added_under_the_name_given(
    lead: TestClient, study: Study, files: tuple[bytes, bytes]
) -> None:
    sent = {"image": ("DOE_JOHN.nii.gz", files[0]), "reference": ("DOE_LABEL.nii.gz", files[1])}
    answer = lead.post(f"{API}/volumes", data={"name": "two", "split": "test"}, files=sent)

    assert answer.status_code == 201
    assert [(v["name"], v["has_reference"], v["split"]) for v in answer.json()] == [
        ("one", True, "train"),
        ("two", True, "test"),
    ]
    assert "DOE" not in (study.folder / "manyhands.db").read_bytes().decode("latin-1")
    assert not [path for path in study.folder.rglob("*") if "DOE" in path.name]
    assert actions(study) == ["volume.add"]


@pytest.mark.parametrize(
    ("name", "filename", "content", "words"),
    [
        ("a/b", "a.nii", b"", "volume name"),
        ("two", "a.zip", b"x", "NIfTI"),
        ("two", "a.nii.gz", b"no volume", "not a NIfTI file"),
    ],
)
def test_what_is_no_volume_is_refused_with_the_reason(
    lead: TestClient, name: str, filename: str, content: bytes, words: str
) -> None:
    sent = {"image": (filename, content)}
    answer = lead.post(f"{API}/volumes", data={"name": name}, files=sent)

    assert answer.status_code == 422
    assert words in answer.json()["error"]["message"]
    assert "/tmp" not in answer.text
    assert len(lead.get(f"{API}/volumes").json()) == 1


def test_a_new_structure_of_the_other_side_becomes_the_partner(
    lead: TestClient, study: Study
) -> None:
    for name in ("lung_left", "lung_right"):
        lead.patch(f"{API}/study", json={"structures": [{"name": name}]})

    partners = {s.name: s.partner for s in study.config.structures}
    assert (partners["lung_left"], partners["lung_right"]) == ("lung_right", "lung_left")


def test_a_picture_that_would_fill_the_memory_is_refused(lead: TestClient) -> None:
    """A hundred million pixels of one colour are a file of 100 kB, and 300 MB when opened."""
    given = io.BytesIO()
    Image.new("1", (10_000, 10_000)).save(given, "PNG")
    assert put_example(lead, given.getvalue()) == 422


def test_a_volume_that_would_fill_the_memory_is_refused_before_it_is_unpacked(
    lead: TestClient, study: Study
) -> None:
    """3000 x 3000 x 3000 zeros are 27 GB, and 27 MB when gzipped; nothing but a header is sent."""
    header = nib.Nifti1Header()
    header.set_data_shape((3000, 3000, 3000))
    header.set_data_dtype(np.uint8)
    content = gzip.compress(header.binaryblock + bytes(4))
    answer = lead.post(
        f"{API}/volumes", data={"name": "bomb"}, files={"image": ("a.nii.gz", content)}
    )
    assert answer.status_code == 422
    assert "3000 x 3000 x 3000" in answer.json()["error"]["message"]
