"""SAM 2 carries what was prompted on some slices to their neighbours, as it follows a film.

Slices are its frames. From the first prompted slice it goes up, from the last one down, each time
with a memory of its own, and never leaves the interval in which the structure is: beyond an organ's
end it would find something else. Several pieces are followed side by side, so that each slice is
encoded once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manyhands.errors import ConfigError, PromptError
from manyhands.evidence.sam.devices import in_float32
from manyhands.evidence.sam.engine import Embedding, Logits
from manyhands.evidence.sam.loaded import TorchEngine
from manyhands.evidence.sam.pictures import input_scale
from manyhands.evidence.sam.prompts import Prompt, check_prompts, to_network
from manyhands.evidence.sam.restoring import restore
from manyhands.evidence.sam.torch_ready import require_torch, require_transformers

MOST_SURE = 32.0
"""Logits are kept within this: a slice on which nothing is found would have -1024."""

EMBEDDINGS_HELD = 8
"""At most 17 MB each in float32: several pieces look at one slice, and each more than once."""

GetEmbedding = Callable[[int], Embedding]
_OBJECT = 1  # each followed piece has a session to itself, in which it is this object


@dataclass(frozen=True)
class Piece:
    """One connected piece to follow: prompts by slice, and the slices `first..last` it lies on.

    Prompts are boxes, points or both; `last` is included.
    """

    prompts: Mapping[int, Prompt]
    first: int
    last: int

    def __post_init__(self) -> None:
        if not self.prompts:
            raise PromptError("a piece to follow needs a prompt on at least one slice")
        beside = [k for k in self.prompts if not self.first <= k <= self.last]
        if beside:
            raise PromptError(
                f"prompt on slice {beside[0]}, but the piece lies on {self.first} to {self.last}"
            )
        if any(prompt.logits is not None for prompt in self.prompts.values()):
            raise PromptError("a piece is followed from boxes and points, not from earlier logits")


@dataclass(frozen=True)
class Followed:
    """What was found of one piece on one slice: log-odds (rows, columns), and the log-odds that it
    is there at all.
    """

    piece: int
    slice_index: int
    logits: Logits
    presence: float


def propagate(
    engine: TorchEngine, embeddings: GetEmbedding, pieces: Sequence[Piece]
) -> list[Followed]:
    """All slices of all pieces, in order of piece and slice.

    `embeddings` gives the embedding of a slice; it is asked for each slice of the pieces about once
    in each direction that needs it, so it should keep what it has encoded. Where both directions
    come by, between the outermost prompts, their log-odds are averaged. Raises `ConfigError` for a
    model that cannot propagate, `PromptError` for a prompt that does not fit its slice.
    """
    if not engine.model.is_video:
        raise ConfigError(f"{engine.model.name} cannot propagate; {engine.model.name}-video may")
    embeddings = functools.lru_cache(maxsize=EMBEDDINGS_HELD)(embeddings)
    found: dict[tuple[int, int], list[tuple[Logits, float]]] = {}
    for is_upwards in (True, False):
        for piece, k, logits, presence in _pass(engine, embeddings, pieces, is_upwards):
            found.setdefault((piece, k), []).append((logits, presence))
    return [
        Followed(
            piece,
            k,
            np.mean([logits for logits, _ in both], axis=0, dtype=np.float32),
            float(np.mean([presence for _, presence in both])),
        )
        for (piece, k), both in sorted(found.items())
    ]


def _pass(
    engine: TorchEngine, embeddings: GetEmbedding, pieces: Sequence[Piece], is_upwards: bool
) -> Iterator[tuple[int, int, Logits, float]]:
    """One direction, all pieces side by side, with memories that nothing was put into before."""
    films = [_Film(engine, embeddings, piece, is_upwards) for piece in pieces]
    wanted = sorted({k for film in films for k in film.slices}, reverse=not is_upwards)
    with require_torch().inference_mode(), in_float32(engine.device):
        for k in wanted:
            for number, film in enumerate(films):
                if k in film.slices:
                    yield number, k, *film.look_at(k)


class _Film:
    """One piece followed in one direction: the session that remembers it, and its slices."""

    def __init__(
        self, engine: TorchEngine, embeddings: GetEmbedding, piece: Piece, is_upwards: bool
    ) -> None:
        start = min(piece.prompts) if is_upwards else max(piece.prompts)
        self.slices = (
            range(start, piece.last + 1) if is_upwards else range(start, piece.first - 1, -1)
        )
        self._engine, self._embeddings = engine, embeddings
        self._piece, self._is_upwards = piece, is_upwards
        self._session: Any = None

    def look_at(self, k: int) -> tuple[Logits, float]:
        """Log-odds on slice k, (rows, columns), and that the piece is there."""
        if self._session is None:
            self._session = self._begin()
        return self._answer(self._run(k), self._embeddings(k).shape)

    def _begin(self) -> Any:
        """A session that has seen all prompted slices: each later one may look back at them."""
        kind = self._engine.device.kind
        torch, transformers = require_torch(), require_transformers()
        session = transformers.Sam2VideoInferenceSession(
            inference_device=kind, inference_state_device=kind, dtype=torch.float32
        )
        # It counts slices from 0 and knows how many there are; it is given features, not pictures.
        session.processed_frames = dict.fromkeys(range(self._piece.last - self._piece.first + 1))
        index = session.obj_id_to_idx(_OBJECT)
        for k, prompt in sorted(self._piece.prompts.items()):
            session.add_point_inputs(index, self._frame(k), self._points(k, prompt))
        self._session = session
        for k in sorted(self._piece.prompts):
            session.obj_with_new_inputs = [_OBJECT]
            self._run(k)
        return session

    def _frame(self, k: int) -> int:
        return k - self._piece.first

    def _points(self, k: int, prompt: Prompt) -> dict[str, Any]:
        torch = require_torch()
        engine, shape = self._engine, self._embeddings(k).shape
        (checked,) = check_prompts([prompt], shape, engine.low_side)
        scale = input_scale(engine.model, shape, engine.architecture.input_px)
        asked = to_network(checked, scale)
        return {
            "point_coords": torch.tensor(asked.coordinates, dtype=torch.float32)[None, None],
            "point_labels": torch.tensor(asked.labels, dtype=torch.int32)[None, None],
        }

    def _run(self, k: int) -> Any:
        self._show(k)
        network = self._engine.family.network
        return network(self._session, frame_idx=self._frame(k), reverse=not self._is_upwards)

    def _show(self, k: int) -> None:
        """Put a slice's features where the network looks for those it has computed already."""
        *fine, coarse = self._engine.to_tensors(self._embeddings(k))
        # The embedding is of a slice without memory; here there is one.
        network = self._engine.family.network
        coarse = coarse - network.no_memory_embedding.reshape(1, -1, 1, 1)
        levels = [level.flatten(2).permute(2, 0, 1) for level in (*fine, coarse)]
        neck = network.vision_encoder.neck
        places = neck.position_encoding(coarse.shape, coarse.device, coarse.dtype)
        self._session.cache.clear_all()
        self._session.cache.cache_vision_features(
            self._frame(k),
            {"vision_feats": levels, "vision_pos_embeds": [places.flatten(2).permute(2, 0, 1)]},
        )

    def _answer(self, output: Any, shape: tuple[int, int]) -> tuple[Logits, float]:
        engine = self._engine
        low = output.pred_masks.float().reshape(1, 1, *output.pred_masks.shape[-2:])
        full = restore(low, engine.model, shape, engine.architecture.input_px)
        limited = full[0, 0].clamp(-MOST_SURE, MOST_SURE)
        return limited.cpu().numpy(), float(output.object_score_logits.reshape(-1)[0])
