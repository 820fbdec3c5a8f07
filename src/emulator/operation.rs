//! What is done, once a request is known to mean it and allowed to.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::app;
use super::asked::{Asked, unanswerable};
use super::collection;
use super::query::Query;
use super::route::Operation;
use super::tenant::{App, Tenant};

/// Does what a request asks for.
pub(super) fn perform(
    tenant: &mut Tenant,
    asked: &Asked<'_>,
    operation: &Operation<'_>,
) -> Result<Answer, Answer> {
    match operation {
        Operation::ListApps => list(tenant, asked),
        Operation::CountApps => {
            let items = tenant.apps().filter(|app| asked.wants(app));
            let items: Vec<_> = items.map(|app| shown(app, asked)).collect();
            count(&asked.query_of_apps(Query::read)?, &items)
        }
        Operation::GetApp { app } => {
            let query = asked.query_of_apps(Query::read_for_entity)?;
            let found = asked.app(tenant, app)?;
            let item = query.selected(expanded(found, asked, &query));
            Ok(Answer::document(asked.entity("mobileApps", item)))
        }
        Operation::ListAssignments { app } => collection::list(asked.app(tenant, app)?, asked),
        Operation::CountAssignments { app } => {
            count(&asked.query()?, &collection::documents(asked.app(tenant, app)?, asked))
        }
        Operation::GetAssignment { app, id } => collection::get(asked.app(tenant, app)?, asked, id),
        Operation::GetAppOfAssignment { app, id } => {
            let found = asked.app(tenant, app)?;
            found.position(id).ok_or_else(|| asked.not_found())?;
            Ok(Answer::document(asked.entity("mobileApps", shown(found, asked))))
        }
        Operation::CreateAssignment { app } => collection::create(tenant, asked, app),
        Operation::UpdateAssignment { app, id } => collection::update(tenant, asked, app, id),
        Operation::DeleteAssignment { app, id } => collection::delete(tenant, asked, app, id),
        Operation::Assign { app, through } => collection::assign(tenant, asked, app, *through),
    }
}

fn list(tenant: &Tenant, asked: &Asked<'_>) -> Result<Answer, Answer> {
    let query = asked.query_of_apps(Query::read)?;
    let apps = tenant.apps().filter(|app| asked.wants(app));
    asked.page(&query, "mobileApps", apps.map(|app| expanded(app, asked, &query)).collect())
}

fn count(query: &Query, items: &[Map<String, Value>]) -> Result<Answer, Answer> {
    let number = query.count(items.iter()).map_err(unanswerable)?;
    Ok(Answer::text(http::StatusCode::OK, "text/plain", number.to_string()))
}

fn shown(app: &App, asked: &Asked<'_>) -> Map<String, Value> {
    app::shown(asked.version, &app.document, !app.assignments().is_empty())
}

/// An app as it is shown, with its assignments if the query asks for them.
fn expanded(app: &App, asked: &Asked<'_>, query: &Query) -> Map<String, Value> {
    let mut item = shown(app, asked);
    let name = asked.profile.collection();
    if query.expands(name) {
        let context = asked.context(&format!("mobileApps('{}')/{name}", app.id));
        let value = collection::documents(app, asked).into_iter().map(Value::Object).collect();
        item.insert(format!("{name}@odata.context"), context.into());
        item.insert(name.to_owned(), Value::Array(value));
    }
    item
}
