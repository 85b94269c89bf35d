"""What every model of the SAM family must have in its row."""

from __future__ import annotations

import re

import pytest

from manyhands.errors import ConfigError
from manyhands.evidence import MODELS
from manyhands.evidence.sam import ARCHITECTURES, SAM_MODELS, SamModel, find_sam
from manyhands.evidence.sam.architectures import HieraSize

ROWS = pytest.mark.parametrize("row", SAM_MODELS.values(), ids=SAM_MODELS)


@ROWS
def test_a_row_is_whole(row: SamModel) -> None:
    assert row.architecture in ARCHITECTURES
    assert row.checkpoint.licence == "Apache-2.0"
    assert row.is_video == row.name.endswith("-video")
    assert not row.is_video or isinstance(ARCHITECTURES[row.architecture], HieraSize)
    if row.checkpoint.url is None:
        assert row.name == "medsam", "everything else can be fetched"
    else:
        assert row.checkpoint.url.startswith("https://")
        assert row.checkpoint.url.endswith(row.checkpoint.file)
        assert re.fullmatch("[0-9a-f]{64}", row.checkpoint.sha256 or "")
        assert row.checkpoint.size_bytes


@ROWS
def test_users_choose_it_from_the_one_table(row: SamModel) -> None:
    assert MODELS[row.name].network == row


def test_the_names_that_were_promised() -> None:
    sizes = ("tiny", "small", "base-plus", "large")
    assert set(SAM_MODELS) == {
        *("sam-vit-b", "sam-vit-l", "sam-vit-h", "medsam"),
        *(f"sam2.1-{size}" for size in sizes),
        *(f"sam2.1-{size}-video" for size in sizes),
    }


def test_an_unknown_name_is_answered_with_the_known() -> None:
    with pytest.raises(ConfigError, match="unknown model 'sam-vit-x'; of SAM there are sam-vit-b,"):
        find_sam("sam-vit-x")
