//! A move that somebody asks for: the part that is the same whatever the move.

use crate::target;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use shared::domain::access::{Credentials, Permission};
use shared::domain::version::Seen;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::investigations::{Move, make};

/// By whom, of which alert, seen in which version, in which request.
pub(crate) struct Asked {
    credentials: Credentials,
    id: String,
    seen: Seen,
    request_id: String,
}

impl FromRequestParts<AppState> for Asked {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Error> {
        let Caller(credentials) = Caller::from_request_parts(parts, state).await?;
        let Ok(RequestId(request_id)) = RequestId::from_request_parts(parts, state).await;
        let IfMatch(seen) = IfMatch::from_request_parts(parts, state).await?;
        let id = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = id.map_err(|_| Error::not_found("alert"))?;
        Ok(Self { credentials, id, seen, request_id })
    }
}

impl Asked {
    /// Makes the move that `read` tells from the body, for who has the permission.
    pub(crate) async fn make(
        self,
        state: &AppState,
        permission: Permission,
        read: impl FnOnce() -> Result<Move, Error>,
    ) -> Result<Tagged<AlertOut>, Error> {
        let mut session = admit(state, &self.credentials, permission, clock::now()).await?;
        let target = target(&self.id, self.seen)?;
        let alert = make(&mut session, target, (read()?, &self.request_id)).await?;
        Ok(tagged(alert.version(), AlertOut::from(&alert)))
    }
}
