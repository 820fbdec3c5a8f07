"""Copy the assignments of an old version of an app to a new one.

    python copy_assignments.py OLD_APP NEW_APP               what would be done
    python copy_assignments.py OLD_APP NEW_APP --yes         do it
    python copy_assignments.py OLD_APP NEW_APP --move --yes  and then take them from the old app

What the new app has, it keeps. Where it has a group with the same intent and another filter or other settings, both are
shown and nothing is done. What a policy set gives to the old app is named and not copied, and such an app is not moved.
What is written is noted in intune.jsonl first, so that it can be undone.
"""

from __future__ import annotations

import argparse
import sys

from appassign import AppAssignError, Client, MobileAppAssignment


def copy(client: Client, old: str, new: str, *, is_move: bool, with_settings: bool, is_meant: bool) -> None:
    types = {app.id.lower(): app.odata_type for app in client.apps() if app.id.lower() in {old, new}}
    if with_settings and len(set(types.values())) > 1:
        print(f"! the apps are of two types, {types[old]} and {types[new]}: settings of one do not fit the other")

    # Of a plan that clears the old app, `apply` makes sure that it still has what was copied, and nothing else.
    cleared = client.plan(old, replace=[]) if is_move else None
    entries = [entry for entry in (client.assignments(old) if cleared is None else cleared.before) if is_own(entry)]
    copied = client.plan(new, add=entries if with_settings else [entry.replace(settings=None) for entry in entries])

    plans = [copied] if cleared is None else [copied, cleared]
    for plan in plans:
        print(plan)
    if not any(plans):
        print("nothing to do")
    elif not is_meant:
        print("nothing was written; with --yes it is")
    else:
        reason = f"{'moved' if is_move else 'copied'} from {old} to {new}"
        client.apply(copied, max_removals=0, reason=reason)
        print(f"{new} has them")
        if cleared is not None:
            client.apply(cleared, allow_empty=True, reason=reason)
            print(f"{old} has none any more")


def is_own(entry: MobileAppAssignment) -> bool:
    """A copy of what a policy set gives would stay when the policy set takes it away."""
    if str(entry.to_dict().get("source")).lower() != "policysets":
        return True
    print(f"! not copied, as it comes from a policy set: {entry.intent} {entry.target}")
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description="Copy the assignments of one app to another.")
    parser.add_argument("old", type=str.lower, metavar="OLD_APP", help="the id of the app that has them")
    parser.add_argument("new", type=str.lower, metavar="NEW_APP", help="the id of the app that is to have them too")
    parser.add_argument("--move", action="store_true", help="take them from the old app, once the new one has them")
    parser.add_argument("--without-settings", action="store_true", help="for apps of two types: copy no settings")
    parser.add_argument("--yes", action="store_true", help="write; without it, show what would be written")
    given = parser.parse_args()
    if given.old == given.new:
        parser.error("OLD_APP and NEW_APP are the same app")
    options = {"is_move": given.move, "with_settings": not given.without_settings, "is_meant": given.yes}
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")  # a terminal may lack letters that names have
    try:
        with Client(journal="intune.jsonl") as client:
            copy(client, given.old, given.new, **options)
    except AppAssignError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except KeyboardInterrupt:
        print("interrupted; what was written is in intune.jsonl", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
