"""Where a run was taken, and of what versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness import nginx
from harness.contestants import SDK

if TYPE_CHECKING:
    import pathlib

DISTRIBUTIONS = ("appassign", "urllib3", "requests", "httpx", "aiohttp", "pyreqwest", "msgspec")
VERSIONS = """
import importlib.metadata, json, platform, sys
versions = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        versions[name] = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        pass
print(json.dumps(versions))
"""


@dataclass(frozen=True)
class Machine:
    """What a figure depends on besides the code."""

    system: str
    cpus: int
    versions: dict[str, str]

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return f"{self.system}, {self.cpus} CPUs; {versions}"


def describe(python: pathlib.Path, sdk_python: pathlib.Path | None = None) -> Machine:
    """This machine, and the packages of this interpreter; the official SDK's from where that is."""
    versions = _versions(python, *DISTRIBUTIONS) | (_versions(sdk_python, SDK) if sdk_python else {})
    system = f"{platform.system()} {platform.machine()}"
    return Machine(system, len(os.sched_getaffinity(0)), {**versions, "nginx": nginx.version()})


def _versions(python: pathlib.Path, *distributions: str) -> dict[str, str]:
    command = [str(python), "-I", "-c", VERSIONS, *distributions]
    versions: dict[str, str] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return versions
