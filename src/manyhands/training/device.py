"""Which graphics card a training gets, so that those side by side have each their own."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from manyhands.errors import StudyBusyError
from manyhands.store.lock import hold_lock

VISIBLE = "CUDA_VISIBLE_DEVICES"


def find_cards() -> tuple[str, ...]:
    """The NVIDIA cards that this process may use, as their driver names them; none without one."""
    if VISIBLE in os.environ:
        return tuple(card for card in os.environ[VISIBLE].split(",") if card not in ("", "-1"))
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(listed.stdout.split())


@contextmanager
def free_card(cards: Sequence[str], *, folder: Path | None = None) -> Iterator[str | None]:
    """A card that no other training of this machine has; None where there are no cards.

    Where all are taken, the first is shared: slow, but it goes on. Locks lie in `folder`, else
    where the system keeps temporary files; of other people's trainings nothing is known.
    """
    place = folder or Path(tempfile.gettempdir())
    with ExitStack() as held:
        for card in cards:
            name = "".join(c for c in card if c.isalnum())
            try:
                held.enter_context(hold_lock(place / f"{_whose()}-card-{name}.lock", "train"))
            except StudyBusyError:
                continue
            yield card
            return
        yield cards[0] if cards else None


def _whose() -> str:
    """A lock file in a folder of everybody can be opened by its owner alone."""
    return f"manyhands-{os.getuid()}" if hasattr(os, "getuid") else "manyhands"
