"""What every contestant sends that has no model of its own: the request of one ``assign``."""

from __future__ import annotations

import uuid

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"


def path(base_path: str) -> str:
    """The action's URL or path, below the service root's."""
    return f"{base_path}/deviceAppManagement/mobileApps/{APP}/assign"


def lasting_headers(token: str) -> dict[str, str]:
    """The headers that a session can hold."""
    return {
        "Authorization": f"Bearer {token}",
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "appassign-bench",
    }


def call_headers() -> dict[str, str]:
    """The header that each call has its own of."""
    return {"client-request-id": str(uuid.uuid4())}


def groups(number: int) -> list[str]:
    """So many groups, to which the app is assigned."""
    return [f"11111111-2222-4333-8444-{index:012}" for index in range(number)]


def parameters(groups: list[str]) -> dict[str, list[dict[str, str]]]:
    """The body, yet to be written as JSON."""
    return {
        "mobileAppGroupAssignments": [
            {
                "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
                "targetGroupId": group,
                "vpnConfigurationId": "22222222-3333-4444-8555-666666666602",
                "id": "33333333-4444-4555-8666-777777777703",
                "installIntent": "required",
            }
            for group in groups
        ]
    }
