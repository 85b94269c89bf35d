from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.config import Config, config_to_toml, make_structures
from manyhands.errors import ConfigError
from manyhands.server.lead.toml_edit import Place, edit_toml

TEXT = """\
# Our study.
stride = 2  # every other slice
gold = [
  "case01",  # read twice
]
later_version_knows = "this"

[asking]
# two are enough
first_annotators = 2

[[structures]]
structure_id = 1
name = "liver"
colour = "#0072B2" # blue

[[structures]]
structure_id = 2
name = "spleen"
"""


def test_a_value_changes_and_all_else_stays_as_it_was_written() -> None:
    assert edit_toml(TEXT, Place(), {"stride": 3}) == TEXT.replace("stride = 2 ", "stride = 3 ")
    assert edit_toml(TEXT, Place("structures", 0), {"colour": "#ff0000"}) == TEXT.replace(
        "#0072B2", "#ff0000"
    )


def test_a_value_over_several_lines_is_replaced_whole() -> None:
    edited = edit_toml(TEXT, Place(), {"gold": ()})

    assert tomllib.loads(edited)["gold"] == []
    assert "read twice" not in edited
    assert 'later_version_knows = "this"' in edited


def test_a_new_value_is_put_into_its_own_table() -> None:
    edited = edit_toml(TEXT, Place("asking"), {"target_dice": 0.9})
    assert "first_annotators = 2\ntarget_dice = 0.9\n\n[[structures]]" in edited
    edited = edit_toml(TEXT, Place("structures", 0), {"hint": 'Big, and called "Leber".'})
    assert tomllib.loads(edited)["structures"][0]["hint"] == 'Big, and called "Leber".'


def test_a_new_table_and_a_new_entry_come_last() -> None:
    edited = edit_toml(TEXT.rstrip("\n"), Place("page"), {"title": "Böxen", "live_mask": False})
    assert edited.endswith('name = "spleen"\n\n[page]\ntitle = "Böxen"\nlive_mask = false\n')
    edited = edit_toml(TEXT, Place("structures", 2), {"structure_id": 3, "name": "aorta"})
    assert [s["name"] for s in tomllib.loads(edited)["structures"]] == ["liver", "spleen", "aorta"]


def test_none_takes_a_value_away() -> None:
    edited = edit_toml(TEXT, Place("structures", 0), {"colour": None, "hint": None})
    assert tomllib.loads(edited)["structures"][0] == {"structure_id": 1, "name": "liver"}


def test_what_looks_like_a_table_within_a_text_is_none() -> None:
    text = 'consent = """\n[asking]\nstride = 9\n"""\nstride = 1\n'
    edited = edit_toml(text, Place(), {"stride": 2})
    assert edited == text.replace("stride = 1", "stride = 2")


@pytest.mark.parametrize("text", ["asking = {first_annotators = 2}\n", "asking.gold_share = 0.1\n"])
def test_what_cannot_be_edited_is_said_and_not_broken(text: str) -> None:
    with pytest.raises(ConfigError, match="text editor"):
        edit_toml(text, Place("asking"), {"first_annotators": 3})


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"])), st.integers(0, 999))
def test_whatever_is_written_is_read_back(words: str, number: int) -> None:
    text = config_to_toml(Config(make_structures(("liver", "spleen"))))
    text = edit_toml(text, Place("structures", 1), {"hint": words})
    table = tomllib.loads(edit_toml(text, Place(), {"seed": number}))

    assert table["structures"][1]["hint"] == words
    assert table["seed"] == number
