"""One contestant's first call, and the end of its process: ``cold.py MODULE CLASS URL TOKEN``.

It imports nothing of its own that the contestant does not need: what this process takes is the figure.
"""

import sys

NO_CONTENT = 204


def main(module: str, name: str, base_url: str, token: str) -> int:
    """Make the call; the status, unless it is the 204 that everyone is after."""
    contestant = getattr(__import__(f"contestants.{module}", fromlist=[name]), name)
    if name == "Client":
        client = contestant(base_url, token)
        status = client.assign()
        client.close()
    else:
        import asyncio

        async def call() -> int:
            client = contestant(base_url, token)
            status: int = await client.assign()
            await client.close()
            return status

        status = asyncio.run(call())
    return 0 if status == NO_CONTENT else status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
