"""The wheel, and the models: what is measured without a server."""

from __future__ import annotations

import email.parser
import functools
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from harness import processes
from harness.contestants import BENCHES, ISOLATED
from harness.figures import median
from harness.mode import Mode
from harness.table import Column, medians, spread
from harness.targets import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.effort import Effort
    from harness.figures import Rounds, Sample
    from harness.mode import Measures
    from harness.run import Run

MODELS = "models"
SIZE = "size"
WHEEL = "wheel"
FORMS = ("MobileAppGroupAssignment", "MobileAppAssignment")
ROUNDS = 41
COMPARE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import models
print(json.dumps(models.measure(int(sys.argv[2]))[sys.argv[3]]._asdict()))
"""


@contextmanager
def _models(run: Run) -> Iterator[Measures]:
    """Each process has many rounds of its own, in which ours and msgspec's take turns."""

    def measure(form: str) -> Sample:
        command = [str(run.python), *ISOLATED, "-c", COMPARE, str(BENCHES), str(ROUNDS), form]
        figures: Sample = processes.told(command)
        return figures

    yield {form: functools.partial(measure, form) for form in FORMS}


@contextmanager
def _size(run: Run) -> Iterator[Measures]:
    if run.wheel is None:
        yield {}
        return
    wheel = run.wheel

    def measure() -> Sample:
        with zipfile.ZipFile(wheel) as archive:
            files = [name for name in archive.namelist() if not name.endswith("/")]
            [metadata] = [name for name in files if name.endswith(".dist-info/METADATA")]
            dependencies = email.parser.BytesParser().parsebytes(archive.read(metadata)).get_all("Requires-Dist", [])
        return {"mb": wheel.stat().st_size / 1e6, "files": len(files), "dependencies": len(dependencies)}

    yield {WHEEL: measure}


def _once(_: Effort) -> int:
    return 1


def _compared(form: str) -> Target:
    def figure(rounds: Rounds) -> float:
        return median(rounds, form, "ratio")

    text = f"1,000 {form} built and written, to msgspec's structs"
    return Target(text, MODELS, form, figure, bound=1.5, at_most=True, unit="×")


def _of_the_wheel(text: str, metric: str, bound: float, unit: str) -> Target:
    def figure(rounds: Rounds) -> float:
        return median(rounds, WHEEL, metric)

    return Target(text, SIZE, WHEEL, figure, bound, at_most=True, unit=unit)


MODES = (
    Mode(
        MODELS,
        "1,000 models, µs of CPU",
        (
            medians("build", "ours_build"),
            medians("build + write", "ours"),
            medians("msgspec: build", "msgspec_build"),
            medians("build + write", "msgspec"),
            Column("msgspec's", lambda rounds, form: f"{median(rounds, form, 'ratio'):.2f}×"),
            spread("ratio", 2),
        ),
        _models,
        tuple(map(_compared, FORMS)),
    ),
    Mode(
        SIZE,
        "What is installed",
        (
            medians("MB", "mb", 2),
            medians("files", "files"),
            medians("dependencies", "dependencies"),
        ),
        _size,
        (
            _of_the_wheel("size of the wheel", "mb", 4, " MB"),
            _of_the_wheel("dependencies of the wheel", "dependencies", 0, ""),
        ),
        samples=_once,
        is_warmed=False,
    ),
)
