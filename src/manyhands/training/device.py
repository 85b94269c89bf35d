"""Which graphics card a training gets, so that those side by side have each their own."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import platformdirs

from manyhands.errors import StudyBusyError
from manyhands.store.lock import hold_lock

VISIBLE = "CUDA_VISIBLE_DEVICES"

logger = logging.getLogger(__name__)


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
    """A card that no other training of ours on this machine has; None where there are no cards.

    Where all are taken, or none can be locked, the first is shared: slow, but it goes on; in the
    second case a warning says why. Locks lie in `folder`, else in one of our own user, where nobody
    else can put files first; of other people's trainings nothing is known.
    """
    place = folder or platformdirs.user_cache_path("manyhands") / "cards"
    with ExitStack() as held:
        for card in cards:
            if _takes(card, place, held):
                yield card
                return
        yield cards[0] if cards else None


def _takes(card: str, place: Path, held: ExitStack) -> bool:
    """Lock a card for as long as `held` lasts, unless somebody has it or it cannot be locked."""
    # Machines that share a home have each their own cards.
    name = "".join(c for c in f"{socket.gethostname()}-{card}" if c.isalnum() or c in "-_")
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        held.enter_context(hold_lock(place / f"{name}.lock", "train"))
    except StudyBusyError:
        return False
    except OSError as error:
        logger.warning(
            "card %s cannot be locked (%s: %s): trainings side by side may get the same one",
            card,
            error.filename,
            error.strerror,
        )
        return False
    return True
