"""What the tests of planned writes share: assignments, both twins of the client, and somebody else."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias

from appassign import AsyncClient, Client, GroupAssignmentTarget, MobileAppAssignment
from appassign.emulator import Emulator
from clients import Client as Anybody

TWINS = [Client, AsyncClient]
APPS = "/beta/deviceAppManagement/mobileApps"
GRAPH = "#microsoft.graph."
FILTER = "22222222-3333-4444-8555-666666666601"
OTHER_FILTER = "22222222-3333-4444-8555-666666666602"
QUIET = {"@odata.type": f"{GRAPH}win32LobAppAssignmentSettings", "notifications": "hideAll"}
LOUD = {"@odata.type": f"{GRAPH}win32LobAppAssignmentSettings", "notifications": "showAll"}


def group(number: int) -> str:
    return f"11111111-2222-4333-8444-{number:012x}"


def to_group(number: int, intent: str = "required", settings: Any = None, **filtered: str) -> MobileAppAssignment:
    """As a caller writes it."""
    target = GroupAssignmentTarget(group(number), **filtered)
    return MobileAppAssignment(target=target, intent=intent, settings=settings)


def wire(number: int, intent: str = "required", kind: str = "groupAssignmentTarget", **more: object) -> dict[str, Any]:
    """As Graph lists it; what is not the assignment's own goes to the target."""
    own = {name: more.pop(name) for name in ("settings", "source", "sourceId", "colour") if name in more}
    target: dict[str, object] = {"@odata.type": GRAPH + kind, **more}
    if "roup" in kind:
        target["groupId"] = group(number)
    return {"intent": intent, "target": target, **own}


def filtered(kind: str = "include", filter_id: str = FILTER) -> dict[str, str]:
    """A target's filter on the wire."""
    return {
        "deviceAndAppManagementAssignmentFilterId": filter_id,
        "deviceAndAppManagementAssignmentFilterType": kind,
    }


def many(number: int) -> list[dict[str, Any]]:
    """Assignments with all that a careless merge loses: settings, filters, exclusions, unknown properties and types."""
    shapes: list[Callable[[int], dict[str, Any]]] = [
        lambda n: wire(n, settings=QUIET),
        lambda n: wire(n, "available", **filtered("exclude")),
        lambda n: wire(n, kind="exclusionGroupAssignmentTarget"),
        lambda n: wire(n, "uninstall", colour={"hue": [n, 1.0, 1e30, "ü\u2028", None]}),
        lambda n: wire(n, kind="lunarGroupTarget", crater="Tycho", **filtered()),
        lambda n: wire(n, settings={"@odata.type": f"{GRAPH}lunarSettings", "gravity": 1.620}),
    ]
    everybody = [wire(0, kind="allDevicesAssignmentTarget"), wire(0, "available", "allLicensedUsersAssignmentTarget")]
    return [*everybody, *(shapes[n % len(shapes)](n) for n in range(1, number - 1))][:number]


class Awaited:
    """An `AsyncClient` with the methods of a `Client`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(*args, **options)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)
        return lambda *args, **options: self._runner.run(method(*args, **options))

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


Make: TypeAlias = Callable[..., Client]


@contextmanager
def clients_of(kind: type, graph: Emulator) -> Iterator[Make]:
    """Makes clients of one kind, and closes them."""
    with ExitStack() as stack:

        def make(credential: Any = None, **options: Any) -> Any:
            given = (graph.token if credential is None else credential,)
            client = (Client if kind is Client else Awaited)(*given, **{"base_url": graph.url, **options})
            stack.callback(client.close)
            return client

        yield make


def asked(graph: Emulator) -> list[str]:
    """What a client of ours asked for, in order: "list" (a page of the assignments), "app", or "assign"."""
    ours = [request for request in graph.requests if "client-request-id" in request.headers]
    words = {"assignments": "list", "assign": "assign"}
    return [words.get(request.path.partition("?")[0].rpartition("/")[2], "app") for request in ours]


def writes(graph: Emulator) -> list[list[dict[str, Any]]]:
    """What a client of ours has sent to be assigned, each time."""
    ours = [request for request in graph.requests if "client-request-id" in request.headers]
    return [json.loads(request.body)["mobileAppAssignments"] for request in ours if request.method == "POST"]


def trouble(graph: Emulator, what: object, **options: object) -> None:
    graph._native.add_trouble(json.dumps({"what": what, **options}))


def holds(graph: Emulator, app: str) -> list[str]:
    """The ids of what an app holds, in no particular order."""
    return sorted(held["id"] for held in graph.assignments(app))


def id_of(number: int, intent: int = 1, exclusion: int = 0) -> str:
    """The id that the service gives to an assignment to a group."""
    return f"{group(number)}_{intent}_{exclusion}"


def somebody_adds(graph: Emulator, app: str, number: int) -> None:
    """Somebody else does, with another tool."""
    assert Anybody(graph).ask("POST", f"{APPS}/{app}/assignments", wire(number))[0] == 201


def somebody_removes(graph: Emulator, app: str, number: int) -> None:
    assert Anybody(graph).ask("DELETE", f"{APPS}/{app}/assignments/{id_of(number)}")[0] == 204


@contextmanager
def somebody_at_each_write(graph: Emulator, act: Callable[[int], None], times: int = 1) -> Iterator[None]:
    """Somebody else acts as soon as the service has read a write of ours: `act(1)` at the first, and so on."""
    end, failed = threading.Event(), list[BaseException]()
    before = asked(graph).count("assign")

    def watch() -> None:
        try:
            for number in range(1, times + 1):
                while asked(graph).count("assign") < before + number:
                    if end.is_set():
                        return
                    time.sleep(0.002)
                act(number)
        except BaseException as error:  # noqa: BLE001 - the test's own thread tells
            failed.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
    assert not failed, failed
