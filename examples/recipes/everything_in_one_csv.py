"""All assignments of all apps in one CSV file, and back.

    python everything_in_one_csv.py export ALL.csv                  write what all apps have
    python everything_in_one_csv.py plan ALL.csv --out PLANS.jsonl  show what the file would change, and keep that
    python everything_in_one_csv.py apply PLANS.jsonl               show what was kept
    python everything_in_one_csv.py apply PLANS.jsonl --yes         write that, and nothing else

An app that is not in the file is left alone; one whose rows were deleted is, too. To clear an app, leave it one row
without an intent and a target. An app that somebody has changed since it was planned stays as it is. What is written is
noted in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import csv
import os
import pathlib
import sys

from appassign import AppAssignError, Change, Client, Plan, PlanError
from appassign.tables import assignments_to_rows, changes_from_rows


def export(client: Client, path: pathlib.Path, *, with_policy_sets: bool) -> None:
    if path.suffix.lower() != ".csv":
        sys.exit(f"{path}: the table is a .csv file")
    names = {app.id: app.display_name or "" for app in client.apps()}
    if not names:
        sys.exit("the service lists no app: nothing was written")
    planned = client.plan_many(Change(app) for app in sorted(names, key=lambda app: (names[app], app)))
    for result in planned.failures:
        print(f"app {result.change.app_id}: {result.error}", file=sys.stderr)
    if not all(isinstance(result.error, PlanError) for result in planned.failures):
        sys.exit("nothing was written")
    if planned.failures and with_policy_sets:
        sys.exit("nothing was written; --without-policy-sets leaves such apps out")
    rows = [
        {"# app": no_formula(names[plan.app_id]), **row}
        for plan in planned.plans  # nothing is to change: what an app has, is `before`
        for row in assignments_to_rows(plan.app_id, plan.before)
    ]
    if not rows:
        sys.exit("no app is left: nothing was written")
    write(path, rows)
    print(f"{len(planned.plans)} of {len(names)} apps are in {path}")


def write(path: pathlib.Path, rows: list[dict[str, str | None]]) -> None:
    """Write the file as a whole, or leave what is there."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8-sig", newline="") as file:  # by the mark, Excel knows UTF-8
            table = csv.DictWriter(file, rows[0])
            table.writeheader()
            table.writerows(rows)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def no_formula(name: str) -> str:
    """To a spreadsheet, a cell that begins like this is a formula, and a name may be anybody's."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def plan(client: Client, path: pathlib.Path, out: pathlib.Path | None) -> None:
    if out is not None and out.exists():
        sys.exit(f"{out} is there already, and may be what somebody reviews: name another file")
    planned = client.plan_many(changes_from_rows(path))
    plans = [one for one in planned.plans if one]
    for one in plans:
        print(one)
    print(f"{len(plans)} of {len(planned)} apps would change")
    if planned.failures:
        sys.exit("\n".join(f"app {result.change.app_id}: {result.error}" for result in planned.failures))
    if plans and out is not None:
        with out.open("x", encoding="utf-8") as file:
            file.writelines(f"{one.to_json()}\n" for one in plans)
        print(f"nothing was written; apply {out} --yes does it")


def read_plans(path: pathlib.Path) -> list[Plan]:
    plans: list[Plan] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            plans.append(Plan.from_json(line))
        except AppAssignError as error:
            sys.exit(f"{path}: line {number} is no plan: {error}\nplan FILE.csv --out PLANS.jsonl writes some")
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
    parser = argparse.ArgumentParser(description="All assignments of all apps in one CSV file, and back.")
    parser.add_argument("action", choices=["export", "plan", "apply"])
    parser.add_argument("file", type=pathlib.Path, help="the table; for apply, the plans")
    parser.add_argument("--without-policy-sets", action="store_true", help="export: leave out apps that have any")
    parser.add_argument("--out", type=pathlib.Path, metavar="PLANS.jsonl", help="plan: a new file, to keep plans in")
    parser.add_argument("--max-removals", type=int, default=0, metavar="N", help="apply: how many may go (0)")
    parser.add_argument("--allow-empty", action="store_true", help="apply: apps may be left without any")
    parser.add_argument("--yes", action="store_true", help="apply: write; without it, show what would be written")
    given = parser.parse_args()
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")  # a terminal may lack letters that names have
    try:
        with Client(journal="intune.jsonl") as client:
            match given.action:
                case "export":
                    export(client, given.file, with_policy_sets=not given.without_policy_sets)
                case "plan":
                    plan(client, given.file, given.out)
                case _:
                    limits = {"max_removals": given.max_removals, "allow_empty": given.allow_empty}
                    apply(client, read_plans(given.file), f"as in {given.file}", is_meant=given.yes, **limits)
    except (AppAssignError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt as stop:
        print(getattr(stop, "report", "nothing was written"))
        print("interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
