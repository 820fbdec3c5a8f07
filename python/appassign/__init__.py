"""Assign Microsoft Intune apps: Microsoft Graph's ``mobileApp: assign`` from Python.

The names below are resolved on first use (PEP 562), so that importing the package costs next to nothing.

PYTEST_DONT_REWRITE: the package holds a pytest plugin, but no asserts. Without this word, pytest warns whoever imported
the package before pytest ran, as notebooks do.
"""

_HOMES = {
    "AllDevicesAssignmentTarget": "_core",
    "AllLicensedUsersAssignmentTarget": "_core",
    "AppAssignError": "exceptions",
    "ApplyReceipt": "_core",
    "ApplyReport": "_core",
    "ApplyResult": "_core",
    "AssignReceipt": "_core",
    "AssignmentTarget": "_core",
    "AsyncClient": "_client",
    "AuthenticationError": "exceptions",
    "BadRequestError": "exceptions",
    "Change": "_core",
    "Client": "_client",
    "ClientClosedError": "exceptions",
    "ConfigurationError": "exceptions",
    "ConfigurationManagerCollectionAssignmentTarget": "_core",
    "ConflictError": "exceptions",
    "ConnectError": "exceptions",
    "CredentialError": "exceptions",
    "ExclusionGroupAssignmentTarget": "_core",
    "GroupAssignmentTarget": "_core",
    "InstallIntent": "_intent",
    "InternalError": "exceptions",
    "InvalidInputError": "exceptions",
    "JournalError": "exceptions",
    "LimitError": "exceptions",
    "MobileApp": "_core",
    "MobileAppAssignment": "_core",
    "MobileAppGroupAssignment": "_core",
    "MobileAppPath": "_core",
    "NotFoundError": "exceptions",
    "PermissionDeniedError": "exceptions",
    "Plan": "_core",
    "PlanError": "exceptions",
    "PlanReport": "_core",
    "PlanResult": "_core",
    "RequestTimeoutError": "exceptions",
    "ResponseError": "exceptions",
    "ServiceError": "exceptions",
    "StalePlanError": "exceptions",
    "StatusError": "exceptions",
    "ThrottledError": "exceptions",
    "TlsError": "exceptions",
    "TransportError": "exceptions",
    "VerificationError": "exceptions",
    "assign": "_assign",
    "assign_async": "_assign",
    "read_journal": "_core",
}

__all__ = list(_HOMES)  # pyright: ignore[reportUnsupportedDunderAll]  # the stub spells it out


def __getattr__(name: str) -> object:
    if name in {"exceptions", "settings"}:
        return __import__(f"{__name__}.{name}", fromlist=[name])
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = __import__(f"{__name__}.{home}", fromlist=[name])
    found: object = getattr(module, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
