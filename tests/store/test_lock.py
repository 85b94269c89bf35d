from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from manyhands.errors import StudyBusyError
from manyhands.store.lock import hold_lock


def test_while_one_holds_the_lock_the_second_is_told_who(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with (
        hold_lock(path, "segment"),
        pytest.raises(
            StudyBusyError, match=rf"'segment' is at work \(process {os.getpid()} on .+, since 20"
        ),
        hold_lock(path, "evaluate"),
    ):
        pytest.fail("two hold the lock")


def test_the_lock_is_free_again_after_the_block_also_if_it_raised(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), hold_lock(path, "segment"):
        raise RuntimeError
    with hold_lock(path, "segment"):
        pass

    assert path.read_text() == ""


def test_where_nothing_can_be_written_the_file_is_named(tmp_path: Path) -> None:
    """No file may grow, which to a program is what a full disk is."""
    path = tmp_path / "lock"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        with pytest.raises(OSError, match="lock") as failure, hold_lock(path, "init"):
            pytest.fail("the lock is held")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert failure.value.filename == str(path)


def test_a_holder_who_has_not_written_its_name_yet_is_another_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold_lock(path, "segment"):
        path.write_text("")
        with pytest.raises(StudyBusyError, match="another process"), hold_lock(path, "evaluate"):
            pytest.fail("two hold the lock")


def test_what_a_symbolic_link_in_its_place_leads_to_is_not_emptied(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "lock").symlink_to(precious)

    with (
        pytest.raises(OSError, match="lock"),
        hold_lock(tmp_path / "lock", "segment"),
    ):
        pytest.fail("the lock is held")
    assert precious.read_text() == "kept"


def test_the_lock_vanishes_with_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    program = (
        "import sys, time; from pathlib import Path; from manyhands.store.lock import hold_lock\n"
        "with hold_lock(Path(sys.argv[1]), 'segment'): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        with pytest.raises(StudyBusyError, match=f"process {child.pid} "), hold_lock(path, "run"):
            pytest.fail("two hold the lock")
        child.kill()
        child.wait()

    with hold_lock(path, "run"):
        pass
