"""The numbers of SAM's evidence that were chosen, not fitted: to be seen, and tried otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from unittest.mock import patch

from benchmarks.tables import format_table
from manyhands.evidence.prompted import calibration, ensemble, looks, planes

CONSTANTS: Mapping[str, ModuleType] = {
    "CLIP": calibration,
    "RIDGE": calibration,
    "SHIFT_SHARE": ensemble,
    "ENOUGH_BOXES": ensemble,
    "SAME_ORGAN_IOU": ensemble,
    "MOVED_SHARE": looks,
    "ACROSS_SAY": looks,
    "MOST_PLANES": planes,
    "SLACK_SHARE": planes,
    "LEAST_PART_SHARE": planes,
}
"""By name, the module that each stands in, where it is said what it means."""


@contextmanager
def constants_set(settings: Sequence[str]) -> Iterator[None]:
    """Other values for as long as the block lasts, each as `CLIP=2`.

    Ends the program for a name that is none, or a value that is no number.
    """
    with ExitStack() as stack:
        for setting in settings:
            name, _, text = setting.partition("=")
            if name not in CONSTANTS:
                raise SystemExit(f"{setting}: no such constant; there are {', '.join(CONSTANTS)}")
            kind = type(getattr(CONSTANTS[name], name))
            try:
                value = kind(text)
            except ValueError:
                raise SystemExit(f"{setting}: expected {name}= and a number") from None
            stack.enter_context(patch.object(CONSTANTS[name], name, value))
        yield


def describe_constants() -> str:
    """What they are now."""
    rows = [
        [name, module.__name__.removeprefix("manyhands."), f"{getattr(module, name):.3g}"]
        for name, module in CONSTANTS.items()
    ]
    return format_table(["constant", "stands in", "value"], rows)
