"""``appassign get``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .command import command
from .exit_codes import FAILED
from .options import CALL, MANY, OUTPUT, argument
from .reading import read_held
from .results import errors_of, tell_errors

if TYPE_CHECKING:
    from .session import Session


@command(OUTPUT, MANY, CALL, argument("apps", metavar="APP...", nargs=-1, required=True))
def get(session: Session, apps: tuple[str, ...]) -> int:
    """Show what apps have."""
    from appassign.tables import assignments_to_rows

    held, errors = read_held(session, [*apps])
    output = session.output
    documents: list[dict[str, Any]] = []
    for app, entries in held:
        rows = assignments_to_rows(app, entries) if entries else []
        documents.append({"app_id": app, "rows": rows})
        counted = f"{len(rows)} assignment{'' if len(rows) == 1 else 's'}"
        output.text([f"app {app}: {counted}", *(output.table(rows) if rows else [])])
    tell_errors(output, errors)
    output.document({"apps": documents, "errors": errors_of(errors)})
    return FAILED if errors else 0
