"""The configuration is read as it was written, and says what it does not understand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manyhands.config import (
    COLOURS,
    Asking,
    Comparing,
    Config,
    Page,
    config_to_toml,
    make_structures,
    read_config,
)
from manyhands.errors import ConfigError

LIVER = '[[structures]]\nstructure_id = 1\nname = "liver"\n'

# Letters of any alphabet, and two beyond the sixteen bits that JSON escapes in halves.
names = st.text(st.sampled_from("abcXYZ019_-äßж肝𠮷𝒜"), min_size=1, max_size=8).filter(
    lambda name: name.strip("_-")
)


def write(folder: Path, text: str) -> Path:
    path = folder / "manyhands.toml"
    path.write_text(text, encoding="utf-8")
    return path


@given(
    names=st.lists(names, min_size=1, max_size=6, unique=True),
    stride=st.integers(1, 999),
    nsd_tolerance_mm=st.floats(1e-9, 1e9),
    cache_gb=st.floats(1e-3, 1e6),
    seed=st.integers(0, 2**63 - 1),
    gold=st.lists(names, max_size=2).map(tuple),
    leave_out=st.lists(names, max_size=2).map(tuple),
    asking=st.builds(Asking, target_dice=st.floats(0, 1), budget_answers=st.integers(0, 10**9)),
    comparison=st.builds(Comparing, margin=st.floats(1e-6, 0.999), baseline=names),
    page=st.builds(Page, title=st.sampled_from(["Nieren", 'a "b" ü']), live_mask=st.booleans()),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    names: list[str],
    stride: int,
    nsd_tolerance_mm: float,
    cache_gb: float,
    seed: int,
    gold: tuple[str, ...],
    leave_out: tuple[str, ...],
    asking: Asking,
    comparison: Comparing,
    page: Page,
) -> None:
    config = Config(
        make_structures(tuple(names)),
        stride=stride,
        nsd_tolerance_mm=nsd_tolerance_mm,
        cache_gb=cache_gb,
        seed=seed,
        gold=gold,
        leave_out=leave_out,
        asking=asking,
        comparison=comparison,
        page=page,
    )
    path = write(tmp_path_factory.getbasetemp(), config_to_toml(config))
    assert read_config(path) == config
    assert read_config(path).fingerprint == config.fingerprint


CHANGED = Config(
    make_structures(("liver",)),
    stride=2,
    consensus="em",
    model="sam",
    cache_gb=1.0,
    nsd_tolerance_mm=1.0,
    seed=1,
    gold=("one",),
    leave_out=("anna",),
    asking=Asking(first_annotators=1),
    comparison=Comparing(margin=0.1),
    page=Page(title="Nieren"),
)


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Config)])
def test_settings_make_results_anew_if_these_depend_on_them(name: str) -> None:
    """The size of a cache, the words of the page and who is asked are no reason to judge and report
    again.
    """
    changed = dataclasses.replace(Config(), **{name: getattr(CHANGED, name)})

    assert changed != Config()
    is_same = changed.fingerprint == Config().fingerprint
    assert is_same == (name in ("cache_gb", "page", "asking"))


def test_keys_that_are_missing_have_their_default(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, LIVER))
    assert config == Config(config.structures)
    assert [s.name for s in config.structures] == ["liver"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"no \[\[structures\]\]"),
        ("structures = []", r"no \[\[structures\]\]"),
        ('structures = "liver"', r"no \[\[structures\]\]"),
        ('structures = ["liver"]', "needs structure_id and name.*found 'liver'"),
        ('[[structures]]\nname = "liver"', "needs structure_id and name"),
        (LIVER + "size = 3", "may have colour, partner, hint and example; found .*'size': 3"),
        (LIVER + LIVER, r"ids must be different, 1 to 254; found \[1, 1\]"),
        (LIVER.replace("1", "255"), r"ids must be different, 1 to 254; found \[255\]"),
        (LIVER.replace("1", "1.0"), "structure_id must be a whole number, found 1.0"),
        (LIVER.replace("liver", "a/b"), "structure name 'a/b': use letters"),
        (LIVER + LIVER.replace("1", "2"), "structure 'liver' is given twice"),
        (LIVER + 'partner = "gall"', "partner 'gall' of liver is no structure"),
        (LIVER + 'colour = "red"', "colour of liver must be like #0072B2: 'red'"),
        (
            "strid = 2\n" + LIVER,
            r"unknown key 'strid'; did you mean 'stride'\? Known are structures, ",
        ),
        ('gold = "a"\n' + LIVER, "gold must be a list of texts, found 'a'"),
        ("gold = [1]\n" + LIVER, r"gold must be a list of texts, found \[1\]"),
        ("stride = 0\n" + LIVER, "stride must be 1 to 999, found 0"),
        ("stride = 2.0\n" + LIVER, "stride must be a whole number, found 2.0"),
        ("stride = true\n" + LIVER, "stride must be a whole number, found True"),
        ("model = 3\n" + LIVER, "model must be a text, found 3"),
        ('nsd_tolerance_mm = "2"\n' + LIVER, "nsd_tolerance_mm must be a number, found '2'"),
        ("nsd_tolerance_mm = 0\n" + LIVER, "nsd_tolerance_mm must be above 0, found 0.0"),
        ("nsd_tolerance_mm = nan\n" + LIVER, "nsd_tolerance_mm must be above 0, found nan"),
        ("nsd_tolerance_mm = inf\n" + LIVER, "nsd_tolerance_mm must be above 0, found inf"),
        ("cache_gb = 0\n" + LIVER, "cache_gb must be above 0, found 0.0"),
        ("cache_gb = inf\n" + LIVER, "cache_gb must be above 0, found inf"),
        ("seed = -1\n" + LIVER, "seed must not be negative, found -1"),
        (
            LIVER + "[asking]\ngold = 1",
            r"in \[asking\]: unknown key 'gold'; known are first_annota",
        ),
        ("asking = 3\n" + LIVER, r"asking must be a table, \[asking\]; found 3"),
        (LIVER + "[asking]\nfirst_annotators = 6", r"must be 1 to most_annotators \(5\), found 6"),
        (LIVER + "[asking]\nfirst_annotators = 0", r"must be 1 to most_annotators \(5\), found 0"),
        (
            LIVER + "[asking]\ncertain_presence = 0.4",
            "certain_presence must be 0.5 to 1, found 0.4",
        ),
        (LIVER + "[asking]\ncertain_iou = nan", "certain_iou must be 0 to 1, found nan"),
        (LIVER + "[asking]\ntarget_dice = 90", "target_dice must be 0 to 1, found 90.0"),
        (LIVER + "[asking]\nbudget_answers = -1", "budget_answers must be at least 0, found -1"),
        (LIVER + "[asking]\nbudget_minutes = inf", "budget_minutes must be at least 0, found inf"),
        (LIVER + "[asking]\nbudget_answers = 0.5", "budget_answers must be a whole number"),
        (LIVER + "[asking]\ngold_share = 0.6", "gold_share must be 0 to 0.5, found 0.6"),
        ("page = 3\n" + LIVER, r"page must be a table, \[page\]; found 3"),
        (LIVER + "[page]\nlive_mask = 1", r"in \[page\]: live_mask must be true or false, found 1"),
        (LIVER + 'example = "../secret.png"', "the path of a PNG in the study's folder"),
        (LIVER + 'example = "/etc/x.png"', "the path of a PNG in the study's folder"),
        (LIVER + 'example = "volumes/a.nii.gz"', "the path of a PNG in the study's folder"),
        (LIVER + "[asking]\nlease_s = 0", "lease_s must be at least 1, found 0"),
        ("comparison = 3\n" + LIVER, r"comparison must be a table, \[comparison\]; found 3"),
        (LIVER + "[comparison]\nmargin = 2", r"in \[comparison\]: margin must be .*, found 2.0"),
        (LIVER + "[comparison]\nmargin = nan", "margin must be above 0 and below 1"),
        (LIVER + "[comparison]\nmargin_hd95_mm = 0", "margin_hd95_mm must be above 0, found 0.0"),
        (LIVER + "[comparison]\nalpha = 5", "alpha must be above 0 and below 0.5, found 5.0"),
        (LIVER + "[comparison]\nbeta = 5", "unknown key 'beta'; known are baseline, margin, "),
        ("stride = \n", r"not readable as TOML: .*line 1"),
    ],
)
def test_the_file_and_the_value_are_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"manyhands\.toml: .*{message}"):
        read_config(write(tmp_path, text))


def test_what_is_no_file_of_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"manyhands\.toml: not found\. Is this a study\?"):
        read_config(tmp_path / "manyhands.toml")
    (tmp_path / "manyhands.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"manyhands\.toml: not readable as TOML"):
        read_config(tmp_path / "manyhands.toml")
    with pytest.raises(ConfigError, match="not readable: Is a directory"):
        read_config(tmp_path)


def test_any_setting_changes_the_fingerprint() -> None:
    config = Config(make_structures(("liver",)))
    others = [
        Config(make_structures(("spleen",))),
        dataclasses.replace(config, stride=2),
        dataclasses.replace(config, consensus="other"),
        dataclasses.replace(config, model="other"),
        dataclasses.replace(config, nsd_tolerance_mm=1.0),
        dataclasses.replace(config, seed=1),
        dataclasses.replace(config, comparison=Comparing(margin=0.05)),
    ]
    assert len({c.fingerprint for c in (config, *others)}) == 8


def test_structures_are_numbered_coloured_and_paired() -> None:
    liver, left, right = make_structures(("liver", "kidney_left", "kidney_right"))
    assert (liver.structure_id, left.structure_id, right.structure_id) == (1, 2, 3)
    assert (liver.colour, left.colour, right.colour) == COLOURS[:3]
    assert (liver.partner, left.partner, right.partner) == (None, "kidney_right", "kidney_left")


def test_a_side_without_its_twin_has_no_partner() -> None:
    (left,) = make_structures(("kidney_left",))
    assert left.partner is None


@pytest.mark.parametrize(
    ("given_names", "message"),
    [
        ((), "needs 1 to 254 structures, 0 were given"),
        (tuple(f"s{n}" for n in range(255)), "needs 1 to 254 structures, 255 were given"),
        (("",), "structure name ''"),
        (("a b",), "structure name 'a b': use letters"),
        (("..",), r"structure name '\.\.': use letters"),
        (("--",), "structure name '--': use letters"),
        (("a", "b", "a"), "structure 'a' is given twice"),
    ],
)
def test_impossible_structures_are_refused(given_names: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make_structures(given_names)


def test_a_structure_is_found_by_its_name() -> None:
    config = Config(make_structures(("liver", "spleen")))
    assert config.structure("spleen").structure_id == 2
    with pytest.raises(
        ConfigError, match="unknown structure 'colon': this study has liver, spleen"
    ):
        config.structure("colon")
