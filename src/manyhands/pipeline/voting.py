"""Votes over label volumes; and those that each annotator's boxes alone give, to vote with."""

from __future__ import annotations

from collections.abc import Sequence

from manyhands.evidence import NetworkOptions
from manyhands.masks import vote
from manyhands.pipeline.places import VOTED, alone, step_name
from manyhands.pipeline.segment import segment_volumes
from manyhands.pipeline.work import Outcome, Unit, Watch, part_of, unwatched, work_through
from manyhands.store import Study, find_annotators, find_volumes, sha256_of
from manyhands.types import Executor, Labels, Progress, Provenance
from manyhands.volumes import read_labels, write_labels


def segment_each_alone(
    study: Study,
    *,
    model: str | None = None,
    preset: str | None = None,
    options: NetworkOptions | None = None,
    executor: Executor | None = None,
    command: str,
    watch: Watch = unwatched,
) -> tuple[Outcome, ...]:
    """Label all volumes once per annotator, of that person's boxes alone; to compare with."""
    with study.reading() as connection:
        names = [annotator.name for annotator in find_annotators(connection)]
    return tuple(
        segment_volumes(
            study,
            alone(name),
            model=model,
            preset=preset,
            options=options,
            executor=executor,
            command=command,
            watch=part_of(watch, number / len(names), (number + 1) / len(names)),
        )
        for number, name in enumerate(names)
    )


def vote_over_masks(study: Study, *, command: str, watch: Watch = unwatched) -> Outcome:
    """Let the annotators' own label volumes vote, voxel by voxel; to compare with.

    Takes those that `segment_each_alone` made; volumes without any are `left_out`.
    """
    with study.working("segment"):
        with study.reading() as connection:
            names = [annotator.name for annotator in find_annotators(connection)]
            volumes = find_volumes(connection)
        units, left_out = [], {}
        for volume in volumes:
            paths = [alone(name).labels_path(volume.name) for name in names]
            paths = [path for path in paths if study.path(path).is_file()]
            if paths:
                target = VOTED.labels_path(volume.name)
                units.append(vote_unit(study, volume.name, paths, target))
            else:
                left_out[volume.name] = "no annotator's own label volume to vote with"
        return work_through(
            study,
            step_name("segment", VOTED),
            units,
            command=command,
            watch=watch,
            left_out=left_out,
        )


def vote_unit(study: Study, name: str, sources: Sequence[str], target: str) -> Unit:
    """The unit that lets label volumes on one grid vote; paths are from the study's folder on."""

    def make(_progress: Progress, _made: Provenance) -> tuple[str, ...]:
        ballots = [read_labels(study.path(source)) for source in sources]
        elected = vote([ballot.data for ballot in ballots])
        write_labels(Labels(elected, ballots[0].grid), study.path(target))
        return (target,)

    return Unit(name, {source: sha256_of(study.path(source)) for source in sources}, {}, make)
