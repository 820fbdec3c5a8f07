"""Give an app to one group after another: pilots first, everybody last.

    python rings.py APP status  which rings have it
    python rings.py APP next    give it to the next ring
    python rings.py APP back    take it from the last ring that has it

There is no file to keep: a ring has the app if the app says so. What else the app has, it keeps. What is written is
noted in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import sys

from appassign import AppAssignError, Client, GroupAssignmentTarget, MobileAppAssignment

RINGS = {  # in their order: put in the ids of your groups
    "pilot": "11111111-2222-4333-8444-555555555501",
    "early": "11111111-2222-4333-8444-555555555502",
    "broad": "11111111-2222-4333-8444-555555555503",
}
ENTRIES = {
    ring: MobileAppAssignment(target=GroupAssignmentTarget(group), intent="required") for ring, group in RINGS.items()
}


def move(client: Client, app: str, step: str) -> None:
    missing = client.plan(app, add=ENTRIES.values()).added
    have = [ring for ring, entry in ENTRIES.items() if entry not in missing]
    lack = [ring for ring, entry in ENTRIES.items() if entry in missing]
    if step == "status":
        for ring in ENTRIES:
            print(f"{'x' if ring in have else '-'} {ring}")
    elif step == "next" and lack:
        plan = client.plan(app, add=[ENTRIES[lack[0]]])
        print(plan)
        client.apply(plan, max_removals=0, reason=f"ring {lack[0]}")
        print(f"{lack[0]} has it")
    elif step == "back" and have:
        plan = client.plan(app, remove=[ENTRIES[have[-1]]])
        print(plan)
        client.apply(plan, max_removals=1, allow_empty=True, reason=f"back from ring {have[-1]}")
        print(f"{have[-1]} has it no more")
    else:
        print(f"nothing to do: {'every' if have else 'no'} ring has it")


def main() -> None:
    parser = argparse.ArgumentParser(description="Give an app to one group after another.")
    parser.add_argument("app", metavar="APP", help="the id of the app")
    parser.add_argument("step", choices=["status", "next", "back"])
    given = parser.parse_args()
    try:
        with Client(journal="intune.jsonl") as client:
            move(client, given.app, given.step)
    except AppAssignError as error:
        sys.exit(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
