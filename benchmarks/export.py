"""How long does it take to write data sets for nnU-Net, and how much memory?

    python -m benchmarks.export

30 volumes of 512 x 512 x 150 voxels with five structures, crowd labels and references, some slices
not looked at. All are the same phantom, shifted, so that making them costs little: what is measured
is reading, renumbering and writing.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.meter import measure
from benchmarks.tables import format_table
from manyhands.config import Config, make_structures
from manyhands.phantom import NAMES, make_phantom
from manyhands.pipeline import EVERYBODY, Source, add_volumes
from manyhands.pipeline.consensus import to_json
from manyhands.pipeline.export_nnunet import ExportOptions, export_nnunet
from manyhands.pipeline.places import write_json
from manyhands.pipeline.work import provenance
from manyhands.store import Study, create_study
from manyhands.training import Band, make_arm
from manyhands.types import IGNORE_LABEL, Consensus, Labels
from manyhands.volumes import write_labels, write_volume

HEIGHT_MM, WIDTH_MM = 300.0, 400.0
UNSEEN = 10  # slices of each volume


def make_study(folder: Path, volumes: int, size: int, slices: int) -> Study:
    """Volumes with a reference and with labels and consensus as `segment` leaves them."""
    study = create_study(folder / "study", Config(make_structures(NAMES)))
    spacing_mm = (WIDTH_MM / size, WIDTH_MM / size, HEIGHT_MM / slices)
    volume, labels, _ = make_phantom((size, size, slices), spacing_mm=spacing_mm)
    reference = folder / "reference.nii.gz"
    write_labels(labels, reference)
    seen = np.ones(slices, dtype=np.bool_)
    seen[:UNSEEN] = False
    labels.data[:, :, ~seen] = IGNORE_LABEL
    agreed = Consensus((), np.ones(slices), seen)
    for number in range(volumes):
        name, image = f"v{number:02d}", folder / f"v{number:02d}.nii.gz"
        write_volume(np.roll(volume.data, number, axis=0), volume.grid, image)
        add_volumes(study, [Source(image, reference)], link=True)
        write_labels(Labels(labels.data, labels.grid), study.path(EVERYBODY.labels_path(name)))
        likely = study.path(EVERYBODY.probability_path(name))
        write_volume(np.full(volume.data.shape, 0.7, dtype=np.float32), volume.grid, likely)
        made = provenance(study, "", inputs={})
        structures = {str(s.structure_id): to_json(agreed) for s in study.config.structures}
        write_json(study, EVERYBODY.consensus_path(name), {"structures": structures}, made)
        trust = {"confidence": {str(s.structure_id): [0.9] * slices
                                for s in study.config.structures}}  # fmt: skip
        write_json(study, EVERYBODY.confidence_path(name), trust, made)
    return study


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Seconds and memory of export --format nnunet.")
    parser.add_argument("--volumes", type=int, default=30)
    parser.add_argument("--size", type=int, default=512, help="rows and columns (512)")
    parser.add_argument("--slices", type=int, default=150)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    arguments = parser.parse_args(argv)
    arms = (make_arm("crowd", 0), make_arm("reference", 1))
    kinds = {"no band": ExportOptions(), "band of a tenth": ExportOptions(band=Band(width=0.1))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        study = make_study(folder, arguments.volumes, arguments.size, arguments.slices)
        costs = {}
        for kind, options in kinds.items():
            export = partial(export_nnunet, study, folder / "out", arms, options, command="")
            costs[kind] = measure(export)[1]
        study.close()
    print(f"{arguments.volumes} x {arguments.size} x {arguments.size} x {arguments.slices}, 2 arms")
    rows = [
        [kind, f"{cost.seconds:.1f}", f"{cost.seconds / arguments.volumes:.2f}",
         f"{cost.peak_mib:.0f}"]
        for kind, cost in costs.items()
    ]  # fmt: skip
    print(format_table(["export", "s", "s/volume", "MiB"], rows))
    if arguments.json:
        content = {kind: cost._asdict() for kind, cost in costs.items()}
        arguments.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
