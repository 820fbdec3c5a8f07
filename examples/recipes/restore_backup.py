"""Restore assignments from a backup that another tool made: Graph's own JSON.

    python restore_backup.py BACKUP.json            what would be done so that the apps have what the backup says
    python restore_backup.py BACKUP.json APP        the same, of the one app in the backup, for the app with this id
    python restore_backup.py BACKUP.json APP --yes  do it

What was added since goes if --max-removals allows that. What is written is noted in intune.jsonl first, so that it can
be undone.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

from appassign import AppAssignError, Change, Client
from appassign.tables import changes_from_rows


def read_backup(path: pathlib.Path, app: str | None) -> list[Change]:
    changes = changes_from_rows(path, app_id=app)
    if not changes:
        sys.exit(f"{path} has no app in it")
    if any(change.replace is None for change in changes):
        sys.exit(f"{path} says what to add and remove; a backup says what an app had")
    if app is None:
        return changes
    if len(changes) > 1:
        sys.exit(f"{path} has {len(changes)} apps in it; name none, and each is restored to itself")
    # The id that a saved app has wins over `app_id`; here, the app may be another by now.
    return [Change(app, replace=changes[0].replace)]


def restore(
    client: Client, changes: list[Change], reason: str, *, max_removals: int, allow_empty: bool, is_meant: bool
) -> None:
    planned = client.plan_many(changes)
    for plan in filter(None, planned.plans):
        print(plan)
    if planned.failures:
        sys.exit(f"{planned}\nnothing was written")
    if not any(planned.plans):
        print("nothing to do")
    elif not is_meant:
        print("nothing was written; with --yes it is")
    else:
        applied = client.apply_many(planned, max_removals=max_removals, allow_empty=allow_empty, reason=reason)
        print(applied)
        if applied.failures:
            sys.exit(1)


def main() -> None:
    parser = argparse.ArgumentParser(description="Restore assignments from a backup in Graph's own JSON.")
    parser.add_argument("backup", type=pathlib.Path, metavar="BACKUP.json")
    parser.add_argument("app", nargs="?", metavar="APP", help="the id of the app, if the backup is of one app")
    parser.add_argument("--max-removals", type=int, default=0, metavar="N", help="how many may go (default: 0)")
    parser.add_argument("--allow-empty", action="store_true", help="an app may be left without any")
    parser.add_argument("--yes", action="store_true", help="write; without it, show what would be written")
    given = parser.parse_args()
    limits = {"max_removals": given.max_removals, "allow_empty": given.allow_empty}
    try:
        changes = read_backup(given.backup, given.app)
        with Client(journal="intune.jsonl") as client:
            restore(client, changes, f"restored from {given.backup}", is_meant=given.yes, **limits)
    except (AppAssignError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
