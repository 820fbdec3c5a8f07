"""``appassign export``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import rich_click as click

from .command import command
from .exit_codes import FAILED
from .files import write_whole
from .options import CALL, FILE, MANY, OUTPUT, argument, option
from .reading import read_held
from .results import errors_of, tell_errors
from .sources import TABLES
from .wording import facts

if TYPE_CHECKING:
    from .session import Session


@command(
    argument("apps", metavar="[APP...]", nargs=-1),
    option("--out", metavar="FILE", type=FILE, help="FILE.csv or FILE.json; without it, CSV goes to stdout."),
    OUTPUT, MANY, CALL,
)  # fmt: skip
def export(session: Session, apps: tuple[str, ...], out: str | None) -> int:
    """Write what apps have as a table, which plan and apply take: all apps that are assigned, or those named.

    If any app cannot be read, nothing is written.
    """
    from appassign.tables import assignments_to_rows

    if out is not None and not out.lower().endswith(TABLES):
        raise click.UsageError(f"--out {out}: a table is a .csv or a .json file")
    held, errors = read_held(session, [*apps] or None)
    output = session.output
    if errors:
        tell_errors(output, errors)
        output.remark("nothing was written: some apps could not be read")
        output.document({"error": facts(errors[0][1]), "errors": errors_of(errors)})
        return FAILED
    rows = [row for app, entries in held for row in assignments_to_rows(app, entries)]
    if out is not None:
        write_whole(out, _table_text(rows, as_json=out.lower().endswith(".json")))
        output.text([f"{len(rows)} rows of {len(held)} apps in {out}"])
        output.annotate("notice", "appassign", f"{len(rows)} rows of {len(held)} apps in {out}")
        output.document({"out": out, "apps": len(held), "rows": len(rows)})
    elif output.kind == "json":
        output.document(rows)
    else:
        output.raw(_table_text(rows, as_json=False))
    return 0


def _table_text(rows: list[dict[str, str | None]], *, as_json: bool) -> str:
    import csv
    import io

    from appassign.tables import assignments_to_rows

    if as_json:
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, [*assignments_to_rows("any", [])[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
