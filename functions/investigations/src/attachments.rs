//! `GET` and `POST /api/v1/alerts/{id}/attachments`, `GET .../attachments/{attachment_id}`,
//! `POST .../attachments/{attachment_id}/erase`

use crate::alert_id;
use crate::text::{ReasonIn, read_reason};
use crate::wire::PageQuery;
use crate::wire::attachment::{AttachedFileOut, AttachmentOut, AttachmentsOut};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use shared::domain::Invalid;
use shared::domain::access::Permission;
use shared::domain::attachment::{Content, FileName, MAX_BYTES, MediaType, NewFile};
use shared::domain::ids::AttachmentId;
use shared::error::Error;
use shared::http::extract::{Caller, JsonBody, Query, RequestId};
use shared::http::fields::Fields;
use shared::http::listing::Paging;
use shared::http::{clock, words};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::attachments;
use utoipa::ToSchema;

/// The largest file in base64.
const MAX_ENCODED: usize = MAX_BYTES.div_ceil(3) * 4;

/// What `POST /api/v1/alerts/{id}/attachments` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewAttachment)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct AttachmentIn {
    /// No path and not dots alone: no slash, no backslash, no control characters.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    #[schema(value_type = words::MediaType)]
    media_type: String,
    /// The file's bytes in base64 (RFC 4648, section 4) without line breaks: 1 to 4,194,304, which are what `media_type`
    /// says.
    #[schema(min_length = 4, max_length = 5_592_408, content_encoding = "base64")]
    content: String,
}

/// Attaches a file to an alert.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/attachments", tag = "attachments", operation_id = "attach_file",
    params(("id" = String, Path, description = "`alr_` and a UUID")), request_body = AttachmentIn,
    responses((status = 201, body = AttachmentOut)), security(("key" = ["investigate"]))
)]
pub(crate) async fn attach(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<(StatusCode, Json<AttachmentOut>), Error> {
    let mut session = admit(&state, &credentials, Permission::Investigate, clock::now()).await?;
    let id = alert_id(&id)?;
    let attached = attachments::attach(&mut session, id, (&read_file(&body)?, &request_id)).await?;
    Ok((StatusCode::CREATED, Json(AttachmentOut::from(attached))))
}

/// A page of what is known of an alert's files, oldest first, erased ones too.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/attachments", tag = "attachments", operation_id = "list_attachments",
    params(("id" = String, Path, description = "`alr_` and a UUID"), PageQuery),
    responses((status = 200, body = AttachmentsOut)), security(("key" = ["read"]))
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
    Query(query): Query,
) -> Result<Json<AttachmentsOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = alert_id(&id)?;
    let mut fields = Fields::of_query(&query);
    let paging = Paging::read(&mut fields);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    let signature = format!("attachments {id}");
    let sealing = (state.config.secret_key.as_str(), signature.as_str());
    let position: Option<String> = paging.position(sealing.0, sealing.1)?;
    let after = position.map(|id| AttachmentId::parse(&id)).transpose().map_err(Error::internal)?;
    let rows = attachments::page(&session, id, (after, paging.n_wanted())).await?;
    let paged = paging.page(rows, sealing, |last| last.id.to_string())?;
    let attachments = paged.rows.into_iter().map(AttachmentOut::from).collect();
    Ok(Json(AttachmentsOut { attachments, next_cursor: paged.next_cursor }))
}

/// One file with its content, held to the audit trail: what was changed is not handed out.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/attachments/{attachment_id}", tag = "attachments",
    operation_id = "read_attachment",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("attachment_id" = String, Path, description = "`att_` and a UUID")),
    responses((status = 200, body = AttachedFileOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path((id, attachment)): Path<(String, String)>,
) -> Result<Json<AttachedFileOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let (attachment, content) =
        attachments::read(&session, alert_id(&id)?, attachment_id(&attachment)?).await?;
    Ok(Json(AttachedFileOut::of(attachment, &content)))
}

/// Erases a file's content for good; what is known of it stays.
#[utoipa::path(
    post, path = "/api/v1/alerts/{id}/attachments/{attachment_id}/erase", tag = "attachments",
    operation_id = "erase_attachment",
    params(("id" = String, Path, description = "`alr_` and a UUID"),
        ("attachment_id" = String, Path, description = "`att_` and a UUID")), request_body = ReasonIn,
    responses((status = 200, body = AttachmentOut)), security(("key" = ["supervise"]))
)]
pub(crate) async fn erase(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path((id, attachment)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Json<AttachmentOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Supervise, clock::now()).await?;
    let which = (alert_id(&id)?, attachment_id(&attachment)?);
    let erased = attachments::erase(&mut session, which, (read_reason(&body)?, &request_id)).await?;
    Ok(Json(AttachmentOut::from(erased)))
}

fn attachment_id(text: &str) -> Result<AttachmentId, Error> {
    AttachmentId::parse(text).map_err(|_| Error::not_found("attachment"))
}

fn read_file(body: &Value) -> Result<NewFile, Error> {
    let mut fields = Fields::new(body, "");
    let name = fields.required("name", FileName::parse);
    let media_type = fields.required("media_type", MediaType::parse);
    let content = fields.required("content", |text| {
        let bytes = decode(text)?;
        // Of a type that is unknown, the bytes are not asked for more.
        media_type.map(|media_type| Content::try_new(media_type, bytes)).transpose()
    });
    match (name, content.flatten(), fields.finish()) {
        (Some(name), Some(content), problems) if problems.is_empty() => Ok(NewFile { name, content }),
        (.., problems) => Err(Error::validation(problems)),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Invalid> {
    if text.len() > MAX_ENCODED {
        return Err(Invalid(format!(
            "must have at most {MAX_BYTES} bytes, which are {MAX_ENCODED} in base64"
        )));
    }
    let decoded = STANDARD.decode(text);
    decoded.map_err(|error| Invalid(format!("must be base64 without line breaks: {error}")))
}
