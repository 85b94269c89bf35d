"""Two arms that were made elsewhere: tables of scores, or folders of label volumes."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from manyhands import __version__
from manyhands.config import COLOURS, Comparing, make_structures
from manyhands.errors import InputError, VolumeError
from manyhands.evaluation import (
    NSD_TOLERANCE_MM,
    average_replicates,
    check_printed,
    compare_arms,
    read_arm_csv,
    score_volume,
)
from manyhands.evaluation.statistics import SEED
from manyhands.files import write_text
from manyhands.pipeline.comparisons import patients_csv, tests_csv
from manyhands.pipeline.places import as_json
from manyhands.pipeline.work import Watch, unwatched
from manyhands.types import IGNORE_LABEL, ArmScore, Comparison, Provenance, Score, Structure
from manyhands.volumes import READERS, read_labels

if TYPE_CHECKING:
    from manyhands.report import Case

NOT_KNOWN = (
    "Files made elsewhere do not say whether the margin was fixed before training; that is for "
    "whoever shows this to say."
)


def compare_tables(
    tables: Mapping[str, Path],
    *,
    settings: Comparing,
    trained_on: Collection[str] = (),
    printed: Path | None = None,
) -> Comparison:
    """Compare arms of which each has a CSV file (`read_arm_csv`), the baseline's among them.

    `trained_on` are names of patients that a model has seen. Raises `InputError` for one of them
    among the tested.
    """
    scores = [score for arm, path in tables.items() for score in read_arm_csv(path, arm)]
    for arm in tables:
        _check_unseen(arm, {s.patient for s in scores if s.arm == arm}, trained_on)
    return _compare(scores, settings, printed)


def compare_folders(
    folders: Mapping[str, Path],
    references: Path,
    *,
    structures: Sequence[Structure] = (),
    settings: Comparing,
    nsd_tolerance_mm: float = NSD_TOLERANCE_MM,
    trained_on: Collection[str] = (),
    printed: Path | None = None,
    watch: Watch = unwatched,
) -> Comparison:
    """Compare arms of which each has a folder of label volumes named as their references are.

    Without `structures` each value that occurs in the references is one, `label-1` and so on.
    `trained_on` are names of patients that a model has seen. Raises `InputError` for one of them
    among the predictions, and for an empty folder; predictions without reference, and those on
    another grid, are left out and named.
    """
    truth = _label_files(references)
    files = {arm: _label_files(folder) for arm, folder in folders.items()}
    for arm, own in files.items():
        _check_unseen(arm, own, trained_on)
    structures = structures or _structures_in(truth.values())
    left_out = {
        f"{arm}/{name}": "no reference to compare with"
        for arm, own in files.items()
        for name in own
        if name not in truth
    }
    todo = [(arm, name) for arm, own in files.items() for name in own if name in truth]
    found: dict[str, list[Score]] = {arm: [] for arm in folders}
    for number, (arm, name) in enumerate(todo):
        watch(number / len(todo), f"{arm}/{name}")
        reference = read_labels(truth[name])
        try:
            found[arm] += score_volume(
                reference,
                read_labels(files[arm][name]),
                structures,
                volume=name,
                nsd_tolerance_mm=nsd_tolerance_mm,
            )
        except VolumeError as error:
            left_out[f"{arm}/{name}"] = str(error)
    scores = [s for arm, own in found.items() for s in average_replicates(arm, {"": own})]
    return _compare(scores, settings, printed, [s.name for s in structures], left_out)


def write_comparison(folder: Path, comparison: Comparison, *, command: str) -> tuple[Path, ...]:
    """Write `comparison.json`, `comparison.csv`, `comparison-patients.csv` and a page of it, all
    into `folder`; gives their paths.
    """
    from manyhands.report import ReportContent, write_report

    made = Provenance(__version__, command, datetime.now(UTC), seed=SEED)
    texts = {
        "comparison.json": as_json(dataclasses.asdict(comparison), made),
        "comparison.csv": tests_csv(comparison),
        "comparison-patients.csv": patients_csv(comparison),
    }
    for name, text in texts.items():
        write_text(folder / name, text)
    names = tuple(dict.fromkeys(score.structure for score in comparison.scores))
    content = ReportContent(
        title=f"{' and '.join(comparison.arms[1:])} against {comparison.baseline}",
        structures=_coloured(names),
        volumes=(),
        load_case=_no_case,
        provenance=made,
        models=comparison,
    )
    page = write_report(folder / "comparison.html", content)
    return (*(folder / name for name in texts), page)


def _coloured(names: Sequence[str]) -> tuple[Structure, ...]:
    """Names come from columns of other people's tables, so they may be anything."""
    return tuple(
        Structure(number, name, COLOURS[(number - 1) % len(COLOURS)])
        for number, name in enumerate(names, start=1)
    )


def _no_case(volume: str) -> Case:
    raise LookupError(f"no pictures of {volume}")


def _compare(
    scores: Sequence[ArmScore],
    settings: Comparing,
    printed: Path | None,
    structures: Sequence[str] | None = None,
    left_out: Mapping[str, str] | None = None,
) -> Comparison:
    compared = compare_arms(
        scores, settings=settings, structures=structures, left_out=left_out, notes=(NOT_KNOWN,)
    )
    if printed is None:
        return compared
    return dataclasses.replace(compared, printed=check_printed(printed, compared.tests))


def _label_files(folder: Path) -> dict[str, Path]:
    """By the patient's name, which is the file's."""
    found = {}
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        suffix = next((s for s in sorted(READERS, key=len, reverse=True)
                       if path.name.lower().endswith(s)), None)  # fmt: skip
        if suffix is not None:
            found[path.name[: -len(suffix)]] = path
    if not found:
        raise InputError(f"{folder}: no label volumes ({', '.join(READERS)})")
    return found


def _check_unseen(arm: str, tested: Collection[str], trained_on: Collection[str]) -> None:
    seen = sorted(set(tested) & set(trained_on))
    if seen:
        raise InputError(
            f"arm '{arm}' is tested on {', '.join(seen[:5])}, which it was trained on: keep "
            "patients of the training set out"
        )


def _structures_in(paths: Collection[Path]) -> tuple[Structure, ...]:
    ids: set[int] = set()
    for path in paths:
        ids |= set(np.unique(read_labels(path).data).tolist())
    known = sorted(ids - {0, IGNORE_LABEL})
    if not known:
        raise InputError("the references hold no structure: all their voxels are background")
    return tuple(_renumbered(known))


def _renumbered(ids: Sequence[int]) -> Iterator[Structure]:
    named = make_structures(tuple(f"label-{structure_id}" for structure_id in ids))
    for structure_id, structure in zip(ids, named, strict=True):
        yield dataclasses.replace(structure, structure_id=structure_id)
