"""Words for a file or folder that is not there, so that a slip of the keyboard is seen at once."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

PATTERN_SIGNS = frozenset("*?[")


def not_found(path: Path) -> str:
    """What to say of a `path` that does not exist, with what exists nearest to it.

    A shell hands on a pattern that matches nothing as it is; then the message says what there is.
    A name that was not typed is shown only where it is all but the same: it may be a patient's.
    """
    folder = next(parent for parent in path.parents if parent.is_dir())
    step = path.parts[len(folder.parts)]
    if folder == path.parent and PATTERN_SIGNS & set(path.name):
        return f"{path}: nothing has such a name; {folder} {contents(folder)}"
    near = get_close_matches(step, [entry.name for entry in folder.iterdir()], n=1, cutoff=0.75)
    if near:
        return f"{path}: not found; did you mean {folder / near[0]}?"
    if folder != path.parent:
        return f"{path}: not found; there is no folder {folder / step}"
    return f"{path}: not found"


def contents(folder: Path) -> str:
    """What a folder holds, without names: "is empty", or "holds 12 files (.png), 1 folder"."""
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    files = [entry for entry in entries if not entry.is_dir()]
    if not entries:
        return "is empty"
    endings = sorted({_ending(file) for file in files} - {""})
    listed = f" ({', '.join(endings)})" if 0 < len(endings) <= 4 else ""
    folders = len(entries) - len(files)
    return f"holds {_counted(len(files), 'file')}{listed}" + (
        f", {_counted(folders, 'folder')}" if folders else ""
    )


def _ending(file: Path) -> str:
    """ ".nii.gz" rather than ".gz"."""
    return "".join(file.suffixes[-2:]) if file.suffix == ".gz" else file.suffix


def _counted(count: int, thing: str) -> str:
    return f"{count or 'no'} {thing}{'' if count == 1 else 's'}"
