"""nnU-Net's process, with small programs in its place where it is not what is tested."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

import pytest

from manyhands.errors import MethodError
from manyhands.training import check_installed, process
from manyhands.training.process import run_child


def test_without_nnunet_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", version)
    with pytest.raises(MethodError, match=r"the extra 'nnunet' brings it: pip install"):
        check_installed()


def test_another_minor_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "2.9.0")
    with pytest.raises(MethodError, match=r"nnU-Net 2\.9\.0 is installed, 2\.8\.x is supported"):
        check_installed()
    monkeypatch.setattr(metadata, "version", lambda name: "2.8.7")
    assert check_installed() == "2.8.7"


def run_program(monkeypatch: pytest.MonkeyPatch, program: str, log: Path, **more: object) -> None:
    """`run_child` with a program of ours in the place of nnU-Net's."""
    real = subprocess.Popen

    def popen(arguments: list[str], **settings: object) -> object:
        assert arguments[1:] == ["-u", "-m", "manyhands.training.child"]
        return real([sys.executable, "-u", "-c", program], **settings)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", popen)
    run_child("train", {"fold": "0"}, {"nnUNet_raw": "there"}, log=log, **more)  # type: ignore[arg-type]


def test_the_child_has_its_own_environment_and_ours_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("nnUNet_raw", raising=False)
    before = dict(os.environ)
    heard: list[str] = []
    program = "import os; print(input()); print(os.environ['nnUNet_raw'])"
    run_program(monkeypatch, program, tmp_path / "log", listen=heard.append)

    assert heard == ['{"task": "train", "fold": "0"}', "there"]
    assert (tmp_path / "log").read_text().splitlines() == heard
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("raise RuntimeError('no more')", "RuntimeError: no more"),
        ("raise OSError(28, 'No space left on device')", "No space left on device"),
        ("import os; os.kill(os.getpid(), 9)", "memory was full"),
        ("import sys; print('odd'); sys.exit(3)", "odd"),
    ],
)
def test_why_it_failed_is_said_with_the_place_of_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str, reason: str
) -> None:
    with pytest.raises(MethodError, match=reason) as caught:
        run_program(monkeypatch, program, tmp_path / "log")
    assert str(tmp_path / "log") in str(caught.value)


def test_who_stops_listening_ends_the_child(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def listen(line: str) -> None:
        raise KeyboardInterrupt(line)

    program = "import os, time; print(os.getpid()); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt) as stop:
        run_program(monkeypatch, program, tmp_path / "log", listen=listen)
    assert not is_alive(int(str(stop.value)))


PARENT = """
import sys
from pathlib import Path
from manyhands.training import process

real = process.subprocess.Popen
program = '''
from manyhands.training.child.__main__ import _first_line, _leave_with_parent, _take_standard_input
import os, threading, time
said = _take_standard_input()
_first_line(said)
threading.Thread(target=_leave_with_parent, args=(said,), daemon=True).start()
print(os.getpid())
time.sleep(60)
'''
process.subprocess.Popen = lambda a, **k: real([sys.executable, "-u", "-c", program], **k)
process.run_child("train", {}, {}, log=Path(sys.argv[1]), listen=lambda l: print(l, flush=True))
"""


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_alive(child)
        parent.kill()
    until = time.monotonic() + 10
    while is_alive(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(child)


def is_alive(pid: int) -> bool:
    """A process that has ended and waits to be asked how is not alive."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def test_a_full_disk_is_named_whatever_the_program_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """torch says only that a writer failed."""
    monkeypatch.setattr(process, "FULL_BYTES", 2**70)
    with pytest.raises(MethodError, match="the disk is full; make room"):
        run_program(monkeypatch, "raise RuntimeError('writer failed')", tmp_path / "log")
