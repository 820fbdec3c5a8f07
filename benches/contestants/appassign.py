"""appassign itself: the model is made anew for each call, as the peers' JSON is."""

from __future__ import annotations

from appassign import MobileAppGroupAssignment, assign, assign_async

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"


def _assignment() -> MobileAppGroupAssignment:
    return MobileAppGroupAssignment(
        target_group_id="11111111-2222-4333-8444-555555555501",
        vpn_configuration_id="22222222-3333-4444-8555-666666666602",
        id="33333333-4444-4555-8666-777777777703",
        install_intent="required",
    )


class Client:
    """``assign``."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._token = token

    def assign(self) -> int:
        """One call; its status."""
        return assign(APP, [_assignment()], credential=self._token, base_url=self._base_url).status

    def close(self) -> None:
        """The connections are the process's."""


class AsyncClient:
    """``assign_async``."""

    def __init__(self, base_url: str, token: str) -> None:
        self._base_url = base_url
        self._token = token

    async def assign(self) -> int:
        """One call; its status."""
        return (await assign_async(APP, [_assignment()], credential=self._token, base_url=self._base_url)).status

    async def close(self) -> None:
        """The connections are the process's."""
