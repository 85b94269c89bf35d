"""The study on disk: its folder, its database, and queries grouped by noun.

Queries are functions of a connection, which `Study.reading` and `Study.writing` give. This room
knows nothing of images.
"""

from manyhands.store.accounts import (
    Account,
    Role,
    find_account,
    find_account_named,
    find_accounts,
    insert_account,
    make_annotator_of,
    note_practice,
    practised_structures,
)
from manyhands.store.admission import (
    change_role,
    disable_account,
    enable_account,
    set_password,
)
from manyhands.store.annotators import (
    ensure_annotator,
    find_annotator,
    find_annotators,
    insert_annotator,
)
from manyhands.store.answers import (
    answer_history,
    answered_since,
    current_answers,
    has_answers,
    known_answers,
    last_sequence,
)
from manyhands.store.audit import AuditEntry, find_audit, insert_audit
from manyhands.store.files import copy_file, fingerprint, sha256_of
from manyhands.store.invites import (
    Invite,
    InviteState,
    count_use,
    find_invite,
    find_invites,
    find_open_links,
    insert_invite,
    revoke_invite,
)
from manyhands.store.job_claims import (
    claim_job,
    end_job,
    is_job_claimable,
    keep_job,
    put_back_job,
)
from manyhands.store.jobs import (
    Job,
    JobState,
    cancel_job,
    find_job,
    find_jobs,
    insert_job,
    is_job_open,
)
from manyhands.store.names import check_name
from manyhands.store.new_answers import append_answers, insert_answers
from manyhands.store.requests import Request, insert_request, requested_annotators
from manyhands.store.runs import Run, find_runs, insert_run, latest_run
from manyhands.store.sessions import (
    end_session,
    find_session,
    forget_ended,
    is_worth_noting,
    note_visit,
    start_session,
)
from manyhands.store.structures import insert_structures, structure_names
from manyhands.store.study import Study, create_study, open_study
from manyhands.store.tasks import (
    TaskRecord,
    TaskState,
    extend_lease,
    find_task,
    find_tasks,
    find_wider_strides,
    finished_stamp,
    insert_task,
    lapse_tasks,
    set_task_state,
)
from manyhands.store.volumes import (
    VolumeRecord,
    check_new,
    find_volumes,
    give_reference,
    insert_volume,
)

__all__ = [
    "Account",
    "AuditEntry",
    "Invite",
    "InviteState",
    "Job",
    "JobState",
    "Request",
    "Role",
    "Run",
    "Study",
    "TaskRecord",
    "TaskState",
    "VolumeRecord",
    "answer_history",
    "answered_since",
    "append_answers",
    "cancel_job",
    "change_role",
    "check_name",
    "check_new",
    "claim_job",
    "copy_file",
    "count_use",
    "create_study",
    "current_answers",
    "disable_account",
    "enable_account",
    "end_job",
    "end_session",
    "ensure_annotator",
    "extend_lease",
    "find_account",
    "find_account_named",
    "find_accounts",
    "find_annotator",
    "find_annotators",
    "find_audit",
    "find_invite",
    "find_invites",
    "find_job",
    "find_jobs",
    "find_open_links",
    "find_runs",
    "find_session",
    "find_task",
    "find_tasks",
    "find_volumes",
    "find_wider_strides",
    "fingerprint",
    "finished_stamp",
    "forget_ended",
    "give_reference",
    "has_answers",
    "insert_account",
    "insert_annotator",
    "insert_answers",
    "insert_audit",
    "insert_invite",
    "insert_job",
    "insert_request",
    "insert_run",
    "insert_structures",
    "insert_task",
    "insert_volume",
    "is_job_claimable",
    "is_job_open",
    "is_worth_noting",
    "keep_job",
    "known_answers",
    "lapse_tasks",
    "last_sequence",
    "latest_run",
    "make_annotator_of",
    "note_practice",
    "note_visit",
    "open_study",
    "practised_structures",
    "put_back_job",
    "requested_annotators",
    "revoke_invite",
    "set_password",
    "set_task_state",
    "sha256_of",
    "start_session",
    "structure_names",
]
