"""Give an app to one group after another: pilots first, everybody last.

    python rings.py RINGS.toml APP status      which rings have it
    python rings.py RINGS.toml APP next        what would be done to give it to the next ring
    python rings.py RINGS.toml APP next --yes  do it
    python rings.py RINGS.toml APP back --yes  take it from the last ring that has it

RINGS.toml names the groups, one to a line, in the order in which they get the app:

    pilot = "THE GROUP'S ID"
    everybody = "THE GROUP'S ID"

Nothing else is kept: a ring has the app if the app says so. What else the app has, it keeps. What is written is noted
in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tomllib

from appassign import AppAssignError, Client, ExclusionGroupAssignmentTarget, GroupAssignmentTarget, MobileAppAssignment


def read_rings(path: pathlib.Path) -> dict[str, GroupAssignmentTarget]:
    try:
        rings = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        sys.exit(f"{path}: {error}")
    if not rings:
        sys.exit(f'{path} names no ring: write one to a line, in their order, as in pilot = "THE GROUP\'S ID"')
    groups: dict[str, GroupAssignmentTarget] = {}
    for ring, group in rings.items():
        try:
            groups[ring] = GroupAssignmentTarget(group)
        except (AppAssignError, TypeError) as error:
            sys.exit(f"{path}: {ring}: {error}")
        for other in list(groups)[:-1]:
            if is_to(groups[other], groups[ring]):
                sys.exit(f"{path}: {other} and {ring} are the same group")
    return groups


def is_to(target: object, group: GroupAssignmentTarget) -> bool:
    if isinstance(target, GroupAssignmentTarget | ExclusionGroupAssignmentTarget):
        return target.group_id.lower() == group.group_id.lower()
    return False


def is_given(entry: MobileAppAssignment) -> bool:
    return isinstance(entry.target, GroupAssignmentTarget) and entry.intent == "required"


def move(client: Client, app: str, rings: dict[str, GroupAssignmentTarget], step: str, *, is_meant: bool) -> None:
    held = client.assignments(app)
    of_ring = {ring: [entry for entry in held if is_to(entry.target, group)] for ring, group in rings.items()}
    have = [ring for ring in rings if any(map(is_given, of_ring[ring]))]
    lack = [ring for ring in rings if ring not in have]
    otherwise = {ring: [entry for entry in of_ring[ring] if not is_given(entry)] for ring in rings}
    if step == "status":
        for ring in rings:
            print(", ".join([f"{'x' if ring in have else '-'} {ring}", *map(in_words, otherwise[ring])]))
    elif step == "next" and lack:
        give(client, app, lack[0], rings[lack[0]], otherwise[lack[0]], is_meant=is_meant)
    elif step == "back" and have:
        plan = client.plan(app, remove=[MobileAppAssignment(target=rings[have[-1]], intent="required")])
        print(plan)
        if is_meant:
            client.apply(plan, max_removals=1, allow_empty=True, reason=f"back from ring {have[-1]}")
        print(f"{have[-1]} has it no more" if is_meant else "nothing was written; with --yes it is")
    else:
        print(f"nothing to do: {'every' if have else 'no'} ring has it")


def give(
    client: Client,
    app: str,
    ring: str,
    group: GroupAssignmentTarget,
    otherwise: list[MobileAppAssignment],
    *,
    is_meant: bool,
) -> None:
    if otherwise:
        first = ", ".join(repr(entry.target) for entry in otherwise)
        sys.exit(
            f"{', '.join([ring, *map(in_words, otherwise)])}; nothing was written\n"
            f"if the ring is to have it, take that away first: client.change({app!r}, remove=[{first}])"
        )
    plan = client.plan(app, add=[MobileAppAssignment(target=group, intent="required")])
    print(plan)
    if is_meant:
        client.apply(plan, max_removals=0, reason=f"ring {ring}")
    print(f"{ring} has it" if is_meant else "nothing was written; with --yes it is")


def in_words(entry: MobileAppAssignment) -> str:
    is_excluded = isinstance(entry.target, ExclusionGroupAssignmentTarget)
    return f"whose group {'is excluded from it' if is_excluded else 'has it'} as {entry.intent}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Give an app to one group after another.")
    parser.add_argument("rings", type=pathlib.Path, metavar="RINGS.toml", help="the groups, in their order")
    parser.add_argument("app", metavar="APP", help="the id of the app")
    parser.add_argument("step", choices=["status", "next", "back"])
    parser.add_argument("--yes", action="store_true", help="write; without it, show what would be written")
    given = parser.parse_args()
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")  # a terminal may lack letters that names have
    try:
        rings = read_rings(given.rings)
        with Client(journal="intune.jsonl") as client:
            move(client, given.app, rings, given.step, is_meant=given.yes)
    except (AppAssignError, OSError) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        print("interrupted; what was written is in intune.jsonl", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
