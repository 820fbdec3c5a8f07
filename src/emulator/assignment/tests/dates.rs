//! Which texts are dates.

use serde_json::json;

use super::{WIN32, by_model, read, with_settings};

fn with_start(text: &str) -> serde_json::Value {
    with_settings(
        "required",
        &json!({
            "@odata.type": "#microsoft.graph.win32LobAppAssignmentSettings",
            "installTimeSettings": {"useLocalTime": true, "startDateTime": text},
        }),
    )
}

#[test]
fn dates_are_read_loosely_and_kept_as_sent() {
    for text in [
        "2026-12-01T08:00:00Z",
        "2026-12-01t08:00:00z",
        "2016-12-31T23:58:46.7156189-08:00",
        "2026-12-01T08:00:00+00:00",
        "2026-12-01T08:00:00",
        "2026-12-01T08:00Z",
        "2026-12-01",
    ] {
        let held = read(WIN32, &with_start(text)).unwrap();
        assert_eq!(held["settings"]["installTimeSettings"]["startDateTime"], text);
    }
}

#[test]
fn what_is_no_date_is_not_in_the_model() {
    for text in [
        "",
        "T",
        "tomorrow",
        "2026-12-1",
        "12/01/2026 08:00:00",
        "2026-12-01T",
        "2026-12-01T08",
        "2026-12-01T08:00:00.Z",
        "2026-12-01T08:00:00.1a",
        "2026-12-01T08:00:00+0000",
        "2026-12-01T08:00:00ZZ",
        "２０２６-12-01",
        "2026-12-01T\u{1f550}",
    ] {
        let said = by_model(read(WIN32, &with_start(text)));
        assert_eq!(
            said,
            format!("Cannot convert the literal '{text}' to the expected type 'Edm.DateTimeOffset'.")
        );
    }
}
