"""Restore assignments from a backup that another tool made: Graph's own JSON.

    python restore_backup.py plan BACKUP.json --out PLANS.jsonl      show what it would change, and keep that
    python restore_backup.py plan BACKUP.json APP --out PLANS.jsonl  the same, for this app, of the one in the backup
    python restore_backup.py apply PLANS.jsonl                       show what was kept
    python restore_backup.py apply PLANS.jsonl --yes                 write that, and nothing else

What was added since goes if --max-removals allows that. An app that somebody has changed since it was planned stays as
it is. What is written is noted in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

from appassign import AppAssignError, Change, Client, Plan
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
    # Whichever app the backup says: the one that is named here is meant.
    return [Change(app, replace=changes[0].replace)]


def plan(client: Client, changes: list[Change], out: pathlib.Path | None) -> None:
    if out is not None and out.exists():
        sys.exit(f"{out} is there already, and may be what somebody reviews: name another file")
    planned = client.plan_many(changes)
    plans = [one for one in planned.plans if one]
    for one in plans:
        print(one)
    if planned.failures:
        sys.exit(f"{planned}\nnothing was written")
    if not plans:
        print("nothing to do")
    elif out is not None:
        with out.open("x", encoding="utf-8") as file:
            file.writelines(f"{one.to_json()}\n" for one in plans)
        print(f"nothing was written; apply {out} --yes does it")


def read_plans(path: pathlib.Path) -> list[Plan]:
    plans: list[Plan] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            plans.append(Plan.from_json(line))
        except AppAssignError as error:
            sys.exit(f"{path}: line {number} is no plan: {error}\nplan BACKUP.json --out PLANS.jsonl writes some")
    if not plans:
        sys.exit(f"{path} has no plan in it")
    return plans


def apply(
    client: Client, plans: list[Plan], reason: str, *, max_removals: int, allow_empty: bool, is_meant: bool
) -> None:
    for one in plans:
        print(one)
    if not is_meant:
        print("nothing was written; with --yes it is")
        return
    applied = client.apply_many(plans, max_removals=max_removals, allow_empty=allow_empty, reason=reason)
    print(applied)
    if applied.failures:
        sys.exit("\n".join(f"app {result.plan.app_id}: {result.error}" for result in applied.failures))


def main() -> None:
    parser = argparse.ArgumentParser(description="Restore assignments from a backup in Graph's own JSON.")
    parser.add_argument("action", choices=["plan", "apply"])
    parser.add_argument("file", type=pathlib.Path, help="the backup; for apply, the plans")
    parser.add_argument("app", nargs="?", metavar="APP", help="plan: the id of the app, if the backup is of one app")
    parser.add_argument("--out", type=pathlib.Path, metavar="PLANS.jsonl", help="plan: a new file, to keep plans in")
    parser.add_argument("--max-removals", type=int, default=0, metavar="N", help="apply: how many may go (default: 0)")
    parser.add_argument("--allow-empty", action="store_true", help="apply: an app may be left without any")
    parser.add_argument("--yes", action="store_true", help="apply: write; without it, show what would be written")
    given = parser.parse_args()
    if given.action == "apply" and given.app is not None:
        parser.error("apply takes plans, which say of which apps they are")
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")  # a terminal may lack letters that names have
    try:
        with Client(journal="intune.jsonl") as client:
            if given.action == "plan":
                plan(client, read_backup(given.file, given.app), given.out)
            else:
                limits = {"max_removals": given.max_removals, "allow_empty": given.allow_empty}
                apply(client, read_plans(given.file), f"restored as in {given.file}", is_meant=given.yes, **limits)
    except (AppAssignError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt as stop:
        print(getattr(stop, "report", "nothing was written"))
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
