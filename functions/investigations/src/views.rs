//! `GET` and `POST /api/v1/views`, `POST /api/v1/views/{id}/remove`

use crate::wire::PageQuery;
use crate::wire::view::{ViewOut, ViewPageOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::ids::SavedViewId;
use shared::domain::text::Text;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, Query};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::http::parameters;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::saved_views::{self, NewView, SavedView};
use utoipa::ToSchema;

/// What a view is of.
const QUEUE: &str = "/api/v1/alerts";
/// What belongs to a page and not to a view.
const OF_A_PAGE: [&str; 2] = ["limit", "cursor"];

/// What `POST /api/v1/views` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewSavedView)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct ViewIn {
    /// Once for each key.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// Filters and sort, as behind the `?` of `GET /api/v1/alerts`: status=active&severity=critical,high&sort=priority
    #[schema(min_length = 1, max_length = 2_000)]
    query: String,
    /// Whether everybody sees it; not unless said.
    #[schema(default = false)]
    is_shared: Option<bool>,
}

/// Saves filters and an order of the queue under a name.
#[utoipa::path(
    post, path = "/api/v1/views", tag = "views", operation_id = "save_view",
    request_body = ViewIn, responses((status = 201, body = ViewOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn save(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<ViewOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let view = saved_views::save(&mut session, read_view(&body)?).await?;
    Ok((StatusCode::CREATED, Json(ViewOut::from(view))))
}

/// A page of saved views by name: the caller's own, and those that are shared.
#[utoipa::path(
    get, path = "/api/v1/views", tag = "views", operation_id = "list_views",
    params(PageQuery), responses((status = 200, body = ViewPageOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Query(query): Query,
) -> Result<Json<ViewPageOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("views {}", session.actor.key_id);
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let after: Option<(String, String)> = paging.position(sealing.0, sealing.1)?;
    let after = after.map(|(name, id)| Ok::<_, Invalid>((name, SavedViewId::parse(&id)?))).transpose();
    let after = after.map_err(Error::internal)?;
    let views = saved_views::list(&session, (after, paging.n_wanted())).await?;
    let paged = paging.page(views, sealing, |last: &SavedView| (last.name.clone(), last.id.to_string()))?;
    let views = paged.rows.into_iter().map(ViewOut::from).collect();
    Ok(Json(ViewPageOut { views, next_cursor: paged.next_cursor }))
}

/// Removes a view: one's own, or a shared one as a supervisor.
#[utoipa::path(
    post, path = "/api/v1/views/{id}/remove", tag = "views", operation_id = "remove_view",
    params(("id" = String, Path, description = "`vew_` and a UUID")), responses((status = 200, body = ViewOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn remove(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<ViewOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let id = SavedViewId::parse(&id).map_err(|_| Error::not_found("view"))?;
    let removed = saved_views::remove(&mut session, id).await?;
    Ok(Json(ViewOut::from(removed)))
}

fn read_view(body: &Value) -> Result<NewView, Error> {
    let mut fields = Fields::new(body, "");
    let name = fields.required("name", Text::<80>::parse);
    let query = fields.required("query", read_query);
    let is_shared = fields.boolean("is_shared").unwrap_or(false);
    match (name, query, fields.finish()) {
        (Some(name), Some(query), problems) if problems.is_empty() => {
            Ok(NewView { name: name.to_string(), query, is_shared })
        }
        (.., problems) => Err(Error::validation(problems)),
    }
}

/// Holds the names to those that the queue takes, by the published description; what they may be, the queue says itself.
fn read_query(text: &str) -> Result<String, Invalid> {
    let text = Text::<2_000>::parse(text)?;
    let known = parameters::names_of(QUEUE);
    for pair in text.as_str().split('&') {
        let name = pair.split('=').next().unwrap_or_default();
        if OF_A_PAGE.contains(&name) {
            return Err(Invalid(format!("must not hold {name}, which belongs to a page")));
        }
        if !known.contains(&name) {
            return Err(Invalid(format!(
                "must hold filters and sort of GET {QUEUE}, such as status=active, not {name:?}"
            )));
        }
    }
    Ok(text.to_string())
}
