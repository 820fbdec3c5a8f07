"""All assignments of all apps in one CSV file, and back.

    python everything_in_one_csv.py export FILE.csv       write what all apps have
    python everything_in_one_csv.py apply FILE.csv        what would be done so that they have what the file says
    python everything_in_one_csv.py apply FILE.csv --yes  do it

An app that is not in the file is left alone; one whose rows were deleted is, too. To clear an app, leave it one row
without an intent and a target. What is written is noted in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import csv
import pathlib
import sys
from typing import TYPE_CHECKING

from appassign import AppAssignError, Change, Client
from appassign.tables import assignments_to_rows, changes_from_rows

if TYPE_CHECKING:
    from appassign import ApplyReport, PlanReport


def export(client: Client, path: pathlib.Path) -> None:
    names = {app.id: app.display_name or "" for app in client.apps()}
    planned = client.plan_many(Change(app) for app in sorted(names, key=lambda app: (names[app], app)))
    rows = [
        {"# app": no_formula(names[plan.app_id]), **row}
        for plan in planned.plans  # nothing is to change: what an app has, is `before`
        for row in assignments_to_rows(plan.app_id, plan.before)
    ]
    if rows:
        with path.open("w", encoding="utf-8-sig", newline="") as file:  # Excel takes UTF-8 for that if there is a mark
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
    print(f"{len(planned.plans)} of {len(names)} apps are in {path}" if rows else "no app: nothing was written")
    stop_if_any_failed(planned)


def no_formula(name: str) -> str:
    """To a spreadsheet, a cell that begins like this is a formula, and a name may be anybody's."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def apply(client: Client, path: pathlib.Path, *, max_removals: int, allow_empty: bool, is_meant: bool) -> None:
    planned = client.plan_many(changes_from_rows(path))
    plans = [plan for plan in planned.plans if plan]
    for plan in plans:
        print(plan)
    print(f"{len(plans)} of {len(planned)} apps would change")
    stop_if_any_failed(planned)
    if plans and is_meant:
        applied = client.apply_many(plans, max_removals=max_removals, allow_empty=allow_empty, reason=f"as in {path}")
        print(applied)
        stop_if_any_failed(applied)
    elif plans:
        print("nothing was written; with --yes it is")


def stop_if_any_failed(report: PlanReport | ApplyReport) -> None:
    try:
        report.raise_for_errors()
    except ExceptionGroup as group:
        sys.exit("\n".join(f"{' '.join(error.__notes__)}: {error}" for error in group.exceptions))


def main() -> None:
    parser = argparse.ArgumentParser(description="All assignments of all apps in one CSV file, and back.")
    parser.add_argument("action", choices=["export", "apply"])
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--max-removals", type=int, default=0, metavar="N", help="how many may go (0)")
    parser.add_argument("--allow-empty", action="store_true", help="apps may be left without any")
    parser.add_argument("--yes", action="store_true", help="write; without it, show what would be written")
    given = parser.parse_args()
    try:
        with Client(journal="intune.jsonl") as client:
            if given.action == "export":
                export(client, given.file)
            else:
                limits = {"max_removals": given.max_removals, "allow_empty": given.allow_empty}
                apply(client, given.file, is_meant=given.yes, **limits)
    except (AppAssignError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
