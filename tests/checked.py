"""What holds for every fault, checked in one place, and the doors that a call goes through.

1. The token is found nowhere: output, logs at DEBUG, exceptions, locals of our frames, pickles.
2. The app holds what the test says, as the server sees it.
3. No more requests than the test says.
4. No panic, and no exception that nobody retrieved.
5. The exception's type, outcome and number of attempts are exact; elapsed time and client-request-id are there.
6. The call ends within 30 s, and waits no less than the test says.
7. Afterwards there are no more threads and open files than before.
"""

import asyncio
import base64
import functools
import gc
import pathlib
import pickle
import re
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import psutil
import pytest

import appassign
from appassign import AppAssignError, AssignReceipt, MobileAppGroupAssignment
from faults import OK, Choice, FaultyGraph, Step

PACKAGE = str(pathlib.Path(appassign.__file__).parent)
# Every character that an encoding may change.
CANARY = "canary+Token/of.these~tests=="
SALES = MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555501", install_intent="required")
HELD: dict[str, object] = {"targetGroupId": "held before", "installIntent": "available"}
LONGEST = 30.0
T = TypeVar("T")


def spellings(token: str) -> list[str]:
    """A token as it is, and as URLs, JSON and base64 may spell it."""
    upper = quote(token, safe="")
    lower = re.sub("%..", lambda escape: escape[0].lower(), upper)
    # Base64 of a text that holds the token somewhere: it begins at one of three places within a group of four.
    inner = [base64.b64encode(b"\0" * skip + token.encode()).decode()[4:-4] for skip in range(3)]
    return [token, token.rstrip("="), upper, lower, token.replace("/", r"\/"), *inner]


def leaks(shown: str | bytes, token: str = CANARY) -> list[str]:
    """The spellings of the token that are found in it."""
    text = shown.decode("utf-8", "replace") if isinstance(shown, bytes) else shown
    return [spelling for spelling in spellings(token) if spelling in text]


def all_that_shows(error: BaseException) -> str:
    """Whatever a person or a log may come to see of an exception."""
    shown = []
    one: BaseException | None = error
    while one is not None:
        shown += [str(one), repr(one), str(one.args), str(vars(one))]
        ours = [(frame, line) for frame, line in traceback.walk_tb(one.__traceback__) if is_ours(frame)]
        shown += traceback.StackSummary.extract(iter(ours), capture_locals=True).format()
        if isinstance(one, AppAssignError):
            shown.append(pickle.dumps(one).decode("latin-1"))
        one = one.__cause__ or one.__context__
    return "\n".join(shown)


def is_ours(frame: Any) -> bool:
    return frame.f_code.co_filename.startswith(PACKAGE)


def through(door: str, app: Any, assignments: Any, *, credential: Any, **options: Any) -> AssignReceipt:
    """A call through one of the doors of the package."""
    if door == "assign":
        return appassign.assign(app, assignments, credential=credential, **options)
    if door == "Client":
        with appassign.Client(credential, **options) as client:
            return client.assign(app, assignments)

    async def awaited() -> AssignReceipt:
        if door == "assign_async":
            return await appassign.assign_async(app, assignments, credential=credential, **options)
        async with appassign.AsyncClient(credential, **options) as client:
            return await client.assign(app, assignments)

    with asyncio.Runner(debug=True) as runner:
        runner.get_loop().slow_callback_duration = 60  # how long a callback takes says nothing of us
        return runner.run(awaited())


DOORS = ("assign", "assign_async", "Client", "AsyncClient")


@dataclass
class Call:
    """A call that has ended, and the server that it met."""

    door: str
    graph: FaultyGraph
    app: str
    took: float
    receipt: AssignReceipt | None = None
    error: AppAssignError | None = None

    def succeeded(self, *, attempts: int, posts: int | None = None, waits: Sequence[float] = ()) -> AssignReceipt:
        assert self.receipt is not None, repr(self.error)
        assert self.receipt.attempts == attempts
        self._agrees(self.receipt, attempts if posts is None else posts, waits)
        assert self.graph.state[self.app] == [SALES.to_dict()]
        return self.receipt

    def raised(
        self,
        kind: type[AppAssignError],
        outcome: str,
        *,
        attempts: int,
        posts: int | None = None,
        applied: bool = False,
        waits: Sequence[float] = (),
    ) -> Any:
        assert self.error is not None, repr(self.receipt)
        assert type(self.error) is kind
        assert (self.error.outcome, self.error.attempts) == (outcome, attempts), repr(self.error)
        self._agrees(self.error, attempts if posts is None else posts, waits)
        assert self.graph.state[self.app] == [SALES.to_dict() if applied else HELD]
        return self.error

    def _agrees(self, end: AssignReceipt | AppAssignError, posts: int, waits: Sequence[float]) -> None:
        assert self.graph.read == posts
        assert {seen.call for seen in self.graph.log} <= {end.client_request_id}
        assert (0 < end.elapsed <= self.took) if end.client_request_id else end.elapsed == 0
        gaps = self.graph.gaps()
        assert len(gaps) >= len(waits)
        assert all(gap >= wait for gap, wait in zip(gaps, waits, strict=False)), (gaps, waits)


class Checked:
    """Makes calls, and checks what holds for all of them."""

    def everywhere(
        self,
        steps: Iterable[Step | Choice] = (),
        default: Step | Choice = OK,
        *,
        app: Any = "A",
        assignments: Any = (SALES,),
        credential: Any = CANARY,
        doors: Sequence[str] = DOORS,
        graph: Callable[..., FaultyGraph] = FaultyGraph,
        **options: Any,
    ) -> list[Call]:
        """One call through each door at the same time, each to a server of its own that does the same."""
        script = list(steps)

        def call(door: str) -> Call:
            with graph(script, default, holds={str(app): [HELD]}) as server:
                given = {"base_url": server.url, "credential": credential, **options}
                ended = Call(door, server, str(app), 0.0)
                start = time.monotonic()
                try:
                    ended.receipt = through(door, app, assignments, **given)
                except AppAssignError as error:
                    ended.error = error
                ended.took = time.monotonic() - start
            self._look_at(ended)
            return ended

        return [call(doors[0])] if len(doors) == 1 else together(*(lambda door=door: call(door) for door in doors))

    def each(self, scripts: Iterable[Sequence[Step | Choice]], **options: Any) -> list[Call]:
        """As `everywhere`, with several scripts at the same time."""
        calls = together(*(functools.partial(self.everywhere, script, **options) for script in scripts))
        return [call for each in calls for call in each]

    def _look_at(self, call: Call) -> None:
        assert call.took < LONGEST
        if call.error is not None:
            shown = all_that_shows(call.error)
            assert not leaks(shown), shown
        if call.receipt is not None:
            assert not leaks(repr(call.receipt))
            assert not leaks(pickle.dumps(call.receipt))


def together(*works: Callable[[], T]) -> list[T]:
    """Does all of it at the same time, so that waits do not add up."""
    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(lambda work: work(), works))


def resources() -> tuple[int, int]:
    """How many threads and open files this process has."""
    process = psutil.Process()
    return process.num_threads(), process.num_fds()


def come_back_to(baseline: tuple[int, int]) -> None:
    """Wait until there are no more threads and open files than there were."""
    end = time.monotonic() + LONGEST
    while any(now > before for now, before in zip(resources(), baseline, strict=True)):
        assert time.monotonic() < end, (resources(), baseline)
        time.sleep(0.01)


def let_go_of_closed_loops() -> None:
    """A closed loop that somebody keeps, such as the traceback of an error, has a bell until the next loop has one."""
    with FaultyGraph() as graph:
        through("assign_async", "A", [SALES], credential="T", base_url=graph.url)


@functools.cache
def start_what_stays() -> None:
    """The first call of a process starts threads that stay."""
    with FaultyGraph() as graph:
        for door in DOORS:
            through(door, "A", [SALES], credential="T", base_url=graph.url)
    gc.collect()
    gc.freeze()  # what is there by now need not be looked through after each test


def check(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Checked]:
    """What the fixture `checked` does around a test."""
    start_what_stays()
    baseline = resources()
    caplog.set_level("DEBUG")
    yield Checked()
    records = caplog.get_records("call")
    printed = "".join([*capfd.readouterr(), *(record.getMessage() for record in records)])
    # asyncio's debug mode logs loops as they close, which keeps them.
    records.clear()
    with caplog.at_level("WARNING", "asyncio"):
        let_go_of_closed_loops()
    gc.collect()
    assert not leaks(printed), printed
    assert "panicked at" not in printed
    assert "never retrieved" not in printed
    come_back_to(baseline)
