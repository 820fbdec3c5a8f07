"""``appassign apps``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .command import command
from .options import CALL, OUTPUT, option

if TYPE_CHECKING:
    from .session import Session

_GRAPH = "#microsoft.graph."


@command(option("--assigned", is_flag=True, help="Only apps that have assignments."), OUTPUT, CALL)
def apps(session: Session, *, assigned: bool) -> int:
    """List the apps of the tenant: id, type and name."""
    with session.client() as client:
        # The service may leave open whether an app is assigned; such an app may be.
        found = [app for app in client.apps() if app.is_assigned is not False or not assigned]
    rows = [
        {"app_id": app.id, "type": (app.odata_type or "").removeprefix(_GRAPH) or None, "name": app.display_name}
        for app in found
    ]
    output = session.output
    counted = f"{len(rows)} app{'' if len(rows) == 1 else 's'}"
    output.text([*(output.table(rows, ("app_id", "type", "name")) if rows else []), counted])
    output.summary(counted, rows)
    output.document({
        "apps": [{**row, "assigned": app.is_assigned} for row, app in zip(rows, found, strict=True)]
    })  # fmt: skip
    return 0
