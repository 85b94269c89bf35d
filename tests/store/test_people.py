"""Accounts, sessions, links and tasks as the study keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from manyhands.errors import InputError, StudyError
from manyhands.store import (
    Account,
    Invite,
    InviteState,
    Request,
    Role,
    Study,
    TaskRecord,
    TaskState,
    VolumeRecord,
    count_use,
    disable_account,
    end_session,
    find_account,
    find_account_named,
    find_accounts,
    find_annotators,
    find_invite,
    find_invites,
    find_open_links,
    find_session,
    find_task,
    find_tasks,
    forget_ended,
    insert_account,
    insert_invite,
    insert_request,
    insert_task,
    is_worth_noting,
    lapse_tasks,
    make_annotator_of,
    note_practice,
    note_visit,
    requested_annotators,
    revoke_invite,
    schema,
    set_password,
    set_task_state,
    start_session,
)
from manyhands.types import Annotator

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def cleo(study: Study) -> Account:
    account = Account("Cleo", Role.ANNOTATOR, annotator_id="c1e0", created_at=NOON)
    with study.writing() as connection:
        insert_account(connection, account)
    return account


@pytest.fixture
def lead(study: Study) -> Account:
    account = Account("Lea", Role.LEAD, password_hash="$argon2id$...", created_at=NOON)
    with study.writing() as connection:
        insert_account(connection, account)
    return account


def test_an_account_comes_back_and_is_found_in_whatever_case(study: Study, cleo: Account) -> None:
    with study.reading() as connection:
        assert find_account(connection, cleo.account_id) == cleo
        assert find_account_named(connection, "cLEO") == cleo
        assert find_account_named(connection, "leo") is None
        assert find_accounts(connection, Role.LEAD) == ()


def test_an_annotators_account_is_among_the_annotators(study: Study, cleo: Account) -> None:
    with study.reading() as connection:
        assert Annotator("c1e0", "Cleo") in find_annotators(connection)


def test_a_lead_becomes_an_annotator_with_their_first_task(study: Study, lead: Account) -> None:
    with study.writing() as connection:
        first = make_annotator_of(connection, lead)
        second = make_annotator_of(connection, lead)

        assert first.annotator_id is not None
        assert second == first
        assert Annotator(first.annotator_id, "Lea") in find_annotators(connection)


@pytest.mark.parametrize("name", ["cleo", "Ann", "ANN"])
def test_a_name_is_given_once_among_accounts_and_annotators(
    study: Study, cleo: Account, name: str
) -> None:
    other = Account(name, Role.ANNOTATOR, annotator_id="other")
    with pytest.raises(StudyError, match=r"already"), study.writing() as connection:
        insert_account(connection, other)


def test_a_name_must_be_one_that_files_can_have(study: Study) -> None:
    with pytest.raises(InputError, match=r"name '\.\./x'"), study.writing() as connection:
        insert_account(connection, Account("../x", Role.LEAD))


def test_the_first_practice_counts(study: Study, lead: Account) -> None:
    with study.writing() as connection:
        note_practice(connection, lead.account_id, NOON)
        note_practice(connection, lead.account_id, NOON + HOUR)
        known = find_account(connection, lead.account_id)

    assert known is not None
    assert known.practised_at == NOON


def test_a_password_is_not_in_what_is_printed(lead: Account) -> None:
    assert "argon2" not in repr(lead)


def test_a_session_lasts_from_the_last_visit_on(study: Study, lead: Account) -> None:
    with study.writing() as connection:
        token = start_session(connection, lead, NOON)
        assert find_session(connection, token, NOON + 11 * HOUR) == (lead, NOON)
        assert find_session(connection, token, NOON + 12 * HOUR) is None

        note_visit(connection, token, lead, NOON + 11 * HOUR)
        assert find_session(connection, token, NOON + 22 * HOUR) == (lead, NOON + 11 * HOUR)


def test_a_visit_is_not_written_each_time(cleo: Account) -> None:
    assert not is_worth_noting(cleo, NOON, NOON + 29 * HOUR)
    assert is_worth_noting(cleo, NOON, NOON + 31 * HOUR)


def test_a_session_ends_by_leaving_by_time_and_by_being_kept_out(
    study: Study, cleo: Account
) -> None:
    with study.writing() as connection:
        first, second, third = (start_session(connection, cleo, NOON) for _ in range(3))
        end_session(connection, first)
        assert find_session(connection, first, NOON) is None
        assert find_session(connection, second, NOON) is not None
        disable_account(connection, cleo.account_id, NOON)
        assert find_session(connection, second, NOON) is None
        assert find_session(connection, third, NOON) is None


def test_sessions_that_ended_are_forgotten(study: Study, cleo: Account, lead: Account) -> None:
    with study.writing() as connection:
        start_session(connection, lead, NOON)
        kept = start_session(connection, cleo, NOON)
        forget_ended(connection, NOON + 13 * HOUR)

        assert connection.scalar(sa.select(sa.func.count()).select_from(schema.sessions)) == 1
        assert find_session(connection, kept, NOON + 13 * HOUR) is not None


def test_no_token_is_in_the_database(study: Study, cleo: Account) -> None:
    with study.writing() as connection:
        tokens = [start_session(connection, cleo, NOON), insert_invite(connection, _invite())]
        rows = [
            *connection.execute(sa.select(schema.sessions)),
            *connection.execute(sa.select(schema.invites)),
        ]

    assert not [token for token in tokens if token in repr(rows)]


def _invite(**changes: object) -> Invite:
    values: dict[str, object] = {"role": Role.ANNOTATOR, "created_at": NOON}
    return Invite(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("invite", "state"),
    [
        (_invite(), InviteState.OPEN),
        (_invite(expires_at=NOON + HOUR), InviteState.OPEN),
        (_invite(expires_at=NOON), InviteState.EXPIRED),
        (_invite(most_uses=2, uses=1), InviteState.OPEN),
        (_invite(most_uses=2, uses=2), InviteState.USED_UP),
        (_invite(revoked_at=NOON - HOUR), InviteState.REVOKED),
    ],
)
def test_whether_a_link_can_be_used(invite: Invite, state: InviteState) -> None:
    assert invite.state(NOON) is state


def test_the_last_use_is_given_once(study: Study) -> None:
    with study.writing() as connection:
        token = insert_invite(connection, _invite(most_uses=1))
        found = find_invite(connection, token)
        assert found is not None
        count_use(connection, found, NOON)
        with pytest.raises(StudyError, match="this link is used-up"):
            count_use(connection, found, NOON)


def test_links_that_never_were_are_not_found(study: Study) -> None:
    with study.reading() as connection:
        assert find_invite(connection, "forged") is None


def test_a_revoked_link_stays_revoked_and_personal_links_are_not_listed(
    study: Study, cleo: Account
) -> None:
    with study.writing() as connection:
        insert_invite(connection, _invite(account_id=cleo.account_id))
        insert_invite(connection, _invite(note="class of 2026"))
        (listed,) = find_invites(connection)
        assert listed.note == "class of 2026"
        assert revoke_invite(connection, listed.invite_id, NOON)
        assert revoke_invite(connection, listed.invite_id, NOON + HOUR)
        assert not revoke_invite(connection, "no such", NOON)
        assert find_invites(connection)[0].revoked_at == NOON


def test_open_links_are_those_that_let_somebody_in(
    study: Study, cleo: Account, lead: Account
) -> None:
    kept = _invite(account_id=cleo.account_id, expires_at=NOON + HOUR, most_uses=1)
    endless = _invite(account_id=cleo.account_id, created_at=NOON + HOUR)
    with study.writing() as connection:
        for invite in (
            kept,
            endless,
            _invite(account_id=cleo.account_id, expires_at=NOON),
            _invite(account_id=cleo.account_id, most_uses=1, uses=1),
            _invite(account_id=cleo.account_id, revoked_at=NOON - HOUR),
            _invite(note="class of 2026"),
        ):
            insert_invite(connection, invite)

        assert find_open_links(connection, NOON) == (endless, kept)
        assert find_open_links(connection, NOON, cleo.account_id) == (endless, kept)
        assert find_open_links(connection, NOON, lead.account_id) == ()


def test_a_new_password_ends_sessions_and_open_links_of_that_account_alone(
    study: Study, cleo: Account, lead: Account
) -> None:
    with study.writing() as connection:
        sessions = {a.name: start_session(connection, a, NOON) for a in (cleo, lead)}
        for account in (cleo, lead):
            insert_invite(connection, _invite(account_id=account.account_id))
        set_password(connection, lead.account_id, "$argon2id$new", NOON)

        assert find_session(connection, sessions["Lea"], NOON) is None
        assert find_session(connection, sessions["Cleo"], NOON) is not None
        (left,) = find_open_links(connection, NOON)
        assert left.account_id == cleo.account_id
        changed = find_account(connection, lead.account_id)
        assert changed is not None
        assert changed.password_hash == "$argon2id$new"


@pytest.fixture
def task(volume: VolumeRecord, ann: Annotator) -> TaskRecord:
    return TaskRecord(volume.volume_id, 1, ann.annotator_id, NOON, NOON, NOON + HOUR)


def test_a_task_comes_back_and_changes(study: Study, task: TaskRecord) -> None:
    with study.writing() as connection:
        insert_task(connection, task)
        assert find_task(connection, task.task_id) == task
        set_task_state(connection, task.task_id, TaskState.FINISHED, NOON + HOUR)
        (changed,) = find_tasks(connection, annotator_id=task.annotator_id)
        assert (changed.state, changed.changed_at) == (TaskState.FINISHED, NOON + HOUR)
        assert find_tasks(connection, states=[TaskState.OPEN]) == ()
        assert find_task(connection, "no such") is None


def test_nobody_is_given_the_same_place_twice(study: Study, task: TaskRecord) -> None:
    again = TaskRecord(task.volume_id, 1, task.annotator_id, NOON, NOON, NOON)
    with study.writing() as connection:
        insert_task(connection, task)
    with pytest.raises(StudyError, match="UNIQUE"), study.writing() as connection:
        insert_task(connection, again)


def test_only_what_has_run_out_lapses(study: Study, task: TaskRecord) -> None:
    with study.writing() as connection:
        insert_task(connection, task)
        lapse_tasks(connection, task.volume_id, 1, NOON)
        lapse_tasks(connection, task.volume_id, 2, NOON + 2 * HOUR)
        assert find_task(connection, task.task_id) == task
        lapse_tasks(connection, task.volume_id, 1, NOON + HOUR)
        lapsed = find_task(connection, task.task_id)
        assert lapsed is not None
        assert lapsed.state is TaskState.LAPSED


def test_of_requests_the_largest_counts(study: Study, volume: VolumeRecord) -> None:
    with study.writing() as connection:
        for number, n_annotators in enumerate((3, 5, 4)):
            request = Request(volume.volume_id, 1, n_annotators, request_id=str(number))
            insert_request(connection, request)
            insert_request(connection, request)
        assert requested_annotators(connection) == {(volume.volume_id, 1): 5}
