"""The study on disk: its folder, its database, and queries grouped by noun.

Queries are functions of a connection, which `Study.reading` and `Study.writing` give. This room
knows nothing of images.
"""

from manyhands.store.annotators import (
    ensure_annotator,
    find_annotator,
    find_annotators,
    insert_annotator,
)
from manyhands.store.answers import answer_history, current_answers, has_answers, insert_answers
from manyhands.store.files import copy_file, fingerprint, sha256_of
from manyhands.store.names import check_name
from manyhands.store.runs import Run, find_runs, insert_run, latest_run
from manyhands.store.structures import insert_structures, structure_names
from manyhands.store.study import Study, create_study, open_study
from manyhands.store.volumes import VolumeRecord, check_new, find_volumes, insert_volume

__all__ = [
    "Run",
    "Study",
    "VolumeRecord",
    "answer_history",
    "check_name",
    "check_new",
    "copy_file",
    "create_study",
    "current_answers",
    "ensure_annotator",
    "find_annotator",
    "find_annotators",
    "find_runs",
    "find_volumes",
    "fingerprint",
    "has_answers",
    "insert_annotator",
    "insert_answers",
    "insert_run",
    "insert_structures",
    "insert_volume",
    "latest_run",
    "open_study",
    "sha256_of",
    "structure_names",
]
