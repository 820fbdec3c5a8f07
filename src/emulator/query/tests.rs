//! Queries as clients send them; the language of `$filter` has its own tests.

use serde_json::{Map, Value, json};

use super::{Page, Query, Unanswerable, Window};

const NAVIGATIONS: [&str; 2] = ["assignments", "categories"];

fn query(raw: &str) -> Query {
    Query::read(Some(raw), &NAVIGATIONS).unwrap()
}

fn invalid(raw: &str) -> String {
    match Query::read(Some(raw), &NAVIGATIONS).unwrap_err() {
        Unanswerable::Invalid(reason) => reason,
        Unanswerable::NotEmulated(what) => panic!("{raw} is called not emulated: {what}"),
    }
}

fn not_emulated(raw: &str) -> String {
    match Query::read(Some(raw), &NAVIGATIONS).unwrap_err() {
        Unanswerable::NotEmulated(what) => what,
        Unanswerable::Invalid(reason) => panic!("{raw} is called invalid: {reason}"),
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

fn apps() -> Vec<Map<String, Value>> {
    let app = |id: &str, name: &str, featured: bool| {
        map(json!({
            "@odata.type": "#microsoft.graph.win32LobApp",
            "id": id,
            "displayName": name,
            "isFeatured": featured,
            "displayVersion": "1.0",
            "largeIcon": {"type": "image/png", "value": "AAAA"},
        }))
    };
    vec![
        app("1", "bravo", true),
        app("2", "Alpha", false),
        app("3", "charlie", true),
        app("4", "alpha", true),
    ]
}

fn ids(page: &Page) -> Vec<&str> {
    page.value.iter().map(|item| item["id"].as_str().unwrap()).collect()
}

fn shown(raw: &str) -> Value {
    Value::Object(query(raw).selected(apps().remove(0)))
}

/// All pages, by their links.
fn walked(raw: &str, default_size: usize) -> Vec<Vec<String>> {
    let (mut pages, mut next) = (Vec::new(), Some(raw.to_owned()));
    while let Some(raw) = next {
        let page = query(&raw).page(apps(), default_size).unwrap();
        pages.push(ids(&page).into_iter().map(str::to_owned).collect());
        next = page.next;
    }
    pages
}

#[test]
fn without_a_query_everything_is_shown_in_pages_of_the_server() {
    let plain = Query::read(None, &[]).unwrap();
    assert!(plain.is_plain());
    let page = plain.page(apps(), 10).unwrap();
    assert_eq!((ids(&page), page.count, page.next.as_ref()), (vec!["1", "2", "3", "4"], None, None));
    assert_eq!(walked("", 3), [vec!["1", "2", "3"], vec!["4"]]);
}

#[test]
fn top_is_a_page_size_and_leads_on() {
    assert_eq!(walked("$top=1", 100), [["1"], ["2"], ["3"], ["4"]]);
    assert_eq!(walked("$top=3", 2), [["1", "2"], ["3", "4"]]);
}

#[test]
fn a_page_of_nothing_leads_nowhere() {
    let page = query("$top=0").page(apps(), 10).unwrap();
    assert_eq!((ids(&page).len(), page.next), (0, None));
    let page = query("$skip=4").page(apps(), 10).unwrap();
    assert_eq!((ids(&page).len(), page.next), (0, None));
}

#[test]
fn a_link_keeps_what_was_sent_and_says_itself_where_to_go_on() {
    let raw = "%24top=1&$filter=isFeatured%20eq+true&custom=x%26y&$skip=1";
    let next = query(raw).page(apps(), 10).unwrap().next.unwrap();
    let (kept, token) = next.split_once("&$skiptoken=").unwrap();
    assert_eq!(kept, "%24top=1&$filter=isFeatured%20eq+true&custom=x%26y");
    assert!(
        token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
        "{token}"
    );
    assert_eq!(walked(raw, 10), [["3"], ["4"]]);
}

#[test]
fn a_window_is_the_place_of_the_page() {
    let window = query("$top=2&$skip=1").window(4, 10);
    assert_eq!((window.start, window.end), (1, 3));
    let window = query(&window.next.unwrap()).window(4, 10);
    assert_eq!(window, Window { start: 3, end: 4, next: None });
}

#[test]
fn a_token_is_good_for_its_own_list_alone() {
    let next = query("$top=1").window(4, 10).next.unwrap();
    let token = next.split_once("$skiptoken=").unwrap().1;
    assert_eq!(query(&format!("$skiptoken={token}&$top=2")).window(4, 10).start, 1);
    for forged in
        [format!("$skiptoken={token}&$orderby=id"), "$skiptoken=MQ".to_owned(), "$skiptoken=*".to_owned()]
    {
        assert_eq!(invalid(&forged), "Invalid Skip Token");
    }
}

#[test]
fn a_count_is_of_what_the_filter_leaves_on_all_pages() {
    let page = query("$count=true&$filter=isFeatured eq true&$top=1").page(apps(), 10).unwrap();
    assert_eq!((page.count, ids(&page)), (Some(3), vec!["1"]));
    assert_eq!(query("$count=false").page(apps(), 10).unwrap().count, None);
    assert_eq!(query("$filter=isFeatured eq true&$top=1").count(apps().iter()), Ok(3));
    assert_eq!(query("$top=1").count(apps().iter()), Ok(4));
}

#[test]
fn order_is_by_several_keys_and_stable() {
    assert_eq!(walked("$orderby=displayName", 10), [["2", "4", "1", "3"]]);
    assert_eq!(walked("$orderby=displayName desc,id", 10), [["3", "1", "4", "2"]]);
    assert_eq!(walked("$orderby=isFeatured DESC , displayname asc", 10), [["4", "1", "3", "2"]]);
    assert_eq!(walked("$orderby=largeIcon/type", 10), [["1", "2", "3", "4"]]);
}

#[test]
fn null_comes_before_everything_and_moments_go_by_time() {
    let dated = |id: &str, moment: Value| map(json!({"id": id, "createdDateTime": moment}));
    let items = vec![
        dated("late", json!("2026-11-24T00:00:00.5Z")),
        dated("early", json!("2026-11-24T00:00:00Z")),
        dated("never", Value::Null),
        map(json!({"id": "unknown"})),
    ];
    let page = query("$orderby=createdDateTime").page(items, 10).unwrap();
    assert_eq!(ids(&page), ["never", "unknown", "early", "late"]);
}

#[test]
fn names_that_look_like_moments_have_an_order_too() {
    let name = |number: usize| match number % 3 {
        0 => format!(
            "2026-01-{:02}T{:02}:00:00{}",
            number * 7 % 28 + 1,
            number * 5 % 24,
            ["+14:00", "-14:00"][number % 2]
        ),
        1 => format!("2026-01-{:02}x", number * 11 % 28 + 1),
        _ => format!("2026-01-{:02}", number * 13 % 28 + 1),
    };
    for property in ["displayName", "createdDateTime"] {
        let items = (0..200).map(|number| map(json!({property: name(number)}))).collect();
        let page = query(&format!("$orderby={property}")).page(items, 200).unwrap();
        let names: Vec<&str> = page.value.iter().map(|item| item[property].as_str().unwrap()).collect();
        let by_text = names.is_sorted_by_key(|name| name.to_lowercase());
        assert_eq!(by_text, property == "displayName");
    }
}

#[test]
fn an_order_that_is_none_is_refused_with_the_place() {
    assert_eq!(invalid("$orderby=displayName down"), "Syntax error at position 16 in 'displayName down'.");
    assert_eq!(invalid("$orderby=id,"), "Syntax error at position 3 in 'id,'.");
    assert_eq!(not_emulated("$orderby=tolower(displayName)"), "a function in $orderby");
    assert_eq!(not_emulated("$orderby=assignments/$count"), "$count in $orderby");
}

#[test]
fn select_keeps_the_type_and_what_is_named() {
    let expected = json!({"@odata.type": "#microsoft.graph.win32LobApp", "id": "1", "displayName": "bravo"});
    assert_eq!(shown("$select=id, displayname"), expected);
    assert_eq!(shown("$select=%69d%2CdisplayName"), expected);
    assert_eq!(shown("$select=id,*"), Value::Object(apps().remove(0)));
    assert_eq!(shown("$select="), Value::Object(apps().remove(0)));
}

#[test]
fn select_goes_along_paths_and_casts() {
    let odata_type = "#microsoft.graph.win32LobApp";
    assert_eq!(
        shown("$select=largeIcon/type"),
        json!({"@odata.type": odata_type, "largeIcon": {"type": "image/png"}})
    );
    assert_eq!(
        shown("$select=microsoft.graph.mobileLobApp/displayVersion"),
        json!({"@odata.type": odata_type, "displayVersion": "1.0"})
    );
    assert_eq!(shown("$select=microsoft.graph.webApp/displayVersion"), json!({"@odata.type": odata_type}));
}

#[test]
fn what_is_expanded_stays_whatever_is_selected() {
    let query = query("$select=id&$expand=Assignments");
    assert!(query.expands("assignments") && !query.expands("categories") && !query.is_plain());
    let app =
        map(json!({"id": "1", "displayName": "bravo", "assignments": [], "assignments@odata.context": "x"}));
    let shown = Value::Object(query.selected(app));
    assert_eq!(shown, json!({"id": "1", "assignments": [], "assignments@odata.context": "x"}));
}

#[test]
fn what_cannot_be_expanded_is_refused_and_what_graph_can_is_not_emulated() {
    assert_eq!(
        invalid("$expand=owner"),
        "Parsing OData Select and Expand failed: Could not find a property named 'owner'."
    );
    assert_eq!(
        not_emulated("$expand=assignments($select=id),categories"),
        "a query option within $expand=assignments"
    );
    assert_eq!(not_emulated("$expand=relationships"), "$expand=relationships");
    assert_eq!(not_emulated("$expand=*"), "$expand=*");
    assert_eq!(
        invalid("$select=display name"),
        "Parsing OData Select and Expand failed: Term 'display name' is not valid in a $select or $expand expression."
    );
    assert_eq!(not_emulated("$select=assignments($select=id,intent)"), "a query option within $select");
}

#[test]
fn only_paging_leaves_a_query_plain() {
    for raw in ["$top=1", "$skip=1", "custom=1", "$count=false", "$select=", ""] {
        assert!(query(raw).is_plain(), "{raw}");
    }
    for raw in ["$filter=true", "$orderby=id", "$select=id", "$expand=assignments", "$count=true"] {
        assert!(!query(raw).is_plain(), "{raw}");
    }
}

#[test]
fn the_dollar_sign_may_be_left_out_and_names_have_any_case() {
    assert_eq!(walked("filter=id eq '3'", 10), [["3"]]);
    assert_eq!(walked("$Top=3&ORDERBY=id desc", 10), [vec!["4", "3", "2"], vec!["1"]]);
    assert_eq!(walked("api-version=1&filters=nonsense", 10), [["1", "2", "3", "4"]]);
}

#[test]
fn an_option_that_is_unknown_or_comes_twice_or_is_empty_is_refused() {
    assert_eq!(invalid("$foo=1"), "The query parameter '$foo' is not supported.");
    assert_eq!(
        invalid("$top=1&top=2"),
        "Query option '$top' was specified more than once, but it must be specified at most once."
    );
    assert_eq!(invalid("$filter="), "The value for OData query '$filter' cannot be empty.");
    assert_eq!(not_emulated("$search=%22x%22"), "the query option $search");
    assert_eq!(not_emulated("search=x"), "the query option $search");
}

#[test]
fn a_number_that_is_none_is_refused() {
    for bad in ["-1", "x", "1.5", "99999999999"] {
        assert_eq!(
            invalid(&format!("$top={bad}")),
            format!(
                "Invalid value '{bad}' for $top query option found. The $top query option requires a non-negative \
                 integer value."
            )
        );
    }
    assert_eq!(invalid("$count=yes"), "'yes' is not a valid count option.");
}

#[test]
fn text_that_is_badly_escaped_is_taken_as_it_is() {
    assert_eq!(invalid("$foo%zz%2%C3%A9%FF=1"), "The query parameter '$foo%zz%2é\u{fffd}' is not supported.");
}

#[test]
fn one_entity_is_not_filtered() {
    assert!(Query::read_for_entity(Some("$select=id&$expand=assignments"), &NAVIGATIONS).is_ok());
    for raw in ["$filter=true", "$top=1", "$skip=1", "$orderby=id", "$count=true"] {
        let refused = Query::read_for_entity(Some(raw), &NAVIGATIONS).unwrap_err();
        assert!(
            matches!(&refused, Unanswerable::Invalid(reason) if reason.contains("The requested resource is not a \
             collection.")),
            "{refused:?}"
        );
    }
}

#[test]
fn properties_of_derived_types_need_a_cast() {
    let known = ["id", "displayName", "assignments"];
    let refused = |raw: &str| query(raw).of("mobileApp", &known).unwrap_err();
    let missing = "Could not find a property named 'displayVersion' on type 'microsoft.graph.mobileApp'.";
    assert_eq!(
        refused("$select=id,displayVersion"),
        Unanswerable::Invalid(format!("Parsing OData Select and Expand failed: {missing}"))
    );
    assert_eq!(
        refused("$filter=isof('microsoft.graph.win32LobApp') and contains(displayVersion,'1')"),
        Unanswerable::Invalid(format!("Invalid filter clause: {missing}"))
    );
    assert_eq!(refused("$orderby=id,displayVersion"), Unanswerable::Invalid(missing.to_owned()));
    for raw in [
        "$select=ID,displayname,microsoft.graph.win32LobApp/displayVersion",
        "$filter=microsoft.graph.win32LobApp/displayVersion eq '1'",
        "$expand=assignments",
    ] {
        assert!(query(raw).of("mobileApp", &known).is_ok(), "{raw}");
    }
}
