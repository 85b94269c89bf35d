"""Where weights lie, how they get there, and the check that they are the ones they should be."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import platformdirs

from manyhands.errors import WeightsError
from manyhands.evidence.sam.table import Checkpoint, SamModel

FOLDER_VARIABLE = "MANYHANDS_WEIGHTS"
CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60
TRIES = 5
"""A download that breaks off goes on from there so many times before it gives up."""

Downloaded = Callable[[int, int | None], None]
"""Called with the bytes that are there, and how many there will be (None: nobody knows)."""


def weights_folder(given: Path | None = None) -> Path:
    """`given`, else the folder MANYHANDS_WEIGHTS names, else the user's own data folder."""
    if given is not None:
        return given
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("manyhands") / "weights"


def find_weights(model: SamModel, folder: Path) -> Path:
    """The model's file in `folder`. Raises `WeightsError` saying how it gets there."""
    path = folder / model.checkpoint.file
    if path.is_file():
        return path
    if model.checkpoint.url is None:
        how = f"put {model.checkpoint.file} there by hand: nobody offers it to programs"
    else:
        how = (
            f"`manyhands models fetch {model.name}` gets it; without a network, put "
            f"{model.checkpoint.file} there by hand"
        )
    raise WeightsError(f"{path}: not found. {how[0].upper()}{how[1:]}")


def sha256_of_weights(path: Path, checkpoint: Checkpoint | None = None) -> str:
    """The file's SHA-256.

    Raises `WeightsError` where there is no such file, or it is not the one `checkpoint` pins.
    """
    check_is_file(path)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: weights that cannot be read: {error.strerror}") from error
    expected = checkpoint.sha256 if checkpoint else None
    if expected is not None and found != expected:
        raise WeightsError(
            f"{path}: not the published file: expected SHA-256 {expected}, found {found}. "
            "Take it away and fetch it again; your own weights go with --weights"
        )
    return found


def check_is_file(path: Path) -> None:
    """Raises `WeightsError`, saying what was expected, where there is no file of that name."""
    if path.is_file():
        return
    found = "a folder" if path.is_dir() else "nothing"
    raise WeightsError(
        f"{path}: expected a file of weights (.pth, .pt or .safetensors), found {found}. Is the "
        "path right? Without --weights the published file is taken: `manyhands models` says where "
        "it lies"
    )


def fetch_weights(model: SamModel, folder: Path, watch: Downloaded | None = None) -> Path:
    """Download the model's file into `folder`, unless it is there already; its hash is checked.

    What has come is kept beside it as `.part`, and the next call goes on from there. Raises
    `WeightsError` where there is nowhere to get it from, where the network fails, or where the file
    is not the one that was published.
    """
    path = folder / model.checkpoint.file
    if path.is_file():
        sha256_of_weights(path, model.checkpoint)
        return path
    if model.checkpoint.url is None:
        find_weights(model, folder)  # says what to do instead
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    _download(model.checkpoint, part, watch or (lambda _done, _total: None))
    try:
        sha256_of_weights(part, model.checkpoint)
    except WeightsError:
        part.unlink()  # going on from wrong bytes would never end well
        raise
    part.replace(path)
    return path


def _download(checkpoint: Checkpoint, part: Path, watch: Downloaded) -> None:
    """Fill `part`, each try from where the one before ended."""
    reason = "the connection ended early"
    for _ in range(TRIES):
        try:
            if _continue(checkpoint, part, watch):
                return
        except urllib.error.HTTPError as error:
            raise WeightsError(f"{checkpoint.url}: the server says {error}") from error
        except (OSError, http.client.HTTPException) as error:
            reason = str(error)
    came = part.stat().st_size if part.exists() else 0
    of = f" of {checkpoint.size_bytes}" if checkpoint.size_bytes else ""
    raise WeightsError(
        f"{checkpoint.url}: {came}{of} bytes came, then: {reason}. "
        "Call the same command again: it goes on from there"
    )


def _continue(checkpoint: Checkpoint, part: Path, watch: Downloaded) -> bool:
    """One connection. True where all bytes are there at its end."""
    came = part.stat().st_size if part.exists() else 0
    if checkpoint.size_bytes is not None and came >= checkpoint.size_bytes:
        return True
    request = urllib.request.Request(str(checkpoint.url), headers={"Range": f"bytes={came}-"})
    with contextlib.closing(urllib.request.urlopen(request, timeout=TIMEOUT_S)) as answer:
        is_rest = answer.status == http.HTTPStatus.PARTIAL_CONTENT
        came = came if is_rest else 0  # a server that knows no ranges sends all of it again
        length = answer.headers.get("Content-Length")
        total = came + int(length) if length else checkpoint.size_bytes
        with part.open("ab" if is_rest else "wb") as file:
            while chunk := answer.read(CHUNK_BYTES):
                file.write(chunk)
                came += len(chunk)
                watch(came, total)
    return total is None or came >= total
