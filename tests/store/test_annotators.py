from __future__ import annotations

import pytest

from manyhands.errors import InputError, StudyError
from manyhands.store import (
    Study,
    ensure_annotator,
    find_annotator,
    find_annotators,
    insert_annotator,
)
from manyhands.types import Annotator


def test_an_annotator_is_added_once(study: Study, ann: Annotator) -> None:
    with study.writing() as connection:
        bob = ensure_annotator(connection, "bob")
        insert_annotator(connection, ann)

        assert ensure_annotator(connection, "bob") == bob
        assert ensure_annotator(connection, "ann") == ann
        assert find_annotator(connection, "bob") == bob
        assert find_annotators(connection) == (ann, bob)


def test_a_name_belongs_to_one_person_in_whatever_case(study: Study) -> None:
    with (
        pytest.raises(StudyError, match="annotator 'ann' is in the study already"),
        study.writing() as connection,
    ):
        insert_annotator(connection, Annotator("other", "Ann"))


def test_a_name_that_is_no_file_name_is_refused(study: Study) -> None:
    with (
        pytest.raises(InputError, match="annotator name 'a/b'"),
        study.writing() as connection,
    ):
        ensure_annotator(connection, "a/b")


def test_an_unknown_annotator_is_named_with_those_there_are(study: Study) -> None:
    with (
        pytest.raises(StudyError, match="no annotator 'eve' in the study; it has ann"),
        study.reading() as connection,
    ):
        find_annotator(connection, "eve")
