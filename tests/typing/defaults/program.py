# pyright: reportUnnecessaryTypeIgnoreComment=error
"""A user's program, as checkers see it that nobody has set up: mypy's defaults, pyright's mode "standard".

What it leaves without types is left so on purpose.
"""

import asyncio
import csv
import os
import pathlib
import sys

import appassign
from appassign import AsyncClient, Client, GroupAssignmentTarget, MobileAppAssignment


def read(path):
    with pathlib.Path(path).open(newline="") as file:
        return [(row["app"], GroupAssignmentTarget(row["group"])) for row in csv.DictReader(file)]


def main() -> int:
    failed = 0
    with Client(os.environ["TOKEN"]) as client:
        for app, target in read(sys.argv[1]):
            try:
                receipt = client.change(app, add=[MobileAppAssignment(target=target, intent="required")])
            except appassign.StatusError as error:
                print(error.status, error.code, error.hint)
                failed += 1
            else:
                print(receipt.app_id, len(receipt.after), receipt.response and receipt.response.request_id)
    return failed


async def count(apps: list[str]) -> dict[str, int]:
    async with AsyncClient() as client:
        lists = await asyncio.gather(*map(client.assignments, apps))
    return {app: len(held) for app, held in zip(apps, lists, strict=True)}


def mistakes(client: Client, one: MobileAppAssignment) -> None:
    client.plan("app", add=[one], replace=[one])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    client.assign("app", one)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    client.asign("app", [one])  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    one.intent = "required"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


if __name__ == "__main__":
    sys.exit(main())
