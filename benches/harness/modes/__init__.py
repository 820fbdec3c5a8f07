"""The ways a contestant is measured, in the order of a run."""

from harness.modes import calls, many, package, starts

MODES = {mode.name: mode for part in (package, calls, starts, many) for mode in part.MODES}
