//! The assignments of one app: read, made, changed, removed, and replaced as a whole.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::answer::Answer;
use super::asked::Asked;
use super::assignment::{self, Reader};
use super::group_assignment;
use super::profile::{Profile, Version};
use super::refused::Refused;
use super::tenant::{App, Assignments, Held, Tenant};

const NOT_PUBLISHED: &str = "Invalid operation: app's PublishingState is not 'Published'.";

/// A page of them.
pub(super) fn list(app: &App, asked: &Asked<'_>) -> Result<Answer, Answer> {
    let query = asked.query()?;
    let what = format!("mobileApps('{}')/{}", app.id, asked.profile.collection());
    if !query.is_plain() || asked.version == Version::V1 {
        return asked.page(&query, &what, documents(app, asked));
    }
    // They are written out already.
    let held = asked.reading.of(app);
    let window = query.window(held.len(), asked.page_size);
    let quoted = |text: String| Value::String(text).to_string();
    let mut text = format!("{{\"@odata.context\":{}", quoted(asked.context(&what)));
    if let Some(next) = window.next {
        text.push_str(",\"@odata.nextLink\":");
        text.push_str(&quoted(asked.next_link(&next)));
    }
    text.push_str(",\"value\":[");
    let entries: Vec<&str> = held
        .get(window.start..window.end)
        .unwrap_or_default()
        .iter()
        .map(|held| held.json.as_ref())
        .collect();
    text.push_str(&entries.join(","));
    text.push_str("]}");
    Ok(Answer::written(text))
}

/// All of them, as the version shows them.
pub(super) fn documents(app: &App, asked: &Asked<'_>) -> Vec<Map<String, Value>> {
    asked.reading.of(app).iter().map(|held| shown(held.document(), asked)).collect()
}

fn shown(document: Map<String, Value>, asked: &Asked<'_>) -> Map<String, Value> {
    match (asked.profile, asked.version) {
        (Profile::Current, Version::V1) => assignment::as_v1(document),
        _ => document,
    }
}

/// One of them.
pub(super) fn get(app: &App, asked: &Asked<'_>, id: &str) -> Result<Answer, Answer> {
    let query = asked.query_for_entity()?;
    let held = app.position(id).and_then(|index| app.assignments().get(index));
    let held = held.ok_or_else(|| asked.not_found())?;
    Ok(Answer::document(entity(app, asked, query.selected(shown(held.document(), asked)))))
}

/// One more. What the service says to a key that is there already was never recorded; that it refuses is inferred.
pub(super) fn create(tenant: &mut Tenant, asked: &Asked<'_>, app: &str) -> Result<Answer, Answer> {
    let app = asked.app(tenant, app)?;
    let document = match asked.profile {
        Profile::Y2017 => group_assignment::read(&asked.document()?),
        Profile::Current => reader(tenant, asked, app).read(&asked.document()?),
    }
    .map_err(|refused| asked.refused(refused))?;
    check_published(app, asked)?;
    let held = Held::of(&document);
    if app.position(&held.id).is_some() {
        return Err(asked.refused(Refused::Rule("An error has occurred".to_owned())));
    }
    let answer = Answer::created(entity(app, asked, shown(document, asked)));
    let mut assignments = app.assignments().to_vec();
    assignments.push(held);
    change(tenant, asked, &app.id.clone(), assignments);
    Ok(answer)
}

/// A change of one of them.
pub(super) fn update(tenant: &mut Tenant, asked: &Asked<'_>, app: &str, id: &str) -> Result<Answer, Answer> {
    let app = asked.app(tenant, app)?;
    let index = app.position(id).ok_or_else(|| asked.not_found())?;
    let mut assignments = app.assignments().to_vec();
    let place = assignments.get_mut(index).ok_or_else(|| asked.not_found())?;
    let before = place.document();
    let document = match asked.profile {
        Profile::Y2017 => group_assignment::patch(&before, &asked.document()?),
        Profile::Current => reader(tenant, asked, app).patch(&before, &asked.document()?),
    }
    .map_err(|refused| asked.refused(refused))?;
    check_published(app, asked)?;
    *place = Held::of(&document);
    let answer = Answer::document(entity(app, asked, shown(document, asked)));
    change(tenant, asked, &app.id.clone(), assignments);
    Ok(answer)
}

/// One less.
pub(super) fn delete(tenant: &mut Tenant, asked: &Asked<'_>, app: &str, id: &str) -> Result<Answer, Answer> {
    let app = asked.app(tenant, app)?;
    let index = app.position(id).ok_or_else(|| asked.not_found())?;
    check_published(app, asked)?;
    let mut assignments = app.assignments().to_vec();
    assignments.remove(index);
    change(tenant, asked, &app.id.clone(), assignments);
    Ok(Answer::no_content())
}

/// Other ones instead, after the whole body was found good.
pub(super) fn assign(
    tenant: &mut Tenant,
    asked: &Asked<'_>,
    app: &str,
    through: Option<&str>,
) -> Result<Answer, Answer> {
    let document = asked.document()?;
    let app = asked.app(tenant, app)?;
    if through.is_some_and(|id| app.position(id).is_none()) {
        return Err(asked.not_found());
    }
    let Value::Object(parameters) = document else { return Err(asked.refused(Refused::Unreadable)) };
    let wanted = match asked.profile {
        Profile::Y2017 => group_assignment::wanted(&parameters),
        Profile::Current => assignment::wanted(&reader(tenant, asked, app), parameters),
    }
    .map_err(|refused| asked.refused(refused))?;
    check_published(app, asked)?;
    let assignments = wanted.iter().map(Held::of).collect();
    change(tenant, asked, &app.id.clone(), assignments);
    Ok(Answer::no_content())
}

fn check_published(app: &App, asked: &Asked<'_>) -> Result<(), Answer> {
    if app.is_published() {
        return Ok(());
    }
    Err(asked.refused(Refused::Rule(NOT_PUBLISHED.to_owned())))
}

fn reader<'a>(tenant: &'a Tenant, asked: &Asked<'_>, app: &'a App) -> Reader<'a> {
    Reader { version: asked.version, app_type: app.odata_type(), extensions: &tenant.extensions }
}

fn entity(app: &App, asked: &Asked<'_>, item: Map<String, Value>) -> Value {
    asked.entity(&format!("mobileApps('{}')/{}", app.id, asked.profile.collection()), item)
}

fn change(tenant: &mut Tenant, asked: &Asked<'_>, app: &Arc<str>, assignments: Vec<Arc<Held>>) {
    tenant.change(app, Some(asked.number), Assignments::new(assignments));
}
