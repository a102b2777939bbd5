//! `GET` and `POST /api/v1/alerts/{id}/notes`, `GET` and `PUT /api/v1/alerts/{id}/notes/{note_id}`

use crate::alert_id;
use crate::text::note;
use crate::wire::{NoteOut, NoteVersionsOut, NotesOut, PageQuery};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::domain::ids::NoteId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, JsonBody, Query, RequestId};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::notes;
use utoipa::ToSchema;

/// What a note says.
#[derive(ToSchema)]
#[schema(as = NewNote)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct NoteIn {
    #[schema(min_length = 1, max_length = 10_000)]
    text: String,
}

/// Writes a note on an alert.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/notes", tag = "notes", operation_id = "write_note",
    params(("id" = String, Path, description = "`alr_` and a UUID")), request_body = NoteIn,
    responses((status = 201, body = NoteOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn write(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Tagged<NoteOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let id = alert_id(&id)?;
    let note = notes::write(&mut session, id, (read_text(&body)?, &request_id)).await?;
    Ok((StatusCode::CREATED, tagged(note.version, NoteOut::from(&note))))
}

/// Edits a note, for its author.
#[utoipa::path(
    put, path = "/api/v1/alerts/{id}/notes/{note_id}", tag = "notes", operation_id = "edit_note",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("note_id" = String, Path, description = "`nte_` and a UUID"),
        ("If-Match" = Option<String>, Header, description = "The version that was seen, in quotes, or *")), request_body = NoteIn,
    responses((status = 200, body = NoteOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn edit(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    (RequestId(request_id), IfMatch(seen)): (RequestId, IfMatch),
    Path((id, note)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Tagged<NoteOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let about = (alert_id(&id)?, note_id(&note)?, seen);
    let note = notes::edit(&mut session, about, (read_text(&body)?, &request_id)).await?;
    Ok(tagged(note.version, NoteOut::from(&note)))
}

/// A page of an alert's notes, oldest first, each as it reads now.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/notes", tag = "notes", operation_id = "list_notes",
    params(("id" = String, Path, description = "`alr_` and a UUID"), PageQuery),
    responses((status = 200, body = NotesOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
    Query(query): Query,
) -> Result<Json<NotesOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = alert_id(&id)?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("notes {id}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let position: Option<String> = paging.position(sealing.0, sealing.1)?;
    let after = position.map(|id| NoteId::parse(&id)).transpose().map_err(Error::internal)?;
    let notes = notes::page(&session, id, (after, paging.n_wanted())).await?;
    let paged = paging.page(notes, sealing, |last| last.id.to_string())?;
    Ok(Json(NotesOut {
        notes: paged.rows.iter().map(NoteOut::from).collect(),
        next_cursor: paged.next_cursor,
    }))
}

/// One note with its past.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/notes/{note_id}", tag = "notes", operation_id = "read_note",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("note_id" = String, Path, description = "`nte_` and a UUID")),
    responses((status = 200, body = NoteVersionsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path((id, note)): Path<(String, String)>,
) -> Result<Tagged<NoteVersionsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let versions = notes::versions(&session, alert_id(&id)?, note_id(&note)?).await?;
    let newest = versions.first().map_or(0, |newest| newest.version);
    Ok(tagged(newest, NoteVersionsOut { versions: versions.iter().map(NoteOut::from).collect() }))
}

fn note_id(text: &str) -> Result<NoteId, Error> {
    NoteId::parse(text).map_err(|_| Error::not_found("note"))
}

fn read_text(body: &Value) -> Result<String, Error> {
    let mut fields = Fields::new(body, "");
    let text = fields.required("text", note);
    match (text, fields.finish()) {
        (Some(text), problems) if problems.is_empty() => Ok(text),
        (_, problems) => Err(Error::validation(problems)),
    }
}
