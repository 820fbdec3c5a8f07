"""What apps have, read many at a time: for get and export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appassign.exceptions import AppAssignError, AuthenticationError, ConfigurationError, CredentialError

if TYPE_CHECKING:
    from appassign._core import MobileAppAssignment

    from .session import Session

    _Held = list[tuple[str, list[MobileAppAssignment]]]


def read_held(session: Session, apps: list[str] | None) -> tuple[_Held, list[tuple[str, BaseException]]]:
    """What these apps have, or all that are assigned; and which of them could not be read."""
    import asyncio

    async def read_all() -> tuple[_Held, list[tuple[str, BaseException]]]:
        free = asyncio.Semaphore(session.concurrency)
        async with session.async_client() as client:
            named = [app.id for app in await client.apps() if app.is_assigned is not False] if apps is None else apps
            ids = [*{app.lower(): app for app in named}.values()]

            async def read(app: str) -> list[MobileAppAssignment] | AppAssignError:
                async with free:
                    try:
                        return await client.assignments(app)
                    except (AuthenticationError, ConfigurationError, CredentialError):
                        raise  # all others would meet the same
                    except AppAssignError as error:
                        return error

            found = list(zip(ids, await asyncio.gather(*map(read, ids)), strict=True))
        return (
            [(app, entries) for app, entries in found if isinstance(entries, list)],
            [(app, error) for app, error in found if isinstance(error, AppAssignError)],
        )

    return asyncio.run(read_all())
