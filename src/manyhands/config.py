"""One frozen configuration, read once from a study's `manyhands.toml` and passed down."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manyhands.errors import ConfigError
from manyhands.types import Structure

CONFIG_FILE = "manyhands.toml"

# Okabe and Ito's colours: told apart with any kind of colour vision.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#F0E442", "#666666")


@dataclass(frozen=True)
class Config:
    """All that a study may set. `stride` is how many slices lie between two slices asked for."""

    structures: tuple[Structure, ...] = field(default_factory=tuple)
    stride: int = 1
    consensus: str = "coordinate-median"
    model: str = "intensity"
    nsd_tolerance_mm: float = 2.0
    seed: int = 0

    def structure(self, name: str) -> Structure:
        for structure in self.structures:
            if structure.name == name:
                return structure
        known = ", ".join(s.name for s in self.structures)
        raise ConfigError(f"unknown structure '{name}': this study has {known}")

    @property
    def fingerprint(self) -> str:
        """A hash that changes with any setting."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_structures(names: tuple[str, ...]) -> tuple[Structure, ...]:
    """Structures 1..n in the order given, coloured apart, `left`/`right` twins made partners.

    Raises `ConfigError` for no names, an empty name, a name given twice, or more than 254.
    """
    if not names or len(names) > 254:
        raise ConfigError(f"a study needs 1 to 254 structures, {len(names)} were given")
    for name in names:
        if not name or not name.replace("_", "").replace("-", "").isalnum():
            raise ConfigError(f"structure name '{name}': use letters, digits, '_' and '-'")
        if names.count(name) > 1:
            raise ConfigError(f"structure '{name}' is given twice")
    return tuple(
        Structure(index, name, COLOURS[(index - 1) % len(COLOURS)], _partner(name, names))
        for index, name in enumerate(names, start=1)
    )


def _partner(name: str, names: tuple[str, ...]) -> str | None:
    for side, other in (("left", "right"), ("right", "left")):
        twin = name.replace(side, other)
        if twin != name and twin in names:
            return twin
    return None


def read_config(path: Path) -> Config:
    """Read `manyhands.toml`. Raises `ConfigError` naming the file, and the key that is unknown."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: not found. Is this a study? `manyhands init` makes one"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as TOML: {error}") from error
    return _config_from(table, path)


def _config_from(table: Mapping[str, Any], path: Path) -> Config:
    fields = {f.name: f.type for f in dataclasses.fields(Config)}
    unknown = sorted(set(table) - set(fields))
    if unknown:
        raise ConfigError(f"{path}: unknown key '{unknown[0]}'; known are {', '.join(fields)}")
    if "structures" not in table:
        raise ConfigError(f"{path}: no [[structures]]: a study needs at least one")
    try:
        structures = tuple(Structure(**entry) for entry in table["structures"])
    except TypeError as error:
        raise ConfigError(f"{path}: a [[structures]] entry is not right: {error}") from error
    config = Config(**{**table, "structures": structures})
    _check(config, path)
    return config


def _check(config: Config, path: Path) -> None:
    ids = [s.structure_id for s in config.structures]
    if len(set(ids)) < len(ids) or not set(ids) <= set(range(1, 255)):
        raise ConfigError(f"{path}: structure ids must be different, 1 to 254; found {ids}")
    if config.stride not in range(1, 1000):
        raise ConfigError(f"{path}: stride must be a whole number from 1, found {config.stride!r}")
    if not config.nsd_tolerance_mm > 0:
        raise ConfigError(f"{path}: nsd_tolerance_mm must be above 0")


def config_to_toml(config: Config) -> str:
    """The text of `manyhands.toml`; `read_config` gives the same configuration back."""
    lines = ["# A manyhands study. `manyhands --help` lists what can be done with it.", ""]
    for key in ("stride", "consensus", "model", "nsd_tolerance_mm", "seed"):
        lines.append(f"{key} = {json.dumps(getattr(config, key))}")
    for structure in config.structures:
        lines += ["", "[[structures]]"]
        for key, value in dataclasses.asdict(structure).items():
            if value is not None:
                lines.append(f"{key} = {json.dumps(value)}")
    return "\n".join(lines) + "\n"
