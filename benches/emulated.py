"""An emulator in a process of its own.

``emulated.py serve [CPU] | tenant APPS CPU [QUOTA_WINDOW] | start TIMES | reset TIMES | hold WHAT NUMBER``

What it says comes as one line of JSON.
"""

from __future__ import annotations

import collections
import http.client
import json
import os
import pathlib
import resource
import socket
import sys
import time
from typing import TYPE_CHECKING

from appassign.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REQUESTS_BEFORE_RESET = 10
ASSIGNMENTS_OF_AN_APP = 100
NO_CONTENT = 204
HEAD = {"Content-Type": "application/json", "Accept": "application/json"}


def assignments(number: int) -> Iterator[dict[str, object]]:
    """So many different ones, each to a group."""
    for index in range(number):
        group = f"11111111-2222-4333-8444-{index:012}"
        target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": group}
        yield {"@odata.type": "#microsoft.graph.mobileAppAssignment", "intent": "required", "target": target}


def body() -> str:
    """What assigns an app to one group."""
    return json.dumps({"mobileAppAssignments": list(assignments(1))})


class Caller:
    """One connection that assigns again and again."""

    def __init__(self, graph: Emulator) -> None:
        self._connection = http.client.HTTPConnection(graph.url.split("/")[2])
        self._headers = {**HEAD, "Authorization": f"Bearer {graph.token}"}
        self._body = body()

    def assign(self, app: str) -> None:
        """One call; anything but a 204 ends the program."""
        path = f"/beta/deviceAppManagement/mobileApps/{app}/assign"
        self._connection.request("POST", path, self._body, self._headers)
        answer = self._connection.getresponse()
        answer.read()
        if answer.status != NO_CONTENT:
            raise SystemExit(f"assign: {answer.status}")


def serve(cpu: str | None = None) -> None:
    """Serve until stdin ends, on one CPU if it is named: the thread that serves takes that over from this one."""
    if cpu is not None:
        os.sched_setaffinity(0, {int(cpu)})
    with Emulator() as graph:
        app = graph.add_app()
        url = f"{graph.url}/deviceAppManagement/mobileApps/{app}/assign"
        print(json.dumps({"url": url, "token": graph.token, "body": body()}), flush=True)
        sys.stdin.read()


def tenant(apps: str, cpu: str, quota_window: str | None = None) -> None:
    """Serve so many apps, each with one assignment, until stdin ends; then tell what was answered how often."""
    os.sched_setaffinity(0, {int(cpu)})
    with Emulator(quota_window=None if quota_window is None else float(quota_window)) as graph:
        for index in range(int(apps)):
            # As its command adds apps that are given with their ids.
            app = {"id": f"3f6a1c52-8f0e-4b7e-9a55-{index:012}", "assignments": list(assignments(1))}
            graph._native.add_app(json.dumps(app))  # noqa: SLF001
        print(json.dumps({"url": graph.url, "token": graph.token}), flush=True)
        sys.stdin.read()
        answered = collections.Counter(f"{request.method} {request.status}" for request in graph.requests)
        print(json.dumps(answered))


def start(times: str) -> None:
    """From the constructor to a connection, so many times."""
    taken = []
    for _ in range(int(times)):
        with socket.socket() as client:
            before = time.perf_counter_ns()
            graph = Emulator()
            client.connect(("127.0.0.1", int(graph.url.split(":")[2].split("/")[0])))
            taken.append(time.perf_counter_ns() - before)
        graph.close()
    print(json.dumps({"taken_ns": taken}))


def reset(times: str) -> None:
    """After an app and ten requests, so many times."""
    taken = []
    with Emulator() as graph:
        caller = Caller(graph)
        for _ in range(int(times)):
            app = graph.add_app()
            for _ in range(REQUESTS_BEFORE_RESET):
                caller.assign(app)
            before = time.perf_counter_ns()
            graph.reset()
            taken.append(time.perf_counter_ns() - before)
    print(json.dumps({"taken_ns": taken}))


def hold(what: str, number: str) -> None:
    """What a process takes that holds so many of something, and what it took at most."""
    with Emulator() as graph:
        HOLDINGS[what](graph, int(number))
        pages = int(pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"resident": pages * resource.getpagesize(), "peak": peak}))


def _one_app(graph: Emulator, number: int) -> None:
    graph.add_app(assignments=assignments(number))


def _many_apps(graph: Emulator, number: int) -> None:
    for _ in range(number // ASSIGNMENTS_OF_AN_APP):
        graph.add_app(assignments=assignments(ASSIGNMENTS_OF_AN_APP))


def _requests(graph: Emulator, number: int) -> None:
    app, caller = graph.add_app(), Caller(graph)
    for _ in range(number):
        caller.assign(app)


HOLDINGS: dict[str, Callable[[Emulator, int], None]] = {
    "one-app": _one_app,
    "many-apps": _many_apps,
    "requests": _requests,
}
MODES: dict[str, Callable[..., None]] = {"serve": serve, "tenant": tenant, "start": start, "reset": reset, "hold": hold}


if __name__ == "__main__":
    MODES[sys.argv[1]](*sys.argv[2:])
