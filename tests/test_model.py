"""The model is a value, as Python people expect one, and says on the wire what the documentation says."""

import copy
import json
import math
import pickle
import sys
import types

import pytest

from appassign import InstallIntent, InvalidInputError, MobileAppGroupAssignment

# The request body of the documentation's example, with its property order.
DOCUMENTED = {
    "mobileAppGroupAssignments": [
        {
            "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
            "targetGroupId": "Target Group Id value",
            "vpnConfigurationId": "Vpn Configuration Id value",
            "id": "ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
            "installIntent": "notApplicable",
        }
    ]
}
EXAMPLE = MobileAppGroupAssignment(
    target_group_id="Target Group Id value",
    vpn_configuration_id="Vpn Configuration Id value",
    id="ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
    install_intent=InstallIntent.NOT_APPLICABLE,
)
PLAIN = MobileAppGroupAssignment(target_group_id="G", install_intent="required")


def test_the_documented_body_comes_out_of_the_model_with_its_content_length() -> None:
    body = {"mobileAppGroupAssignments": [EXAMPLE.to_dict()]}
    printed = json.dumps(body, indent=2)
    assert printed == json.dumps(DOCUMENTED, indent=2)
    assert len(printed.replace("\n", "\r\n")) == 325


def test_the_documented_body_goes_back_into_the_model() -> None:
    [entry] = DOCUMENTED["mobileAppGroupAssignments"]
    assert MobileAppGroupAssignment.from_dict(entry) == EXAMPLE
    assert MobileAppGroupAssignment.from_json(json.dumps(entry)) == EXAMPLE
    assert MobileAppGroupAssignment.from_json(json.dumps(entry).encode()) == EXAMPLE
    assert json.loads(EXAMPLE.to_json()) == entry


def test_attributes_read_as_they_were_given() -> None:
    assert EXAMPLE.target_group_id == "Target Group Id value"
    assert EXAMPLE.install_intent is InstallIntent.NOT_APPLICABLE
    assert EXAMPLE.vpn_configuration_id == "Vpn Configuration Id value"
    assert EXAMPLE.id == "ce4d1a28-1a28-ce4d-281a-4dce281a4dce"
    assert PLAIN.vpn_configuration_id is None
    assert PLAIN.id is None


def test_an_absent_optional_property_is_left_out() -> None:
    assert list(PLAIN.to_dict()) == ["@odata.type", "targetGroupId", "installIntent"]


@pytest.mark.parametrize("intent", list(InstallIntent))
def test_every_intent_goes_in_as_member_and_as_text(intent: InstallIntent) -> None:
    one = MobileAppGroupAssignment(target_group_id="G", install_intent=intent)
    two = MobileAppGroupAssignment(target_group_id="G", install_intent=str(intent))
    assert one == two
    assert one.install_intent is two.install_intent is intent
    assert one.to_dict()["installIntent"] == intent.value


def test_the_intents_are_the_documented_ones() -> None:
    assert [member.value for member in InstallIntent] == [
        "available",
        "notApplicable",
        "required",
        "uninstall",
        "availableWithoutEnrollment",
    ]


def test_equality_and_hash_go_by_value() -> None:
    twin = MobileAppGroupAssignment(target_group_id="G", install_intent="required")
    other = twin.replace(install_intent="available")
    assert PLAIN == twin
    assert hash(PLAIN) == hash(twin)
    assert other != twin
    assert {PLAIN, twin, other} == {PLAIN, other}
    assert PLAIN != PLAIN.to_dict()


def test_it_has_no_order_and_is_immutable() -> None:
    with pytest.raises(TypeError):
        PLAIN < EXAMPLE  # type: ignore[operator]  # noqa: B015
    for name in ("target_group_id", "install_intent", "id", "anything_else"):
        with pytest.raises(AttributeError):
            setattr(PLAIN, name, "x")
    with pytest.raises(TypeError):
        type("Sub", (MobileAppGroupAssignment,), {})


@pytest.mark.parametrize("value", [PLAIN, EXAMPLE, PLAIN.replace(target_group_id="quote ' and \" and \\ and é\n")])
def test_the_repr_evaluates_back(value: MobileAppGroupAssignment) -> None:
    assert repr(value).startswith("MobileAppGroupAssignment(target_group_id=")
    assert eval(repr(value)) == value


def test_what_the_constructor_cannot_express_has_a_repr_that_can() -> None:
    for document in (
        {"targetGroupId": "G", "installIntent": "required"},
        {"targetGroupId": "", "installIntent": "later", "x": [1.5, None, {"y": True}]},
        {**PLAIN.to_dict(), "vpnConfigurationId": None},
        {**PLAIN.to_dict(), "@odata.type": "#microsoft.graph.mobileAppVppGroupAssignment", "useDeviceLicensing": False},
    ):
        value = MobileAppGroupAssignment.from_dict(document)
        assert repr(value).startswith("MobileAppGroupAssignment.from_dict({")
        assert eval(repr(value)).to_dict() == document


def test_it_matches_by_position_and_by_name() -> None:
    match EXAMPLE:
        case MobileAppGroupAssignment(group, "notApplicable", vpn, id=key):
            assert (group, vpn, key) == (EXAMPLE.target_group_id, EXAMPLE.vpn_configuration_id, EXAMPLE.id)
        case _:
            pytest.fail("it did not match")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_it_pickles_and_copies(protocol: int) -> None:
    value = MobileAppGroupAssignment.from_dict({**EXAMPLE.to_dict(), "x": [1, 2.50, None]})
    again = pickle.loads(pickle.dumps(value, protocol))
    assert again == value
    assert again.to_json() == value.to_json()
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value
    assert copy.deepcopy([value]) == [value]


def test_replace_changes_what_is_named_and_keeps_the_rest() -> None:
    value = MobileAppGroupAssignment.from_dict({**EXAMPLE.to_dict(), "useDeviceLicensing": True})
    changed = value.replace(install_intent=InstallIntent.REQUIRED, vpn_configuration_id=None)
    assert changed.to_dict() == {
        "@odata.type": "#microsoft.graph.mobileAppGroupAssignment",
        "targetGroupId": "Target Group Id value",
        "id": "ce4d1a28-1a28-ce4d-281a-4dce281a4dce",
        "installIntent": "required",
        "useDeviceLicensing": True,
    }
    assert value.replace() == value
    if sys.version_info >= (3, 13):
        assert copy.replace(value, install_intent="required", vpn_configuration_id=None) == changed
    with pytest.raises(TypeError, match="unexpected keyword argument 'intent'"):
        value.replace(intent="required")  # type: ignore[call-arg]
    with pytest.raises(InvalidInputError) as refusal:
        value.replace(target_group_id="")
    assert refusal.value.location == "target_group_id"


@pytest.mark.parametrize(
    ("arguments", "location", "said", "hint"),
    [
        ({"target_group_id": ""}, "target_group_id", "is empty", "the id of the group"),
        ({"install_intent": "later"}, "install_intent", "availableWithoutEnrollment", None),
        ({"install_intent": "Required"}, "install_intent", "is no install intent", 'Graph spells it "required"'),
        ({"install_intent": ""}, "install_intent", "the known ones are available, notApplicable", None),
        ({"vpn_configuration_id": ""}, "vpn_configuration_id", "is empty", "pass None"),
        ({"id": ""}, "id", "is empty", "pass None"),
        ({"target_group_id": "\ud800"}, "target_group_id", "lone surrogate", None),
        ({"id": "\udfff"}, "id", "lone surrogate", None),
    ],
)
def test_the_constructor_says_what_is_wrong_and_where(
    arguments: dict[str, str], location: str, said: str, hint: str | None
) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        MobileAppGroupAssignment(**{"target_group_id": "G", "install_intent": "required", **arguments})
    error = refusal.value
    assert isinstance(error, ValueError)
    assert error.location == location
    assert str(error).startswith(f"{location}: ")
    assert said in str(error)
    assert (hint or "") in (error.hint or "")
    assert (error.outcome, error.attempts) == ("not_sent", 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"target_group_id": 7}, "target_group_id must be a str, not int"),
        ({"target_group_id": b"G"}, "target_group_id must be a str, not bytes"),
        ({"target_group_id": None}, "target_group_id must be a str, not NoneType"),
        ({"install_intent": None}, "install_intent must be a str, not NoneType"),
        ({"id": 1}, "id must be a str, not int"),
        ({"group": "G"}, "unexpected keyword argument 'group'"),
    ],
)
def test_the_constructor_refuses_a_wrong_type(arguments: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        MobileAppGroupAssignment(**{"target_group_id": "G", "install_intent": "required", **arguments})  # type: ignore[arg-type]


def test_arguments_have_names() -> None:
    with pytest.raises(TypeError):
        MobileAppGroupAssignment("G", "required")  # type: ignore[misc,call-arg]


def test_a_server_may_know_more() -> None:
    document = {"targetGroupId": "", "installIntent": "later", "useDeviceLicensing": True, "new": {"deep": [None]}}
    value = MobileAppGroupAssignment.from_dict(document)
    assert value.install_intent == "later"
    assert type(value.install_intent) is str
    assert value.to_dict() == document
    assert value != MobileAppGroupAssignment.from_dict({**document, "new": {"deep": [0]}})


def test_any_mapping_is_read() -> None:
    document = types.MappingProxyType({**PLAIN.to_dict(), "x": types.MappingProxyType({"y": 1})})
    assert MobileAppGroupAssignment.from_dict(document).to_dict()["x"] == {"y": 1}


@pytest.mark.parametrize(
    ("document", "location", "said"),
    [
        ({"installIntent": "required"}, "targetGroupId", "required and missing"),
        ({"targetGroupId": "G"}, "installIntent", "required and missing"),
        ({"targetGroupId": 1, "installIntent": "required"}, "targetGroupId", "must be a string, not a number"),
        ({**PLAIN.to_dict(), "id": False}, "id", "must be a string or null, not a boolean"),
        ({**PLAIN.to_dict(), "x": {"y": [0, math.nan]}}, "x.y[1]", "NaN is no JSON number"),
        ({**PLAIN.to_dict(), "x": math.inf}, "x", "inf is no JSON number"),
        ({**PLAIN.to_dict(), "x": {1, 2}}, "x", "set is no JSON type"),
        ({**PLAIN.to_dict(), "x": (1, 2)}, "x", "tuple is no JSON type"),
        ({**PLAIN.to_dict(), "x": {1: 2}}, "x", "a property name must be a str, not int"),
        ({**PLAIN.to_dict(), "x": "\ud800"}, "x", "lone surrogate"),
        ({**PLAIN.to_dict(), "x": 10**5000}, "x", "more than 4300 digits"),
    ],
)
def test_a_document_that_is_refused_says_where(document: dict[str, object], location: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        MobileAppGroupAssignment.from_dict(document)
    assert refusal.value.location == location
    assert said in str(refusal.value)


def test_a_document_without_end_is_refused() -> None:
    document: dict[str, object] = PLAIN.to_dict()
    document["itself"] = document
    with pytest.raises(InvalidInputError, match="nested more than 100 levels deep"):
        MobileAppGroupAssignment.from_dict(document)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "\ufeff{}",
        b"\xff\xfe",
        '{"targetGroupId": "G", "targetGroupId": "H", "installIntent": "required"}',
        '{"targetGroupId": "G", "installIntent": "required", "x": NaN}',
        '{"targetGroupId": "G", "installIntent": "required", "x": "\\ud800"}',
        '{"targetGroupId": "G", "installIntent": "required", "x": ' + "[" * 101 + "]" * 101 + "}",
        "[]",
        "null",
    ],
)
def test_text_that_is_no_strict_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(InvalidInputError):
        MobileAppGroupAssignment.from_json(text)


def test_each_reader_names_the_other() -> None:
    with pytest.raises(TypeError, match="JSON text goes to from_json"):
        MobileAppGroupAssignment.from_dict("{}")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a dict goes to from_dict"):
        MobileAppGroupAssignment.from_json({})  # type: ignore[arg-type]


def test_a_mapping_that_names_a_property_twice_is_refused() -> None:
    class Doubled(dict[str, object]):
        def items(self):
            return [*super().items(), ("x", 1), ("x", 2)]

    with pytest.raises(InvalidInputError, match="x: this property is there twice"):
        MobileAppGroupAssignment.from_dict(Doubled(PLAIN.to_dict()))


@pytest.mark.parametrize("number", ["1e400", "0.1000000000000000000001", "1e-400", "7" * 700])
def test_a_number_that_python_cannot_hold_still_has_a_repr_that_evaluates_back(number: str) -> None:
    value = MobileAppGroupAssignment.from_json(f'{{"targetGroupId":"G","installIntent":"required","x":{number}}}')
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        shown = repr(value)
    finally:
        sys.set_int_max_str_digits(before)
    assert shown.startswith("MobileAppGroupAssignment.from_json(")
    assert eval(shown) == value
    assert eval(shown).to_json() == value.to_json()


def test_the_type_may_be_null_and_is_kept() -> None:
    document = {**PLAIN.to_dict(), "@odata.type": None}
    assert MobileAppGroupAssignment.from_dict(document).to_dict() == document
    assert MobileAppGroupAssignment.from_dict(document) == PLAIN
    assert MobileAppGroupAssignment.from_dict({**PLAIN.to_dict(), "@odata.type": "##type"}) != PLAIN


def test_numbers_are_kept_exactly() -> None:
    text = '{"targetGroupId":"G","installIntent":"required","a":1.10,"b":123456789012345678901234567890,"c":1E400}'
    value = MobileAppGroupAssignment.from_json(text)
    assert value.to_json() == text
    assert value.to_dict()["b"] == 123456789012345678901234567890


def test_an_exception_of_the_callers_mapping_passes_through() -> None:
    class Broken(dict[str, object]):
        def items(self):
            raise LookupError("the caller's own")

    with pytest.raises(LookupError, match="the caller's own"):
        MobileAppGroupAssignment.from_dict(Broken())
