from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from manyhands.errors import ConfigError, StudyError
from manyhands.pipeline import (
    EVERYBODY,
    alone,
    find_agreement,
    make_annotators,
    read_consensus,
    simulate_answers,
)
from manyhands.pipeline.consensus import consensus_fingerprint, from_json, to_json
from manyhands.pipeline.places import read_json
from manyhands.store import Study
from manyhands.types import Consensus, Track

numbers = st.floats(-1e6, 1e6)


@st.composite
def tracks(draw: st.DrawFn) -> Track:
    n = draw(st.integers(0, 4))
    return Track(
        np.arange(n, dtype=np.int64) + draw(st.integers(0, 5)),
        draw(arrays(np.float64, (n, 4), elements=numbers)),
        draw(arrays(np.bool_, n)),
        draw(arrays(np.float64, (n, 4), elements=numbers)),
    )


@settings(max_examples=25)
@given(
    st.lists(tracks(), max_size=3),
    arrays(np.float64, 6, elements=st.floats(0, 1)),
    arrays(np.bool_, 6),
    st.dictionaries(st.text(max_size=3), numbers, max_size=3),
)
def test_a_consensus_comes_back_from_json_bit_by_bit(
    found: list[Track],
    presence: np.ndarray[tuple[int], np.dtype[np.float64]],
    is_seen: np.ndarray[tuple[int], np.dtype[np.bool_]],
    weights: dict[str, float],
) -> None:
    consensus = Consensus(tuple(found), presence, is_seen, weights)

    back = from_json(to_json(consensus))

    np.testing.assert_array_equal(back.presence, presence)
    np.testing.assert_array_equal(back.is_seen, is_seen)
    assert back.weights == weights
    assert len(back.tracks) == len(found)
    for track, original in zip(back.tracks, found, strict=True):
        for name in ("slice_indices", "boxes", "is_drawn", "spread_px"):
            np.testing.assert_array_equal(getattr(track, name), getattr(original, name))
            assert getattr(track, name).dtype == getattr(original, name).dtype


def test_exact_annotators_agree_on_every_structure(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 2, seed=0), command="")

    outcome = find_agreement(study, command="")
    found = read_consensus(study, "one")

    assert outcome.done == ("one",)
    assert list(found) == [1, 2, 3, 4, 5]
    assert all(consensus.is_complete and consensus.tracks for consensus in found.values())


def test_a_new_answer_brings_a_new_consensus_and_nothing_new_does_not(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    find_agreement(study, command="")
    before = consensus_fingerprint(study, "one", EVERYBODY)

    assert find_agreement(study, command="").skipped == ("one",)
    simulate_answers(study, make_annotators("careful", 1, seed=0), command="")
    assert find_agreement(study, command="").done == ("one",)
    assert consensus_fingerprint(study, "one", EVERYBODY) != before


def test_one_annotator_alone_is_kept_apart(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    simulate_answers(study, make_annotators("poor", 1, seed=0), command="")

    find_agreement(study, alone("exact-1"), command="")

    assert len(read_consensus(study, "one", alone("exact-1"))[1].weights) == 1
    with pytest.raises(StudyError, match=r"one\.json: missing; `manyhands run` makes it"):
        read_consensus(study, "one")


def test_a_volume_that_nobody_answered_on_is_left_out(study: Study) -> None:
    assert find_agreement(study, command="").left_out == {"one": "nobody answered on it"}


def test_an_unknown_annotator_is_named(study: Study) -> None:
    with pytest.raises(StudyError, match="no annotator 'eve' in the study"):
        find_agreement(study, alone("eve"), command="")


def test_a_damaged_file_is_named(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    find_agreement(study, command="")
    study.path("results/consensus/one.json").write_text("{")

    with pytest.raises(StudyError, match=r"one\.json: not readable as JSON .*delete it"):
        read_consensus(study, "one")


def test_who_is_left_out_has_no_say_and_comes_back_with_the_name_taken_off(study: Study) -> None:
    """Two exact people and one who clicks anything; only what the two said goes in."""
    simulate_answers(study, make_annotators("exact", 2, seed=0), command="")
    find_agreement(study, command="")
    of_two = consensus_fingerprint(study, "one", EVERYBODY)
    simulate_answers(study, make_annotators("spammer", 1, seed=0), command="")
    find_agreement(study, command="")
    of_three = consensus_fingerprint(study, "one", EVERYBODY)

    everybody = study.config
    study.config = replace(everybody, leave_out=("spammer-1",))
    assert find_agreement(study, command="").done == ("one",)
    assert consensus_fingerprint(study, "one", EVERYBODY) == of_two != of_three

    # Alone, to compare with, the person can still be looked at.
    assert find_agreement(study, alone("spammer-1"), command="").done == ("one",)

    study.config = everybody
    find_agreement(study, command="")
    assert consensus_fingerprint(study, "one", EVERYBODY) == of_three


def test_what_made_it_tells_who_was_left_out(study: Study) -> None:
    """The answers that went in and the configuration are both in the provenance."""
    simulate_answers(study, make_annotators("exact", 2, seed=0), command="")
    find_agreement(study, command="")
    before = read_json(study, EVERYBODY.consensus_path("one"))["provenance"]
    study.config = replace(study.config, leave_out=("exact-2",))
    find_agreement(study, command="")
    after = read_json(study, EVERYBODY.consensus_path("one"))["provenance"]

    assert before["inputs"]["answers"] != after["inputs"]["answers"]
    assert before["config_hash"] != after["config_hash"]


def test_a_volume_on_which_only_people_left_out_answered_is_left_out(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    study.config = replace(study.config, leave_out=("exact-1",))
    assert list(find_agreement(study, command="").left_out) == ["one"]


def test_leaving_out_somebody_unknown_is_an_error_that_names_those_there_are(study: Study) -> None:
    simulate_answers(study, make_annotators("exact", 1, seed=0), command="")
    study.config = replace(study.config, leave_out=("ana",))
    with pytest.raises(ConfigError, match="names 'ana', who is not in the study; it has exact-1"):
        find_agreement(study, command="")
