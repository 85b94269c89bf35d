"""What a network's answers do to masks, with networks that see everything, nothing or nonsense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from tests.evidence.prompted.fakes import Oracle

from manyhands.boxes import interpolate, make_track
from manyhands.errors import ConfigError
from manyhands.evidence import MODELS, OwnBox, Sight
from manyhands.evidence.prompted.calibration import calibrated, logistic
from manyhands.evidence.prompted.ensemble import Asked, ask, boxes_to_ask
from manyhands.evidence.sam import SAM_MODELS, Embedding
from manyhands.evidence.sam.cached import CachedNetwork
from manyhands.evidence.sam.video import Followed, Piece
from manyhands.geometry import from_stack, grid_of_source, to_stack
from manyhands.masks import LiveMasks, segment
from manyhands.types import Consensus, MaskStack, Segmentation, Volume

SHAPE = (9, 60, 64)  # slices, rows, columns
SPACING = (5.0, 2.0, 2.0)
SLICES = np.arange(1, 8)
AGREED = (10.0, 8.0, 50.0, 44.0)


def ellipse() -> MaskStack:
    row, column = np.ogrid[: SHAPE[1], : SHAPE[2]]
    mask = np.zeros(SHAPE, dtype=np.bool_)
    mask[SLICES] = ((row - 30) / 15) ** 2 + ((column - 26) / 12) ** 2 < 1
    return mask


ORGAN = ellipse()


def volume(*, contrast_hu: float = 20.0, noise_hu: float = 40.0) -> Volume:
    """An organ that is hard to tell from noise, and a far brighter thing beside its box."""
    rng = np.random.default_rng(1)
    stack = 40 + rng.normal(0, noise_hu, SHAPE) + contrast_hu * ORGAN
    stack[:, :5, :5] = 300
    data = np.ascontiguousarray(from_stack(stack.astype(np.float32)))
    k_mm, row_mm, column_mm = SPACING
    return Volume(data, grid_of_source(data.shape, np.diag([column_mm, row_mm, k_mm, 1])))


def boxed(every: int = 1, edges: Sequence[float] = AGREED) -> Consensus:
    slices = SLICES[::every]
    track = interpolate(make_track(slices, np.tile(edges, (len(slices), 1))))
    presence = np.isin(np.arange(SHAPE[0]), SLICES).astype(float)
    return Consensus((track,), presence, np.ones(SHAPE[0], dtype=np.bool_))


class Seer(Oracle):
    """Knows the organ whatever the slice looks like: it is told which slice it is by its greys."""

    def __init__(self, seen: MaskStack = ORGAN, **others: float) -> None:
        super().__init__(**others)  # type: ignore[arg-type]
        self._by_slice: dict[bytes, npt.NDArray[np.bool_]] = {}
        self._seen = seen

    def learn(self, greys: npt.NDArray[np.uint8]) -> None:
        for picture, mask in zip(greys, self._seen, strict=True):
            self._by_slice[picture.astype(np.float16).tobytes()] = mask

    def _answer(self, embedding: Embedding, prompt: object) -> npt.NDArray[np.float32]:
        mask = self._by_slice[embedding.features[0].tobytes()]
        return (self.sign * np.where(mask, 6.0, -6.0)).astype(np.float32)


def seeing(network: Oracle, **how: object) -> Sight:
    return Sight(CachedNetwork(network), **how)  # type: ignore[arg-type]


def taught(seer: Seer, of: Volume) -> Seer:
    from manyhands.evidence.sam.greys import to_greys

    seer.learn(to_greys(of, SAM_MODELS["sam-vit-b"]))
    return seer


def organ_of(found: Segmentation) -> MaskStack:
    return np.asarray(to_stack(found.labels.data) == 1)


def dice(first: MaskStack, second: MaskStack) -> float:
    return float(2 * (first & second).sum() / max(first.sum() + second.sum(), 1))


class TestMasks:
    def test_what_a_network_sees_helps_where_intensities_see_little(self) -> None:
        noisy = volume()
        alone = organ_of(segment(noisy, {1: boxed()}))
        seer = taught(Seer(), noisy)

        together = organ_of(segment(noisy, {1: boxed()}, model="sam-vit-b", sight=seeing(seer)))

        assert dice(alone, ORGAN) < 0.9
        assert dice(together, ORGAN) > dice(alone, ORGAN) + 0.05
        assert dice(together, ORGAN) > 0.93

    @pytest.mark.parametrize("sign", [0.0, -1.0])
    def test_a_network_that_knows_nothing_or_the_contrary_has_no_say(self, sign: float) -> None:
        clear = volume(contrast_hu=120, noise_hu=15)
        alone = organ_of(segment(clear, {1: boxed()}))
        wrong = taught(Seer(sign=sign), clear)

        found = organ_of(segment(clear, {1: boxed()}, model="sam-vit-b", sight=seeing(wrong)))

        np.testing.assert_array_equal(found, alone)

    def test_the_same_again(self) -> None:
        noisy = volume()
        first, again = (
            segment(noisy, {1: boxed()}, model="sam-vit-b", sight=seeing(taught(Seer(), noisy)))
            for _ in range(2)
        )
        np.testing.assert_array_equal(first.labels.data, again.labels.data)
        np.testing.assert_array_equal(first.probability, again.probability)

    def test_only_slices_with_a_box_are_encoded_and_each_once(self) -> None:
        noisy = volume()
        seer = taught(Seer(), noisy)

        segment(noisy, {1: boxed(), 2: boxed()}, model="sam-vit-b", sight=seeing(seer))

        assert seer.encoded == len(SLICES)

    def test_boxes_that_were_tightened_are_asked_with_again(self) -> None:
        clear = volume(contrast_hu=120, noise_hu=15)
        seer = taught(Seer(), clear)
        segment(clear, {1: boxed()}, model="sam-vit-b", sight=seeing(seer))
        boxes = {prompt.box for _, prompt in seer.asked}

        tight = [b for b in boxes if b is not None and b[2] - b[0] < 36 and b[3] - b[1] < 30]

        assert tight  # the organ is 30 x 24, its box was 40 x 36
        assert AGREED in boxes

    def test_without_its_network_a_model_says_what_is_missing(self) -> None:
        with pytest.raises(ConfigError, match="the model 'medsam' needs its network"):
            segment(volume(), {1: boxed()}, model="medsam")

    def test_a_second_look_asks_in_planes_across_as_well(self) -> None:
        """Coronal planes have 64 columns, sagittal ones 60; both 9 slices of 5 mm, 2 mm a pixel."""
        clear = volume(contrast_hu=200, noise_hu=5)
        oracle = Oracle(bright=150)

        found = segment(
            clear, {1: boxed()}, model="sam-vit-b", sight=seeing(oracle, looks_twice=True)
        )

        shapes = {shape for shape, _ in oracle.asked}
        assert shapes == {(60, 64), (22, 64), (22, 60)}
        assert dice(organ_of(found), ORGAN) > 0.95

    def test_what_is_carried_stands_where_nobody_drew(self) -> None:
        """Boxes on every third slice, and a network that sees on none but follows them all."""
        noisy = volume()
        followed: list[Piece] = []

        def propagate(embeddings: object, pieces: Sequence[Piece]) -> list[Followed]:
            followed.extend(pieces)
            (piece,) = pieces
            return [
                Followed(0, k, np.where(ORGAN[k], 6.0, -6.0).astype(np.float32), 5.0)
                for k in range(piece.first, piece.last + 1)
            ]

        blind = taught(Seer(sign=0.0), noisy)
        sight = seeing(blind, propagate=propagate)
        found = segment(noisy, {1: boxed(every=3)}, model="sam2.1-tiny-video", sight=sight)

        assert sorted(followed[0].prompts) == [1, 4, 7]
        assert (followed[0].first, followed[0].last) == (1, 7)
        assert len(followed) == 1
        assert dice(organ_of(found)[[2, 3, 5, 6]], ORGAN[[2, 3, 5, 6]]) > 0.9

    def test_a_live_mask_asks_only_about_the_box_that_changed(self) -> None:
        noisy = volume()
        seer = taught(Seer(), noisy)
        live = LiveMasks(noisy, {1: boxed()}, model="sam-vit-b", sight=seeing(seer))
        before = len(seer.asked)
        changed = boxed()
        track = changed.tracks[0]
        boxes = track.boxes.copy()
        boxes[3] += (-6, -6, 6, 6)
        changed = replace(changed, tracks=(replace(track, boxes=boxes),))

        update = live.refresh(1, changed)

        whole = np.zeros(SHAPE, dtype=np.bool_)
        whole[update.where] = update.mask
        assert dice(whole, ORGAN) > 0.9
        assert 0 < len(seer.asked) - before <= 10
        assert seer.encoded == len(SLICES)


@pytest.mark.parametrize("name", SAM_MODELS)
def test_every_network_of_the_table_is_a_model(name: str) -> None:
    assert MODELS[name].network == SAM_MODELS[name]
    noisy = volume(contrast_hu=150, noise_hu=10)
    oracle = Oracle(bright=170, name=name)

    found = segment(noisy, {1: boxed(every=2)}, model=name, sight=seeing(oracle))

    assert dice(organ_of(found), ORGAN) > 0.9
    assert oracle.asked


class TestEnsemble:
    def test_the_crowds_boxes_are_asked_with_and_share_half_of_the_say(self) -> None:
        own = [OwnBox(3, (8, 8, 52, 46), 0.5), OwnBox(3, (12, 9, 48, 40), 0.25)]

        asked = boxes_to_ask(AGREED, own, (60, 64))

        assert [box.edges for box in asked] == [AGREED, (8, 8, 52, 46), (12, 9, 48, 40)]
        assert [box.say for box in asked] == pytest.approx([1, 2 / 3, 1 / 3])

    def test_where_nobody_else_drew_the_box_is_moved_a_little(self) -> None:
        """4 % of 40 rows and 36 columns, out and in."""
        asked = boxes_to_ask(AGREED, [], (60, 64))

        assert [box.edges for box in asked] == [
            AGREED,
            pytest.approx((8.4, 6.56, 51.6, 45.44)),
            pytest.approx((11.6, 9.44, 48.4, 42.56)),
        ]

    def test_boxes_of_another_organ_or_of_nobody_to_trust_are_left_out(self) -> None:
        other = OwnBox(3, (40, 40, 60, 60))
        distrusted = OwnBox(3, AGREED, 0.0)

        asked = boxes_to_ask(AGREED, [other, distrusted], (60, 64))

        assert len(asked) == 3
        assert all(box.edges != other.edges for box in asked)

    def test_a_box_beside_the_slice_is_not_asked_with(self) -> None:
        assert boxes_to_ask((70.0, 5.0, 80.0, 9.0), [], (60, 64)) == ()

    def test_answers_that_agree_are_trusted_more(self) -> None:
        """Two boxes of which one sees 100 pixels and the other half of them: IoU 1 and 1/2 with the
        mean, which for equal say holds what both see.
        """
        oracle = Oracle(bright=1)
        (embedding,) = oracle.encode([np.full((20, 20), 9, dtype=np.uint8)])
        whole, half = Asked((0, 0, 10, 10), 1.0), Asked((0, 0, 5, 10), 1.0)

        alike = ask(oracle, embedding, [whole, whole])
        unlike = ask(oracle, embedding, [whole, half])

        assert alike.stability == 1
        assert unlike.stability == pytest.approx(0.75)
        assert alike.score == 0.5
        assert unlike.confidence < alike.confidence


class TestCalibration:
    """Logits are worth what the mask so far says of them."""

    rng = np.random.default_rng(0)
    mask = rng.random((4, 40, 40)) < 0.3
    everywhere = np.ones(mask.shape, dtype=np.bool_)

    def test_known_odds_are_found_again(self) -> None:
        """At a slope of 3 and an offset of -1, from 20,000 draws."""
        values = self.rng.normal(size=20_000)
        is_true = self.rng.random(20_000) < 1 / (1 + np.exp(-(3 * values - 1)))

        slope, offset = logistic(values, is_true.astype(float))

        assert slope == pytest.approx(3, abs=0.15)
        assert offset == pytest.approx(-1, abs=0.1)

    def test_what_is_in_no_relation_says_next_to_nothing(self) -> None:
        noise = self.rng.normal(0, 5, self.mask.shape).astype(np.float32)

        assert np.abs(calibrated(noise, self.mask, self.everywhere)).max() < 0.3

    def test_the_scale_of_logits_does_not_matter(self) -> None:
        logits = (self.mask * 2 - 1 + self.rng.normal(0, 1, self.mask.shape)).astype(np.float32)

        one, hundred = (calibrated(s * logits, self.mask, self.everywhere) for s in (1, 100))

        np.testing.assert_allclose(one, hundred, atol=1e-3)
        assert one[self.mask].mean() > 1
        assert one[~self.mask].mean() < -1

    def test_ratios_tell_nothing_of_how_full_boxes_are(self) -> None:
        """A logit as common within as without is worth 0, though most voxels are without."""
        is_sure = self.rng.random(self.mask.shape) < 0.5
        logits = np.where(is_sure, np.where(self.mask, 4.0, -4.0), 0.0).astype(np.float32)

        ratio = calibrated(logits, self.mask, self.everywhere)

        assert np.abs(ratio[~is_sure]).max() < 0.5

    @pytest.mark.parametrize("sign", [0, -1])
    def test_the_contrary_and_nothing_at_all_are_0(self, sign: int) -> None:
        logits = (sign * np.where(self.mask, 5.0, -5.0)).astype(np.float32)

        assert not calibrated(logits, self.mask, self.everywhere).any()

    def test_empty_full_and_nowhere_are_0(self) -> None:
        logits = np.where(self.mask, 5.0, -5.0).astype(np.float32)
        nothing = np.zeros_like(self.mask)

        for mask, where in (
            (nothing, self.everywhere),
            (self.everywhere, self.everywhere),
            (self.mask, nothing),
        ):
            assert not calibrated(logits, mask, where).any()
