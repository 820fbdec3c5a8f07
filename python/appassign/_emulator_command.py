"""``python -m appassign.emulator``: the emulator for a shell, and for clients in any language."""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import signal
import sys
import time
from typing import TYPE_CHECKING, NoReturn, cast

from .emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence

_PROGRAM = "python -m appassign.emulator"
_SAVED = "GET deviceAppManagement/mobileApps?$expand=assignments"
_SAVE = f"save what {_SAVED} answers"
_NAMED = 10  # apps; more are counted


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong, without the list of all options before it."""

    def error(self, message: str) -> NoReturn:
        raise _Failure(message, "-h lists the options", "UsageError")


def main(arguments: Sequence[str] | None = None, program: str = _PROGRAM) -> NoReturn:
    """Serve until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _serve(_parser(program).parse_args(arguments))
    except KeyboardInterrupt:
        sys.exit(0)
    except _Failure as failure:
        if "--json" in (sys.argv if arguments is None else arguments):
            error = {"type": failure.type, "message": failure.message, "hint": failure.hint}
            print(json.dumps({"error": error}), flush=True)  # noqa: T201
        else:
            print(f"{program}: {failure}", file=sys.stderr)  # noqa: T201
        sys.exit(2 if failure.type == "UsageError" else 1)


class _Failure(Exception):  # noqa: N818
    """One line: what, where, what to do."""

    def __init__(self, message: str, hint: str | None = None, type_: str = "InvalidInputError") -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message, self.hint, self.type = message, hint, type_


def _parser(program: str) -> argparse.ArgumentParser:
    parser = _Parser(prog=program, description="A piece of Microsoft Graph on your own machine.", allow_abbrev=False)
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="where to listen (default: 127.0.0.1)")
    add("--port", type=_port, default=0, help="0, the default: one that is free")
    add("--profile", choices=["2017", "current"], default="current", help="which Graph (default: current)")
    add("--data", metavar="FILE", help=f"the apps that it holds: JSON, as {_SAVED} gives it; - reads stdin")
    add("--quota-window", metavar="SECONDS", type=_seconds, help="count requests against Graph's published quotas, with"
        " this in place of their 20 seconds (default: no quotas)")  # fmt: skip
    add("--fault-rate", metavar="P", type=_rate, default=0.0, help="which part of the requests fails (default: 0)")
    add("--fault-seed", metavar="N", type=_seed, default=0, help="which ones (default: 0)")
    add("--json", action="store_true", help="print one line of JSON, {base_url, token, apps}, instead of exports")
    return parser


def _refuse(text: str, wanted: str) -> NoReturn:
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")


def _port(text: str) -> int:
    wanted = "a port; ports are 0 to 65535"
    return int(text) if text.isascii() and text.isdecimal() and int(text) < 1 << 16 else _refuse(text, wanted)


def _seed(text: str) -> int:
    wanted = "a whole number from 0 to 18446744073709551615"
    return int(text) if text.isascii() and text.isdecimal() and int(text) < 1 << 64 else _refuse(text, wanted)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _seconds(text: str) -> float:
    return _number(text) if 0 < _number(text) < math.inf else _refuse(text, "a number of seconds above 0")


def _rate(text: str) -> float:
    return _number(text) if 0 <= _number(text) <= 1 else _refuse(text, "a number from 0 to 1")


def _serve(options: argparse.Namespace) -> NoReturn:
    apps = None if options.data is None else _read(options.data)
    try:
        graph = Emulator(
            profile=options.profile,
            host=options.host,
            port=options.port,
            quota_window=options.quota_window,
            fault_rate=options.fault_rate,
            fault_seed=options.fault_seed,
        )
    except OSError as error:
        raise _Failure(f"host {options.host}, port {options.port}: {error}", None, type(error).__name__) from None
    with graph:
        ids = [graph.add_app()] if apps is None else _add(graph, apps)
        if options.json:
            print(json.dumps({"base_url": graph.url, "token": graph.token, "apps": ids}), flush=True)  # noqa: T201
        else:
            print(f"export APPASSIGN_BASE_URL={graph.url}")  # noqa: T201
            print(f"export APPASSIGN_TOKEN={graph.token}")  # noqa: T201
            print(f"# holds {_listed(ids)}; Ctrl-C ends it", flush=True)  # noqa: T201
        while True:  # on Windows, Ctrl-C ends a sleep, but no wait for a lock
            time.sleep(3600)


def _listed(ids: list[str]) -> str:
    if not ids:
        return "no apps"
    if len(ids) == 1:
        return f"the app {ids[0]}"
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{len(ids)} apps: {', '.join(ids[:_NAMED])}{more}"


def _read(file: str) -> list[tuple[str, object]]:
    """The apps of a file, each with its place in it."""
    name = "stdin" if file == "-" else file
    try:
        text = sys.stdin.buffer.read() if file == "-" else pathlib.Path(file).read_bytes()
        document: object = json.loads(text, parse_constant=_no_json)
    except OSError as error:
        what = f"--data {name}: {error.strerror or error}"
        raise _Failure(what, "it takes a file, or - for stdin", type(error).__name__) from None
    except json.JSONDecodeError as error:
        what = f"line {error.lineno}, column {error.colno}: {error.msg}"
        raise _Failure(f"{name}: {what}", _SAVE) from None
    except (ValueError, RecursionError) as error:
        raise _Failure(f"{name}: {error}", _SAVE) from None
    where = ""
    if isinstance(document, dict):
        page = cast("dict[str, object]", document)
        if "@odata.nextLink" in page:
            raise _Failure(f"{name}: one page of several, as its @odata.nextLink says", "save the apps of all of them")
        where, document = "value", page.get("value")
    if not isinstance(document, list):
        raise _Failure(f'{name}: no list of apps and no {{"value": [app, …]}}', _SAVE)
    apps = cast("list[object]", document)
    return [(f"{name}: {where}[{index}]", app) for index, app in enumerate(apps)]


def _no_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _add(graph: Emulator, apps: list[tuple[str, object]]) -> list[str]:
    places: dict[str, str] = {}
    for where, app in apps:
        if not isinstance(app, dict):
            raise _Failure(f"{where}: an app is an object, not {json.dumps(app)[:60]}")
        for name in ("assignments", "groupAssignments"):
            entries = cast("dict[str, object]", app).get(name)
            if entries is not None and not isinstance(entries, list):
                raise _Failure(f"{where}: {name}: a list of assignments, not {json.dumps(entries)[:60]}")
        try:
            held = graph._native.add_app(json.dumps(app))  # noqa: SLF001
        except ValueError as error:
            between = "." if str(error).startswith(("assignments[", "groupAssignments[")) else ": "
            raise _Failure(f"{where}{between}{error}") from None
        if held in places:
            raise _Failure(f"{where}: has the id of {places[held]}: {held}")
        places[held] = where
    return [*places]
