"""What the command line prints: text for people, one JSON document for programs, annotations for GitHub Actions.

Names and messages come from a server. Nothing of them reaches a terminal or a workflow as a command.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ._core import Plan, PlanReport, assignment_to_row
from .exceptions import AppAssignError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from ._core import ApplyReceipt, ApplyReport, MobileAppAssignment

    _Row = Mapping[str, str | None]

# Failed apps that are told of one by one; JSON has them all.
_TOLD = 50

# Rows of a step summary, which GitHub cuts at 1 MiB.
_SUMMARISED = 1_000

# Wide enough for every line: a terminal wraps what is too long for it, and no id is ever cut.
_WIDE = 1_000_000

_STYLES = {"+": "green", "-": "red", "~": "yellow", "!": "yellow"}
_COLUMNS = ("intent", "target", "target_id", "filter_type", "filter_id", "settings")
# What the library's arguments are called here.
_OPTIONS = {
    "allow_empty=True": "--allow-empty",
    "max_removals": "--max-removals",
    "base_url= in the code": "--base-url",
}
_SIGN_IN = (
    "set APPASSIGN_TOKEN, pass --token-file FILE, or install azure-identity and sign in (az login); appassign doctor "
    "tells more"
)
_OF_ERRORS = ("location", "status", "code", "request_id", "retry_after", "date", "body")
_ENTRIES_OF_ERRORS = ("planned", "live", "missing", "extra")


def clean(text: str) -> str:
    """Text without what a terminal would obey: controls, and marks that turn the direction of writing."""
    return "".join(one if one == "\n" or one.isprintable() else ascii(one)[1:-1] for one in text)


def said(error: BaseException) -> str:
    """What an error says, without its hint."""
    if isinstance(error, OSError) and not isinstance(error, AppAssignError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename is not None else error.strerror
    return _by_options(Exception.__str__(error) if isinstance(error, Exception) else str(error))


def advice(error: BaseException) -> str | None:
    """What to do about an error, in words of the command line."""
    hint = error.hint if isinstance(error, AppAssignError) else None
    return _SIGN_IN if hint and "credential=" in hint else hint and _by_options(hint)


def _by_options(text: str) -> str:
    for argument, option in _OPTIONS.items():
        text = text.replace(argument, option)
    return text


def facts(error: BaseException) -> dict[str, Any]:
    """An error as JSON has it."""
    found: dict[str, Any] = {"type": type(error).__name__, "message": said(error), "hint": advice(error)}
    if isinstance(error, AppAssignError):
        for name in ("outcome", "attempts", "elapsed", "client_request_id"):
            found[name] = getattr(error, name)
        for name in _OF_ERRORS:
            value = getattr(error, name, None)
            if value is not None:
                found[name] = value.isoformat() if name == "date" else value
        for name in _ENTRIES_OF_ERRORS:
            if hasattr(error, name):
                found[name] = [entry.to_dict() for entry in getattr(error, name)]
    return found


class Output:
    """One command's output, of one kind."""

    def __init__(self, kind: str = "text") -> None:
        self.kind = kind
        for stream in (sys.stdout, sys.stderr):
            reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="backslashreplace")  # a console that lacks a letter is no reason to fail
        self._out = _console(sys.stdout)
        self._err = _console(sys.stderr)
        # Before a question everybody who is asked must see what it is about, and stdout is the document's alone.
        self._people = self._err if kind == "json" else self._out

    def document(self, value: object) -> None:
        """The whole output, where it is JSON."""
        if self.kind == "json":
            unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
            sys.stdout.write(json.dumps(value, ensure_ascii=not unicode, indent=2) + "\n")

    def text(self, lines: Iterable[Text | str], *, anyway: bool = False) -> None:
        """Lines for people; with JSON only where they are to be seen ``anyway``, and then on stderr."""
        if self.kind != "json" or anyway:
            shown = [line if isinstance(line, Text) else Text(clean(line)) for line in lines]
            if shown:
                with self._unheard():
                    self._people.print(Text("\n").join(shown))

    def table(self, rows: Sequence[_Row], columns: Sequence[str] = _COLUMNS) -> list[Text]:
        """Rows in columns, those without any value left out. No cell is ever cut."""
        used = [name for name in columns if any(row.get(name) for row in rows)]
        cells = [used, *([clean(row.get(name) or "").replace("\n", "\\n") for name in used] for row in rows)]
        widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return [Text(lines[0], "bold"), *map(Text, lines[1:])]

    def raw(self, text: str) -> None:
        """A table of text for other programs, as it is unless it is a person that reads."""
        with self._unheard():
            sys.stdout.write(clean(text) if self._out.is_terminal or self.kind == "github" else text)

    def diff(self, plan: Plan) -> list[Text]:
        """What a plan would do, line by line."""
        lines = clean(str(plan)).split("\n")
        return [Text(line, "bold" if index == 0 else _STYLES.get(line[:1], "")) for index, line in enumerate(lines)]

    def error(self, error: BaseException, about: str = "") -> None:
        """What went wrong, and what to do about it; JSON has it in its document."""
        hint = advice(error)
        if self.kind == "github":
            self.annotate("error", about or type(error).__name__, said(error) + (f"\nhint: {hint}" if hint else ""))
        elif self.kind == "text":
            text = Text.assemble(
                (f"{clean(about)}: " if about else "", ""),
                (type(error).__name__, "bold red"),
                f": {clean(said(error))}",
            )
            if hint:
                text.append("\nhint: ", "bold").append(clean(hint))
            self._err.print(text)

    def annotate(self, level: Literal["error", "warning", "notice"], title: str, message: str) -> None:
        """A note on a workflow's run."""
        if self.kind == "github":
            sys.stdout.write(f"::{level} title={_escaped(title, in_property=True)}::{_escaped(message)}\n")

    def remark(self, message: str) -> None:
        """One line on stderr, whatever the kind."""
        self._err.print(Text(clean(message)))

    def summary(self, title: str, rows: Sequence[_Row]) -> None:
        """A Markdown table for the page of a workflow's run."""
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if self.kind != "github" or not path:
            return
        lines = [f"### {_markdown(title)}", ""]
        columns = [*rows[0]] if rows else []
        if rows:
            lines += [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
            lines += [
                f"| {' | '.join(_markdown(row.get(name) or '') for name in columns)} |" for row in rows[:_SUMMARISED]
            ]
            lines += [f"\n… and {len(rows) - _SUMMARISED} more rows"] if len(rows) > _SUMMARISED else []
        try:
            with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123
                file.write("\n".join([*lines, "", ""]))
        except OSError as error:
            self.annotate("warning", "GITHUB_STEP_SUMMARY", said(error))

    def progress(self, verb: str) -> AbstractContextManager[Callable[[int, int], object] | None]:
        """A bar on stderr, if that is a terminal."""
        if not self._err.is_terminal or self._err.is_dumb_terminal:
            return nullcontext()
        return _Bar(verb)

    def _unheard(self) -> AbstractContextManager[object]:
        return _Unheard() if self.kind == "github" and self._people is self._out else nullcontext()


class _Bar:
    """A bar of rich's, with the face of a function of (done, total)."""

    def __init__(self, verb: str) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task(verb, total=None)

    def __enter__(self) -> Callable[[int, int], object]:
        self._progress.start()
        return self._tell

    def _tell(self, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


class _Unheard:
    """Lines in which a workflow hears no commands."""

    def __init__(self) -> None:
        self._word = secrets.token_hex(16)

    def __enter__(self) -> None:
        sys.stdout.write(f"::stop-commands::{self._word}\n")

    def __exit__(self, *_: object) -> None:
        sys.stdout.write(f"::{self._word}::\n")


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        raise BrokenPipeError  # rich would exit with 1, as if something had failed


def _console(stream: TextIO) -> Console:
    return _Console(file=stream, width=_WIDE, soft_wrap=True, markup=False, emoji=False, highlight=False)


def _escaped(text: str, *, in_property: bool = False) -> str:
    text = clean(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def _markdown(text: str) -> str:
    """Text that says the same as Markdown, in one cell of a table."""
    text = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    return re.sub(r"([\\`*_\[\]~|#$@])", r"\\\1", text)


def failures(report: PlanReport | ApplyReport) -> list[tuple[str, AppAssignError]]:
    """The apps that failed, and why."""
    if isinstance(report, PlanReport):
        return [(result.change.app_id, result.error) for result in report.failures if result.error]
    return [(result.plan.app_id, result.error) for result in report.failures if result.error]


def tell_errors(output: Output, errors: Sequence[tuple[str, BaseException]]) -> None:
    """Say which apps failed."""
    for app, error in errors[:_TOLD]:
        output.error(error, f"app {app}")
    if len(errors) > _TOLD:
        output.remark(f"and {len(errors) - _TOLD} more apps failed; --json lists them all")


def errors_of(errors: Iterable[tuple[str, BaseException]]) -> list[dict[str, Any]]:
    """The same for JSON."""
    return [{"app_id": app, **facts(error)} for app, error in errors]


def tell_run(
    output: Output,
    report: PlanReport | ApplyReport,
    plans: Sequence[Plan],
    *,
    more_errors: Sequence[tuple[str, BaseException]] = (),
    **more: object,
) -> None:
    """Say what a run came to, which apps failed, and what there is to be careful about."""
    counted = str(report).partition("\n")[0]
    errors = [*failures(report), *more_errors]
    warnings = [
        {"app_id": plan.app_id, "code": code, "message": text} for plan in plans for code, text in plan.warnings
    ]
    for warning in warnings:
        output.annotate("warning", f"app {warning['app_id']}: {warning['code']}", warning["message"])
    rows = report.to_dicts()
    tell_errors(output, errors)
    output.text([counted])
    output.annotate("notice", "appassign", counted)
    output.summary(counted, rows)
    output.document({
        **_counts(report),
        **more,
        "rows": rows,
        "warnings": warnings,
        "errors": errors_of(errors),
    })  # fmt: skip


def _counts(report: PlanReport | ApplyReport) -> dict[str, int]:
    """How many of each, under names that do not change."""
    failed = len(report.failures)
    if isinstance(report, PlanReport):
        name, changed = "planned", sum(map(bool, report.plans))
    else:
        name, changed = "applied", len(_written([result.receipt for result in report if result.receipt]))
    return {name: changed, "nothing_to_do": len(report) - changed - failed, "failed": failed}


def _written(receipts: Iterable[ApplyReceipt]) -> list[ApplyReceipt]:
    return [receipt for receipt in receipts if receipt.response or receipt.recovered]


def tell_receipts(
    output: Output,
    receipts: list[ApplyReceipt],
    errors: list[tuple[str, BaseException]],
    verb: str = "applied",
    **more: object,
) -> int:
    """Say what was written, as differences, and what was not."""
    written = _written(receipts)
    rows = [row for receipt in written for row in _rows(receipt)]
    output.text(line for receipt in written for line in _difference(output, receipt))
    tell_errors(output, errors)
    counts = {verb: len(written), "nothing_to_do": len(receipts) - len(written), "failed": len(errors)}
    counted = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items())
    output.text([counted])
    output.annotate("notice", "appassign", counted)
    output.summary(counted, rows)
    output.document({
        **counts,
        **more,
        "rows": rows,
        "receipts": [_receipt(receipt) for receipt in receipts],
        "errors": errors_of(errors),
    })  # fmt: skip
    return 1 if errors else 0


def _rows(receipt: ApplyReceipt) -> list[dict[str, str | None]]:
    """What a write took away and brought, in the columns of reports."""

    def known(assignment: MobileAppAssignment) -> tuple[str | None, ...]:
        row = assignment_to_row(receipt.app_id, None, assignment)
        return tuple(value for name, value in row.items() if name != "other")

    before, after = {*map(known, receipt.before)}, {*map(known, receipt.after)}
    removed = [assignment_to_row(receipt.app_id, "remove", one) for one in receipt.before if known(one) not in after]
    return removed + [
        assignment_to_row(receipt.app_id, "add", one) for one in receipt.after if known(one) not in before
    ]


def _difference(output: Output, receipt: ApplyReceipt) -> list[Text]:
    """The same as a plan says it, or as a table where no plan may say it: what is not known today."""
    document = json.loads(receipt.to_json())
    told = {name: document[name] for name in ("app_id", "before", "after")}
    try:
        return output.diff(Plan.from_json(json.dumps({**told, "warnings": []})))
    except InvalidInputError:
        return [Text(f"app {receipt.app_id}", "bold"), *output.table(_rows(receipt), ("action", *_COLUMNS))]


def _receipt(receipt: ApplyReceipt) -> dict[str, Any]:
    response = receipt.response
    return {
        "app_id": receipt.app_id,
        "time": receipt.time.isoformat(),
        "reason": receipt.reason,
        "recovered": receipt.recovered,
        "status": response.status if response else None,
        "request_id": response.request_id if response else None,
        "client_request_id": response.client_request_id if response else None,
    }
