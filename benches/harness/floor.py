"""The floor's program."""

from __future__ import annotations

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parent.parent.parent


def build(*, release: bool = True) -> pathlib.Path:
    """Have cargo build it, and ask where it is: the names of benches carry a hash."""
    command = ["cargo", "build", "--locked", "--no-default-features", "--bench", "floor"]
    command += ["--message-format", "json-render-diagnostics", *(["--release"] if release else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    [program] = [
        message["executable"]
        for message in messages
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "floor"
    ]
    return pathlib.Path(program)
