"""What a model was made of is noted beside it; one made of other things makes room for the new one.

A training takes days, so no model is ever deleted: it is moved aside, and that is said.
"""

from __future__ import annotations

import logging
import shutil
from datetime import datetime
from pathlib import Path

from manyhands.files import write_text

MARKER = "made_of.txt"
NAMED = 5
"""So many of the things that differ are named."""

logger = logging.getLogger(__name__)


def read_made_of(fold: Path) -> str:
    """Of what the model in a fold's folder was made, a line `name: value` each; "" if unknown."""
    marker = fold / MARKER
    return marker.read_text(encoding="utf-8") if marker.is_file() else ""


def write_made_of(fold: Path, made_of: str) -> None:
    write_text(fold / MARKER, made_of)


def put_aside(fold: Path, made_of: str, when: datetime) -> Path | None:
    """Move a fold's folder aside unless it was made of the same things; gives where it lies now.

    Beside the folder of its model: `MODEL.old-DATE/fold_0`, with copies of its plans, so that
    stock nnU-Net can predict with it, but takes it for a fold of the new model nowhere. A folder
    without any checkpoint holds nothing worth keeping and is removed.
    """
    before = read_made_of(fold)
    if not fold.exists() or before == made_of:
        return None
    if not any(fold.glob("*.pth")):
        shutil.rmtree(fold)
        return None
    model = fold.parent
    target = model.with_name(f"{model.name}.old-{when:%Y-%m-%d-%H%M%S}") / fold.name
    target.parent.mkdir(exist_ok=True)
    for plans in model.glob("*.json"):
        shutil.copy2(plans, target.parent)
    fold.rename(target)
    logger.warning("%s: %s; moved aside to %s", fold, _differing(before, made_of), target)
    return target


def _differing(before: str, now: str) -> str:
    """In words: "was trained with other plan, splits than there are now"."""
    if ": " not in before:  # missing, or a mere hash, as it once was
        return "it is not noted what this model was trained with"
    lines = set(before.splitlines()) ^ set(now.splitlines())
    names = sorted({line.partition(": ")[0] for line in lines})
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"was trained with other {', '.join(names[:NAMED])}{more} than there are now"
