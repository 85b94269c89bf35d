"""What a network answers about one slice, as it is drawn."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from manyhands.config import COLOURS
from manyhands.evidence.sam import Embedding, Prompt, Promptable
from manyhands.evidence.sam.everything import Grid, segment_everything
from manyhands.store import Study
from manyhands.types import Structure

if TYPE_CHECKING:  # loads matplotlib, which takes its time
    from manyhands.report.look import Edges, Shown


def ask_for_everything(engine: Promptable, embedding: Embedding, grid: Grid) -> list[Shown]:
    """All things the network can tell apart on a slice."""
    from manyhands.report.look import Shown

    found = segment_everything(engine, embedding, grid)
    return [
        Shown(
            "",
            COLOURS[n % len(COLOURS)],
            found.cutout(n),
            (tuple(found.boxes[n].tolist()),),
            score=float(found.scores[n]),
            corner=found.corner(n),
        )
        for n in range(len(found))
    ]


def ask_with(engine: Promptable, embedding: Embedding, prompts: Sequence[Prompt]) -> list[Shown]:
    """One thing for each prompt."""
    from manyhands.report.look import Shown

    decoded = engine.decode(embedding, prompts)
    return [
        Shown(
            f"prompt {n}",
            COLOURS[n % len(COLOURS)],
            decoded.masks[n, 0],
            () if prompt.box is None else (prompt.box,),
            tuple((*p, i) for p, i in zip(prompt.points, prompt.is_inside, strict=True)),
            float(decoded.scores[n, 0]),
        )
        for n, prompt in enumerate(prompts)
    ]


def ask_with_boxes(
    study: Study, engine: Promptable, embedding: Embedding, boxes: dict[int, tuple[Edges, ...]]
) -> list[Shown]:
    """Each structure with all its boxes; its score is the lowest of its pieces'."""
    asked = [(s, box) for s, edges in boxes.items() for box in edges]
    decoded = engine.decode(embedding, [Prompt(box=box) for _, box in asked])
    places: defaultdict[int, list[int]] = defaultdict(list)
    for n, (structure_id, _) in enumerate(asked):
        places[structure_id].append(n)
    return [
        shown_as(
            structure,
            np.asarray(decoded.masks[of, 0].any(axis=0)),
            boxes[structure.structure_id],
            float(decoded.scores[of, 0].min()),
        )
        for structure in study.config.structures
        if (of := places.get(structure.structure_id))
    ]


def shown_as(
    structure: Structure,
    mask: npt.NDArray[np.bool_],
    boxes: tuple[Edges, ...],
    score: float | None = None,
) -> Shown:
    """A structure with its mask (rows, columns), in its own colour."""
    from manyhands.report.look import Shown

    return Shown(structure.name, structure.colour, mask, boxes, score=score)
