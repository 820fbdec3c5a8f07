"""The four documented paths."""

import copy
import pickle
import uuid

import pytest

from appassign import InvalidInputError, MobileAppPath

APP = MobileAppPath("3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b")
ROOT = "deviceAppManagement/mobileApps/3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b"
ALL = {
    "assign": APP,
    "userStatuses/x/app/assign": APP.user_status("x"),
    "deviceStatuses/x/app/assign": APP.device_status("x"),
    "groupAssignments/x/app/assign": APP.group_assignment("x"),
}


@pytest.mark.parametrize(("tail", "path"), ALL.items())
def test_a_path_is_a_value(tail: str, path: MobileAppPath) -> None:
    assert path.path == f"{ROOT}/{tail}"
    assert eval(repr(path)) == path
    assert hash(eval(repr(path))) == hash(path)
    assert copy.copy(path) is path
    assert copy.deepcopy(path) is path
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(path, protocol)) == path
    assert [other for other in ALL.values() if other == path] == [path]
    with pytest.raises(AttributeError):
        path.path = "x"  # type: ignore[misc]
    match path:
        case MobileAppPath(text):
            assert text == path.path


def test_a_uuid_is_an_id() -> None:
    key = uuid.UUID("3F6A1C52-8F0E-4B7E-9A55-0C1D2E3F4A5B")
    assert MobileAppPath(key) == APP
    assert APP.user_status(key).path.endswith(f"userStatuses/{key}/app/assign")


def test_an_id_stays_as_it_is_spelled() -> None:
    assert MobileAppPath("ABC.d_e~f-1").path == "deviceAppManagement/mobileApps/ABC.d_e~f-1/assign"


UNSAFE = [
    "../../users",
    "..",
    ".",
    "",
    " " * 36,
    "a/b",
    "a?b",
    "a#b",
    "a%2Fb",
    "%2e%2e",
    "a;b",
    "{3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b}",
    "urn:uuid:3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b",
    "\uff13f6a1c52",
    "\u0430",
    "a\u202eb",
    "a\u200bb",
    "a\r\nb",
    "a\tb",
    "a\x00b",
    "a" * 257,
    "\ud800",
]


@pytest.mark.parametrize("unsafe", UNSAFE)
def test_an_unsafe_id_is_refused_by_name(unsafe: str) -> None:
    for name, make in {
        "mobile_app_id": MobileAppPath,
        "user_app_install_status_id": APP.user_status,
        "mobile_app_install_status_id": APP.device_status,
        "mobile_app_group_assignment_id": APP.group_assignment,
    }.items():
        with pytest.raises(InvalidInputError) as refusal:
            make(unsafe)
        assert refusal.value.location == name


@pytest.mark.parametrize("wrong", [b"abc", 7, None, ["a"]])
def test_an_id_of_a_wrong_type_is_a_type_error(wrong: object) -> None:
    with pytest.raises(TypeError, match=r"mobile_app_id must be a str or a uuid\.UUID, not"):
        MobileAppPath(wrong)  # type: ignore[arg-type]


def test_a_path_takes_one_navigation() -> None:
    with pytest.raises(InvalidInputError, match="goes through userStatuses already") as refusal:
        APP.user_status("u").group_assignment("g")
    assert refusal.value.hint == "start from MobileAppPath('3f6a1c52-8f0e-4b7e-9a55-0c1d2e3f4a5b')"
