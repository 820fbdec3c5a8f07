"""What is paid before anything is done: the import, the whole way to a first 204, and memory."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import certificates, cpus, nginx, processes
from harness.contestants import BARE_PYTHON, FLOOR, OURS, OURS_ASYNC, SDK, TOKEN
from harness.figures import median, over
from harness.mode import Mode, Plot
from harness.table import means, medians, overs, ratios, spread
from harness.targets import Target

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Callable, Iterator

    from harness.contestants import Contestant
    from harness.effort import Effort
    from harness.figures import Rounds, Sample
    from harness.mode import Measures
    from harness.run import Run

IMPORT = "import"
COLD = "cold"
COLD_TLS = "cold-tls"
MEMORY = "memory"
OUR_IMPORT = "import appassign"
CALLS = 10_000
IN_FLIGHT = 64
IMPORTED = {
    BARE_PYTHON: "pass",
    OUR_IMPORT: "import appassign",
    "… and the names of a call": "from appassign import MobileAppGroupAssignment, assign",
    "import http.client": "import http.client",
    "import urllib3": "import urllib3",
    "import requests": "import requests",
    "import httpx": "import httpx",
    "import aiohttp": "import aiohttp",
    "import pyreqwest": "import pyreqwest.client",
}
MODULES = "; import sys; print(len(sys.modules))"
WAITING = "import sys; print('done', flush=True); sys.stdin.readline()"
# What every asynchronous program in Python pays besides.
ASYNCIO = "import asyncio"


def _often(effort: Effort) -> int:
    return effort.rounds * 4


def _more_often(effort: Effort) -> int:
    return effort.rounds * 8


def _twice_at_most(effort: Effort) -> int:
    return min(effort.rounds, 2)


@contextmanager
def _imports(run: Run) -> Iterator[Measures]:
    def measure(statement: str) -> Sample:
        modules = processes.told([str(run.python), "-I", "-c", statement + MODULES])
        return {**processes.cold([str(run.python), "-I", "-c", statement]), "modules": modules}

    yield {name: functools.partial(measure, statement) for name, statement in IMPORTED.items()}


def _first_call(run: Run, url: str, trusted: pathlib.Path | None = None) -> Measures:
    measures: dict[str, Callable[[], Sample]] = {
        contestant.name: functools.partial(
            processes.cold,
            contestant.command("calls", url, TOKEN, 1, 1),
            trusted,
            may_crash=contestant.may_crash,
        )
        for contestant in run.contestants
    }
    alone = {BARE_PYTHON: "pass", ASYNCIO: "import asyncio; asyncio.run(asyncio.sleep(0))"}
    python = (str(run.python), "-I", "-c")
    bare = {name: functools.partial(processes.cold, [*python, statement]) for name, statement in alone.items()}
    return {**bare, **measures}


@contextmanager
def _cold(run: Run) -> Iterator[Measures]:
    with nginx.started() as server, cpus.pinned(server.pid, clients_anywhere=False):
        yield _first_call(run, server.base_url)


@contextmanager
def _cold_tls(run: Run) -> Iterator[Measures]:
    with (
        certificates.issued() as issued,
        nginx.started(nginx.over_tls(issued.server)) as server,
        cpus.pinned(server.pid, clients_anywhere=False),
    ):
        yield _first_call(run, server.tls_base_url, issued.trusted)


@contextmanager
def _memory(run: Run) -> Iterator[Measures]:
    calls = run.effort.calls

    def measure(command: list[str], *, may_crash: bool = False) -> Sample:
        return {"calls": calls, **processes.weighed(command, may_crash=may_crash)}

    def measured(contestant: Contestant, url: str) -> Callable[[], Sample]:
        command = contestant.command("calls", url, TOKEN, calls, 1 if contestant.blocks else IN_FLIGHT)
        return functools.partial(measure, command, may_crash=contestant.may_crash)

    with nginx.started() as server, cpus.pinned(server.pid, clients_anywhere=True):
        alone = {BARE_PYTHON: WAITING, ASYNCIO: f"import asyncio; asyncio.run(asyncio.sleep(0)); {WAITING}"}
        python = (str(run.python), "-I", "-c")
        bare = {name: functools.partial(measure, [*python, statement]) for name, statement in alone.items()}
        who = [contestant for contestant in run.contestants if contestant.name != SDK]
        yield {**bare, **{contestant.name: measured(contestant, server.base_url) for contestant in who}}


def _fewer_calls(rounds: Rounds) -> str:
    made = median(rounds, BARE_PYTHON, "calls")
    return f"{made:,.0f} calls only" if made < CALLS else ""


def _over_bare_python(text: str, mode: str, contestant: str, *, bound: float, metric: str = "ms") -> Target:
    def figure(rounds: Rounds) -> float:
        return over(rounds, contestant, metric, BARE_PYTHON)

    doubt: Callable[[Rounds], str] = _fewer_calls if mode == MEMORY else lambda _: ""
    unit = {"ms": " ms", "mib": " MiB"}[metric]
    return Target(f"{text}, over bare Python", mode, contestant, figure, bound, at_most=True, unit=unit, doubt=doubt)


_COLD_COLUMNS = (
    medians("ms", "ms", 1),
    spread("ms", 1),
    ratios("floor's", "ms", FLOOR),
    overs(f"over {BARE_PYTHON}", "ms", BARE_PYTHON),
    means("crashed %", "crashed_percent"),
)
_FIRST = "process start to first 204, and its end"

MODES = (
    Mode(
        IMPORT,
        "Imports, as whole processes",
        (
            medians("ms", "ms", 1),
            spread("ms", 1),
            overs(f"over {BARE_PYTHON}", "ms", BARE_PYTHON),
            medians("modules", "modules"),
            overs("over it", "modules", BARE_PYTHON, 0),
        ),
        _imports,
        (_over_bare_python("import appassign", IMPORT, OUR_IMPORT, bound=3.0),),
        samples=_more_often,
    ),
    Mode(
        COLD,
        "Start of the process, first 204, end",
        _COLD_COLUMNS,
        _cold,
        (_over_bare_python(_FIRST, COLD, OURS, bound=10.0),),
        Plot("From process start to first 204, ms over bare Python", "ms", BARE_PYTHON),
        samples=_often,
    ),
    Mode(
        COLD_TLS,
        "Start of the process, first 204 over TLS, end",
        _COLD_COLUMNS,
        _cold_tls,
        (_over_bare_python(f"{_FIRST}, by TLS", COLD_TLS, OURS, bound=20.0),),
        Plot("From process start to first 204 by TLS, ms over bare Python", "ms", BARE_PYTHON),
        samples=_often,
    ),
    Mode(
        MEMORY,
        "Most memory of a process that made 10,000 calls",
        (
            medians("MiB", "mib", 1),
            overs(f"over {BARE_PYTHON}", "mib", BARE_PYTHON),
            medians("calls", "calls"),
        ),
        _memory,
        (
            _over_bare_python("peak memory after 10,000 calls", MEMORY, OURS, bound=6.0, metric="mib"),
            _over_bare_python(
                f"peak memory after 10,000 calls, {IN_FLIGHT} awaited at once",
                MEMORY,
                OURS_ASYNC,
                bound=12.0,
                metric="mib",
            ),
        ),
        Plot("Peak memory after 10,000 calls, MiB over bare Python", "mib", BARE_PYTHON),
        samples=_twice_at_most,
        is_warmed=False,
    ),
)
