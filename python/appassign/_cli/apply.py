"""``appassign apply``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import rich_click as click

from appassign._core import Call
from appassign.exceptions import InvalidInputError

from .command import command
from .exit_codes import FAILED
from .options import CALL, JOURNAL, MANY, OUTPUT, REASON, argument, complete_file, option
from .results import tell_run
from .sources import Plans, read_table_or_plans

if TYPE_CHECKING:
    from appassign._core import Plan

    from .session import Session


@command(
    argument("source", shell_complete=complete_file),
    option("--max-removals", metavar="N", type=click.IntRange(min=0), help="Refuse to remove more, over all apps."),
    option("--allow-empty", is_flag=True, help="Let apps be left without any assignment."),
    option("--yes", "-y", is_flag=True, help="Do not ask."),
    REASON, JOURNAL, OUTPUT, MANY, CALL,
)  # fmt: skip
def apply(
    session: Session,
    *,
    source: str,
    max_removals: int | None,
    allow_empty: bool,
    yes: bool,
    reason: str | None,
) -> int:
    """Write what a table or a file of plans says, and verify it. In a terminal, it asks first.

    SOURCE is a table (FILE.csv, FILE.json), the FILE.jsonl of plan --out, or - for either on stdin.
    """
    from appassign._progress import run_many

    output = session.output
    output.always = {"applied": 0}
    wanted = read_table_or_plans(source)
    asks = sys.stdin.isatty() and not yes
    with session.client() as client:
        if isinstance(wanted, Plans):
            plans = [*wanted]
        else:
            report = session.plan_many(client, wanted)
            if report.failures:
                tell_run(output, report, report.plans)
                output.remark("nothing was written: what cannot be planned must be mended, or left out")
                return FAILED
            plans = [*report.plans]
        pending = [one for one in plans if one]
        output.text([line for one in pending for line in output.diff(one)], asked=asks)
        # Accepted before anybody is asked: what its limits refuse, is refused here.
        native = client._native  # noqa: SLF001
        call = Call.apply_many(native, plans, max_removals, allow_empty, session.concurrency, reason)
        if asks and pending:
            _ask(pending)
        with output.progress("applying") as progress:
            applied = run_many(call, progress)
    tell_run(output, applied, plans)
    return FAILED if applied.failures else 0


def _ask(plans: list[Plan]) -> None:
    """Ask, where an answer may come from.

    Raises:
        InvalidInputError: The answer is not yes, or nobody would see the question.
    """
    if not sys.stderr.isatty():
        unseen = InvalidInputError("nothing was written: stderr is no terminal, and nobody would see the question")
        unseen.hint = "pass --yes, if all of it shall be written, or leave stderr to the terminal"
        raise unseen
    count = f"{len(plans)} app{'' if len(plans) == 1 else 's'}"
    sys.stdout.flush()
    sys.stderr.write(f"Write to {count}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise InvalidInputError("nothing was written: the answer was not yes")
