"""How a function becomes a command, and how a command ends: every error is told, and has its exit code."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any

import rich_click as click

from appassign.exceptions import AppAssignError, LimitError

from .exit_codes import FAILED, INTERRUPTED, LIMITED, UNREAD
from .options import panels, stack
from .results import tell_receipts, tell_run
from .session import Session
from .wording import facts

if TYPE_CHECKING:
    from collections.abc import Callable

    from appassign._core import ApplyReceipt, ApplyReport, PlanReport

    from .output import Output


def command(*options: Callable[[Any], Any]) -> Callable[[Callable[..., int]], click.Command]:
    """Make a command of a function that takes a session, and gives an exit code."""

    def decorate(function: Callable[..., int]) -> click.Command:
        @functools.wraps(function)
        def called(**values: Any) -> int:  # noqa: ANN401
            return _run(function, values)

        return click.command()(stack(panels, *options)(called))

    return decorate


def _run(function: Callable[..., int], values: dict[str, Any]) -> int:
    """Do it, and give the exit code."""
    session = Session(values)
    output = session.output
    try:
        try:
            code = function(session, **values)
        except BrokenPipeError:
            raise
        except KeyboardInterrupt as interrupt:
            code = _interrupted(output, interrupt)
        except (AppAssignError, OSError) as error:
            output.error(error)
            output.document({"error": facts(error)})
            code = LIMITED if isinstance(error, LimitError) else FAILED
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left unwritten has no reader
        return UNREAD
    return code


def _interrupted(output: Output, interrupt: KeyboardInterrupt) -> int:
    """Say what is known by now."""
    report: PlanReport | ApplyReport | None = vars(interrupt).get("report")
    error = {"type": "KeyboardInterrupt", "message": "interrupted", "hint": None}
    receipts: list[ApplyReceipt] | None = vars(interrupt).get("receipts")
    if receipts is not None:
        tell_receipts(output, receipts, [], "undone", error=error)
    elif report is None:
        output.document({"error": error})
    else:
        tell_run(output, report, [result.plan for result in report if result.plan is not None], error=error)
    output.remark("interrupted")
    return INTERRUPTED
