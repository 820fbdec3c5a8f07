//! The language of `$filter`, on apps as a tenant has them.

use serde_json::{Map, Value, json};

use super::{Filter, Unanswerable};

fn apps() -> Vec<Map<String, Value>> {
    let apps = json!([
        {
            "@odata.type": "#microsoft.graph.win32LobApp", "id": "7Zip", "displayName": "7-Zip", "isAssigned": true,
            "publisher": "Igor Pavlov", "publishingState": "published", "size": 1_500_000, "owner": null,
            "createdDateTime": "2026-01-31T12:00:00Z", "rules": [],
        },
        {
            "@odata.type": "#microsoft.graph.win32CatalogApp", "id": "Catalog", "displayName": "O'Brien (x64)",
            "isAssigned": false, "publishingState": "processing", "size": 9_007_199_254_740_993_u64,
            "createdDateTime": "2026-02-28T23:59:59.9999999Z",
        },
        {
            "@odata.type": "#microsoft.graph.managedIOSStoreApp", "id": "Global", "displayName": "outlook",
            "isAssigned": false, "appAvailability": "global",
        },
        {
            "@odata.type": "#microsoft.graph.managedAndroidLobApp", "id": "Line", "displayName": "Line",
            "isAssigned": false, "appAvailability": "lineOfBusiness",
        },
        {
            "@odata.type": "#microsoft.graph.webApp", "id": "0572d602-AAAA-4a5b-9f6e-0123456789ab",
            "displayName": "Web", "isAssigned": true, "appAvailability": "no app of that type has it",
            "largeIcon": {"@odata.type": "microsoft.graph.mimeContent", "type": "image/png"},
        },
    ]);
    serde_json::from_value(apps).unwrap()
}

/// The ids of the apps that a filter means, by their first four letters.
fn found(filter: &str) -> String {
    let filter = Filter::read(filter).unwrap();
    let held = apps().into_iter().filter(|app| filter.holds(app).unwrap());
    held.map(|app| app["id"].as_str().unwrap()[..4].to_owned()).collect::<Vec<_>>().join(" ")
}

/// Why a filter is refused, be it when it is read or when it meets the apps.
fn refused(filter: &str) -> Unanswerable {
    let filter = match Filter::read(filter) {
        Ok(filter) => filter,
        Err(reason) => return reason,
    };
    apps().iter().find_map(|app| filter.holds(app).err()).unwrap()
}

#[track_caller]
fn is_invalid(filter: &str, reason: &str) {
    assert_eq!(
        refused(filter),
        Unanswerable::Invalid(format!("Invalid filter clause: {reason}")),
        "{filter}"
    );
}

#[track_caller]
fn is_not_emulated(filter: &str, what: &str) {
    assert_eq!(refused(filter), Unanswerable::NotEmulated(format!("{what} in $filter")), "{filter}");
}

#[test]
fn the_portals_filter_hides_the_apps_that_everybody_has() {
    let filter = "(microsoft.graph.managedApp/appAvailability eq null or \
                  microsoft.graph.managedApp/appAvailability eq 'lineOfBusiness' or isAssigned eq true)";
    assert_eq!(found(filter), "7Zip Cata Line 0572");
    let windows = "(isof('microsoft.graph.win32LobApp') or isof('microsoft.graph.windowsStoreApp'))";
    assert_eq!(found(&format!("{windows} and {filter}")), "7Zip Cata");
}

#[test]
fn a_derived_type_is_of_its_bases() {
    assert_eq!(found("isof('microsoft.graph.win32LobApp')"), "7Zip Cata");
    assert_eq!(found("isOf(Microsoft.Graph.Win32CatalogApp)"), "Cata");
    assert_eq!(found("isof('microsoft.graph.mobileLobApp')"), "7Zip Cata");
    assert_eq!(found("isof('microsoft.graph.managedMobileLobApp')"), "Line");
    assert_eq!(found("isof('microsoft.graph.managedApp')"), "Glob Line");
    assert_eq!(found("isof($it,'microsoft.graph.mobileApp')"), "7Zip Cata Glob Line 0572");
    assert_eq!(found("not(isof('microsoft.graph.mobileLobApp'))"), "Glob Line 0572");
}

#[test]
fn a_target_has_a_type_of_its_own() {
    let filter = Filter::read("isof(target,'microsoft.graph.groupAssignmentTarget')").unwrap();
    let held = |odata_type: &str| {
        let assignment = json!({"target": {"@odata.type": odata_type}});
        filter.holds(assignment.as_object().unwrap()).unwrap()
    };
    assert!(held("#microsoft.graph.exclusionGroupAssignmentTarget"));
    assert!(held("microsoft.graph.groupAssignmentTarget"));
    assert!(!held("#microsoft.graph.allDevicesAssignmentTarget"));
}

#[test]
fn texts_are_equal_to_the_letter() {
    assert_eq!(found("displayName eq '7-Zip'"), "7Zip");
    assert_eq!(found("displayName eq '7-zip'"), "");
    assert_eq!(found("tolower(displayName) eq '7-zip'"), "7Zip");
    assert_eq!(found("toupper(displayName) eq 'OUTLOOK'"), "Glob");
    assert_eq!(found("displayName eq 'O''Brien (x64)'"), "Cata");
    assert_eq!(found("displayname EQ 'Web' OR DisplayName eq 'Line'"), "Line 0572");
    assert_eq!(found("publishingState eq microsoft.graph.mobileAppPublishingState'published'"), "7Zip");
}

#[test]
fn a_text_is_found_within_another() {
    assert_eq!(found("contains(displayName,'in')"), "Line");
    assert_eq!(found("startsWith(displayName, 'O')"), "Cata");
    assert_eq!(found("endswith(tolower(displayName), 'e')"), "Line");
    assert_eq!(found("contains(publisher,'Igor') eq true"), "7Zip");
}

#[test]
fn what_is_lacking_is_null_and_null_is_neither_yes_nor_no() {
    assert_eq!(found("publisher eq null"), "Cata Glob Line 0572");
    assert_eq!(found("publisher ne 'Igor Pavlov'"), "Cata Glob Line 0572");
    assert_eq!(found("not contains(publisher,'Microsoft')"), "7Zip");
    assert_eq!(found("contains(publisher,'Igor') or isAssigned"), "7Zip 0572");
    assert_eq!(found("size gt 0 or size le 0"), "7Zip Cata");
    assert_eq!(found("rules ne null"), "7Zip");
    assert_eq!(found("largeIcon/type/more ne null"), "");
}

#[test]
fn numbers_are_compared_to_the_last_digit() {
    assert_eq!(found("size eq 9007199254740993"), "Cata");
    assert_eq!(found("size eq 9007199254740992L"), "");
    assert_eq!(found("size ge 1500000 and size lt 1500000.5"), "7Zip");
    assert_eq!(found("size gt -1"), "7Zip Cata");
}

#[test]
fn moments_are_compared_in_time() {
    assert_eq!(found("createdDateTime eq 2026-01-31T13:00:00+01:00"), "7Zip");
    assert_eq!(found("createdDateTime ge 2026-02-01"), "Cata");
    assert_eq!(found("createdDateTime lt 2026-03-01T00:00:00Z"), "7Zip Cata");
    assert_eq!(found("2026-02-28T23:59:59.99Z lt createdDateTime"), "Cata");
}

#[test]
fn a_guid_has_no_case() {
    assert_eq!(found("id eq '0572d602-AAAA-4a5b-9f6e-0123456789ab'"), "0572");
    let web = "isof('microsoft.graph.webApp') and id eq";
    assert_eq!(found(&format!("{web} 0572D602-aaaa-4a5b-9f6e-0123456789AB")), "0572");
    is_invalid(
        "displayName eq 0572d602-aaaa-4a5b-9f6e-0123456789ab",
        "A binary operator with incompatible types was detected. Found operand types 'Edm.String' and 'Edm.Guid' for \
         operator kind 'Equal'.",
    );
}

#[test]
fn a_value_is_one_of_several() {
    assert_eq!(found("displayName in ('Line', 'Web','none')"), "Line 0572");
    assert_eq!(found("not (displayName in('Line')) and isAssigned eq false"), "Cata Glob");
    assert_eq!(found("owner in (null)"), "7Zip Cata Glob Line 0572");
    is_invalid("displayName in 'Line'", "'(' expected at position 15 in 'displayName in 'Line''.");
}

#[test]
fn and_binds_before_or_and_not_before_a_comparison() {
    assert_eq!(found("displayName eq 'Web' or isAssigned and displayName eq 'Line'"), "0572");
    assert_eq!(found("(displayName eq 'Web' or isAssigned) and displayName eq 'Line'"), "");
    assert_eq!(found("not isAssigned eq true"), "Cata Glob Line");
    assert_eq!(found("size gt 1 eq true"), "7Zip Cata");
    is_invalid(
        "not displayName eq 'Web'",
        "A unary operator with an incompatible type was detected. Found operand type 'Edm.String' for operator kind \
         'Not'.",
    );
}

#[test]
fn a_syntax_error_is_refused_with_its_place() {
    is_invalid("displayName eq", "Expression expected at position 14 in 'displayName eq'.");
    is_invalid("displayName eq 'x' y", "Syntax error at position 20 in 'displayName eq 'x' y'.");
    is_invalid(
        "displayName = 'x'",
        "Syntax error: character '=' is not valid at position 12 in 'displayName = 'x''.",
    );
    is_invalid("(id eq 'x'", "')' or operator expected at position 10 in '(id eq 'x''.");
    is_invalid("contains(id 'x')", "')' or ',' expected at position 12 in 'contains(id 'x')'.");
    is_invalid("id eq 'x", "There is an unterminated string literal at position 8 in 'id eq 'x'.");
    is_invalid("id eq 12ab", "Syntax error at position 10 in 'id eq 12ab'.");
    is_invalid("id eq '\u{1f600}' )", "Syntax error at position 12 in 'id eq '\u{1f600}' )'.");
}

#[test]
fn what_is_no_condition_is_refused() {
    let reason = "The $filter expression must evaluate to a single boolean value.";
    for filter in ["displayName", "'x'", "null", "tolower(displayName)", "rules"] {
        is_invalid(filter, reason);
    }
    assert_eq!(found("true"), "7Zip Cata Glob Line 0572");
    assert_eq!(found("isAssigned"), "7Zip 0572");
}

#[test]
fn types_that_do_not_compare_are_refused() {
    let incompatible = |left: &str, right: &str, operator: &str| {
        format!(
            "A binary operator with incompatible types was detected. Found operand types '{left}' and '{right}' for \
             operator kind '{operator}'."
        )
    };
    is_invalid("isAssigned eq 'true'", &incompatible("Edm.Boolean", "Edm.String", "Equal"));
    is_invalid("displayName gt 5", &incompatible("Edm.String", "Edm.Int32", "GreaterThan"));
    is_invalid("isAssigned and displayName", &incompatible("Edm.String", "Edm.Boolean", "And"));
    is_invalid(
        "createdDateTime ge '2026-01-01T00:00:00Z'",
        &incompatible("Edm.DateTimeOffset", "Edm.String", "GreaterThanOrEqual"),
    );
}

#[test]
fn a_moment_without_a_zone_or_out_of_the_calendar_is_refused() {
    for text in ["2026-01-01T00:00:00", "2026-02-29", "2026-13-01", "2026-01-01T24:00:00Z", "2026-01-01Tx"] {
        is_invalid(
            &format!("createdDateTime gt {text}"),
            &format!(
                "The DateTimeOffset text '{text}' should be in format 'yyyy-mm-ddThh:mm:ss('.'s+)?(zzzzzz)?' and each \
                 field value is within valid range."
            ),
        );
    }
}

#[test]
fn a_function_is_known_and_has_its_operands() {
    is_invalid(
        "like(displayName,'x')",
        "An unknown function with name 'like' was found. This may also be a function import or a key lookup on a \
         navigation property, which is not allowed.",
    );
    is_invalid(
        "contains(displayName)",
        "No function signature for the function with name 'contains' matches the specified arguments. The function \
         signatures considered are: contains(Edm.String Nullable=true, Edm.String Nullable=true).",
    );
    is_invalid("isof('win32LobApp')", "Cast or IsOf Function must have a type in its arguments.");
    is_invalid(
        "id eq datetime'2026-01-01'",
        "Unrecognized 'Edm.String' literal 'datetime'2026-01-01'' at '6' in 'id eq datetime'2026-01-01''.",
    );
}

#[test]
fn what_graph_has_besides_is_said_not_to_be_here() {
    is_not_emulated("assignments/any(a:a/intent eq 'required')", "assignments/any(…)");
    is_not_emulated("assignments/$count gt 1", "$count");
    is_not_emulated("length(displayName) gt 3", "the function 'length'");
    is_not_emulated("size add 1 gt 3", "the operator 'add'");
    is_not_emulated("id eq @id", "a parameter alias");
    is_not_emulated("isof('microsoft.graph.newApp')", "the type 'microsoft.graph.newApp'");
    is_not_emulated("microsoft.graph.newApp/x eq 1", "the type 'microsoft.graph.newApp'");
    is_not_emulated("isAssigned eq true eq false", "a comparison of comparisons");
}

#[test]
fn depth_is_bounded_and_length_is_not() {
    let nested = |depth: usize| format!("{}isAssigned{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(found(&nested(100)), "7Zip 0572");
    for filter in [nested(100_000), format!("{}true", "not ".repeat(100_000)), "tolower(".repeat(100_000)] {
        let Unanswerable::Invalid(reason) = refused(&filter) else { panic!("not refused as invalid") };
        assert_eq!(reason, "Invalid filter clause: Recursion depth exceeded allowed limit.");
    }
    let long = vec!["displayName eq 'x'"; 20_000].join(" or ");
    assert_eq!(found(&format!("{long} or id eq 'Line'")), "Line");
}

#[test]
fn no_text_is_more_than_a_filter_can_bear() {
    let pieces = [
        "(",
        ")",
        ",",
        "'",
        "'x'",
        " eq ",
        " and ",
        "not ",
        "isof(",
        "contains(",
        "id",
        "/",
        "-",
        "1",
        "2026-01-01",
        " in ",
        "microsoft.graph.win32LobApp",
        "é",
        "@",
        "null",
    ];
    let mut state = 7_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
        }
        if let Ok(filter) = Filter::read(&text) {
            for app in apps() {
                let _ = filter.holds(&app);
            }
        }
    }
}
