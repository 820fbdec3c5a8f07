"""Forks a process that writes in a loop, kills it at the moment that it is told, and again, for each line of its input.

A line: the app, a seed, and how many seconds the writer lives. It is answered once the writer is dead.
"""

import contextlib
import os
import random
import signal
import sys
import time

from appassign import ApplyReceipt, Client
from journals import group


def write(client: Client, app: str, chance: random.Random) -> None:
    """Changes, applies and undoes, with never more than a few groups."""
    written: list[ApplyReceipt] = []
    while True:
        wanted = [group(number) for number in chance.sample(range(1, 7), 3)]
        match chance.choice(["change", "apply", "undo"]):
            case "change":
                written.append(client.change(app, add=wanted[:1], remove=wanted[1:], reason="change"))
            case "apply":
                plan = client.plan(app, replace=wanted[: chance.randrange(4)])
                written.append(client.apply(plan, allow_empty=True, reason="apply"))
            case _ if written:
                client.undo(written.pop())
                written.clear()


def main(url: str, token: str, journal: str) -> None:
    for line in sys.stdin:
        app, seed, seconds = line.split()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BrokenPipeError):
                write(Client(token, base_url=url, journal=journal), app, random.Random(seed))
            os._exit(1)
        time.sleep(float(seconds))
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
