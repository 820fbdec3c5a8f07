# pyright: reportUnnecessaryTypeIgnoreComment=error
"""What type checkers know of exceptions. They alone read this file, and find an error wherever one is ignored."""

from datetime import datetime
from typing import Literal, assert_type

from appassign import (
    AppAssignError,
    AuthenticationError,
    BadRequestError,
    Client,
    ClientClosedError,
    ConfigurationError,
    ConflictError,
    ConnectError,
    CredentialError,
    InternalError,
    InvalidInputError,
    JournalError,
    LimitError,
    MobileAppAssignment,
    NotFoundError,
    PermissionDeniedError,
    PlanError,
    RequestTimeoutError,
    ResponseError,
    ServiceError,
    StalePlanError,
    StatusError,
    ThrottledError,
    TlsError,
    TransportError,
    VerificationError,
    exceptions,
)


def what_all_have(error: AppAssignError) -> None:
    assert_type(error.outcome, Literal["not_sent", "not_applied", "applied", "unknown"])
    assert_type(error.attempts, int)
    assert_type(error.elapsed, float)
    assert_type(error.client_request_id, str | None)
    assert_type(error.hint, str | None)
    assert_type(exceptions.AppAssignError(), AppAssignError)
    error.status  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    if error.outcome == "sent":  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
        pass


def what_some_have(
    invalid: InvalidInputError,
    response: ResponseError,
    status: StatusError,
    stale: StalePlanError,
    unverified: VerificationError,
) -> None:
    assert_type(invalid.location, str | None)
    assert_type(response.status, int)
    assert_type(response.body, str)
    assert_type(status.status, int)
    assert_type(status.code, str | None)
    assert_type(status.message, str)
    assert_type(status.request_id, str | None)
    assert_type(status.date, datetime | None)
    assert_type(status.retry_after, float | None)
    assert_type(stale.planned, tuple[MobileAppAssignment, ...])
    assert_type(stale.live, tuple[MobileAppAssignment, ...])
    assert_type(unverified.missing, tuple[MobileAppAssignment, ...])
    assert_type(unverified.extra, tuple[MobileAppAssignment, ...])
    status.body  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    response.code  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


def which_of_pythons_own_they_are(
    invalid: InvalidInputError,
    configuration: ConfigurationError,
    connect: ConnectError,
    timeout: RequestTimeoutError,
    closed: ClientClosedError,
    internal: InternalError,
) -> None:
    value_errors: list[ValueError] = [invalid, configuration]
    os_errors: list[OSError] = [connect, timeout]
    connection: ConnectionError = connect
    late: TimeoutError = timeout
    runtime_errors: list[RuntimeError] = [closed, internal]
    del value_errors, os_errors, connection, late, runtime_errors


def which_of_ours_they_are(
    transport: ConnectError | TlsError | RequestTimeoutError,
    status: BadRequestError
    | AuthenticationError
    | PermissionDeniedError
    | NotFoundError
    | ConflictError
    | ThrottledError
    | ServiceError,
    plan: StalePlanError | LimitError | VerificationError,
    alone: InvalidInputError | CredentialError | ResponseError | JournalError | ClientClosedError | InternalError,
) -> None:
    transports: TransportError = transport
    statuses: StatusError = status
    plans: PlanError = plan
    all_of_them: list[AppAssignError] = [transports, statuses, plans, alone]
    no_transport: TransportError = status  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    del all_of_them, no_transport


def what_is_caught(client: Client) -> None:
    try:
        client.assignments("app")
    except ThrottledError as error:
        assert_type(error, ThrottledError)
        assert_type(error.retry_after, float | None)
    except (ConnectError, RequestTimeoutError) as error:
        assert_type(error.errno, int | None)
    try:
        client.plan_many([]).raise_for_errors()
    except* StatusError as group:
        assert_type(group, ExceptionGroup[StatusError])
        assert_type([error for error in group.exceptions if isinstance(error, StatusError)], list[StatusError])
