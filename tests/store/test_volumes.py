from __future__ import annotations

from dataclasses import replace

import pytest

from manyhands.errors import InputError, StudyError
from manyhands.store import Study, VolumeRecord, find_volumes, insert_volume
from manyhands.types import Split


def test_a_volume_comes_back_as_it_was_put_in(study: Study, volume: VolumeRecord) -> None:
    with study.reading() as connection:
        assert find_volumes(connection) == (volume,)


def test_stack_shape_and_spacing_are_those_of_the_pictures(volume: VolumeRecord) -> None:
    assert volume.stack_shape == (10, 9, 8)
    assert volume.stack_spacing_mm == (7.7, 1.25, 1.0)
    assert volume.slice_count == 10


def test_adding_the_very_same_again_is_harmless(study: Study, volume: VolumeRecord) -> None:
    with study.writing() as connection:
        insert_volume(connection, volume)
        assert find_volumes(connection) == (volume,)


def test_volumes_come_in_the_order_of_their_names(study: Study, volume: VolumeRecord) -> None:
    before = replace(
        volume, name="case00", image_sha256="b" * 64, volume_id="other", split=Split.TEST
    )
    with study.writing() as connection:
        insert_volume(connection, before)

        assert find_volumes(connection) == (before, volume)
        assert find_volumes(connection, ["case01"]) == (volume,)


@pytest.mark.parametrize("name", ["case01", "CASE01"])
def test_a_name_twice_is_refused(study: Study, volume: VolumeRecord, name: str) -> None:
    again = replace(volume, name=name, volume_id="other", image_sha256="b" * 64)

    with (
        pytest.raises(StudyError, match=f"volume '{name}' is in the study already"),
        study.writing() as connection,
    ):
        insert_volume(connection, again)


def test_an_image_twice_is_refused_with_both_names(study: Study, volume: VolumeRecord) -> None:
    again = replace(volume, name="copy", volume_id="other")

    with (
        pytest.raises(StudyError, match="'copy' is the same image as 'case01'"),
        study.writing() as connection,
    ):
        insert_volume(connection, again)


def test_a_name_that_is_no_file_name_is_refused(study: Study, volume: VolumeRecord) -> None:
    with (
        pytest.raises(InputError, match=r"volume name '\.\./x'"),
        study.writing() as connection,
    ):
        insert_volume(connection, replace(volume, name="../x"))


def test_an_unknown_volume_is_named_with_those_there_are(study: Study) -> None:
    with (
        pytest.raises(StudyError, match="no volume 'case99' in the study; it has case01"),
        study.reading() as connection,
    ):
        find_volumes(connection, ["case01", "case99"])
