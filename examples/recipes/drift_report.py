"""Tell, each night, how what apps have differs from what they should have.

    python drift_report.py WANTED.csv                     print what differs
    python drift_report.py WANTED.csv --html REPORT.html  and write it as a page, to be mailed

Exits with 0 if nothing differs, with 2 if something does, and with 1 if that could not be told; the page says so, too.
Nothing is written to any app. Apps that are assigned and not in the file are named, and count for nothing.
"""

from __future__ import annotations

import argparse
import html
import pathlib
import sys
from typing import NoReturn

from appassign import AppAssignError, Client
from appassign.tables import changes_from_rows


class Parser(argparse.ArgumentParser):
    """One that keeps the exit code 2 for drift."""

    def error(self, message: str) -> NoReturn:
        """Exit with 1: a misspelt option is no drift."""
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def compare(client: Client, wanted: pathlib.Path) -> tuple[int, list[str]]:
    """The exit code, and the report in parts."""
    planned = client.plan_many(changes_from_rows(wanted))
    apps = client.apps()
    names = {app.id.lower(): app.display_name or "without a name" for app in apps}
    in_file = {result.change.app_id.lower() for result in planned}
    drifted = [plan for plan in planned.plans if plan]

    count = f"{wanted}: {len(drifted)} of {len(planned)} apps differ, {len(planned.failures)} could not be read"
    differ = [f"{names.get(plan.app_id.lower(), 'not listed')}\n{plan}" for plan in drifted]
    unread = [f"{result.change.app_id} could not be read: {result.error}" for result in planned.failures]
    others = [
        f"{app.display_name or 'without a name'} ({app.id}) is assigned, and not in the file"
        for app in apps
        if app.is_assigned and app.id.lower() not in in_file
    ]
    if in_file and not apps:
        unread.append("the service lists no app: it is not known what they are called, nor which are not in the file")
    return 1 if unread else 2 if differ else 0, [count, *differ, *unread, *others]


def as_page(parts: list[str]) -> str:
    shown = "\n".join(f"<pre>{html.escape(part)}</pre>" for part in parts)
    return f"<!doctype html>\n<meta charset=utf-8>\n<title>Drift report</title>\n{shown}\n"


def main() -> None:
    parser = Parser(description="Tell how what apps have differs from what they should have.")
    parser.add_argument("wanted", type=pathlib.Path, metavar="WANTED.csv")
    parser.add_argument("--html", type=pathlib.Path, metavar="REPORT.html", help="write the report as a page, too")
    given = parser.parse_args()
    if reconfigure := getattr(sys.stdout, "reconfigure", None):
        reconfigure(errors="backslashreplace")  # a terminal may lack letters that names have
    status, parts, failure = 0, list[str](), ""
    try:
        with Client() as client:
            status, parts = compare(client, given.wanted)
    except (AppAssignError, OSError) as error:
        status, failure = 1, f"{type(error).__name__}: {error}"
    except KeyboardInterrupt as stop:
        status, failure = 130, f"{getattr(stop, 'report', 'nothing is known')}\ninterrupted"
    if given.html is not None:
        try:
            given.html.write_text(as_page(parts or [failure]), encoding="utf-8")
        except OSError as error:
            status, failure = 1, f"{failure}\n{type(error).__name__}: {error}".strip()
    if parts:
        print("\n\n".join(parts))
    if failure:
        print(failure, file=sys.stderr)
    sys.exit(status)


if __name__ == "__main__":
    main()
