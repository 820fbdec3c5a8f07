"""appassign itself: the models are made anew for each call, as the peers' JSON is."""

from __future__ import annotations

from appassign import MobileAppGroupAssignment

APP = "3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"


def _groups(number: int) -> list[str]:
    return [f"11111111-2222-4333-8444-{index:012}" for index in range(number)]


def _assignments(groups: list[str]) -> list[MobileAppGroupAssignment]:
    return [
        MobileAppGroupAssignment(
            target_group_id=group,
            vpn_configuration_id="22222222-3333-4444-8555-666666666602",
            id="33333333-4444-4555-8666-777777777703",
            install_intent="required",
        )
        for group in groups
    ]


class Function:
    """``assign``."""

    shared = True

    def __init__(self, base_url: str, token: str, number: int) -> None:
        from appassign import assign

        self._assign = assign
        self._base_url = base_url
        self._token = token
        self._groups = _groups(number)

    def assign(self) -> int:
        """One call; its status."""
        assignments = _assignments(self._groups)
        return self._assign(APP, assignments, credential=self._token, base_url=self._base_url).status

    def close(self) -> None:
        """The connections are the process's."""


class Client:
    """``Client.assign``."""

    shared = True

    def __init__(self, base_url: str, token: str, number: int) -> None:
        from appassign import Client as Appassign

        self._client = Appassign(token, base_url=base_url)
        self._groups = _groups(number)

    def assign(self) -> int:
        """One call; its status."""
        return self._client.assign(APP, _assignments(self._groups)).status

    def close(self) -> None:
        """Close the client."""
        self._client.close()


class AsyncFunction:
    """``assign_async``."""

    def __init__(self, base_url: str, token: str, number: int) -> None:
        from appassign import assign_async

        self._assign = assign_async
        self._base_url = base_url
        self._token = token
        self._groups = _groups(number)

    async def assign(self) -> int:
        """One call; its status."""
        assignments = _assignments(self._groups)
        return (await self._assign(APP, assignments, credential=self._token, base_url=self._base_url)).status

    async def close(self) -> None:
        """The connections are the process's."""
