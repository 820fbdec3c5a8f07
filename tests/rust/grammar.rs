//! Inputs that are well formed: each is there to be read.

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use serde_json::json;

/// A JSON string as somebody may spell it, escapes and all.
const STRING: &str = r#""([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u00[0-9a-fA-F]{2}|\\ud83d\\ude00){0,12}""#;
const NUMBER: &str = r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
const SPACE: &str = r"[ \t\r\n]{0,2}";

/// A JSON document, spelled in every way that the grammar has.
pub(crate) fn json() -> impl Strategy<Value = String> {
    let word = select(vec!["null", "true", "false"]).prop_map(str::to_owned);
    let leaf = prop_oneof![word, NUMBER, STRING];
    leaf.prop_recursive(5, 40, 5, |inner| {
        let array = (vec(inner.clone(), 0..5), SPACE)
            .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(&format!("{space},"))));
        let object = btree_map("[a-z\u{e9}]{0,5}", inner, 0..5);
        prop_oneof![array, (object, SPACE).prop_map(|(members, space)| object_of(members, &space))]
    })
}

fn object_of(members: BTreeMap<String, String>, space: &str) -> String {
    let members: Vec<_> =
        members.into_iter().map(|(name, value)| format!("{space}\"{name}\"{space}:{space}{value}")).collect();
    format!("{{{}{space}}}", members.join(","))
}

/// An object with these members and others, in any order.
fn object_with(known: impl Strategy<Value = Vec<(&'static str, String)>>) -> impl Strategy<Value = String> {
    (known, btree_map("[a-z@.\u{e9}]{0,5}", json(), 0..3), SPACE).prop_flat_map(
        |(known, mut members, space)| {
            members.extend(known.into_iter().map(|(name, value)| (name.to_owned(), value)));
            let members: Vec<_> = members.into_iter().collect();
            Just(members).prop_shuffle().prop_map(move |members| {
                let members: Vec<_> =
                    members.into_iter().map(|(name, value)| format!("\"{name}\":{space}{value}")).collect();
                format!("{{{}}}", members.join(","))
            })
        },
    )
}

/// Some of these members, each with a value of its own.
fn some_of<V: Strategy<Value = String> + Clone + 'static>(
    names: &'static [&'static str],
    value: V,
) -> impl Strategy<Value = Vec<(&'static str, String)>> {
    vec(option::of(value), names.len()).prop_map(|values| {
        names.iter().zip(values).filter_map(|(name, value)| Some((*name, value?))).collect()
    })
}

pub(crate) fn model() -> impl Strategy<Value = String> {
    let intent =
        select(vec!["available", "notApplicable", "required", "uninstall", "availableWithoutEnrollment"])
            .prop_map(|intent| format!("\"{intent}\""));
    let type_name = Just("\"#microsoft.graph.mobileAppGroupAssignment\"".to_owned());
    let text_or_null = prop_oneof![STRING, Just("null".to_owned())];
    let optional =
        some_of(&["@odata.type", "vpnConfigurationId", "id"], prop_oneof![type_name, text_or_null]);
    object_with((STRING, prop_oneof![intent, STRING], optional).prop_map(|(group, intent, mut members)| {
        members.extend([("targetGroupId", group), ("installIntent", intent)]);
        members
    }))
}

const FILTER_ID: &str = "deviceAndAppManagementAssignmentFilterId";
const FILTER_TYPE: &str = "deviceAndAppManagementAssignmentFilterType";

/// A GUID in any letter case.
const GUID: &str = r#""[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}""#;

/// Whom an assignment is for, as a server may say it.
fn target() -> impl Strategy<Value = String> {
    let kind = select(vec!["group", "exclusionGroup", "allLicensedUsers", "allDevices", "later"]);
    let kind = prop_oneof![4 => kind, 1 => Just("configurationManagerCollection")];
    let type_name = (select(vec!["#", ""]), kind)
        .prop_map(|(sign, kind)| format!("\"{sign}microsoft.graph.{kind}AssignmentTarget\""));
    let null = || Just("null".to_owned());
    let id =
        || option::weighted(0.8, prop_oneof![8 => GUID.boxed(), 1 => STRING.boxed(), 1 => null().boxed()]);
    let filter = prop_oneof![
        2 => (Just(None), Just(Some("\"none\"".to_owned()))).boxed(),
        2 => (GUID.prop_map(Some), select(vec!["include", "exclude"]).prop_map(|kind| Some(format!("\"{kind}\""))))
            .boxed(),
        1 => (option::of(prop_oneof![STRING.boxed(), null().boxed()]), option::of(prop_oneof![STRING.boxed(), null().boxed()]))
            .boxed(),
    ];
    object_with((type_name, id(), id(), filter).prop_map(
        |(type_name, group, collection, (filter_id, filter_type))| {
            let optional = [
                ("groupId", group),
                ("collectionId", collection),
                (FILTER_ID, filter_id),
                (FILTER_TYPE, filter_type),
            ];
            let optional = optional.into_iter().filter_map(|(name, value)| Some((name, value?)));
            [("@odata.type", type_name)].into_iter().chain(optional).collect()
        },
    ))
}

/// How an app is to be installed, as a server may say it.
fn settings() -> impl Strategy<Value = String> {
    let name = select(vec!["win32Lob", "iosVpp", "iosStore", "winGet", "later"])
        .prop_map(|app| format!("\"#microsoft.graph.{app}AppAssignmentSettings\""));
    let truth = select(vec!["true", "false", "null"]).prop_map(str::to_owned);
    let known = (some_of(&["@odata.type"], name), some_of(&["isRemovable", "useDeviceLicensing"], truth));
    object_with(known.prop_map(|(name, truths)| [name, truths].concat()))
}

pub(crate) fn assignment() -> impl Strategy<Value = String> {
    let intent = select(vec!["available", "required", "uninstall", "availableWithoutEnrollment", "later"])
        .prop_map(|intent| format!("\"{intent}\""));
    let null = || Just("null".to_owned());
    let source = select(vec!["direct", "policySets"]).prop_map(|source| format!("\"{source}\""));
    let optional = (
        some_of(&["@odata.type"], Just("\"#microsoft.graph.mobileAppAssignment\"".to_owned())),
        some_of(&["id"], prop_oneof![STRING.boxed(), null().boxed()]),
        some_of(&["settings"], prop_oneof![3 => settings().boxed(), 1 => null().boxed()].boxed()),
        some_of(&["source"], source),
    );
    object_with((target(), prop_oneof![8 => intent.boxed(), 1 => STRING.boxed()], optional).prop_map(
        |(target, intent, (odata_type, id, settings, source))| {
            [vec![("target", target), ("intent", intent)], odata_type, id, settings, source].concat()
        },
    ))
}

/// A plan whose entries were there before, in some order; what is new in it, a caller may send.
pub(crate) fn plan() -> impl Strategy<Value = String> {
    let warning = ("[a-z_]{0,9}", STRING)
        .prop_map(|(code, message)| format!(r#"{{"code":"{code}","message":{message}}}"#));
    let fit = "[0-9a-f]{8}".prop_map(|start| {
        let id = format!("{start}-0000-4000-8000-000000000001");
        let target = r##"{"@odata.type":"#microsoft.graph.groupAssignmentTarget","groupId":""##;
        format!(r#"{{"intent":"required","target":{target}{id}"}}}}"#)
    });
    let lists = (vec(assignment(), 0..4), option::of(fit), any::<bool>()).prop_map(|(before, fit, drops)| {
        let after = before.iter().skip(usize::from(drops)).cloned().chain(fit).collect::<Vec<_>>().join(",");
        (before.join(","), after)
    });
    let app = "[A-Za-z0-9._~-]{1,60}".prop_filter("leads elsewhere", |id| id != "." && id != "..");
    (app, lists, vec(warning, 0..3)).prop_map(|(app, (before, after), warnings)| {
        let warnings = warnings.join(",");
        format!(r#"{{"app_id":"{app}","before":[{before}],"after":[{after}],"warnings":[{warnings}]}}"#)
    })
}

/// What an Entra token says of itself, with values of the right and of every other kind.
pub(crate) fn claims() -> impl Strategy<Value = String> {
    let instant = (-1_i64..300_000_000_000).prop_map(|second| second.to_string());
    let permissions = vec("[A-Za-z.]{1,12}", 0..4);
    let value = prop_oneof![
        STRING,
        instant,
        json(),
        permissions.clone().prop_map(|scopes| format!("\"{}\"", scopes.join(" "))),
        permissions.prop_map(|roles| json!(roles).to_string()),
    ];
    object_with(some_of(&["aud", "nbf", "exp", "tid", "appid", "azp", "scp", "roles"], value))
}

/// A journal as it may be found: records, and perhaps the beginning of one more.
pub(crate) fn journal() -> impl Strategy<Value = String> {
    let record = || btree_map("[a-z\u{e9}]{0,5}", json(), 0..5).prop_map(|members| object_of(members, ""));
    let line = || {
        record().prop_map(|record| {
            let begun = record.strip_suffix('}').unwrap_or_default().replace(['\r', '\n'], " ");
            let begun = if begun == "{" { begun } else { begun + "," };
            let sum = crc32fast::hash(begun.as_bytes());
            format!("{begun}\"checksum\":\"crc32:{sum:08x}\"}}")
        })
    };
    let torn = (line(), any::<prop::sample::Index>()).prop_map(|(line, end)| {
        let end = end.index(line.len());
        (0..=end).rev().find_map(|end| line.get(..end)).unwrap_or_default().to_owned()
    });
    (vec(line(), 1..6), prop_oneof![Just(String::new()), torn, line()]).prop_map(|(lines, tail)| {
        let lines = lines.join("\n") + if lines.is_empty() { "" } else { "\n" };
        lines + &tail
    })
}

pub(crate) fn path_id() -> impl Strategy<Value = String> {
    let id = || "[A-Za-z0-9._~-]{1,60}".prop_filter("leads elsewhere", |id| id != "." && id != "..");
    (id(), id()).prop_map(|(app, other)| format!("{app}\n{other}"))
}

pub(crate) fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9._~+/-]{1,200}={0,2}"
}

pub(crate) fn base_url() -> impl Strategy<Value = String> {
    let port = option::of(1_u16..).prop_map(|port| port.map(|port| format!(":{port}")).unwrap_or_default());
    let path = "(/[A-Za-z0-9._~%!$&'()*+,;=:@-]{0,8}){0,3}/{0,2}";
    let graph =
        "[hH][tT]{2}[pP][sS]://(graph\\.microsoft\\.(com|us)|GRAPH\\.MICROSOFT\\.COM)/(beta|v1\\.0)/{0,2}";
    let anywhere = "https://([a-z][a-z0-9-]{0,9}\\.){0,2}(example|invalid)";
    let loopback = "http://(localhost|LOCALHOST|127\\.[1-9]?[0-9]\\.0\\.[0-9]|\\[::1\\]|0x7f\\.1)";
    let other = (prop_oneof![anywhere, loopback], port, path)
        .prop_map(|(origin, port, path)| format!("{origin}{port}{path}"))
        .prop_filter("percent signs stand before two digits", |url| !url.contains('%'));
    prop_oneof![1 => graph, 4 => other]
}

/// Calls of one client, begun one after the other, on a service in more or less trouble.
pub(crate) fn retry() -> impl Strategy<Value = String> {
    let wait = || select(vec!["", " 0", " 1", " 2.128", " 7", " 119", " 121", " 3600", " soon"]);
    let status = select(vec![
        200, 204, 302, 400, 401, 403, 404, 408, 409, 412, 423, 429, 429, 429, 500, 502, 503, 503, 504, 599,
    ]);
    let answer =
        (status, 0_u32..3_000, wait()).prop_map(|(status, time, wait)| format!("{status} {time}{wait}"));
    let fault = (select(vec!["refused", "tls", "lost", "back", "silence"]), 0_u32..90_000)
        .prop_map(|(fault, time)| format!("{fault} {time}"));
    let trouble = (select(vec!["503", "429", "lost"]), 1_usize..60)
        .prop_map(|(step, times)| vec![step; times].join("\n"));
    let call = (0_u32..300_000).prop_map(|begins| format!("call {begins}"));
    let steps = vec(prop_oneof![8 => answer, 3 => fault, 1 => trouble], 0..30);
    (1_u32..400_000, 1_u32..12, any::<u64>(), vec(call, 1..9), steps).prop_map(
        |(timeout, attempts, chance, calls, steps)| {
            let first = format!("timeout {timeout} attempts {attempts} chance {chance}");
            [vec![first], calls, steps].concat().join("\n")
        },
    )
}

pub(crate) fn retry_after() -> impl Strategy<Value = String> {
    let date = (0_u64..5_000_000_000)
        .prop_map(|second| httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second)));
    let number = "[0-9]{1,8}(\\.[0-9]{0,12})?";
    let wait = prop_oneof![
        (Just("Retry-After"), prop_oneof![number, date.clone()].boxed()),
        (select(vec!["retry-after-ms", "x-ms-retry-after-ms"]), number.boxed()),
    ];
    let nothing = (select(vec!["retry-after", "retry-after-ms", "x-other"]), "[ -~]{0,12}".boxed());
    let line = |(name, value): (&str, String)| format!("{name}: {value}\n");
    (wait.clone(), vec(prop_oneof![wait, nothing, (Just("Date"), date.boxed())], 0..4))
        .prop_map(move |(first, others)| others.into_iter().chain([first]).map(line).collect())
}

pub(crate) fn www_authenticate() -> impl Strategy<Value = String> {
    let encoded = (btree_map("[a-z]{0,4}", json(), 0..3), 0..4).prop_map(|(members, how)| {
        let claims = object_of(members, "");
        match how {
            0 => STANDARD.encode(claims),
            1 => STANDARD_NO_PAD.encode(claims),
            2 => URL_SAFE.encode(claims),
            _ => URL_SAFE_NO_PAD.encode(claims),
        }
    });
    let parameter = r#"[a-z_]{1,8} ?= ?("([ !#-\[\]-~]|\\["\\a-z]){0,12}"|[a-z0-9]{1,6})"#
        .prop_filter("the challenge decides which comes first", |text| {
            !text.to_lowercase().contains("claims")
        });
    let parameters = || vec(parameter.clone(), 0..3);
    let name = select(vec!["claims", "Claims", "CLAIMS", "claims ", "claims\t"]);
    let challenge =
        (parameters(), name, encoded, parameters(), select(vec!["Bearer ", "Basic realm=x, Bearer "]));
    challenge.prop_map(|(before, name, encoded, after, scheme)| {
        let claims = format!("{name}=\"{encoded}\"");
        let all: Vec<_> = before.into_iter().chain([claims]).chain(after).collect();
        format!("{scheme}{}", all.join(", "))
    })
}

/// A token as a server sends it back (the law puts it there), or words around it.
fn reflection() -> impl Strategy<Value = String> {
    let spelled = "\\{(raw|slashes|unicode|percent|lower|plus|coded|claims)[12]\\}";
    // So much that it is cut within what follows.
    let filler = (select(vec![256_usize, 1_024, 4_096]), 0_usize..200)
        .prop_map(|(end, before)| "-".repeat(end - before));
    prop_oneof![4 => spelled, 2 => "[ -~]{0,20}", 1 => "\\PC{0,8}", 1 => any::<String>(), 2 => filler]
}

pub(crate) fn response() -> impl Strategy<Value = String> {
    let words = || vec(reflection(), 0..4).prop_map(|words| words.concat());
    let packed = (words(), words(), 0..4).prop_map(|(code, message, depth)| {
        let pack = |inner: String, _| {
            let packed = json!({"_version": 3, "Message": inner, "ErrorCode": code}).to_string();
            format!("{packed} - Operation ID (for customer support): 0")
        };
        (0..depth).fold(message, pack)
    });
    let error = (words(), packed, words(), words()).prop_map(|(code, message, id, date)| {
        let inner = json!({"request-id": id, "date": date});
        json!({"error": {"code": code, "message": message, "innerError": inner}}).to_string()
    });
    let status = Union::new([100_u16..1000, 400..410, 200..206, 500..505].map(Strategy::boxed));
    let header = select(vec!["request-id", "WWW-Authenticate", "Retry-After", "Date", "x-ms-ags-diagnostic"]);
    let challenge = "Bearer claims=\"\\{claims[12]\\}\"";
    let value =
        prop_oneof![3 => words(), 1 => challenge].prop_filter("is one line", |value| !value.contains('\n'));
    let headers = vec((header, value).prop_map(|(name, value)| format!("{name}: {value}\n")), 0..4);
    (status, headers, prop_oneof![3 => error, 1 => words()])
        .prop_map(|(status, headers, body)| format!("HTTP/1.1 {status}\n{}\n{body}", headers.concat()))
}
