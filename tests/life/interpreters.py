"""Scripts in processes of their own, on every CPython from 3.11 on that this machine has."""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).parent.parent.parent
# `make soak` runs everything in its long form.
SOAK = os.environ.get("SOAK") == "1"

PRELUDE = """
import asyncio, atexit, gc, logging, os, signal, socket, sys, threading, time
# In development mode asyncio tells of every callback that took 0.1 s; on a busy machine that says nothing of us.
logging.getLogger("asyncio").addFilter(lambda record: "Executing" not in record.getMessage())
from appassign import *
from appassign.emulator import Emulator
one = MobileAppGroupAssignment(target_group_id="G", install_intent="required")

def mute():
    "A server that takes connections and never answers."
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    port = listener.getsockname()[1]
    listener.detach()  # it stays open to the end of the process
    return {"credential": "T", "base_url": f"http://127.0.0.1:{port}/beta"}

def emulated():
    graph = Emulator(profile="2017")
    globals()["graph"], globals()["app"] = graph, graph.add_app()
    return {"credential": graph.token, "base_url": graph.url}
"""


@functools.cache
def interpreters() -> list[str]:
    """One interpreter for each version of CPython; the one that runs the tests is among them."""
    names = [f"python3.{minor}" for minor in range(11, 20)]
    found = [sys.executable, *filter(None, map(shutil.which, names))]
    found += map(str, pathlib.Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    ask = "import sys; print(sys.implementation.name, *sys.version_info[:2], bool(getattr(sys, 'abiflags', '')))"
    versions: dict[tuple[int, int], str] = {}
    for python in found:
        done = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=False, timeout=30)
        match = re.fullmatch(r"cpython 3 (\d+) False\n", done.stdout)
        if match and int(match[1]) >= 11:
            versions.setdefault((3, int(match[1])), python)
    return list(versions.values())


def start(python: str, script: str, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [python, "-X", "dev", *options, "-c", PRELUDE + script],
        env={**os.environ, "PYTHONPATH": str(ROOT / "python"), "PYTHONFAULTHANDLER": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(python: str, script: str, *options: str, within: float = 120) -> str:
    """Run a script to its end, which must be a clean one; give what it printed."""
    with start(python, script, *options) as process:
        try:
            printed, noise = process.communicate(timeout=within)
        finally:
            process.kill()
    assert noise == "", printed + noise
    assert process.returncode == 0, printed
    return printed


def run_often(python: str, script: str, *options: str, often: int, soak: int) -> None:
    """Run a script again and again, four at a time."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run(python, script, *options), range(soak if SOAK else often)))
