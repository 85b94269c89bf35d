"""Weights come whole or not at all, and only the published ones; from a server on this machine."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from manyhands.cli import main
from manyhands.errors import WeightsError
from manyhands.evidence.sam import SAM_MODELS, SamModel, fetch_weights, find_weights
from manyhands.evidence.sam import weights_folder as folder_of
from manyhands.evidence.sam.weights import TRIES, sha256_of_weights

CONTENT = bytes(range(256)) * 20
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Server:
    """Serves CONTENT at `url`; breaks off after so many bytes of each of the first answers."""

    url: str = ""
    breaks_after: list[int] = field(default_factory=list)
    knows_ranges: bool = True
    status: int = 200
    asked_from: list[int] = field(default_factory=list)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    state = Server()
    monkeypatch.setenv("no_proxy", "*")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            start = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
            state.asked_from.append(start)
            if state.status != 200:
                self.send_error(state.status)
                return
            rest = CONTENT[start:] if state.knows_ranges else CONTENT
            self.send_response(206 if state.knows_ranges else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            sent = state.breaks_after.pop(0) if state.breaks_after else len(rest)
            self.wfile.write(rest[:sent])

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        state.url = f"http://127.0.0.1:{http.server_port}/weights.pth"
        yield state
        http.shutdown()
        thread.join()


def model_at(server: Server, sha256: str = SHA256) -> SamModel:
    row = SAM_MODELS["sam-vit-b"]
    checkpoint = replace(row.checkpoint, url=server.url, size_bytes=len(CONTENT), sha256=sha256)
    return replace(row, checkpoint=checkpoint)


def test_download_with_progress(server: Server, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    folder = tmp_path / "new" / "folder"
    path = fetch_weights(model_at(server), folder, lambda done, of: seen.append((done, of)))
    assert path == folder / "sam_vit_b_01ec64.pth"
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert list(folder.iterdir()) == [path]


def test_what_is_there_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        fetch_weights(model_at(server), tmp_path)
    assert server.asked_from == [0]


def test_a_download_that_breaks_off_goes_on_from_there(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [1000, 500]
    path = fetch_weights(model_at(server), tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.asked_from == [0, 1000, 1500]


def test_a_server_that_knows_no_ranges_begins_anew(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [1000]
    server.knows_ranges = False
    assert fetch_weights(model_at(server), tmp_path).read_bytes() == CONTENT


def test_the_next_call_goes_on_where_this_one_gave_up(server: Server, tmp_path: Path) -> None:
    server.breaks_after = [100] * TRIES
    with pytest.raises(WeightsError, match=rf"{100 * TRIES} of {len(CONTENT)} bytes came"):
        fetch_weights(model_at(server), tmp_path)
    assert not (tmp_path / "sam_vit_b_01ec64.pth").exists()
    server.asked_from.clear()
    assert fetch_weights(model_at(server), tmp_path).read_bytes() == CONTENT
    assert server.asked_from == [100 * TRIES]


def test_the_same_from_the_command_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SAM_MODELS, "sam-vit-b", model_at(server))
    words = ["models", "fetch", "sam-vit-b", "--weights-folder", str(tmp_path)]
    server.breaks_after = [100] * TRIES

    first = CliRunner().invoke(main, words)
    second = CliRunner().invoke(main, words)

    assert first.exit_code == 1
    assert "Call the same command again: it goes on from there" in first.stderr
    assert second.exit_code == 0, second.output
    assert Path(second.stdout.strip()).read_bytes() == CONTENT
    assert server.asked_from[-1] == 100 * TRIES


def test_wrong_bytes_are_not_kept(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=rf"expected SHA-256 {'0' * 64}, found {SHA256}"):
        fetch_weights(model_at(server, sha256="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_the_server_says_is_said(server: Server, tmp_path: Path) -> None:
    server.status = 404
    with pytest.raises(WeightsError, match="the server says HTTP Error 404"):
        fetch_weights(model_at(server), tmp_path)
    assert server.asked_from == [0]


def test_no_server_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    nowhere = Server(url="http://127.0.0.1:9/weights.pth")
    with pytest.raises(WeightsError, match="Call the same command again"):
        fetch_weights(model_at(nowhere), tmp_path)


def test_a_file_put_there_by_hand_is_found_and_checked(tmp_path: Path) -> None:
    """As in a hospital without a network."""
    model = model_at(Server())
    path = tmp_path / model.checkpoint.file
    path.write_bytes(CONTENT)
    assert find_weights(model, tmp_path) == path
    assert fetch_weights(model, tmp_path) == path
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(WeightsError, match="not the published file"):
        fetch_weights(model, tmp_path)


def test_missing_weights_say_how_they_get_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="`manyhands models fetch sam-vit-h` gets it"):
        find_weights(SAM_MODELS["sam-vit-h"], tmp_path)
    with pytest.raises(WeightsError, match=r"Put medsam_vit_b\.pth there by hand"):
        find_weights(SAM_MODELS["medsam"], tmp_path)
    with pytest.raises(WeightsError, match="by hand"):
        fetch_weights(SAM_MODELS["medsam"], tmp_path)


def test_weights_without_a_pinned_hash_are_only_named_by_theirs(tmp_path: Path) -> None:
    path = tmp_path / "medsam_vit_b.pth"
    path.write_bytes(CONTENT)
    assert sha256_of_weights(path, SAM_MODELS["medsam"].checkpoint) == SHA256


def test_the_folder_that_is_given_named_or_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANYHANDS_WEIGHTS", str(tmp_path / "named"))
    assert folder_of(tmp_path / "given") == tmp_path / "given"
    assert folder_of() == tmp_path / "named"
    monkeypatch.delenv("MANYHANDS_WEIGHTS")
    assert folder_of().name == "weights"
    assert "manyhands" in folder_of().parts
