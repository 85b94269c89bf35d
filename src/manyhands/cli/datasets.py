"""Options of the data sets for nnU-Net, and writing them: for `export` and `train`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from manyhands.cli.arguments import FILE
from manyhands.cli.terminal import bar, command_line, counted, listed, say
from manyhands.store import Study, find_volumes

if TYPE_CHECKING:
    from manyhands.pipeline.export_nnunet import Exported, ExportOptions

Function = TypeVar("Function", bound=Callable[..., Any])


class Channel(click.ParamType[tuple[str, Path]]):
    """A further channel and the folder of its images, as `T1=folder`."""

    name = "NAME=FOLDER"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, Path]:
        if isinstance(value, tuple):
            return value
        name, equals, folder = str(value).partition("=")
        if not (name and equals and folder):
            self.fail(f"'{value}': expected a name and a folder, such as T1=images", param, ctx)
        return name, Path(folder)


def dataset_options(function: Function) -> Function:
    """What goes into the data sets for nnU-Net."""
    for option in (
        click.option(
            "--patients",
            type=FILE,
            help="Lines 'volume,patient', where a patient has several volumes.",
        ),
        click.option(
            "--channel",
            "channels",
            type=Channel(),
            multiple=True,
            help="A further channel, from FOLDER/VOLUME.nii.gz; once for each.",
        ),
        click.option(
            "--band",
            default=0.0,
            show_default=True,
            type=click.FloatRange(0.0, 0.25),
            help="Ignore doubtful voxels so near a surface, as a share of the structure's radius.",
        ),
    ):
        function = option(function)
    return function


def read_options(
    band: float, channels: tuple[tuple[str, Path], ...], patients: Path | None
) -> ExportOptions:
    """What `dataset_options` said."""
    from manyhands.pipeline.export_nnunet import ExportOptions
    from manyhands.pipeline.same_patient import read_patients
    from manyhands.training import Band

    of_patients = read_patients(patients) if patients else {}
    return ExportOptions(Band(width=band), dict(channels), of_patients)


def write_datasets(study: Study, folder: Path, options: ExportOptions) -> tuple[Path, ...]:
    """A data set of the crowd's labels, and one of references where there are any."""
    from manyhands.pipeline.export_nnunet import export_nnunet
    from manyhands.pipeline.training_cases import CROWD, REFERENCE
    from manyhands.training import make_arm

    with study.reading() as connection:
        has_references = any(v.reference_path for v in find_volumes(connection))
    kinds = (CROWD, REFERENCE) if has_references else (CROWD,)
    arms = [make_arm(kind, number) for number, kind in enumerate(kinds)]
    with bar("export") as watch:
        exported = export_nnunet(study, folder, arms, options, command=command_line(), watch=watch)
    _say_what_of(exported)
    if not has_references:
        say("no volume has a reference, so there is no data set to compare with")
    return exported.folders


def _say_what_of(exported: Exported) -> None:
    contents = exported.contents
    say(
        f"{counted(len(contents.train), 'case', 'cases')} to train on, {len(contents.test)} to test"
    )
    for name, reason in {**exported.left_out, **exported.left_out_structures}.items():
        say(f"left out {name}: {reason}")
    if exported.incomplete:
        say(f"not looked at everywhere, which is ignored there: {listed(exported.incomplete)}")
