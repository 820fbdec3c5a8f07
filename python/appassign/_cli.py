"""The command line. It is imported by the script ``appassign`` alone."""

from __future__ import annotations

import functools
import os
import sys
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar, cast

try:
    import rich_click as click

    from ._cli_output import Output, errors_of, facts, said, tell_errors, tell_receipts, tell_run
except ModuleNotFoundError as _missing:
    if _missing.name not in {"rich_click", "click", "rich"}:
        raise
    sys.exit("appassign: the command line needs rich-click: pip install 'appassign[cli]'")

from . import _core
from ._doctor import TokenFile
from .exceptions import AppAssignError, InvalidInputError, LimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._client import AsyncClient, Client
    from ._credential_types import Credential

    _Read = TypeVar("_Read")

FAILED, PENDING, LIMITED, USAGE, INTERRUPTED, UNREAD = 1, 2, 3, 64, 130, 141
_TABLES = (".csv", ".json")
_BEFORE_JSON = b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"  # marks of UTF-8 and UTF-16, what UTF-16 has besides, blanks
_LISTED = 20  # writes of a journal in which nothing was found
_INTENTS = ("available", "required", "uninstall", "availableWithoutEnrollment")
_EXAMPLE = "required:11111111-2222-4333-8444-555555555501"


class _Session:
    """What the options of a command say of its output and of the way to the service."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.output = Output(values.pop("output", "text"))
        self.concurrency: int = values.pop("concurrency", 16)
        token_file: str | None = values.pop("token_file", None)
        self.token_file = TokenFile(token_file) if token_file else None
        names = ("cloud", "base_url", "proxy", "ca_bundle", "timeout", "attempts", "rate_limit", "journal")
        self._client = {name: values.pop(name) for name in names if name in values}
        _log(values.pop("verbose", 0))

    def client(self, credential: Credential | None = None, journal: str | None = None) -> Client:
        from ._client import Client

        return Client(credential or self.credential(), **self._options(journal))

    def async_client(self) -> AsyncClient:
        from ._client import AsyncClient

        return AsyncClient(self.credential(), **self._options(None))

    def credential(self) -> Credential | None:
        """Whatever gives a token: a file, the environment, or nobody, which leaves it to azure-identity."""
        return self.token_file or os.environ.get("APPASSIGN_TOKEN") or None

    def _options(self, journal: str | None) -> dict[str, Any]:
        named = {name: value for name, value in self._client.items() if value is not None}
        return {"journal": journal, **named} if journal else named


def main() -> NoReturn:
    """Do what the command line says, and exit with a code that tells what came of it."""
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: a write that was begun comes to its end
    try:
        code = program.main(prog_name="appassign", standalone_mode=False)
    except click.ClickException as error:
        code = _misused(error)
    sys.exit(code)


def _misused(error: click.ClickException) -> int:
    """Say what is wrong with the command line; it was not understood, so the kind of output is a guess."""
    typed = sys.argv[1:]
    context = getattr(error, "ctx", None)
    hint = f"{context.command_path if context else 'appassign'} --help lists what there is"
    message = error.format_message()
    if isinstance(error, click.NoSuchOption) and error.option_name == "--token":
        message = "there is no --token: other processes see the arguments of this one, and shells keep them"
        hint = "set APPASSIGN_TOKEN, or pass --token-file FILE"
    output = Output("json" if "--json" in typed or "--output=json" in typed or "json" in _after("--output") else "text")
    wrong = InvalidInputError(message)
    wrong.hint = hint
    if output.kind == "text":
        output.remark(f"appassign: {message}\nhint: {hint}")
    output.document({"error": {**facts(wrong), "type": "UsageError"}})
    return USAGE


def _after(option: str) -> list[str]:
    return [following for name, following in zip(sys.argv, sys.argv[1:], strict=False) if name == option]


def _run(function: Callable[..., int], values: dict[str, Any]) -> int:
    """Do it, and give the exit code."""
    session = _Session(values)
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
    report: _core.PlanReport | _core.ApplyReport | None = vars(interrupt).get("report")
    error = {"type": "KeyboardInterrupt", "message": "interrupted", "hint": None}
    receipts: list[_core.ApplyReceipt] | None = vars(interrupt).get("receipts")
    if receipts is not None:
        tell_receipts(output, receipts, [], "undone", error=error)
    elif report is None:
        output.document({"error": error})
    else:
        tell_run(output, report, [result.plan for result in report if result.plan is not None], error=error)
    output.remark("interrupted")
    return INTERRUPTED


def _log(verbose: int) -> None:
    """Show the library's own log, and none of azure-identity: `doctor` tells what that tried."""
    import logging

    logging.getLogger("azure").addHandler(logging.NullHandler())
    if verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        logger = logging.getLogger("appassign")
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG if verbose > 1 else logging.INFO)


def _token_file(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and value.startswith("eyJ"):
        raise click.UsageError("--token-file takes the name of a file, and this is a token")
    if value is not None and not os.path.isfile(value):  # noqa: PTH113
        raise click.UsageError(f"--token-file {value}: there is no such file")
    return value


def _stack(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda function: functools.reduce(lambda made, option: option(made), reversed(options), function)


_rich: Any = click  # the types of its decorators are those of an older click
_option: Callable[..., Callable[[Any], Any]] = _rich.option
_argument: Callable[..., Callable[[Any], Any]] = _rich.argument
_panel: Callable[..., Callable[[Any], Any]] = _rich.option_panel
_version: Callable[..., Callable[[Callable[..., int]], Callable[..., int]]] = _rich.version_option
_FILE = click.Path(dir_okay=False)
_OUTPUT = _stack(
    _option("--output", type=click.Choice(["text", "json", "github"]), default="text", show_default=True,
        help="For people, for programs, or annotations of GitHub Actions."),
    _option("--json", "output", flag_value="json", help="The same as --output json: one document."),
)  # fmt: skip
_WAY = "The way to Microsoft Graph"
_CALL = _stack(
    _option("--cloud", type=click.Choice(["global", "usgov", "dod", "china"]), panel=_WAY,
        help="Which of Microsoft's clouds.  [global]"),
    _option("--base-url", metavar="URL", panel=_WAY, help="The service, up to the version segment."),
    _option("--token-file", metavar="FILE", callback=_token_file, panel=_WAY,
        help="Has an access token, and nothing else."),
    _option("--proxy", metavar="URL", panel=_WAY, help="Instead of HTTPS_PROXY."),
    _option("--ca-bundle", metavar="FILE", type=_FILE, panel=_WAY, help="Certificates to trust, and no others."),
    _option("--timeout", metavar="SECONDS", type=float, panel=_WAY, help="For each app.  [180]"),
    _option("--attempts", metavar="N", type=int, panel=_WAY, help="How often a request is sent, at most.  [4]"),
    _option("-v", "--verbose", count=True, metavar="", panel=_WAY, help="Log to stderr; -vv tells more."),
)  # fmt: skip
_RATE = _option("--rate-limit", metavar="WRITES", type=float, help="Writes a second.  [Graph's published quota]")
_MANY = _stack(
    _option("--concurrency", metavar="N", type=click.IntRange(1, 256), default=16, show_default=True,
        help="Apps under way at a time."),
    _RATE,
)  # fmt: skip
_JOURNAL = _option("--journal", metavar="FILE", type=_FILE, help="Notes what every app held before it is written to.")
_REASON = _option("--reason", metavar="TEXT", help="Why, for the receipts and the journal.")


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@_version(package_name="appassign", message="appassign %(version)s")
@click.pass_context
def program(context: click.Context) -> int:
    """Assign Microsoft Intune apps by Microsoft Graph, and keep what is not named.

    A token comes from --token-file, else from APPASSIGN_TOKEN, else from azure-identity (az login, managed identities).
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())
    return 0


def _command(*options: Callable[[Any], Any]) -> Callable[[Callable[..., int]], click.Command]:
    """Make a command of a function that takes a session, and gives an exit code."""

    def decorate(function: Callable[..., int]) -> click.Command:
        @functools.wraps(function)
        def called(**values: Any) -> int:  # noqa: ANN401
            return _run(function, values)

        return program.command()(_stack(_panel("Options"), _panel(_WAY), *options)(called))

    return decorate


def _added(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> list[_core.MobileAppAssignment]:
    """What is added: INTENT:TARGET."""
    return [_understood(text, "INTENT:TARGET", _assignment) for text in values]


def _removed(
    _context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]
) -> list[_core.MobileAppAssignment | _core.AssignmentTarget]:
    """What is removed: INTENT:TARGET, or TARGET alone where the intent does not matter."""
    return [_understood(text, "[INTENT:]TARGET", _either) for text in values]


def _either(text: str) -> _core.MobileAppAssignment | _core.AssignmentTarget:
    return _assignment(text) if text.partition(":")[0] in _INTENTS else _target(text)


def _understood(text: str, form: str, read: Callable[[str], _Read]) -> _Read:
    try:
        return read(text)
    except InvalidInputError as error:
        targets = "a group's id, exclude:GROUP_ID, all_users, all_devices or collection:ID"
        what = f"it is {form}, and a target is {targets}; for example {_EXAMPLE}"
        raise click.BadParameter(f"{text!r}: {said(error)}. {what[0].upper()}{what[1:]}") from None


def _assignment(text: str) -> _core.MobileAppAssignment:
    intent, colon, target = text.partition(":")
    if not colon or intent not in _INTENTS:
        import difflib

        near = difflib.get_close_matches(intent, _INTENTS, 1) if colon else []
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(_INTENTS)}"
        raise InvalidInputError(f"an intent comes first: {meant}")
    return _core.MobileAppAssignment(target=_target(target), intent=intent)


def _target(text: str) -> _core.AssignmentTarget:
    kind, colon, id_ = text.partition(":")
    match kind, colon:
        case ("all_users", ""):
            return _core.AllLicensedUsersAssignmentTarget()
        case ("all_devices", ""):
            return _core.AllDevicesAssignmentTarget()
        case ("exclude", ":"):
            return _core.ExclusionGroupAssignmentTarget(id_)
        case ("collection", ":"):
            return _core.ConfigurationManagerCollectionAssignmentTarget(id_)
        case ("group", ":"):
            return _core.GroupAssignmentTarget(id_)
        case _:
            return _core.GroupAssignmentTarget(text)


_SPECS = _stack(
    _option("--add", metavar="SPEC", multiple=True, callback=_added, help=f"Such as {_EXAMPLE}."),
    _option("--remove", metavar="SPEC", multiple=True, callback=_removed,
        help="A target, whatever the intent, or INTENT:TARGET."),
    _option("--filter-id", metavar="ID", help="The assignment filter of what is added."),
    _option("--filter-type", type=click.Choice(["include", "exclude"]), help="What that filter does."),
)  # fmt: skip


def _filtered(
    add: list[_core.MobileAppAssignment], filter_id: str | None, filter_type: Literal["include", "exclude"] | None
) -> list[_core.MobileAppAssignment]:
    """What is added, with the filter that is for all of it."""
    if filter_id is None and filter_type is None:
        return add
    if not add:
        raise click.UsageError("--filter-id and --filter-type go with --add")
    try:
        return [one.replace(target=one.target.replace(filter_id=filter_id, filter_type=filter_type)) for one in add]
    except InvalidInputError as error:
        raise click.UsageError(f"--filter-id and --filter-type: {said(error)}") from None


@_command(_OUTPUT, _MANY, _CALL, _argument("apps", metavar="APP...", nargs=-1, required=True))
def get(session: _Session, apps: tuple[str, ...]) -> int:
    """Show what apps have."""
    from .tables import assignments_to_rows

    held, errors = _read(session, [*apps])
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


_Held = list[tuple[str, list[_core.MobileAppAssignment]]]


def _read(session: _Session, apps: list[str] | None) -> tuple[_Held, list[tuple[str, BaseException]]]:
    """What these apps have, or all that are assigned; and which of them could not be read."""
    import asyncio

    from .exceptions import AuthenticationError, ConfigurationError, CredentialError

    async def read_all() -> tuple[_Held, list[tuple[str, BaseException]]]:
        free = asyncio.Semaphore(session.concurrency)
        async with session.async_client() as client:
            named = [app.id for app in await client.apps() if app.is_assigned is not False] if apps is None else apps
            ids = [*{app.lower(): app for app in named}.values()]

            async def read(app: str) -> list[_core.MobileAppAssignment] | AppAssignError:
                async with free:
                    try:
                        return await client.assignments(app)
                    except (AuthenticationError, ConfigurationError, CredentialError):
                        raise  # all others would meet the same
                    except AppAssignError as error:
                        return error

            found = list(zip(ids, await asyncio.gather(*map(read, ids)), strict=True))
        return (
            [(app, entries) for app, entries in found if isinstance(entries, list)],
            [(app, error) for app, error in found if isinstance(error, AppAssignError)],
        )

    return asyncio.run(read_all())


@_command(
    _argument("source"), _SPECS,
    _option("--out", metavar="FILE", type=_FILE, help="Write the plans there, for apply: a line of JSON each."),
    _option("--exit-code", is_flag=True, help="Exit with 2 if anything would change."),
    _OUTPUT, _MANY, _CALL,
)  # fmt: skip
def plan(
    session: _Session,
    *,
    source: str,
    add: list[_core.MobileAppAssignment],
    remove: list[_core.MobileAppAssignment | _core.AssignmentTarget],
    filter_id: str | None,
    filter_type: Literal["include", "exclude"] | None,
    out: str | None,
    exit_code: bool,
) -> int:
    """Show what a change would do; write nothing.

    SOURCE is a table (FILE.csv, FILE.json, or - for stdin), or an app's id with --add and --remove.
    """
    output = session.output
    is_table = source == "-" or source.lower().endswith(_TABLES)
    filtered = _filtered(add, filter_id, filter_type)
    if is_table and (add or remove):
        raise click.UsageError(f"--add and --remove go with an app's id, and {source} is a table")
    if not is_table and not (add or remove):
        raise click.UsageError(f"{source!r} is no table (.csv, .json, -); an app's id comes with --add or --remove")
    changes = _changes(source) if is_table else [_core.Change(source, add=filtered, remove=remove)]
    with session.client() as client:
        report = _planned(session, client, changes)
    pending = [one for one in report.plans if one]
    output.text(line for one in pending for line in output.diff(one))
    written = out if out is not None and not report.failures else None
    if written is not None:
        _write(written, "".join(f"{one.to_json()}\n" for one in report.plans))
    elif out is not None:
        output.remark(f"{out} is not written: some apps could not be planned")
    tell_run(output, report, report.plans, out=written)
    return FAILED if report.failures else PENDING if pending and exit_code else 0


def _planned(session: _Session, client: Client, changes: list[_core.Change]) -> _core.PlanReport:
    with session.output.progress("planning") as progress:
        return client.plan_many(changes, concurrency=session.concurrency, progress=progress)


@_command(
    _argument("source"),
    _option("--max-removals", metavar="N", type=click.IntRange(min=0), help="Refuse to remove more, over all apps."),
    _option("--allow-empty", is_flag=True, help="Let apps be left without any assignment."),
    _option("--yes", "-y", is_flag=True, help="Do not ask."),
    _REASON, _JOURNAL, _OUTPUT, _MANY, _CALL,
)  # fmt: skip
def apply(
    session: _Session,
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
    from ._progress import run_many

    output = session.output
    wanted = _plans_or_changes(source)
    asks = sys.stdin.isatty() and not yes
    with session.client() as client:
        if isinstance(wanted, _Plans):
            plans = [*wanted]
        else:
            report = _planned(session, client, wanted)
            if report.failures:
                tell_run(output, report, report.plans)
                output.remark("nothing was written: what cannot be planned must be mended, or left out")
                return FAILED
            plans = [*report.plans]
        pending = [one for one in plans if one]
        output.text([line for one in pending for line in output.diff(one)], anyway=asks)
        # Accepted before anybody is asked: what its limits refuse, is refused here.
        native = client._native  # noqa: SLF001
        call = _core.Call.apply_many(native, plans, max_removals, allow_empty, session.concurrency, reason)
        if asks and pending and not _agreed(pending):
            refused = InvalidInputError("nothing was written: the answer was not yes")
            output.error(refused)
            output.document({"error": facts(refused)})
            return FAILED
        with output.progress("applying") as progress:
            applied = run_many(call, progress)
    tell_run(output, applied, plans)
    return FAILED if applied.failures else 0


def _agreed(plans: list[_core.Plan]) -> bool:
    """Ask, where an answer may come from."""
    count = f"{len(plans)} app{'' if len(plans) == 1 else 's'}"
    sys.stdout.flush()
    sys.stderr.write(f"Write to {count}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


@_command(_argument("app"), _SPECS, _REASON, _JOURNAL, _OUTPUT, _CALL)
def change(
    session: _Session,
    *,
    app: str,
    add: list[_core.MobileAppAssignment],
    remove: list[_core.MobileAppAssignment | _core.AssignmentTarget],
    filter_id: str | None,
    filter_type: Literal["include", "exclude"] | None,
    reason: str | None,
) -> int:
    """Add and remove assignments of an app, and keep all others as they are."""
    filtered = _filtered(add, filter_id, filter_type)
    if not (add or remove):
        raise click.UsageError("there is nothing to change: pass --add or --remove")
    with session.client() as client:
        receipt = client.change(app, add=filtered, remove=remove, reason=reason)
    return tell_receipts(session.output, [receipt], [])


@_command(
    _argument("journal_file", metavar="JOURNAL", type=_FILE),
    _option("--app", metavar="APP", help="Take back all writes to this app."),
    _option("--reason", metavar="TEXT", help="Take back all writes for this reason."),
    _option("--dry-run", is_flag=True, help="Show it; write nothing."),
    _JOURNAL, _OUTPUT, _RATE, _CALL,
)  # fmt: skip
def undo(session: _Session, *, journal_file: str, app: str | None, reason: str | None, dry_run: bool) -> int:
    """Take back the last write of a journal, or all that --app and --reason name, the newest first.

    What somebody else has changed since stands. An undo is a write too: it goes to the same journal, unless --journal
    names another one, and can be taken back.
    """
    from .exceptions import AuthenticationError, ConfigurationError, CredentialError, JournalError

    receipts = _matching(journal_file, app, reason)
    output = session.output
    if dry_run:
        return _dry_run(session, receipts)
    undone: list[_core.ApplyReceipt] = []
    errors: dict[str, BaseException] = {}
    with session.client(journal=journal_file) as client:
        for index, receipt in enumerate(receipts):
            if receipt.app_id in errors:
                continue  # what is older rests on it
            try:
                undone.append(client.undo(receipt))
            except (AuthenticationError, ConfigurationError, CredentialError, JournalError) as error:
                # All others would meet the same.
                errors = {left.app_id: error for left in receipts[index:]} | errors
                break
            except AppAssignError as error:
                errors[receipt.app_id] = error
            except KeyboardInterrupt as interrupt:
                vars(interrupt)["receipts"] = undone
                raise
    return tell_receipts(output, undone, [*errors.items()], "undone")


def _matching(journal: str, app: str | None, reason: str | None) -> list[_core.ApplyReceipt]:
    """The receipts to take back, the newest first."""
    receipts = _core.read_journal(journal)
    if app is None and reason is None:
        found = receipts[-1:]
    else:
        found = [
            receipt
            for receipt in _standing(receipts)
            if (app is None or receipt.app_id.lower() == app.lower()) and (reason is None or receipt.reason == reason)
        ]
    if found:
        return found[::-1]
    asked = "".join((f" to the app {app}" if app else "", f" for the reason {reason!r}" if reason else ""))
    nothing = InvalidInputError(f"{journal}: no write{asked} that still stands")
    listed = [
        f"{one.time:%Y-%m-%d %H:%M:%S}  app {one.app_id}  {len(one.before)} -> {len(one.after)}"
        + (f"  {one.reason}" if one.reason else "")
        for one in receipts[-_LISTED:]
    ]
    nothing.hint = "\n  ".join(["its last writes, in UTC:", *listed]) if listed else "it holds no writes"
    raise nothing


def _standing(receipts: list[_core.ApplyReceipt]) -> list[_core.ApplyReceipt]:
    """All but those that were taken back, and what took them back: to do that again would redo them for a while."""
    standing: dict[str, list[tuple[int, _core.ApplyReceipt]]] = {}
    for index, receipt in enumerate(receipts):
        of_app = standing.setdefault(receipt.app_id, [])
        if of_app and (receipt.reason or "").startswith("undo") and _reverses(receipt, of_app[-1][1]):
            of_app.pop()
        else:
            of_app.append((index, receipt))
    return [receipt for _, receipt in sorted(one for of_app in standing.values() for one in of_app)]


def _reverses(receipt: _core.ApplyReceipt, older: _core.ApplyReceipt) -> bool:
    return {*receipt.before} == {*older.after} and {*receipt.after} == {*older.before}


def _dry_run(session: _Session, receipts: list[_core.ApplyReceipt]) -> int:
    """Show what undo would leave: what each app held before the oldest of its writes, if nobody wrote since."""
    newest = {receipt.app_id: receipt for receipt in reversed(receipts)}
    oldest = {receipt.app_id: receipt for receipt in receipts}
    with session.client() as client:
        report = _planned(
            session, client, [_core.Change(app, replace=receipt.before) for app, receipt in oldest.items()]
        )
    output = session.output
    stale = [one for one in report.plans if one and {*one.before} != {*newest[one.app_id].after}]
    output.text(line for one in report.plans if one for line in output.diff(one))
    changed = [(one.app_id, _changed_since(one.app_id)) for one in stale]
    tell_run(output, report, report.plans, more_errors=changed)
    return FAILED if report.failures or stale else 0


def _changed_since(app: str) -> InvalidInputError:
    error = InvalidInputError("somebody changed the app since, and undo would leave it as it is")
    error.hint = f"appassign get {app} shows what it has"
    return error


@_command(
    _argument("apps", metavar="[APP...]", nargs=-1),
    _option("--out", metavar="FILE", type=_FILE, help="FILE.csv or FILE.json; without it, CSV goes to stdout."),
    _OUTPUT, _MANY, _CALL,
)  # fmt: skip
def export(session: _Session, apps: tuple[str, ...], out: str | None) -> int:
    """Write what apps have as a table, which plan and apply take: all apps that are assigned, or those named.

    If any app cannot be read, nothing is written.
    """
    from .tables import assignments_to_rows

    if out is not None and not out.lower().endswith(_TABLES):
        raise click.UsageError(f"--out {out}: a table is a .csv or a .json file")
    held, errors = _read(session, [*apps] or None)
    output = session.output
    if errors:
        tell_errors(output, errors)
        output.remark("nothing was written: some apps could not be read")
        output.document({"error": facts(errors[0][1]), "errors": errors_of(errors)})
        return FAILED
    rows = [row for app, entries in held for row in assignments_to_rows(app, entries)]
    if out is not None:
        _write(out, _table_text(rows, as_json=out.lower().endswith(".json")))
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
    import json

    from .tables import assignments_to_rows

    if as_json:
        return json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.DictWriter(text, [*assignments_to_rows("any", [])[0]], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write(path: str, text: str) -> None:
    """Write a file as a whole, or leave what is there."""
    import pathlib

    file = pathlib.Path(path).resolve()
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _changes(source: str) -> list[_core.Change]:
    from .tables import changes_from_rows

    if source != "-":
        return changes_from_rows(source)
    return _changes_of(sys.stdin.buffer.read())


def _changes_of(data: bytes) -> list[_core.Change]:
    """The changes of a table on stdin."""
    from ._tables.files import read_bytes

    is_json = data.lstrip(_BEFORE_JSON)[:1] in {b"[", b"{"}
    return read_bytes(data, ".json" if is_json else ".csv", "stdin", None).changes()


class _Plans(list[_core.Plan]):
    """Plans that were made before."""


def _plans_or_changes(source: str) -> _Plans | list[_core.Change]:
    """What apply is to write."""
    if source.lower().endswith(_TABLES):
        return _changes(source)
    if source == "-":
        data = sys.stdin.buffer.read()
        return _plans_of(data, "stdin") if _is_plans(data) else _changes_of(data)
    if not source.lower().endswith(".jsonl"):
        raise click.UsageError(f"{source!r} is no table (.csv, .json), no file of plans (.jsonl), and not - for stdin")
    with open(source, "rb") as file:  # noqa: PTH123
        return _plans_of(file.read(), source)


def _is_plans(data: bytes) -> bool:
    import json

    try:
        first: object = json.loads(data.lstrip().partition(b"\n")[0])
    except ValueError:
        return False
    return isinstance(first, dict) and {"app_id", "before", "after"} <= {*cast("dict[str, object]", first)}


def _plans_of(data: bytes, name: str) -> _Plans:
    plans = _Plans()
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            plans.append(_core.Plan.from_json(line))
        except InvalidInputError as error:
            wrong = InvalidInputError(f"{name}, line {number}: {said(error)}")
            wrong.location, wrong.hint = f"line {number}", error.hint or "appassign plan --out writes such files"
            raise wrong from None
    return plans


@program.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@_argument("options", nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]...")
def emulator(options: tuple[str, ...]) -> int:
    """Serve a piece of Graph on this machine; --help lists its options."""
    from ._emulator_command import main as serve

    try:
        serve(options, "appassign emulator")
    except SystemExit as ended:
        return USAGE if ended.code == PENDING else int(ended.code or 0)


@_command(_OUTPUT, _CALL)
def doctor(session: _Session) -> int:
    """Check credential, token, permissions, cloud, proxy and certificates, and read one page of apps."""
    from ._doctor import examine, tell

    return tell(session.output, examine(session.client, session.token_file))
