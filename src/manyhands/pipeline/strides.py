"""How far apart the slices are that people were asked for: who comes later is asked for fewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from manyhands.store import Study, find_tasks

Place = tuple[str, int]  # volume and structure, by their ids


@dataclass(frozen=True, slots=True)
class Strides:
    """`of_study` is everybody's stride, but for the tasks in `wider`, by place and annotator."""

    of_study: int
    wider: Mapping[Place, Mapping[str, int]]

    def of_person(self, place: Place, annotator_id: str) -> int:
        """At which stride this annotator was asked."""
        return max(self.of_study, self.wider.get(place, {}).get(annotator_id, 1))

    def of_subject(self, place: Place) -> int:
        """The widest stride at which anybody was asked: so far apart answers are neighbours."""
        return max(self.of_study, *self.wider.get(place, {}).values(), 1)

    def settings(self, volume_id: str | None = None) -> dict[str, object]:
        """What decides over results of a volume, or of all: other strides make them anew."""
        wider = {
            f"{place[1]}" if volume_id else f"{place[0]} {place[1]}": self.of_subject(place)
            for place in sorted(self.wider)
            if volume_id in (None, place[0]) and self.of_subject(place) > self.of_study
        }
        return {"stride": self.of_study} | ({"wider strides": wider} if wider else {})


def find_strides(study: Study, connection: sa.Connection) -> Strides:
    """The strides of a study as they are now."""
    wider: dict[Place, dict[str, int]] = {}
    for task in find_tasks(connection):
        if task.stride is not None:
            of_place = wider.setdefault((task.volume_id, task.structure_id), {})
            of_place[task.annotator_id] = task.stride
    return Strides(study.config.stride, wider)
