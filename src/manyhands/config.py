"""One frozen configuration, read once from a study's `manyhands.toml` and passed down."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import Any

from manyhands.errors import ConfigError
from manyhands.types import Structure

CONFIG_FILE = "manyhands.toml"
MOST_STRIDE = 999  # more than any volume has slices

# Okabe and Ito's colours: told apart with any kind of colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#666666")

_TABLES = ("structures", "asking", "comparison", "page")

# How fast a network is, what annotators see, and who is asked: what came of it is in their answers.
# None makes a result another one, so none may have it made anew, or call a margin changed after
# training.
_WITHOUT_RESULT = ("cache_gb", "page", "asking")


@dataclass(frozen=True)
class Asking:
    """Whom to ask how often: the table `[asking]`.

    A structure of a volume is asked of `first_annotators` people, then of one more as long as it is
    doubtful, of `most_annotators` at most. It is certain when the probability of its presence is
    above `certain_presence`, or below 1 minus that, on all but `doubtful_share` of its slices, and
    the boxes of two annotators overlap with an IoU of `certain_iou` (of more, in the median over
    pairs, with a little less). `target_dice` replaces these by a predicted Dice; `budget_answers`
    and `budget_minutes` end all asking. In these three 0 means that there is none. `gold_share` of
    the tasks are those whose truth is known, and a task is taken back `lease_s` after the last
    answer. Who is asked because others disagree is asked for one slice in `later_stride`, or in the
    study's `stride` if that is wider.
    """

    first_annotators: int = 2
    most_annotators: int = 5
    later_stride: int = 2
    certain_presence: float = 0.95
    doubtful_share: float = 0.2
    certain_iou: float = 0.6
    target_dice: float = 0.0
    budget_answers: int = 0
    budget_minutes: float = 0.0
    gold_share: float = 0.05
    lease_s: float = 1800.0


@dataclass(frozen=True)
class Comparing:
    """How trained models are compared: the table `[comparison]`, to be fixed before training.

    An arm is non-inferior to the baseline where it surely loses less than `margin` of Dice (and of
    NSD), or `margin_hd95_mm` of HD95. `alpha` is the level of two-sided tests; the one-sided tests
    of non-inferiority take half of it.
    """

    baseline: str = "reference"
    margin: float = 0.02
    margin_hd95_mm: float = 2.0
    alpha: float = 0.05


@dataclass(frozen=True)
class Page:
    """What people see who annotate: the table `[page]`.

    `title` is the study's name and `consent` what they agree to when they take an invitation.
    `practice` names a volume with a reference that people practise on; it is then given to nobody
    as a task. `data_saver` fetches slices a third smaller from the beginning.
    """

    title: str = "Boxes around organs"
    consent: str = "I take part of my own free will. My boxes may be used for research."
    live_mask: bool = True
    practice: str = ""
    data_saver: bool = False


@dataclass(frozen=True)
class Config:
    """All that a study may set. `stride` is how many slices lie between two slices asked for;
    `cache_gb` how many GB of slices encoded by a network are kept; `gold` names volumes whose
    references teach how each annotator errs; `leave_out` names people whose answers count for
    nothing, though they are kept.
    """

    structures: tuple[Structure, ...] = field(default_factory=tuple)
    stride: int = 1
    consensus: str = "inner-quantile"
    model: str = "intensity"
    cache_gb: float = 10.0
    nsd_tolerance_mm: float = 2.0
    seed: int = 0
    gold: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    asking: Asking = field(default_factory=Asking)
    comparison: Comparing = field(default_factory=Comparing)
    page: Page = field(default_factory=Page)

    def structure(self, name: str) -> Structure:
        for structure in self.structures:
            if structure.name == name:
                return structure
        known = ", ".join(s.name for s in self.structures)
        raise ConfigError(f"unknown structure '{name}': this study has {known}")

    @property
    def cache_bytes(self) -> int:
        return int(self.cache_gb * 1_000_000_000)

    @property
    def fingerprint(self) -> str:
        """A hash that changes with any setting that results depend on."""
        settings = dataclasses.asdict(self)
        for name in _WITHOUT_RESULT:
            del settings[name]
        text = json.dumps(settings, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_structures(names: tuple[str, ...]) -> tuple[Structure, ...]:
    """Structures 1..n in the order given, coloured apart, `left`/`right` twins made partners.

    Raises `ConfigError` for no names, an empty name, a name given twice, or more than 254.
    """
    _check_names(names)
    return tuple(
        Structure(index, name, COLOURS[(index - 1) % len(COLOURS)], _partner(name, names))
        for index, name in enumerate(names, start=1)
    )


def _check_names(names: Sequence[str]) -> None:
    if not 1 <= len(names) <= 254:
        raise ConfigError(f"a study needs 1 to 254 structures, {len(names)} were given")
    for name in names:
        # They become parts of file names.
        if not name.replace("_", "").replace("-", "").isalnum():
            raise ConfigError(f"structure name '{name}': use letters, digits, '_' and '-'")
        if names.count(name) > 1:
            raise ConfigError(f"structure '{name}' is given twice")


def _partner(name: str, names: tuple[str, ...]) -> str | None:
    for side, other in (("left", "right"), ("right", "left")):
        twin = name.replace(side, other)
        if twin != name and twin in names:
            return twin
    return None


def read_config(path: Path) -> Config:
    """Read `manyhands.toml`. Raises `ConfigError` naming the file, the key and the value.

    Keys that are missing have their default, except `structures`, which must be there.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: not found. Is this a study? `manyhands init` makes one"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: not readable: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from error
    try:
        return _config_from(table)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None


def _config_from(table: Mapping[str, Any]) -> Config:
    structures = _structures_from(table.get("structures"))
    settings = _settings(Config, {k: v for k, v in table.items() if k not in _TABLES})
    config = Config(
        structures=structures,
        asking=_asking_from(table.get("asking", {})),
        comparison=_comparing_from(table.get("comparison", {})),
        page=_page_from(table.get("page", {})),
        **settings,
    )
    _check_numbers(config)
    return config


def _settings(
    kind: type[Config | Asking | Comparing | Page], table: Mapping[str, Any]
) -> dict[str, Any]:
    """The values of a table, checked to be numbers and texts that `kind` has."""
    defaults = {f.name: f.default for f in dataclasses.fields(kind)}
    for key in table:
        if key not in defaults:
            near = get_close_matches(key, defaults, n=1)
            meant = f"did you mean '{near[0]}'? Known" if near else "known"
            raise ConfigError(f"unknown key '{key}'; {meant} are {', '.join(defaults)}")
    return {key: _of_type(type(defaults[key]), key, value) for key, value in table.items()}


def _asking_from(table: object) -> Asking:
    """The table `[asking]`; what it leaves out has its default."""
    if not isinstance(table, dict):
        raise ConfigError(f"asking must be a table, [asking]; found {table!r}")
    try:
        asking = Asking(**_settings(Asking, table))
        _check_asking(asking)
    except ConfigError as error:
        raise ConfigError(f"in [asking]: {error}") from None
    return asking


def _check_asking(asking: Asking) -> None:
    first, most = asking.first_annotators, asking.most_annotators
    if not 1 <= first <= most:
        raise ConfigError(f"first_annotators must be 1 to most_annotators ({most}), found {first}")
    allowed = {
        "later_stride": (1, MOST_STRIDE),
        "certain_presence": (0.5, 1.0),
        "doubtful_share": (0.0, 1.0),
        "certain_iou": (0.0, 1.0),
        "target_dice": (0.0, 1.0),
        "budget_answers": (0, math.inf),
        "budget_minutes": (0.0, math.inf),
        "gold_share": (0.0, 0.5),
        "lease_s": (1.0, math.inf),
    }
    for key, (low, high) in allowed.items():
        value = getattr(asking, key)
        if not low <= value <= high or math.isinf(value):
            words = f"{low:g} to {high:g}" if math.isfinite(high) else f"at least {low:g}"
            raise ConfigError(f"{key} must be {words}, found {value}")


def _comparing_from(table: object) -> Comparing:
    """The table `[comparison]`; what it leaves out has its default."""
    if not isinstance(table, dict):
        raise ConfigError(f"comparison must be a table, [comparison]; found {table!r}")
    try:
        comparing = Comparing(**_settings(Comparing, table))
        _check_comparing(comparing)
    except ConfigError as error:
        raise ConfigError(f"in [comparison]: {error}") from None
    return comparing


def _check_comparing(comparing: Comparing) -> None:
    # Written so that NaN fails as well.
    if not 0 < comparing.margin < 1:
        raise ConfigError(f"margin must be above 0 and below 1 (Dice), found {comparing.margin}")
    if not 0 < comparing.margin_hd95_mm < math.inf:
        raise ConfigError(f"margin_hd95_mm must be above 0, found {comparing.margin_hd95_mm}")
    if not 0 < comparing.alpha < 0.5:
        raise ConfigError(f"alpha must be above 0 and below 0.5, found {comparing.alpha}")


def _page_from(table: object) -> Page:
    """The table `[page]`; what it leaves out has its default."""
    if not isinstance(table, dict):
        raise ConfigError(f"page must be a table, [page]; found {table!r}")
    try:
        return Page(**_settings(Page, table))
    except ConfigError as error:
        raise ConfigError(f"in [page]: {error}") from None


def _structures_from(entries: object) -> tuple[Structure, ...]:
    if not isinstance(entries, list) or not entries:
        raise ConfigError("no [[structures]]: a study needs at least one")
    structures = tuple(_structure_from(entry) for entry in entries)
    ids = [s.structure_id for s in structures]
    if len(set(ids)) < len(ids) or not set(ids) <= set(range(1, 255)):
        raise ConfigError(f"structure ids must be different, 1 to 254; found {ids}")
    names = [s.name for s in structures]
    _check_names(names)
    for structure in structures:
        if structure.partner is not None and structure.partner not in names:
            raise ConfigError(f"partner '{structure.partner}' of {structure.name} is no structure")
    return structures


def _structure_from(entry: object) -> Structure:
    texts = ("name", "colour", "partner", "hint", "example")
    types = {"structure_id": int, **dict.fromkeys(texts, str)}
    if not isinstance(entry, dict) or not {"structure_id", "name"} <= set(entry) <= set(types):
        raise ConfigError(
            "an entry of [[structures]] needs structure_id and name, and may have colour, partner, "
            f"hint and example; found {entry!r}"
        )
    structure = Structure(**{key: _of_type(types[key], key, entry[key]) for key in entry})
    if not re.fullmatch("#[0-9a-fA-F]{6}", structure.colour):
        raise ConfigError(f"colour of {structure.name} must be like #0072B2: {structure.colour!r}")
    if structure.example is not None and not _is_picture_in_study(structure.example):
        raise ConfigError(
            f"example of {structure.name} must be the path of a PNG in the study's folder, such as "
            f"examples/liver.png; found {structure.example!r}"
        )
    return structure


def _is_picture_in_study(path: str) -> bool:
    """It is shown to annotators, so it must not lead out of the folder, or to anything else."""
    parts = PurePosixPath(path).parts
    return path.endswith(".png") and "/" not in parts and ".." not in parts and "\\" not in path


def _of_type(wanted: type, key: str, value: object) -> Any:
    """The value, a whole number also as float, a list as tuple. `True` is no number here."""
    if wanted is float and type(value) is int:
        return float(value)
    if wanted is tuple and isinstance(value, list) and all(type(v) is str for v in value):
        return tuple(value)
    if type(value) is not wanted:
        words = {
            tuple: "a list of texts",
            int: "a whole number",
            float: "a number",
            str: "a text",
            bool: "true or false",
        }
        raise ConfigError(f"{key} must be {words[wanted]}, found {value!r}")
    return value


def _check_numbers(config: Config) -> None:
    if not 1 <= config.stride <= MOST_STRIDE:
        raise ConfigError(f"stride must be 1 to {MOST_STRIDE}, found {config.stride}")
    if not (config.nsd_tolerance_mm > 0 and math.isfinite(config.nsd_tolerance_mm)):
        raise ConfigError(f"nsd_tolerance_mm must be above 0, found {config.nsd_tolerance_mm}")
    if not (config.cache_gb > 0 and math.isfinite(config.cache_gb)):
        raise ConfigError(f"cache_gb must be above 0, found {config.cache_gb}")
    if config.seed < 0:
        raise ConfigError(f"seed must not be negative, found {config.seed}")


def config_to_toml(config: Config) -> str:
    """The text of `manyhands.toml`; `read_config` gives the same configuration back."""
    lines = ["# A manyhands study. `manyhands --help` lists what can be done with it.", ""]
    for setting in dataclasses.fields(config):
        if setting.name not in _TABLES:
            lines.append(f"{setting.name} = {_toml(getattr(config, setting.name))}")
    lines += ["", "[asking]"]
    for key, value in dataclasses.asdict(config.asking).items():
        lines.append(f"{key} = {_toml(value)}")
    lines += ["", "[comparison]"]
    for key, value in dataclasses.asdict(config.comparison).items():
        lines.append(f"{key} = {_toml(value)}")
    lines += ["", "[page]"]
    for key, value in dataclasses.asdict(config.page).items():
        lines.append(f"{key} = {_toml(value)}")
    for structure in config.structures:
        lines += ["", "[[structures]]"]
        for key, value in dataclasses.asdict(structure).items():
            if value is not None:
                lines.append(f"{key} = {_toml(value)}")
    return "\n".join(lines) + "\n"


def _toml(value: str | float | tuple[str, ...]) -> str:
    """JSON's text and numbers are TOML's too, once characters beyond ASCII stay as they are."""
    return json.dumps(value, ensure_ascii=False)
