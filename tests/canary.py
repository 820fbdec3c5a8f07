"""Fails in hundreds of ways with one token, and shows each failure in every way in which programs show them.

The token must be found in nothing of it. Locals are shown of the package's own frames: the callers' hold the token.
"""

import asyncio
import copy
import faulthandler
import functools
import gc
import logging
import pickle
import socket
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, TypeAlias

from _pytest._code import ExceptionInfo
from azure.core.credentials import AccessToken, AccessTokenInfo

import appassign
import faults
from appassign import MobileAppGroupAssignment
from checked import CANARY, DOORS, SALES, is_ours, through, together
from faults import FaultyGraph, Step, answer
from test_faults_answers import BODIES, NOT_HTTP, REFLECTIONS
from test_faults_inputs import UNSAFE_IDS, UNSAFE_TOKENS, UNSAFE_URLS

try:
    with warnings.catch_warnings(action="ignore"):
        import cgitb  # CPython has dropped it with 3.13
except ImportError:
    cgitb = None  # type: ignore[assignment]


Options: TypeAlias = dict[str, Any]


def fail(door: str, steps: list[Step], options: Options) -> Exception:
    """What a call raises."""
    with FaultyGraph(steps, steps[-1] if steps else faults.OK) as graph:
        try:
            call(door, **{"base_url": graph.url, **options})
        except Exception as error:  # noqa: BLE001
            return error
    raise AssertionError((door, steps))


def call(door: str, **options: Any) -> None:
    through(door, **{"app": "A", "assignments": [SALES], "credential": CANARY, **options})


def failures() -> Iterator[tuple[str, list[Step], Options]]:
    """A name for each, what the server does, and the options of the call."""
    yield from _inputs()
    for status in [205, 226, 300, 302, 304, 308, *range(400, 418), 422, 423, 429, 451, *range(500, 506), 599, 600, 999]:
        yield f"status {status}", [answer(status, _graph_error("Words."), applies=False)], {"attempts": 1}
    for name in BODIES:
        yield f"a body with {name}", [answer(400, BODIES[name])], {}
    for how in REFLECTIONS:
        for status in (302, 401, 403, 429, 500):
            yield f"the token {how}, with {status}", [_reflecting(status, how)], {"attempts": 1}
    for index, reply in enumerate(NOT_HTTP):
        yield f"no HTTP {index}", [faults.raw(reply, end="fin")], {"attempts": 1}
    for step in (faults.rst(), faults.fin(), faults.half(), faults.accept_close(), faults.close_before_reading(0.01)):
        yield f"{step.name} once and for all", [step] * 4, {"attempts": 2}
    yield "a server that stalls", [faults.stall()], {"timeout": 0.1}
    yield "an answer that drips", [faults.drip()], {"timeout": 0.1}
    yield "a huge body", [faults.bomb(500, 16)], {"attempts": 1}
    yield "an endless body", [faults.infinite(500)], {"attempts": 1}
    yield "a wait that is too long", [answer(429, retry_after=3600)], {}
    yield "a refused port", [], {"base_url": _unused(), "attempts": 2}
    yield from _credentials()


def _inputs() -> Iterator[tuple[str, list[Step], Options]]:
    for unsafe in [*UNSAFE_IDS, b"A", 7, None]:
        yield f"app {unsafe!r}", [], {"app": unsafe}
    for index, token in enumerate(UNSAFE_TOKENS):
        yield f"token {index}", [], {"credential": token}
    for url in UNSAFE_URLS:
        yield f"base URL {url}", [], {"base_url": url}
    read = MobileAppGroupAssignment.from_dict
    for given in (
        [], [SALES] * 1_001, SALES, [None], 7, [SALES.to_dict()], [read({"targetGroupId": "", "installIntent": "x"})],
    ):  # fmt: skip
        yield f"assignments {str(given)[:40]}", [], {"assignments": given}
    for option, wrong in (
        ("timeout", 0), ("timeout", float("nan")), ("timeout", "1"), ("attempts", 0), ("attempts", 1.5),
        ("cloud", "none"), ("no_such_option", 1),
    ):  # fmt: skip
        yield f"{option} {wrong!r}", [], {option: wrong}


def _graph_error(words: str) -> dict[str, object]:
    return {"error": {"code": words, "message": words, "innerError": {"request-id": words}}}


def _reflecting(status: int, how: str) -> Step:
    names = ("request-id", "client-request-id", "x-ms-ags-diagnostic", "Location", "WWW-Authenticate")
    return answer(status, _graph_error(REFLECTIONS[how]), headers=dict.fromkeys(names, REFLECTIONS[how]))


def _unused() -> str:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{bound.getsockname()[1]}/beta"


class Secretive:
    """A credential whose repr shows what it gives."""

    def __repr__(self) -> str:
        return f"Secretive({CANARY})"


class Renewing(Secretive):
    """Gives another token where the first one was refused."""

    def get_token_info(self, *_: str, options: dict[str, object]) -> AccessTokenInfo:
        return AccessTokenInfo("another" if "claims" in options else CANARY, 0)


def _gives(what: Callable[[], Any]) -> Callable[[], Any]:
    class Credential(Secretive):
        def __call__(self) -> Any:
            return what()

    return Credential()


def _raises(error: type[BaseException]) -> Any:
    raise error("locked")


def _credentials() -> Iterator[tuple[str, list[Step], Options]]:
    refused = [_reflecting(401, "as it is")]
    yield "one token again and again", refused, {"credential": _gives(lambda: CANARY)}
    challenge = {"WWW-Authenticate": 'Bearer error="insufficient_claims", claims="e30="'}
    yield "another token", [answer(401, _graph_error(CANARY), headers=challenge)], {"credential": Renewing()}
    for kind in (LookupError, OSError, TimeoutError, StopIteration, RuntimeError):
        yield f"a credential that raises {kind.__name__}", [], {"credential": _gives(lambda k=kind: _raises(k))}
    for index, given in enumerate((None, 7, "", b"", object(), ["x"])):
        yield f"a credential that gives {index}", [], {"credential": _gives(lambda g=given: g)}
    for index, token in enumerate(UNSAFE_TOKENS):
        yield f"a credential that gives token {index}", [], {"credential": _gives(lambda t=token: t)}
    bytes_of = _gives(CANARY.encode)
    yield "a credential that gives bytes", [], {"credential": bytes_of}
    yield "an AccessToken", [], {"credential": AccessToken(CANARY, 0)}
    yield "bytes", [], {"credential": CANARY.encode()}
    yield "a credential without a method", [], {"credential": Secretive()}


def show(name: str, error: Exception) -> None:
    """In every way that comes to mind."""
    print(f"--- {name}: {type(error).__name__}")
    print(str(error), repr(error), error.args, vars(error))
    sys.excepthook(type(error), error, error.__traceback__)
    logging.getLogger("user").debug("%s failed", name, exc_info=error)
    warnings.warn(f"{name}: {error}", stacklevel=1)
    if isinstance(error, appassign.AppAssignError):
        print(pickle.dumps(error), pickle.dumps(error, 0), vars(copy.copy(error)), vars(copy.deepcopy(error)))
    keep_frames_of_ours(error)
    if error.__traceback__ is None:
        return
    print(*traceback.TracebackException.from_exception(error, capture_locals=True).format())
    print(ExceptionInfo.from_exception(error).getrepr(showlocals=True, style="long"))
    if cgitb is not None:
        cgitb.Hook(format="text", file=sys.stdout).handle((type(error), error, error.__traceback__))


def keep_frames_of_ours(error: BaseException | None) -> None:
    while error is not None:
        ours = None
        for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
            if is_ours(frame):
                ours = TracebackType(ours, frame, frame.f_lasti, line)
        error.__traceback__ = ours
        error = error.__cause__ or error.__context__


class EveryAttribute(logging.Handler):
    """Prints all that a record has, arguments and exceptions included."""

    def emit(self, record: logging.LogRecord) -> None:
        print("LOG", vars(record), self.format(record))


def hooks() -> None:
    """The ways of the interpreter's own to tell of a failure that nobody caught."""

    class Last:
        def __del__(self) -> None:
            call("assign", app="..")

    thread = threading.Thread(target=call, args=("assign",), kwargs={"app": ".."})
    thread.start()
    thread.join()
    Last()
    appassign.assign_async("A", [SALES], credential=CANARY)
    gc.collect()
    asyncio.run(_forgotten(), debug=True)
    gc.collect()


async def _forgotten() -> None:
    """Tasks that wait, and then fail, and that nobody asks, in a loop that tells of each callback."""
    asyncio.get_running_loop().slow_callback_duration = 0
    with FaultyGraph(default=faults.stall()) as graph:
        tasks = [asyncio.create_task(_awaited(door, graph.url)) for door in DOORS if "sync" in door.lower()]
        while graph.read < len(tasks):
            await asyncio.sleep(0.001)
        for task in tasks:
            task.print_stack(file=sys.stdout)
            _print_locals(task.get_coro())
        faulthandler.dump_traceback(sys.stdout)
    await asyncio.sleep(0.1)
    assert all(task.done() for task in tasks)


async def _awaited(door: str, url: str) -> None:
    options = {"credential": CANARY, "base_url": url, "attempts": 1}
    if door == "assign_async":
        await appassign.assign_async("A", [SALES], **options)
    else:
        await appassign.AsyncClient(**options).assign("A", [SALES])


def _print_locals(coroutine: Any) -> None:
    while coroutine is not None:
        if getattr(coroutine, "cr_frame", None) is not None and is_ours(coroutine.cr_frame):
            print(coroutine.cr_frame.f_locals)
        coroutine = getattr(coroutine, "cr_await", None)


def main() -> None:
    logging.basicConfig(level=logging.DEBUG, handlers=[EveryAttribute()])
    logging.captureWarnings(capture=False)
    warnings.simplefilter("always")
    names = set()
    for name, steps, options in failures():
        errors = together(*(functools.partial(fail, door, steps, options) for door in DOORS))
        for door, error in zip(DOORS, errors, strict=True):
            show(f"{name} ({door})", error)
            names.add(f"{name} ({door})")
    hooks()
    print(f"{len(names)} different failures")


if __name__ == "__main__":
    main()
