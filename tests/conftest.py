"""What most tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from appassign import MobileAppGroupAssignment
from appassign.emulator import Emulator

# No test asserts on time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing outside a test decides where its calls go."""
    for name in ("APPASSIGN_BASE_URL", "APPASSIGN_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def graph() -> Iterator[Emulator]:
    with Emulator(profile="2017") as emulator:
        yield emulator


@pytest.fixture
def sales() -> MobileAppGroupAssignment:
    return MobileAppGroupAssignment(target_group_id="11111111-2222-4333-8444-555555555501", install_intent="required")
