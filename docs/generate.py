"""Write anew what the documentation takes from the program: the command reference, the picture.

`make docs` calls this. The reference is compared with the program by a test; the picture is made by
the demo, so that it shows what a reader will get.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from manyhands.cli import main
from manyhands.geometry import to_stack
from manyhands.pipeline import EVERYBODY, open_demo, run_demo
from manyhands.server.access import as_table
from manyhands.server.app import WHO_MAY
from manyhands.store import Study, current_answers, find_volumes
from manyhands.types import Answer, LabelStack, Structure
from manyhands.volumes import apply_window, default_window, read_labels, read_volume

DOCS = Path(__file__).parent
WIDTH = 92  # of the help texts, in characters
PICTURE_DPI = 96
ACCESS_BEGINS, ACCESS_ENDS = "<!-- access table: by make docs -->", "<!-- end of access table -->"


def command_reference(group: click.Group) -> str:
    """Every command's own help, in the order of the work."""
    pages = [
        "# Commands\n\n"
        "What `manyhands COMMAND --help` says, of every command. Results go to stdout, words and\n"
        "progress to stderr. The exit code is 0, or 1 where something failed or there was nothing\n"
        "to work on, 2 for wrong use, 130 after Ctrl-C. On a terminal the last line says what\n"
        "comes next.\n"
        "\n(Written by `make docs`.)\n",
        _help_of(group, "manyhands", None),
    ]
    parent = click.Context(group, info_name="manyhands")
    for name in group.list_commands(parent):
        command = group.get_command(parent, name)
        assert command is not None
        pages.append(f"## {name}\n")
        pages.append(_help_of(command, name, parent))
        if isinstance(command, click.Group):
            above = click.Context(command, info_name=name, parent=parent)
            for part, below in command.commands.items():
                pages.append(f"### {name} {part}\n")
                pages.append(_help_of(below, part, above))
    return "\n".join(pages)


def _help_of(command: click.Command, name: str, parent: click.Context | None) -> str:
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH)
    text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    return f"```text\n{text}\n```\n"


def with_access_table(page: str) -> str:
    """The page on the server with its access table as it is now, between the two marks."""
    before, _, rest = page.partition(ACCESS_BEGINS)
    _, _, after = rest.partition(ACCESS_ENDS)
    return f"{before}{ACCESS_BEGINS}\n{as_table(WHO_MAY)}{ACCESS_ENDS}{after}"


def draw_overview(study: Study) -> Figure:
    """The demo in three pictures: the slice with most boxes, its labels, these from the front."""
    with study.reading() as connection:
        (record,) = find_volumes(connection)
        answers = current_answers(connection, volume_id=record.volume_id)
    volume = read_volume(study.path(record.image_path), modality=record.modality)
    labels = to_stack(read_labels(study.path(EVERYBODY.labels_path(record.name))).data)
    stack = to_stack(apply_window(volume.data, default_window(volume)))
    slice_mm, row_mm, column_mm = volume.grid.stack_spacing_mm
    rows, columns = (np.flatnonzero(stack.any(axis=(0, other))) for other in (2, 1))
    drawn = Counter(answer.slice_index for answer in answers for _ in answer.boxes)
    ((slice_index, _),) = drawn.most_common(1)
    structures = study.config.structures
    row = int(np.median(np.nonzero(labels == structures[-1].structure_id)[1]))

    figure = Figure((10.4, 2.95), layout="constrained")
    boxes, axial, coronal = figure.subplots(1, 3)
    _show(boxes, "Boxes of four people on one slice", stack[slice_index], row_mm / column_mm)
    _draw_boxes(boxes, [a for a in answers if a.slice_index == slice_index], structures)
    _show(axial, "The label volume", stack[slice_index], row_mm / column_mm)
    _fill(axial, labels[slice_index], structures)
    _show(coronal, "The same from the front", stack[::-1, row], slice_mm / column_mm)
    _fill(coronal, labels[::-1, row], structures)
    for panel in (boxes, axial, coronal):
        panel.set_xlim(columns[0] - 0.5, columns[-1] + 0.5)  # the body, without the air around
    for panel in (boxes, axial):
        panel.set_ylim(rows[-1] + 0.5, rows[0] - 0.5)
    names = [Rectangle((0, 0), 1, 1, color=s.colour, label=s.name) for s in structures]
    figure.legend(handles=names, loc="outside lower center", ncols=len(names), frameon=False)
    return figure


def _show(panel: Axes, title: str, picture: Any, aspect: float) -> None:
    panel.imshow(picture, cmap="gray", aspect=aspect, interpolation="bilinear")
    panel.set_title(title, fontsize=10)
    panel.set_axis_off()


def _draw_boxes(panel: Axes, answers: Sequence[Answer], structures: Sequence[Structure]) -> None:
    colours = {s.structure_id: s.colour for s in structures}
    for answer in answers:
        for box in answer.boxes:
            # Pixels are drawn around their centres, so the edge of the first lies at -0.5.
            corner = (box.column0 - 0.5, box.row0 - 0.5)
            size = (box.column1 - box.column0, box.row1 - box.row0)
            colour = colours[answer.structure_id]
            panel.add_patch(Rectangle(corner, *size, fill=False, edgecolor=colour, linewidth=1.1))


def _fill(panel: Axes, labels: LabelStack, structures: Sequence[Structure]) -> None:
    paint = np.zeros((256, 4))
    for structure in structures:
        paint[structure.structure_id] = to_rgba(structure.colour, 0.6)
    aspect = panel.get_aspect()
    panel.imshow(paint[labels], aspect=aspect, interpolation="nearest")


def write_picture(path: Path) -> None:
    """Walk the whole demo and draw it, in as few colours as a small file allows."""
    with tempfile.TemporaryDirectory() as folder, open_demo(Path(folder, "demo")) as study:
        run_demo(study, command="make docs")
        with mpl.rc_context({"font.size": 9}):
            draw_overview(study).savefig(path, dpi=PICTURE_DPI, metadata={"Software": None})


if __name__ == "__main__":
    (DOCS / "look-up" / "commands.md").write_text(command_reference(main), encoding="utf-8")
    server_page = DOCS / "look-up" / "server.md"
    text = with_access_table(server_page.read_text(encoding="utf-8"))
    server_page.write_text(text, encoding="utf-8")
    write_picture(DOCS / "images" / "overview.png")
