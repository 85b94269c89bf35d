"""The study's settings as the lead sees and changes them; `manyhands.toml` is where they are."""

from __future__ import annotations

import dataclasses
import threading
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from manyhands.config import COLOURS, CONFIG_FILE, Asking, Page, make_structures, read_config
from manyhands.crowd import METHODS
from manyhands.errors import ConfigError
from manyhands.evidence import MODELS
from manyhands.files import replacing
from manyhands.server.lead.toml_edit import Place, Value, edit_toml
from manyhands.store import Study, structure_names

_SAVING = threading.Lock()  # two leads who save at once must not undo each other

GENERAL = ("stride", "consensus", "model", "nsd_tolerance_mm", "gold")
"""Keys at the top of `manyhands.toml` that the page changes."""

OF_A_STRUCTURE = ("colour", "hint", "partner")
"""What may be changed of a structure that is there; its name and id stay for ever."""


@dataclass(frozen=True, slots=True)
class StructureSettings:
    structure_id: int
    name: str
    colour: str
    partner: str | None
    hint: str | None
    has_example: bool


@dataclass(frozen=True, slots=True)
class StudySettings:
    """All that the set-up page shows. `methods` and `models` are what may be chosen."""

    folder: str
    stride: int
    consensus: str
    model: str
    nsd_tolerance_mm: float
    gold: tuple[str, ...]
    asking: Asking
    page: Page
    structures: tuple[StructureSettings, ...]
    methods: tuple[str, ...]
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StructureChange:
    """Values for one structure, or a new one where `structure_id` is None and `name` is given."""

    structure_id: int | None
    values: Mapping[str, Value]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SettingsChange:
    """Only what is to change."""

    general: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    asking: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    page: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    structures: tuple[StructureChange, ...] = ()


def read_settings(study: Study) -> StudySettings:
    """The settings as they are now."""
    config = study.config
    return StudySettings(
        folder=study.folder.resolve().name,
        stride=config.stride,
        consensus=config.consensus,
        model=config.model,
        nsd_tolerance_mm=config.nsd_tolerance_mm,
        gold=config.gold,
        asking=config.asking,
        page=config.page,
        structures=tuple(
            StructureSettings(
                s.structure_id,
                s.name,
                s.colour,
                s.partner,
                s.hint,
                s.example is not None and study.path(s.example).is_file(),
            )
            for s in config.structures
        ),
        methods=tuple(METHODS),
        models=tuple(MODELS),
    )


def save_settings(study: Study, change: SettingsChange) -> dict[str, list[Any]]:
    """Change `manyhands.toml`, keep all else in it, and let the study go on with it at once.

    Gives what changed, old and new by name. Raises `ConfigError`, and changes nothing, where a
    value is not possible or the file cannot be edited.
    """
    _check_names(change)
    with study.reading() as connection:
        known = structure_names(connection)
    with _SAVING:
        path = study.folder / CONFIG_FILE
        before = path.read_text(encoding="utf-8")
        after = _apply(before, change, first_free_id=max(known, default=0) + 1)
        with replacing(path) as part:
            part.write_text(after, encoding="utf-8", newline="\n")
            _check(part, known)
        study.reload()
    return changes(tomllib.loads(before), tomllib.loads(after))


def _check_names(change: SettingsChange) -> None:
    """`read_config` looks at values; these are what the page may touch at all."""
    allowed = {
        "general": set(GENERAL),
        "asking": {f.name for f in dataclasses.fields(Asking)},
        "page": {f.name for f in dataclasses.fields(Page)},
    }
    for table, names in allowed.items():
        for key in getattr(change, table):
            if key not in names:
                raise ConfigError(f"'{key}' cannot be changed here; known are {sorted(names)}")
    if change.general.get("consensus", "") not in ("", *METHODS):
        raise ConfigError(f"unknown consensus '{change.general['consensus']}'")
    if change.general.get("model", "") not in ("", *MODELS):
        raise ConfigError(f"unknown model '{change.general['model']}'")
    for structure in change.structures:
        for key in structure.values:
            if key not in (*OF_A_STRUCTURE, "example"):
                raise ConfigError(f"'{key}' of a structure cannot be changed here")


def _apply(text: str, change: SettingsChange, *, first_free_id: int) -> str:
    tables = ((Place(), change.general), (Place("asking"), change.asking))
    for place, values in (*tables, (Place("page"), change.page)):
        if values:
            text = edit_toml(text, place, values)
    for structure in change.structures:
        text = _apply_structure(text, structure, first_free_id)
    return text


def _apply_structure(text: str, change: StructureChange, first_free_id: int) -> str:
    entries = tomllib.loads(text).get("structures", [])
    ids = [entry.get("structure_id") for entry in entries]
    if change.structure_id is not None:
        if change.structure_id not in ids:
            raise ConfigError(f"no structure {change.structure_id} in the study")
        return edit_toml(text, Place("structures", ids.index(change.structure_id)), change.values)
    if not change.name:
        raise ConfigError("a new structure needs a name")
    # An id that ever was in use has answers: it is never given again.
    structure_id = max(first_free_id, max(ids, default=0) + 1)
    new: dict[str, Value] = {"structure_id": structure_id, "name": change.name}
    new["colour"] = COLOURS[len(ids) % len(COLOURS)]
    names = [str(entry.get("name")) for entry in entries]
    if twin := twin_of(change.name, names):
        new["partner"] = twin
        text = edit_toml(text, Place("structures", names.index(twin)), {"partner": change.name})
    return edit_toml(text, Place("structures", len(ids)), {**new, **change.values})


def twin_of(name: str, names: Sequence[str]) -> str | None:
    """Which of the structures is the same organ of the other side, by its name."""
    if name in names:
        return None  # refused later, with the reason
    return make_structures((*names, name))[-1].partner


def _check(part: Path, known: Mapping[int, str]) -> None:
    """Would the study open with these settings? `known` are the structures that it ever had."""
    try:
        config = read_config(part)
    except ConfigError as error:
        raise ConfigError(str(error).removeprefix(f"{part}: ")) from None
    for structure in config.structures:
        if structure.structure_id not in known and structure.name in known.values():
            raise ConfigError(f"a structure '{structure.name}' was in this study before")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Old and new of every value that differs, by its name with dots."""
    old, new = _flat(before), _flat(after)
    return {
        key: [old.get(key), new.get(key)]
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    }


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for entry in value:
                flat |= _flat(entry, f"{prefix}{key}.{entry.get('name', '')}.")
        else:
            flat[f"{prefix}{key}"] = value
    return flat
