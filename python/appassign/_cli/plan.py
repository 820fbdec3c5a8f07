"""``appassign plan``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import rich_click as click

from appassign._core import Change

from .command import command
from .exit_codes import FAILED, PENDING
from .files import write_whole
from .options import CALL, FILE, MANY, OUTPUT, argument, complete_file, option
from .results import tell_run
from .sources import TABLES, read_table
from .spec import SPECS, filtered

if TYPE_CHECKING:
    from appassign._core import AssignmentTarget, MobileAppAssignment

    from .session import Session


@command(
    argument("source", shell_complete=complete_file), SPECS,
    option("--out", metavar="FILE", type=FILE, help="Write the plans there, for apply: a line of JSON each."),
    option("--exit-code", is_flag=True, help="Exit with 2 if anything would change."),
    OUTPUT, MANY, CALL,
)  # fmt: skip
def plan(
    session: Session,
    *,
    source: str,
    add: list[MobileAppAssignment],
    remove: list[MobileAppAssignment | AssignmentTarget],
    filter_id: str | None,
    filter_type: Literal["include", "exclude"] | None,
    out: str | None,
    exit_code: bool,
) -> int:
    """Show what a change would do; write nothing.

    SOURCE is a table (FILE.csv, FILE.json, or - for stdin), or an app's id with --add and --remove.
    """
    output = session.output
    is_table = source == "-" or source.lower().endswith(TABLES)
    added = filtered(add, filter_id, filter_type)
    if is_table and (add or remove):
        raise click.UsageError(f"--add and --remove go with an app's id, and {source} is a table")
    if not is_table and source.lower().endswith(".jsonl"):
        raise click.UsageError(f"{source}: a file of plans is for apply; plan takes a table (.csv, .json, -)")
    if not is_table and not (add or remove):
        raise click.UsageError(f"{source!r} is no table (.csv, .json, -); an app's id comes with --add or --remove")
    changes = read_table(source) if is_table else [Change(source, add=added, remove=remove)]
    with session.client() as client:
        report = session.plan_many(client, changes)
    pending = [one for one in report.plans if one]
    output.text(line for one in pending for line in output.diff(one))
    written = out if out is not None and not report.failures else None
    if written is not None:
        write_whole(written, "".join(f"{one.to_json()}\n" for one in report.plans))
    elif out is not None:
        output.remark(f"{out} is not written: some apps could not be planned")
    tell_run(output, report, report.plans, out=written)
    return FAILED if report.failures else PENDING if pending and exit_code else 0
