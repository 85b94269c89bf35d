from __future__ import annotations

import pytest

from manyhands.errors import StudyError
from manyhands.store import Study, insert_structures, structure_names
from manyhands.types import Structure


def test_structures_of_the_configuration_are_known(study: Study) -> None:
    with study.reading() as connection:
        assert structure_names(connection) == {1: "liver", 2: "spleen"}


def test_new_ones_are_added_and_a_new_colour_changes_nothing(study: Study) -> None:
    with study.writing() as connection:
        insert_structures(connection, [Structure(1, "liver", "#ffffff"), Structure(7, "aorta")])

        assert structure_names(connection) == {1: "liver", 2: "spleen", 7: "aorta"}


@pytest.mark.parametrize(
    "changed", [Structure(1, "spleen"), Structure(1, "x"), Structure(3, "liver")]
)
def test_answers_never_come_to_mean_another_structure(study: Study, changed: Structure) -> None:
    with (
        pytest.raises(StudyError, match="ids and names stay as they were"),
        study.writing() as connection,
    ):
        insert_structures(connection, [changed])
