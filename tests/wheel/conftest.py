"""What is released, as `make dist` leaves it."""

import pathlib

import pytest

DIST = pathlib.Path(__file__).parent.parent.parent / "dist"


@pytest.fixture(autouse=True)
def no_environment() -> None:
    """pip needs the machine's proxy and certificates."""


@pytest.fixture(scope="session")
def wheel() -> pathlib.Path:
    [found] = DIST.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def sdist() -> pathlib.Path:
    [found] = DIST.glob("*.tar.gz")
    return found
