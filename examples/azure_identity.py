"""Assign with credentials of azure-identity: whatever this machine is signed in with, and an application's own secret.

    python examples/azure_identity.py APP_ID GROUP_ID

Without an emulator in APPASSIGN_BASE_URL this is a real call, and replaces all assignments of the app.
"""

from __future__ import annotations

import asyncio
import os
import sys

from azure.identity import DefaultAzureCredential
from azure.identity.aio import ClientSecretCredential

from appassign import AppAssignError, MobileAppGroupAssignment, assign, assign_async


def as_whoever_is_signed_in(app: str, group: str) -> None:
    required = MobileAppGroupAssignment(target_group_id=group, install_intent="required")
    receipt = assign(app, [required], credential=DefaultAzureCredential())
    print("DefaultAzureCredential:", receipt.status)


async def as_an_application(app: str, group: str) -> None:
    required = MobileAppGroupAssignment(target_group_id=group, install_intent="required")
    async with ClientSecretCredential(
        os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"], os.environ["AZURE_CLIENT_SECRET"]
    ) as credential:
        receipt = await assign_async(app, [required], credential=credential)
    print("ClientSecretCredential:", receipt.status)


def main() -> None:
    _, app, group = sys.argv
    try:
        as_whoever_is_signed_in(app, group)
        asyncio.run(as_an_application(app, group))
    except AppAssignError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
