"""Graph's own documents, as the service answers and as other tools save them, in place of rows."""

import json
import pathlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appassign import AssignmentTarget, Change, Client, MobileAppAssignment
from appassign.emulator import Emulator
from appassign.tables import changes_from_rows
from documents import GRAPH, TARGETS, todays
from planned import QUIET, filtered, group, many, to_group, wire
from test_tables import APP, MEND, OTHER, refused, said
from test_tables_files import NUMBERS, complaint, written

CONTEXT = f"https://graph.microsoft.com/beta/$metadata#deviceAppManagement/mobileApps('{APP}')/assignments"
NEXT = f"https://graph.microsoft.com/beta/deviceAppManagement/mobileApps/{APP}/assignments?$skiptoken=2"
ALL_PAGES = "save all of them: follow @odata.nextLink until an answer has none"
LISTED = [
    {"@odata.type": "#microsoft.graph.mobileAppAssignment", "id": f"{group(1)}_1_0", "source": "direct", **wire(1)},
    wire(2, "available", settings=QUIET, **filtered()),
]
HELD = [MobileAppAssignment.from_dict(document) for document in LISTED]
REPLACED = [Change(APP, replace=HELD)]


def saved(folder: pathlib.Path, document: object, name: str = "app.json", encoding: str = "utf-8") -> pathlib.Path:
    return written(folder, json.dumps(document, indent=2).encode(encoding), name)


def test_a_page_of_assignments_says_which_app_has_them(tmp_path: pathlib.Path) -> None:
    page = {"@odata.context": CONTEXT, "value": LISTED}
    assert changes_from_rows(saved(tmp_path, page)) == REPLACED
    assert changes_from_rows(page) == REPLACED
    assert changes_from_rows({"@odata.context": CONTEXT, "value": []}) == [Change(APP, replace=[])]
    assert changes_from_rows({"value": []}, app_id=OTHER) == [Change(OTHER, replace=[])]
    assert changes_from_rows({"value": []}) == []
    [redirected] = changes_from_rows(page, app_id=OTHER)
    assert (redirected.app_id, redirected.replace) == (OTHER, REPLACED[0].replace)
    typed = CONTEXT.replace("')/assignments", "')/microsoft.graph.win32LobApp/assignments")
    assert changes_from_rows({"@odata.context": typed, "value": LISTED}) == REPLACED


APPS_CONTEXT = "https://graph.microsoft.com/v1.0/$metadata#deviceAppManagement/mobileApps"


@pytest.mark.parametrize("name", ["value", "mobileAppAssignments"])
def test_a_list_of_nothing_clears_the_app_whose_assignments_it_is(tmp_path: pathlib.Path, name: str) -> None:
    cleared = [Change(OTHER, replace=[])]
    for context in (CONTEXT, f"{CONTEXT}(id,intent)", "x#Collection(microsoft.graph.mobileAppAssignment)", None):
        document = {"@odata.context": context, name: []}
        assert changes_from_rows(document, app_id=OTHER) == cleared
        assert changes_from_rows(saved(tmp_path, document), app_id=OTHER) == cleared
    assert changes_from_rows({name: []}) == changes_from_rows([], app_id=OTHER) == []


@pytest.mark.parametrize(
    "rest",
    ["", "(assignments())", "(id,displayName,assignments(id))", "/microsoft.graph.win32LobApp",
     "/microsoft.graph.win32LobApp(assignments())", "(assignments())/microsoft.graph.win32LobApp",
     "(microsoft.graph.win32LobApp/fileName)"],
)  # fmt: skip
def test_a_list_of_apps_without_any_is_no_apps_assignments(tmp_path: pathlib.Path, rest: str) -> None:
    page: dict[str, object] = {"@odata.context": APPS_CONTEXT + rest, "value": []}
    assert changes_from_rows(page, app_id=OTHER) == []
    assert changes_from_rows(saved(tmp_path, page, f"{APP} - 7-Zip.json")) == []
    app = {"id": APP, "assignments": LISTED}
    assert changes_from_rows({**page, "value": [app]}) == REPLACED
    assert changes_from_rows({"@odata.context": f"{APPS_CONTEXT}{rest}/$entity", **app}) == REPLACED
    assert said({**page, "value": LISTED[:1]}, app_id=OTHER) == (
        "value[0]: is an assignment, and @odata.context says that it is an app",
        "value[0]",
        SAVE,
    )


SAVE = "save what GET deviceAppManagement/mobileApps/{id}?$expand=assignments answers"
NO_APP = "says that this is {}, and neither an app nor assignments of one"
CONFIGURATION = "deviceManagement/deviceConfigurations"


@pytest.mark.parametrize(
    "what",
    [CONFIGURATION, f"{CONFIGURATION}('{APP}')/assignments", f"deviceAppManagement/mobileApps('{APP}')/categories",
     f"deviceAppManagement/mobileApps('{APP}')/x(y)", "deviceAppManagement/mobileAppConfigurations",
     "Collection(microsoft.graph.deviceConfigurationAssignment)", "microsoft.graph.deviceHealthScript"],
)  # fmt: skip
def test_what_else_graph_has_is_not_taken_for_an_app(tmp_path: pathlib.Path, what: str) -> None:
    context = {"@odata.context": f"https://graph.microsoft.com/beta/$metadata#{what}"}
    name = f"{APP} - 7-Zip.json"
    for items in ([], LISTED, [{"id": APP, "assignments": []}]):
        page = {**context, "value": items}
        told = (f"@odata.context: {NO_APP.format(what)}", "@odata.context", SAVE)
        assert said(page, app_id=OTHER) == told
        assert complaint(saved(tmp_path, page, name)) == told
    for document in ({**context, **LISTED[0]}, {**context, "id": APP, "assignments": LISTED}):
        entity = {**document, "@odata.context": f"{context['@odata.context']}/$entity"}
        assert said(entity, app_id=OTHER) == (f"@odata.context: {NO_APP.format(what)}", "@odata.context", SAVE)
        assert said([entity], app_id=OTHER)[1] == "rows[0].@odata.context"
    assert said({"@odata.context": 5, "value": []}, app_id=APP)[0] == f"@odata.context: {NO_APP.format('int 5')}"


def test_types_that_are_no_apps_are_refused() -> None:
    for kind in ("targetedManagedAppConfiguration", "deviceCompliancePolicy", "iosManagedAppProtection"):
        app: dict[str, object] = {"@odata.type": f"#microsoft.graph.{kind}", "id": APP, "assignments": []}
        assert said([app]) == (f"rows[0].@odata.type: {NO_APP.format(kind)}", "rows[0].@odata.type", SAVE)
    context = {"assignments@odata.context": f"x#{CONFIGURATION}('{APP}')/assignments"}
    assert said({"id": APP, "assignments": [], **context})[1] == "assignments@odata.context"
    kind, where = "deviceConfigurationAssignment", "value[0].@odata.type"
    entry = {**LISTED[0], "@odata.type": f"#microsoft.graph.{kind}"}
    assert said({"value": [entry]}, app_id=APP) == (f"{where}: {NO_APP.format(kind)}", where, SAVE)
    for known in ("win32LobApp", "iosiPadOSWebClip", "windowsMobileMSI", "appOfTomorrow"):
        app = {"@odata.type": f"#microsoft.graph.{known}", "id": APP, "assignments": []}
        assert changes_from_rows(app) == [Change(APP, replace=[])]


def test_two_lists_are_not_chosen_from() -> None:
    what = "has a list in value and another in mobileAppAssignments, and nothing says which of them counts"
    assert said({"value": [], "mobileAppAssignments": LISTED}, app_id=APP) == (what, None, "leave one of them out")


SAVED_APP = {"id": APP, "assignments": LISTED}


@pytest.mark.parametrize(
    "document",
    [
        SAVED_APP,
        [SAVED_APP],
        {"value": [SAVED_APP]},
        {**SAVED_APP, "id": "no id/"},
        LISTED,
        {"@odata.context": CONTEXT, "value": LISTED},
        [{**entry, "@odata.context": f"{CONTEXT}/$entity"} for entry in LISTED],
    ],
)
def test_of_one_app_the_id_that_is_passed_wins(tmp_path: pathlib.Path, document: Any) -> None:
    redirected = [Change(OTHER, replace=HELD)]
    assert changes_from_rows(document, app_id=OTHER) == redirected
    assert changes_from_rows(saved(tmp_path, document, f"{APP} - 7-Zip.json"), app_id=OTHER) == redirected
    [same] = changes_from_rows(document, app_id=APP.upper())
    assert (same.app_id, same.replace) == (APP.upper(), tuple(HELD))


def test_of_several_apps_each_keeps_its_own() -> None:
    apps = [{"id": APP, "assignments": LISTED}, {"assignments": LISTED[:1]}]
    kept = [*REPLACED, Change(OTHER, replace=HELD[:1])]
    for document in (
        apps,
        {"value": apps},
        [apps[0], LISTED[0]],
        [*({"@odata.context": CONTEXT, **entry} for entry in LISTED), LISTED[0]],
    ):
        assert changes_from_rows(document, app_id=OTHER) == kept
    row = {"app_id": APP, "action": "add", "intent": "required", "target": "all_users"}
    assert [change.app_id for change in changes_from_rows([row], app_id=OTHER)] == [APP]
    assert [change.app_id for change in changes_from_rows([row, {**row, "app_id": None}], app_id=OTHER)] == [APP, OTHER]


def test_one_assignment_as_it_is_answered(tmp_path: pathlib.Path) -> None:
    one = {"@odata.context": f"{CONTEXT}/$entity", **LISTED[0]}
    assert changes_from_rows(one) == changes_from_rows(saved(tmp_path, one)) == [Change(APP, replace=HELD[:1])]


def test_assignments_that_say_no_app_are_of_the_one_that_is_passed(tmp_path: pathlib.Path) -> None:
    for document in (LISTED, {"value": LISTED}, {"mobileAppAssignments": LISTED}):
        assert changes_from_rows(saved(tmp_path, document), app_id=APP) == REPLACED
        assert changes_from_rows(document, app_id=APP) == REPLACED
    assert said(LISTED) == (
        (
            "2 faults\n"
            "rows[0]: is an assignment, and nothing says of which app\n"
            "rows[1]: is an assignment, and nothing says of which app"
        ),
        "rows[0]",
        "pass app_id=",
    )
    only = saved(tmp_path, {"value": LISTED[:1]})
    assert complaint(only) == ("value[0]: is an assignment, and nothing says of which app", "value[0]", "pass app_id=")


def test_apps_have_their_assignments(tmp_path: pathlib.Path) -> None:
    apps: list[dict[str, Any]] = [
        {"@odata.type": "#microsoft.graph.winGetApp", "id": APP, "displayName": "A", "assignments": LISTED},
        {"id": OTHER, "isAssigned": False, "assignments@odata.context": CONTEXT, "assignments": []},
    ]
    expected = [*REPLACED, Change(OTHER, replace=[])]
    for document in (apps, {"value": apps}, {"@odata.context": "…#deviceAppManagement/mobileApps", "value": apps}):
        assert changes_from_rows(saved(tmp_path, document)) == expected
        assert changes_from_rows(document) == expected
    assert changes_from_rows(saved(tmp_path, apps[0])) == REPLACED
    assert changes_from_rows(app for app in apps) == expected
    assert changes_from_rows([{**apps[0], "id": None}], app_id=OTHER) == [Change(OTHER, replace=HELD)]


def test_numbers_of_a_file_stay_as_they_are_spelled(tmp_path: pathlib.Path) -> None:
    own = f'"ofTomorrow":{NUMBERS},"text":"1.10"'
    entry = json.dumps(LISTED[1])[:-1] + f",{own}}}"
    app = f'{{"id":"{APP}","size":1.50,"assignments":[{entry}]}}'
    one = f'{{"@odata.context":{json.dumps(CONTEXT)},{entry[1:]}'
    for text in (app, f"[{app}]", f'{{"value":[{app}]}}', f"[{entry}]", one):
        [change] = changes_from_rows(written(tmp_path, text, "app.json"), app_id=APP)
        assert change.replace is not None
        [read] = change.replace
        assert own in read.to_json()
        assert "odata.context" not in read.to_json()


def test_a_document_whose_text_is_refused_is_told_of_where_it_stands(tmp_path: pathlib.Path) -> None:
    where = "[0].assignments[0]"
    for value, what in (
        ('"\\ud800"', "is not valid Unicode: it has a lone surrogate"),
        ("[" * 600 + "1.5" + "]" * 600, "deep"),
    ):
        text = f'[{{"id":"{APP}","assignments":[{json.dumps(LISTED[0])[:-1]},"x":{value}}}]}}]'
        message, location, hint = complaint(written(tmp_path, text, "app.json"))
        assert message.startswith(where)
        assert what in message
        assert (location or "").startswith(where)
        assert hint == MEND


def test_a_file_of_intune_backup_and_restore_is_read_as_it_is(tmp_path: pathlib.Path) -> None:
    """Named by the app, in PowerShell's UTF-16, and one assignment alone is in no list."""
    name = f"{APP.upper()} - Company Portal.json"
    assert changes_from_rows(saved(tmp_path, LISTED, name, "utf-16")) == [Change(APP.upper(), replace=HELD)]
    for none in ([], {"value": []}):
        path = saved(tmp_path, none, name, "utf-16")
        assert changes_from_rows(path) == [Change(APP.upper(), replace=[])]
        assert changes_from_rows(path, app_id=OTHER) == [Change(OTHER, replace=[])]
    one = saved(tmp_path, LISTED[1], name, "utf-16")
    assert changes_from_rows(one) == [Change(APP.upper(), replace=HELD[1:])]
    assert changes_from_rows(one, app_id=OTHER) == [Change(OTHER, replace=HELD[1:])]
    unnamed = saved(tmp_path, LISTED[1], f"{APP}.json")
    assert complaint(unnamed) == ("is an assignment, and nothing says of which app", None, "pass app_id=")


def test_a_file_of_intune_management_is_read_as_it_is(tmp_path: pathlib.Path) -> None:
    app = {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata#deviceAppManagement/mobileApps(assignments())/$entity",
        "@odata.type": "#microsoft.graph.win32LobApp",
        "id": APP,
        "displayName": "7-Zip",
        "#CustomRef_Relationships": "…",
        "assignments@odata.context": f"{CONTEXT}",
        "assignments": LISTED,
    }
    assert changes_from_rows(saved(tmp_path, app, "7-Zip.json", "utf-16")) == REPLACED


def test_a_file_of_intunecd_has_lost_its_groups(tmp_path: pathlib.Path) -> None:
    target = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupName": "Sales", "groupType": "Static"}
    filter_by_name = {**wire(0, kind="allDevicesAssignmentTarget", **filtered(filter_id="Windows 11"))}
    app = {"displayName": "7-Zip", "assignments": [{"intent": "required", "target": target}, filter_by_name]}
    path = saved(tmp_path, app, "7-Zip_Win32_Win32.json")
    no_group = "assignments[0].target.groupId: is missing: nothing says whom this is for"
    advice = "put the groupId in; some tools save a name in its place, which is no id"
    message, location, hint = complaint(path, app_id=APP)
    assert message.splitlines()[:2] == ["2 faults", no_group]
    assert message.splitlines()[2].startswith("assignments[1].target.filter_id: 'Windows 11' looks like a name")
    assert (location, hint) == ("assignments[0].target.groupId", advice)
    message, location, hint = complaint(path)
    assert message.splitlines()[:3] == ["2 faults", "id: is missing", no_group]
    assert (location, hint) == ("id", "pass app_id= for an app that does not say which one it is")


@pytest.mark.parametrize(
    ("document", "message", "location", "hint"),
    [
        ({"@odata.context": CONTEXT, "@odata.nextLink": NEXT, "value": LISTED},
         "one page of several, as its @odata.nextLink says", None, ALL_PAGES),
        ([{"id": APP, "assignments": LISTED, "assignments@odata.nextLink": NEXT}],
         "[0].assignments: one page of several, as assignments@odata.nextLink says", "[0].assignments", ALL_PAGES),
        ([{"id": APP, "displayName": "7-Zip"}], "[0]: is an app without its assignments", "[0]",
         "save what GET deviceAppManagement/mobileApps/{id}?$expand=assignments answers"),
        ([{"id": APP, "assignments": None}], "[0].assignments: must be a list, not null", "[0].assignments", MEND),
        ([{"id": 5, "assignments": []}], "[0].id: must be a string, not int 5", "[0].id",
         "pass app_id= for an app that does not say which one it is"),
        ([{"id": "a/b", "assignments": []}],
         "[0].id: \"a/b\" has the character '/', which is not safe in a path", "[0].id",
         "an id is 1 to 256 of the characters A-Z a-z 0-9 . _ ~ - and no display name; it is never repaired"),
        ([{"id": APP, "assignments": [LISTED[0]] * 1001}], "[0]: this app has more than 1000 entries", "[0]", MEND),
        ([{"id": APP, "assignments": [[]]}],
         "[0].assignments[0]: must be an object, not a list", "[0].assignments[0]", MEND),
        ({"value": [{"id": APP, "assignments": [{**LISTED[0], "intent": 5}]}]},
         "value[0].assignments[0].intent: must be a string, not a number", "value[0].assignments[0].intent", MEND),
        ([{"targetGroupId": group(1), "installIntent": "required"}], "[0]: is an assignment in the form of 2017", "[0]",
         "MobileAppGroupAssignment.from_dict(...).to_mobile_app_assignment() gives today's form of it"),
        ([{"id": APP, "assignments": LISTED}, {"id": APP.upper(), "assignments": []}],
         f"[1]: [0] is about the same app, {APP.upper()}, and one of the two says all that it is to have", "[1]",
         "leave one of the two out"),
    ],
)  # fmt: skip
def test_documents_that_are_not_whole_are_refused(
    tmp_path: pathlib.Path, document: object, message: str, location: str | None, hint: str
) -> None:
    assert complaint(saved(tmp_path, document)) == (message, location, hint)


def test_two_assignments_with_one_key_name_their_places() -> None:
    assert said({"@odata.context": CONTEXT, "value": [wire(1), wire(2), wire(1)]}) == (
        f"value[2]: has target and intent of value[0]: required group {group(1)}",
        "value[2]",
        "an app holds one assignment for each target and intent; leave one of the two out",
    )


def test_rows_beside_documents_of_the_same_app_do_not_go() -> None:
    row = {"app_id": APP, "action": "add", "intent": "required", "target": "all_users"}
    message, location, _ = said([{"id": APP, "assignments": LISTED}, row])
    assert message.startswith(f"row 2, column action: rows[0] is about the same app, {APP}, and one of the two says")
    assert location == "row 2, column action"
    assert changes_from_rows([LISTED[0], {**row, "app_id": OTHER}], app_id=APP)[0] == Change(APP, replace=HELD[:1])


@given(st.lists(todays, max_size=3))
def test_a_page_says_what_its_assignments_say(documents: list[dict[str, Any]]) -> None:
    page = json.loads(json.dumps({"@odata.context": CONTEXT, "value": documents}))
    entries = [MobileAppAssignment.from_dict(document) for document in documents]
    lost = [entry for entry in entries if type(entry.target) is AssignmentTarget and is_of_known_type(entry.target)]
    try:
        expected = [Change(APP, replace=entries)]
    except ValueError:
        expected = []
    if expected and not lost:
        assert changes_from_rows(page) == expected
    else:
        assert refused(page).hint


def is_of_known_type(target: AssignmentTarget) -> bool:
    name = target.to_dict()["@odata.type"].removeprefix("#")
    return name.startswith(GRAPH) and name.removeprefix(GRAPH) in TARGETS


def test_what_the_service_lists_is_a_plan_of_nothing(tmp_path: pathlib.Path) -> None:
    with Emulator() as graph:
        apps = []
        for count in (0, 1, 20):
            app = graph._native.add_app(json.dumps({"assignments": many(count)}))
            apps.append({"id": app, "displayName": "7-Zip", "assignments": graph.assignments(app)})
        with Client(graph.token, base_url=graph.url) as client:
            planned = client.plan_many(changes_from_rows(saved(tmp_path, {"value": apps})))
    assert [len(plan.kept) for plan in planned.plans] == [0, 1, 20]
    assert not any(planned.plans)


def test_restored_to_another_app_it_is_what_was_saved() -> None:
    with Emulator() as graph:
        saved_app, other = graph.add_app(assignments=LISTED), graph.add_app(assignments=[wire(3)])
        with Client(graph.token, base_url=graph.url) as client:
            report = client.apply_many(client.plan_many(changes_from_rows(graph.assignments(saved_app), app_id=other)))
            report.raise_for_errors()
            assert [entry.target for entry in client.assignments(other)] == [
                entry.target for entry in client.assignments(saved_app)
            ]
            assert to_group(3).target not in [entry.target for entry in client.assignments(other)]
