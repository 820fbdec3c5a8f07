"""``appassign change``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import rich_click as click

from .command import command
from .options import CALL, JOURNAL, OUTPUT, RATE, REASON, argument
from .results import tell_receipts
from .spec import SPECS, filtered

if TYPE_CHECKING:
    from appassign._core import AssignmentTarget, MobileAppAssignment

    from .session import Session


@command(argument("app"), SPECS, REASON, JOURNAL, OUTPUT, RATE, CALL)
def change(
    session: Session,
    *,
    app: str,
    add: list[MobileAppAssignment],
    remove: list[MobileAppAssignment | AssignmentTarget],
    filter_id: str | None,
    filter_type: Literal["include", "exclude"] | None,
    reason: str | None,
) -> int:
    """Add and remove assignments of an app, and keep all others as they are."""
    added = filtered(add, filter_id, filter_type)
    if not (add or remove):
        raise click.UsageError("there is nothing to change: pass --add or --remove")
    with session.client() as client:
        receipt = client.change(app, add=added, remove=remove, reason=reason)
    return tell_receipts(session.output, [receipt], [])
