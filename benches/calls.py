"""So many calls of one contestant, and the end of its process: ``calls.py MODULE CLASS URL TOKEN CALLS IN_FLIGHT``.

It imports nothing of its own that the contestant does not need: what this process takes is the figure. When all calls
are made it says ``done`` and waits for a line, so that the harness can read what memory it took.
"""

import sys

NO_CONTENT = 204


def _check(status: int) -> None:
    if status != NO_CONTENT:
        sys.exit(f"answered {status}")


def _pause() -> None:
    print("done", flush=True)
    sys.stdin.readline()


def main(module: str, name: str, base_url: str, token: str, *how: str) -> None:
    """Make the calls; each must be answered by the 204 that everyone is after."""
    contestant = getattr(__import__(f"contestants.{module}", fromlist=[name]), name)
    calls, in_flight = map(int, how)
    left = iter(range(calls))
    if not name.startswith("Async"):
        client = contestant(base_url, token, 1)
        for _ in left:
            _check(client.assign())
        _pause()
        client.close()
        return
    import asyncio

    async def work(client) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  (typing would be an import more)
        for _ in left:
            _check(await client.assign())

    async def work_at_once() -> None:
        client = contestant(base_url, token, 1)
        async with asyncio.TaskGroup() as workers:
            for _ in range(in_flight):
                workers.create_task(work(client))
        _pause()
        await client.close()

    asyncio.run(work_at_once())


if __name__ == "__main__":
    main(*sys.argv[1:])
