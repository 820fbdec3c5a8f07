"""The main job from many threads at once, on a Python without the GIL. `make test-free-threaded` runs it."""

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from appassign import AllDevicesAssignmentTarget, Client, GroupAssignmentTarget, MobileAppAssignment
from appassign.emulator import Emulator

THREADS = 16
ROUNDS = 25


def main() -> None:
    start = threading.Barrier(THREADS)
    everyone = MobileAppAssignment(target=AllDevicesAssignmentTarget(), intent="required")
    group = MobileAppAssignment(target=GroupAssignmentTarget("11111111-2222-4333-8444-555555555501"), intent="required")
    with Emulator() as graph, Client(graph.token, base_url=graph.url) as client:
        own = [graph.add_app() for _ in range(THREADS)]
        shared = graph.add_app()

        def work(app: str) -> None:
            start.wait()
            for _ in range(ROUNDS):
                client.assign(app, [everyone])
                receipt = client.change(app, add=[group], remove=[everyone])
                assert receipt.after[0].target == group.target
                assert client.undo(receipt).after[0].target == everyone.target
                client.assign(shared, [everyone, group])
                assert {everyone: 1}[everyone.replace(id=None)]

        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(work, own))
        assert [len(graph.assignments(app)) for app in own] == [1] * THREADS
        assert len(graph.assignments(shared)) == 2
    # It would have been turned on by the import of a module that needs it.
    assert not sys._is_gil_enabled()


if __name__ == "__main__":
    main()
