"""How a function becomes a command, and how a command ends: every error is told, and has its exit code."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import rich_click as click

from appassign.exceptions import AppAssignError, LimitError

from .exit_codes import FAILED, INTERRUPTED, LIMITED
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
        return function(session, **values)
    except KeyboardInterrupt as interrupt:
        return _interrupted(output, interrupt)
    except (AppAssignError, OSError) as error:
        output.error(error)
        output.document({"error": facts(error)})
        return LIMITED if isinstance(error, LimitError) else FAILED


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
