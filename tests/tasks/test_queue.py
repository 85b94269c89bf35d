from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from manyhands.config import Asking
from manyhands.tasks import Decision, Lease, Standing, Subject, Task, is_gold_turn, lease, next_task

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ASKING = Asking()
A, B, C, D = (Subject(volume, 1) for volume in "abcd")

FRESH = Decision(2, "0 of the first 2 people have answered")
ONE_MORE = Decision(1, "one more")
DISPUTED = Decision(1, "boxes differ", is_disputed=True)
REQUESTED = Decision(1, "one more was asked for", is_requested=True)
ENOUGH = Decision(0, "2 people agree")


def standing(
    subject: Subject,
    decision: Decision = FRESH,
    finished_by: Collection[str] = (),
    *,
    is_complete: bool = True,
) -> Standing:
    people = frozenset(finished_by)
    return Standing(subject, decision, people, bool(people), is_complete and bool(people))


def ask(
    annotator: str,
    *standings: Standing,
    leases: Sequence[Lease] = (),
    history: Sequence[Task] = (),
    gold: Collection[Subject] = (),
    seed: int = 0,
    now: datetime = NOW,
) -> Task | None:
    return next_task(
        annotator,
        standings=standings,
        leases=leases,
        history=history,
        gold=gold,
        asking=ASKING,
        seed=seed,
        now=now,
    )


def test_incomplete_goes_before_disputed_before_fewest_people() -> None:
    incomplete = standing(A, ONE_MORE, ["x", "y", "z"], is_complete=False)
    disputed = standing(B, DISPUTED, ["x", "y"])
    one = standing(C, ONE_MORE, ["x"])
    none = standing(D)

    order = []
    rest = [none, one, disputed, incomplete]
    while rest:
        given = ask("anna", *rest)
        assert given is not None
        order.append(given.subject)
        rest = [s for s in rest if s.subject != given.subject]
    assert order == [A, B, D, C]


def test_what_somebody_asked_for_goes_before_what_nobody_began() -> None:
    requested = standing(B, REQUESTED, ["x", "y"])

    assert ask("anna", standing(A), requested) == Task(B, "anna")


def test_the_seed_alone_decides_between_equals() -> None:
    equals = [standing(Subject(f"volume-{n}", 1)) for n in range(20)]

    first = [ask("anna", *equals, seed=seed) for seed in range(10)]
    again = [ask("ben", *reversed(equals), seed=seed) for seed in range(10)]

    assert [t.subject for t in first if t] == [t.subject for t in again if t]
    assert len(set(first)) > 5


def test_nobody_gets_again_what_they_have_finished() -> None:
    done = standing(A, DISPUTED, ["anna", "ben"])

    assert ask("anna", done) is None
    assert ask("anna", done, history=[Task(A, "anna")]) is None
    assert ask("carl", done) == Task(A, "carl")


def test_where_enough_have_answered_nobody_is_asked() -> None:
    assert ask("carl", standing(A, ENOUGH, ["anna", "ben"])) is None
    assert ask("carl") is None


def test_no_more_people_are_at_a_subject_than_are_wanted() -> None:
    at_it = [lease(Task(A, name), now=NOW, asking=ASKING) for name in ("anna", "ben")]

    assert ask("carl", standing(A), leases=at_it[:1]) == Task(A, "carl")
    assert ask("carl", standing(A), leases=at_it) is None


def test_people_at_it_count_as_people_who_answered() -> None:
    """One is at `first`; whoever comes next gets the other, though the seed would have it first."""
    both = [standing(A), standing(B)]
    first = ask("anna", *both)
    assert first is not None
    second = ask("ben", *both, leases=[lease(first, now=NOW, asking=ASKING)])
    assert second is not None
    assert second.subject != first.subject


def test_an_abandoned_task_is_taken_back() -> None:
    leases = [lease(Task(A, name), now=NOW, asking=ASKING) for name in ("anna", "ben")]
    before, after = (NOW + timedelta(seconds=s) for s in (ASKING.lease_s - 1, ASKING.lease_s))

    assert ask("carl", standing(A), leases=leases, now=before) is None
    assert ask("carl", standing(A), leases=leases, now=after) == Task(A, "carl")


def test_what_one_is_at_goes_on() -> None:
    """Also with something more urgent about, and though enough others have meanwhile answered."""
    own = lease(Task(A, "anna"), now=NOW, asking=ASKING)
    urgent = standing(B, DISPUTED, ["x", "y"])

    assert ask("anna", standing(A), urgent, leases=[own]) == Task(A, "anna")
    assert ask("anna", standing(A, ENOUGH, ["x", "y"]), leases=[own]) == Task(A, "anna")


def test_what_was_left_part_way_is_finished_before_anything_new() -> None:
    left = Standing(A, ONE_MORE, frozenset({"ben"}), is_begun=True, is_complete=False)
    urgent = standing(B, DISPUTED, ["x", "y"], is_complete=False)
    history = [Task(A, "anna")]

    assert ask("anna", left, urgent, history=history) == Task(A, "anna")
    # Unless nobody is wanted there any more, or another has taken the place.
    enough = dataclasses.replace(left, decision=ENOUGH)
    assert ask("anna", enough, urgent, history=history) == Task(B, "anna")
    taken = lease(Task(A, "carl"), now=NOW, asking=ASKING)
    assert ask("anna", left, urgent, history=history, leases=[taken]) == Task(B, "anna")


def work(annotator: str, n_subjects: int, gold: Sequence[Subject], added_at: int = 0) -> list[Task]:
    """All tasks of one annotator, who finishes each before the next."""
    ordinary = [standing(Subject(f"volume-{n}", 1)) for n in range(n_subjects)]
    subjects = [*ordinary, *(standing(subject) for subject in gold)]
    history: list[Task] = []
    while True:
        known = gold if len(history) >= added_at else ()
        given = ask(annotator, *subjects, history=history, gold=known)
        if given is None:
            return history
        history.append(given)
        subjects = [
            dataclasses.replace(s, finished_by=frozenset({annotator}))
            if s.subject == given.subject
            else s
            for s in subjects
        ]


def test_gold_is_hidden_among_the_others() -> None:
    """Five gold subjects and 99 others: all are done once, gold at the turns drawn for it."""
    gold = [Subject(f"known-{n}", 1) for n in range(5)]
    history = work("anna", 99, gold)

    assert Counter(task.subject in gold for task in history) == {False: 99, True: 5}
    assert len(set(history)) == 104
    expected = [turn for turn in range(104) if is_gold_turn("anna", turn, share=0.05, seed=0)]
    assert [turn for turn, task in enumerate(history) if task.subject in gold] == expected


def test_nothing_in_a_task_tells_gold_or_others() -> None:
    assert {f.name for f in dataclasses.fields(Task)} == {"subject", "annotator_id"}
    assert {f.name for f in dataclasses.fields(Subject)} == {"volume_id", "structure_id"}


def test_gold_can_be_added_at_any_time() -> None:
    gold = [Subject("known", 1)]
    late = work("anna", 60, gold, added_at=30)

    turns = [turn for turn, task in enumerate(late) if task.subject in gold]
    later = [t for t in range(30, 61) if is_gold_turn("anna", t, share=0.05, seed=0)]
    assert turns == later[:1]


def test_gold_without_anything_else_to_do_is_not_handed_out() -> None:
    """All the ordinary work of this person is done: more gold would stand out."""
    gold = [Subject(f"known-{n}", 1) for n in range(9)]

    assert work("anna", 0, gold) == []
    for n_ordinary in range(1, 40):
        assert work("anna", n_ordinary, gold)[-1].subject not in gold


def test_gold_without_a_standing_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"gold needs a standing.*volume_id='b'"):
        ask("anna", standing(A), gold=[B])
