"""Everything that appassign raises of its own.

::

    AppAssignError
    ├─ InvalidInputError (ValueError)            refused before anything was sent
    ├─ ConfigurationError (ValueError)           a setting that cannot be used
    ├─ CredentialError                           the credential gave no token
    ├─ TransportError                            no usable answer
    │  ├─ ConnectError (ConnectionError)         no connection came about
    │  ├─ TlsError                               the server's certificate is not trusted
    │  └─ RequestTimeoutError (TimeoutError)     the time was up
    ├─ ResponseError                             an answer that Graph does not document
    ├─ StatusError                               Graph refused
    │  ├─ BadRequestError 400
    │  ├─ AuthenticationError 401
    │  ├─ PermissionDeniedError 403
    │  ├─ NotFoundError 404
    │  ├─ ConflictError 409, 412, 423
    │  ├─ ThrottledError 429
    │  └─ ServiceError 5xx
    ├─ PlanError                                 a change that contradicts what is there
    │  ├─ StalePlanError                         somebody else changed the app meanwhile
    │  ├─ LimitError                             a write that would remove more than it may
    │  └─ VerificationError                      what was written is not there
    ├─ JournalError                              the journal cannot be written or read
    ├─ ClientClosedError (RuntimeError)          the client is closed, or the interpreter is exiting
    └─ InternalError (RuntimeError)              a broken promise inside

Python's own stay Python's own: ``TypeError`` for an argument of the wrong type, ``KeyboardInterrupt`` for Ctrl-C.
Every exception pickles and copies, and none ever holds the token.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime
    from typing import Literal

    from ._core import MobileAppAssignment

__all__ = [
    "AppAssignError",
    "AuthenticationError",
    "BadRequestError",
    "ClientClosedError",
    "ConfigurationError",
    "ConflictError",
    "ConnectError",
    "CredentialError",
    "InternalError",
    "InvalidInputError",
    "JournalError",
    "LimitError",
    "NotFoundError",
    "PermissionDeniedError",
    "PlanError",
    "RequestTimeoutError",
    "ResponseError",
    "ServiceError",
    "StalePlanError",
    "StatusError",
    "ThrottledError",
    "TlsError",
    "TransportError",
    "VerificationError",
]


class AppAssignError(Exception):
    """The base of all of them. Where nothing ran, the attributes have the defaults below."""

    outcome: Literal["not_sent", "not_applied", "applied", "unknown"] = "not_sent"
    """What became of the call: nothing left, it was refused, was applied, or nobody here can know. Of several attempts
    the worst counts."""
    attempts: int = 0
    """How many requests were made, the renewal of a token included."""
    elapsed: float = 0.0
    """Seconds from the start of the call to its end."""
    client_request_id: str | None = None
    """The id under which the service logged the call, for Microsoft's support."""
    hint: str | None = None
    """What to do about it; also the last line of the text."""

    def __str__(self) -> str:
        text = super().__str__()
        return f"{text}\nhint: {self.hint}" if self.hint else text


class InvalidInputError(AppAssignError, ValueError):
    """An input was refused before anything was sent."""

    location: str | None = None
    """Where it stands, for example ``assignments[3].target_group_id``."""


class ConfigurationError(AppAssignError, ValueError):
    """A token, base URL, cloud, limit, proxy or file of certificates that cannot be used. Nothing was sent."""


class CredentialError(AppAssignError):
    """The credential gave no token, or there is none. ``__cause__`` is what it raised. Nothing was sent."""


class TransportError(AppAssignError):
    """No usable answer came. ``outcome`` tells whether the request may have been applied."""


class ConnectError(TransportError, ConnectionError):
    """No connection came about: the name, the port, or the way there."""


class TlsError(TransportError):
    """The server's certificate is not trusted."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The time was up."""


class ResponseError(AppAssignError):
    """The answer is one that Graph does not document: a redirect, a stray 2xx."""

    status: int = 0
    """The HTTP status."""
    body: str = ""
    """The start of the body."""


class StatusError(AppAssignError):
    """Graph answered with an error status. Branch on ``code``, never on ``message``.

    For 401 and 403 ``hint`` tells what the token says of itself: audience, expiry, tenant, permissions. It is read to
    advise, not checked.
    """

    status: int = 0
    """The HTTP status."""
    code: str | None = None
    """Graph's ``error.code``, such as ``"ModelValidationFailure"``."""
    message: str = ""
    """Graph's own words, without Intune's wrapping."""
    request_id: str | None = None
    """The service's id for the request, for Microsoft's support."""
    date: datetime | None = None
    """When the service answered (aware, UTC)."""
    retry_after: float | None = None
    """Seconds for which the service asks to be left alone, where it says."""


class BadRequestError(StatusError):
    """400: the request is not one that the service understands or allows."""


class AuthenticationError(StatusError):
    """401: the token is missing, expired, or meant for another service."""


class PermissionDeniedError(StatusError):
    """403: the token is good and lacks a permission."""


class NotFoundError(StatusError):
    """404: there is no such app."""


class ConflictError(StatusError):
    """409, 412 or 423: the state of the app forbids it."""


class ThrottledError(StatusError):
    """429: too many requests.

    It is also raised where another call of the client was told to wait, for longer than this one can; ``outcome`` is
    ``"not_sent"`` then, unless this call had sent a request before.
    """


class ServiceError(StatusError):
    """5xx: the service failed, and may or may not have applied the request."""


class PlanError(AppAssignError):
    """An added entry contradicts what is there, or the app cannot be planned. Nothing was written."""


class StalePlanError(PlanError):
    """The app does not hold what was planned for: somebody else changed it meanwhile. Their change stands."""

    planned: tuple[MobileAppAssignment, ...] = ()
    """What the app was taken to hold."""
    live: tuple[MobileAppAssignment, ...] = ()
    """What it holds."""


class LimitError(PlanError):
    """The write would remove more than ``max_removals``, or all without ``allow_empty``. Nothing was sent."""


class VerificationError(PlanError):
    """The service took the write, and the app does not hold what was written, however often it was read."""

    missing: tuple[MobileAppAssignment, ...] = ()
    """What was written and is not there."""
    extra: tuple[MobileAppAssignment, ...] = ()
    """What is there and was not written."""


class JournalError(AppAssignError):
    """The journal cannot be written or read. Nothing is sent that is not in it."""


class ClientClosedError(AppAssignError, RuntimeError):
    """The client was closed, or the interpreter is exiting."""


class InternalError(AppAssignError, RuntimeError):
    """A broken promise inside appassign. Please report it."""
