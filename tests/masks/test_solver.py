"""The solver against closed forms, an exact minimum cut, and every labelling there is."""

from __future__ import annotations

from itertools import product

import numba
import numpy as np
import numpy.typing as npt
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from manyhands.masks.solver import Claim, Contest, Field, find_masks, solve
from manyhands.types import MaskStack

IntArray = npt.NDArray[np.int64]


def field(evidence: npt.ArrayLike, weights: npt.ArrayLike | float = 0.0) -> Field:
    """One structure; one weight for all faces, or (3, slices, rows, columns)."""
    values = np.array(evidence, dtype=np.float32)
    faces = np.broadcast_to(np.asarray(weights, dtype=np.float32), (3, *values.shape))
    return Field(values, faces.copy())


def everywhere(fields: int, voxels: int) -> Contest:
    """All voxels claimed by all fields."""
    numbers = np.arange(voxels)
    return Contest(voxels, tuple(Claim(n, numbers, numbers) for n in range(fields)))


def settle(*fields: Field, contest: Contest | None = None) -> list[MaskStack]:
    """Solve for as long as tiny volumes may need, and threshold."""
    solve(fields, contest, iterations=3000, tolerance=0)
    return find_masks(fields, contest)


def pair(evidence: tuple[float, float], weight: float, axis: int = 2) -> Field:
    """Two voxels side by side along an axis."""
    shape = [1, 1, 1]
    shape[axis] = 2
    return field(np.reshape(evidence, shape), weight)


@pytest.mark.parametrize(("evidence", "expected"), [(0.3, 1.0), (-0.3, 0.0), (7, 1.0), (-7, 0.0)])
def test_one_voxel_follows_its_evidence(evidence: float, expected: float) -> None:
    voxel = field([[[evidence]]])
    solve([voxel])
    assert voxel.solution.item() == expected


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize(
    ("evidence", "weight", "expected"),
    [
        ((3, -2), 1.5, [True, False]),  # a boundary costs 1.5, overruling the weaker voxel 2
        ((3, -2), 2.5, [True, True]),
        ((2, -3), 2.5, [False, False]),
        ((-2, 3), 2.5, [True, True]),
        ((3, 2), 9.0, [True, True]),
        ((-3, -2), 9.0, [False, False]),
    ],
)
def test_two_voxels_part_where_a_boundary_is_cheaper_than_the_weaker_evidence(
    evidence: tuple[float, float], weight: float, expected: list[bool], axis: int
) -> None:
    (mask,) = settle(pair(evidence, weight, axis))
    assert mask.reshape(-1).tolist() == expected


@pytest.mark.parametrize("weight", [2.5, 10.0])
def test_it_goes_on_while_only_the_boundaries_move(weight: float) -> None:
    """At the start no voxel moves until the faces have gathered enough to overrule one."""
    two = pair((3, -2), weight)
    solve([two])
    assert (two.solution > 0.5).all()


def test_without_weights_the_sign_of_the_evidence_decides() -> None:
    evidence = np.random.default_rng(0).normal(0, 2, (3, 4, 5))
    (mask,) = settle(field(evidence))
    np.testing.assert_array_equal(mask, evidence > 0)


def test_weights_beyond_the_last_voxel_mean_nothing() -> None:
    rng = np.random.default_rng(1)
    evidence, weights = rng.normal(0, 1, (3, 4, 5)), rng.uniform(0, 1, (3, 3, 4, 5))
    plain = field(evidence, weights)
    weights[0, -1] = weights[1, :, -1] = weights[2, :, :, -1] = 1e6
    other = field(evidence, weights)
    solve([plain])
    solve([other])
    np.testing.assert_array_equal(plain.solution, other.solution)


@pytest.mark.parametrize("strongest_weight", [40, 100, 400])
def test_the_threshold_is_a_minimum_cut(strongest_weight: int) -> None:
    """Against scipy's maximum flow, exact in integers; here units of 0.01 of evidence."""
    for seed in range(12):
        rng = np.random.default_rng(seed)
        evidence = rng.integers(-300, 301, (3, 4, 4))
        weights = rng.integers(0, strongest_weight + 1, (3, 3, 4, 4))
        (mask,) = settle(field(evidence / 100, weights / 100))
        assert energy(mask, evidence, weights) <= least_energy(evidence, weights) + 2, seed


def energy(mask: MaskStack, evidence: IntArray, weights: IntArray) -> int:
    boundary = sum(
        (weights[axis][faces(axis)[0]] * np.diff(mask.astype(int), axis=axis).astype(bool)).sum()
        for axis in range(3)
    )
    return int(boundary - evidence[mask].sum())


def faces(axis: int) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Index of all voxels that have a next one along the axis, and of those next ones."""
    here, there = [slice(None)] * 3, [slice(None)] * 3
    here[axis], there[axis] = slice(0, -1), slice(1, None)
    return tuple(here), tuple(there)


def least_energy(evidence: IntArray, weights: IntArray) -> int:
    """Minimum cut of the graph of Greig, Porteous, Seheult 1989: maximum flow less a constant."""
    number = np.arange(evidence.size).reshape(evidence.shape)
    source, sink = evidence.size, evidence.size + 1
    gain, loss = np.maximum(evidence, 0), np.maximum(-evidence, 0)
    edges = [
        (np.full_like(number, source), number, gain),
        (number, np.full_like(number, sink), loss),
    ]
    for axis in range(3):
        here, there = faces(axis)
        edges.append((number[here], number[there], weights[axis][here]))
        edges.append((number[there], number[here], weights[axis][here]))
    tails, heads, capacities = (
        np.concatenate([edge[part].reshape(-1) for edge in edges]) for part in range(3)
    )
    graph = coo_array(
        (capacities.astype(np.int32), (tails, heads)), shape=(sink + 1, sink + 1)
    ).tocsr()
    return int(maximum_flow(graph, source, sink).flow_value - gain.sum())


class TestContests:
    """Several structures that want the same voxels."""

    def test_the_stronger_evidence_wins(self) -> None:
        first, second = field([[[3, 1, -1, 2]]]), field([[[1, 3, -1, -2]]])
        masks = settle(first, second, contest=everywhere(2, 4))
        assert masks[0].reshape(-1).tolist() == [True, False, False, True]
        assert masks[1].reshape(-1).tolist() == [False, True, False, False]

    def test_of_three_none_takes_what_another_has(self) -> None:
        rng = np.random.default_rng(2)
        fields = [
            field(rng.uniform(-1, 3, (2, 3, 4)), rng.uniform(0, 1, (3, 2, 3, 4))) for _ in range(3)
        ]
        masks = np.array(settle(*fields, contest=everywhere(3, 24)))
        assert (masks.sum(axis=0) <= 1).all()

    @pytest.mark.parametrize(
        "evidence",
        [
            (3.0, 1.0, 1.0),
            (1.0, -2.0, -3.0),
            (2.5, 2.4, 2.3),
        ],
    )
    def test_of_three_the_strongest_wins(self, evidence: tuple[float, float, float]) -> None:
        masks = settle(*(field([[[e]]]) for e in evidence), contest=everywhere(3, 1))
        assert [mask.item() for mask in masks] == [True, False, False]

    def test_only_listed_voxels_are_contested_each_by_its_index_in_both(self) -> None:
        """Crops of 4 and 3 voxels; the last of the one is the first of the other."""
        first, second = field([[[2, 2, 2, 1]]]), field([[[2, 2, 2]]])
        contest = Contest(
            1,
            (
                Claim(0, np.array([3]), np.array([0])),
                Claim(1, np.array([0]), np.array([0])),
            ),
        )
        masks = settle(first, second, contest=contest)
        assert masks[0].reshape(-1).tolist() == [True, True, True, False]
        assert masks[1].all()

    def test_best_of_all_labellings(self) -> None:
        """Two contested fields are one of three levels, and the relaxation of that is exact
        (Ishikawa 2003, doi 10.1109/TPAMI.2003.1233908): all 3^6 labellings are tried."""
        labellings = np.array(list(product(range(3), repeat=6))).reshape(-1, 1, 2, 3)
        for seed in range(8):
            rng = np.random.default_rng(seed)
            evidence = rng.integers(-150, 301, (2, 1, 2, 3))
            weights = rng.integers(0, 201, (2, 3, 1, 2, 3))
            fields = [field(e / 100, w / 100) for e, w in zip(evidence, weights, strict=True)]
            masks = settle(*fields, contest=everywhere(2, 6))
            assert not (masks[0] & masks[1]).any()
            least = min(
                sum(energy(labels == s + 1, evidence[s], weights[s]) for s in (0, 1))
                for labels in labellings
            )
            found = sum(energy(masks[s], evidence[s], weights[s]) for s in (0, 1))
            assert found <= least + 2, seed

    def test_who_comes_first_does_not_matter(self) -> None:
        rng = np.random.default_rng(4)
        evidence, weights = rng.normal(0.5, 1, (2, 2, 3, 4)), rng.uniform(0, 1, (2, 3, 2, 3, 4))
        a, b = settle(*map(field, evidence, weights), contest=everywhere(2, 24))
        c, d = settle(*map(field, evidence[::-1], weights[::-1]), contest=everywhere(2, 24))
        np.testing.assert_array_equal(a, d)
        np.testing.assert_array_equal(b, c)


def random_problem(seed: int) -> tuple[list[Field], Contest]:
    rng = np.random.default_rng(seed)
    fields = [field(rng.normal(0.3, 1, (3, 4, 4)), rng.uniform(0, 1, (3, 3, 4, 4))) for _ in "ab"]
    return fields, everywhere(2, 48)


def test_the_same_problem_has_the_same_solution_with_any_number_of_threads() -> None:
    threads = numba.get_num_threads()
    found = []
    for number in (threads, threads, 1):
        fields, contest = random_problem(5)
        numba.set_num_threads(number)
        try:
            solve(fields, contest)
        finally:
            numba.set_num_threads(threads)
        found.append(fields)
    for other in found[1:]:
        for one, two in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one.solution, two.solution)


def test_a_warm_start_gives_the_same_masks_as_a_cold_one() -> None:
    warm, contest = random_problem(6)
    settle(*warm, contest=contest)
    cold, cold_contest = random_problem(7)
    for one, other in zip(warm, cold, strict=True):
        one.evidence, one.weights = other.evidence, other.weights
    after = settle(*warm, contest=contest)
    np.testing.assert_array_equal(after, settle(*cold, contest=cold_contest))


def test_a_solved_problem_is_done_at_once() -> None:
    fields, contest = random_problem(8)
    settle(*fields, contest=contest)
    assert solve(fields, contest, iterations=100) < 10


def test_iterations_are_capped_and_counted() -> None:
    fields, contest = random_problem(9)
    assert solve(fields, contest, iterations=7, tolerance=0) == 7
    before = fields[0].solution.copy()
    assert solve(fields, contest, iterations=0) == 0
    np.testing.assert_array_equal(fields[0].solution, before)


def test_fields_stay_between_0_and_1() -> None:
    fields, contest = random_problem(10)
    for _ in range(20):
        solve(fields, contest, iterations=1, tolerance=0)
        assert all(f.solution.min() >= 0 and f.solution.max() <= 1 for f in fields)
