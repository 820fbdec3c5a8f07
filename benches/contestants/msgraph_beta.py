"""msgraph-beta-sdk, Microsoft's own client of Graph.

It knows the form of today alone, and so sends ``mobileAppAssignments``. As for any service that is not Graph's own, it
is told which host may see the token.
"""

from __future__ import annotations

import time
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph_beta import GraphRequestAdapter, GraphServiceClient
from msgraph_beta.generated.device_app_management.mobile_apps.item.assign.assign_post_request_body import (
    AssignPostRequestBody,
)
from msgraph_beta.generated.models.group_assignment_target import GroupAssignmentTarget
from msgraph_beta.generated.models.install_intent import InstallIntent
from msgraph_beta.generated.models.mobile_app_assignment import MobileAppAssignment

from contestants import request


class _Credential:
    """A credential of azure-core's that has its token."""

    def __init__(self, token: str) -> None:
        self._token = AccessToken(token, int(time.time()) + 3600)

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """The token."""
        return self._token


class AsyncClient:
    """A ``GraphServiceClient``."""

    def __init__(self, base_url: str, token: str, number: int) -> None:
        host = urlsplit(base_url).hostname or ""
        provider = AzureIdentityAuthenticationProvider(
            _Credential(token), scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[host]
        )
        adapter = GraphRequestAdapter(provider)
        adapter.base_url = base_url
        self._app = GraphServiceClient(request_adapter=adapter).device_app_management.mobile_apps.by_mobile_app_id(
            request.APP
        )
        self._groups = request.groups(number)

    async def assign(self) -> int:
        """One call; its status, which the SDK keeps to itself: what is no success is an exception."""
        assignments = [
            MobileAppAssignment(intent=InstallIntent.Required, target=GroupAssignmentTarget(group_id=group))
            for group in self._groups
        ]
        await self._app.assign.post(AssignPostRequestBody(mobile_app_assignments=assignments))
        return 204

    async def close(self) -> None:
        """The connections are the process's."""
