"""The programs in Rust: the floor, the bare server."""

from __future__ import annotations

import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).parent.parent.parent


def build(name: str, *, release: bool = True) -> pathlib.Path:
    """Have cargo build one, and ask where it is: the names of benches carry a hash."""
    command = ["cargo", "build", "--locked", "--no-default-features", "--bench", name]
    command += ["--message-format", "json-render-diagnostics", *(["--release"] if release else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    [program] = [
        message["executable"]
        for message in messages
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == name
    ]
    return pathlib.Path(program)
