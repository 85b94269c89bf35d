"""Changes single values of a TOML text; comments, order and all that is not named stay.

For settings that a page changes while people keep their own notes in the same file.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from manyhands.errors import ConfigError

Value = str | int | float | bool | tuple[str, ...] | list[str] | None

_HEADER = re.compile(r"^\s*\[(\[?)\s*([A-Za-z0-9_-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


@dataclass(frozen=True)
class Place:
    """A table by name ("" for the top), of `[[name]]` the entry of that number."""

    table: str = ""
    number: int | None = None


@dataclass
class _Statement:
    """Whole lines of the text: a header, a key with its value, or neither."""

    text: str
    place: Place
    key: str | None = None
    is_header: bool = False


def edit_toml(text: str, place: Place, values: Mapping[str, Value]) -> str:
    """The text with `values` at `place`, added where they are not there yet; None takes away.

    A table or an entry that is missing is added at the end. Raises `ConfigError` where the text is
    written in a way that cannot be edited so, as with inline tables.
    """
    statements = list(_statements(text))
    for key, value in values.items():
        _set(statements, place, key, value)
    edited = "".join(s.text for s in statements)
    if not _says(edited, _expected(tomllib.loads(text), place, values)):
        raise ConfigError(
            f"the settings of {place.table or 'the top'} are written in a way that cannot be "
            "changed here: change manyhands.toml with a text editor"
        )
    return edited


def _says(text: str, expected: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == expected
    except tomllib.TOMLDecodeError:
        return False


def _set(statements: list[_Statement], place: Place, key: str, value: Value) -> None:
    own = [n for n, s in enumerate(statements) if s.place == place]
    there = [n for n in own if statements[n].key == key]
    if value is None:
        for n in reversed(there):
            del statements[n]
        return
    line = f"{key} = {_literal(value)}"
    if there:
        statements[there[0]].text = line + _ending(statements[there[0]].text)
        return
    if not own and place != Place():
        header = f"[{place.table}]" if place.number is None else f"[[{place.table}]]"
        _end_line(statements)
        statements.append(_Statement(f"\n{header}\n", place, is_header=True))
        own = [len(statements) - 1]
    # After the last key (or the header), before blank lines and the comments of what follows.
    last = max((n for n in own if statements[n].key or statements[n].is_header), default=-1)
    if last >= 0 and not statements[last].text.endswith("\n"):
        statements[last].text += "\n"
    statements.insert(last + 1, _Statement(f"{line}\n", place, key))


def _end_line(statements: list[_Statement]) -> None:
    if statements and not statements[-1].text.endswith("\n"):
        statements[-1].text += "\n"


def _statements(text: str) -> Iterator[_Statement]:
    lines = text.splitlines(keepends=True)
    place, counts, n = Place(), dict[str, int](), 0
    while n < len(lines):
        header, key = _HEADER.match(lines[n]), _KEY.match(lines[n])
        if header:
            name = header[2]
            number = counts.get(name, 0) if header[1] else None
            counts[name] = counts.get(name, 0) + 1
            place = Place(name, number)
        elif lines[n].lstrip().startswith("["):
            place = Place(lines[n].strip())  # a.b and quoted names: of nobody's concern here
        count = _length(lines[n:]) if key else 1
        whole = "".join(lines[n : n + count])
        yield _Statement(whole, place, key[1] if key else None, bool(header))
        n += count


def _length(lines: list[str]) -> int:
    """Number of lines of the value that begins in the first: lists and texts may have several."""
    for count in range(1, len(lines) + 1):
        try:
            tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        return count
    return 1


def _ending(statement: str) -> str:
    """The comment and the line break that follow a value, as they are."""
    if statement.count("\n") > 1:
        return "\n"
    body = statement.rstrip("\n")
    value = tomllib.loads(body)
    for match in re.finditer(r"\s*#", body):
        try:
            if tomllib.loads(body[: match.start()]) == value:
                return statement[match.start() :]
        except tomllib.TOMLDecodeError:
            continue  # this one is within a text
    return statement[len(body) :]


def _literal(value: Value) -> str:
    """JSON's text, numbers and truth are TOML's too, once characters beyond ASCII stay."""
    return json.dumps(value, ensure_ascii=False)


def _expected(table: dict[str, Any], place: Place, values: Mapping[str, Value]) -> dict[str, Any]:
    target: Any = table
    if place.number is not None:
        entries = table.setdefault(place.table, [])
        if place.number == len(entries):
            entries.append({})
        target = entries[place.number]
    elif place.table:
        target = table.setdefault(place.table, {})
    for key, value in values.items():
        if value is None:
            target.pop(key, None)
        else:
            target[key] = list(value) if isinstance(value, tuple) else value
    return table
