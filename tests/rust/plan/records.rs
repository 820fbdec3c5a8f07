//! Plans as JSON.

use appassign::error::Kind;
use appassign::json::Json;
use appassign::plan::Plan;

use super::given::{APP, SALES, change, to, to_group, wire, written};

fn read(text: &str) -> Plan {
    Plan::from_json(Json::parse(text).unwrap()).unwrap()
}

fn refused(text: &str) -> String {
    let error = Plan::from_json(Json::parse(text).unwrap()).unwrap_err();
    assert!(matches!(error.kind, Kind::InvalidInput { .. }), "{error:?}");
    error.to_string()
}

fn record(before: &str, after: &str) -> String {
    format!(r#"{{"app_id":"{APP}","before":[{before}],"after":[{after}],"warnings":[]}}"#)
}

#[test]
fn a_plan_is_one_line_of_json_and_comes_back() {
    let odd = to_group("Sales", "later", r#","settings":{"n":1.50,"t":"a\nb"},"id":"""#);
    let plan = change(&[odd], &[to("allDevices", "", "available", "")], &[]);
    let text = plan.to_json().unwrap();
    assert!(text.starts_with(&format!(r#"{{"app_id":"{APP}","before":[{{"#)), "{text}");
    assert!(!text.contains('\n'));
    let again = read(&text);
    assert_eq!(again, plan);
    assert_eq!(wire(again.after()), wire(plan.after()));
    assert_eq!(again.to_json().unwrap(), text);
}

#[test]
fn what_is_no_plan_is_refused_where_it_stands() {
    for (text, expected) in [
        ("[]".to_owned(), "a plan is a JSON object"),
        ("{}".to_owned(), "app_id: this property is required"),
        (record("", "").replace(APP, "a/b"), "app_id: "),
        (record("", "").replace(&format!("\"{APP}\""), "7"), "app_id: must be a string"),
        (record("", "").replace(r#""after":[]"#, r#""after":{}"#), "after: must be an array"),
        (record("", "").replace(r#","warnings":[]"#, ""), "warnings: this property is required"),
        (
            record("", "").replace(r#""warnings":[]"#, r#""warnings":[{"code":1}]"#),
            "warnings[0].code: must be",
        ),
        (record("", "").replace(r"[]}", r#"[],"x":1}"#), "x: this version does not know"),
        (record("{}", ""), "before[0].intent: this property is required"),
        (record("", "1"), "after[0]: a mobileAppAssignment is a JSON object"),
    ] {
        let message = refused(&text);
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn what_is_not_as_it_was_is_checked_as_what_a_caller_wants() {
    let odd = written(&to_group("Sales", "required", ""));
    assert!(refused(&record("", &odd)).starts_with("after[0].target.group_id: 'Sales' looks like a name"));
    assert_eq!(read(&record(&odd, &odd)).kept().len(), 1);
    let later = written(&to_group(SALES, "later", ""));
    assert!(refused(&record(&odd, &format!("{odd},{later}"))).starts_with("after[1].intent: "));
    let (one, two) =
        (written(&to_group(SALES, "required", "")), written(&to_group(SALES, "required", r#","x":1"#)));
    assert!(
        refused(&record(&one, &format!("{one},{two}")))
            .starts_with("after[1]: has target and intent of after[0]")
    );
    assert_eq!(read(&record(&format!("{one},{two}"), &format!("{one},{two}"))).kept().len(), 2);
    let many = vec![one.as_str(); 1_001].join(",");
    assert!(refused(&record(&one, &many)).starts_with("after: has 1001 entries"));
}
