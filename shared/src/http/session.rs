//! A session's token: `ts_` and what the session is, sealed.

use super::sealing;
use crate::domain::access::SessionClaim;
use crate::domain::ids::SessionId;
use crate::error::Error;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What every token begins with.
const PREFIX: &str = "ts_";
/// What the seal is bound to; no listing has this name.
const PURPOSE: &str = "session";

#[derive(Serialize, Deserialize)]
struct TokenIn {
    id: String,
    key_id: String,
    generation: i64,
    ends_at: Timestamp,
}

/// The token of a session of this key.
///
/// # Errors
/// When the secret cannot be used.
pub fn seal(secret: &str, key_id: &str, claim: SessionClaim) -> Result<String, Error> {
    let token = TokenIn {
        id: claim.id.to_string(),
        key_id: key_id.to_owned(),
        generation: claim.generation,
        ends_at: claim.ends_at,
    };
    Ok(format!("{PREFIX}{}", sealing::seal(secret, PURPOSE, &token)?))
}

/// Reads a token that is ours and has not ended: its key's id and its claim. Anything else is no session.
///
/// # Errors
/// When the secret cannot be used.
pub fn open(secret: &str, text: &str, now: Timestamp) -> Result<Option<(String, SessionClaim)>, Error> {
    let Some(sealed) = text.strip_prefix(PREFIX) else {
        return Ok(None);
    };
    let Some(token) = sealing::open::<TokenIn>(secret, PURPOSE, sealed)? else {
        return Ok(None);
    };
    let id = SessionId::parse(&token.id).map_err(Error::internal)?;
    let claim = SessionClaim { id, generation: token.generation, ends_at: token.ends_at };
    Ok((token.ends_at > now).then_some((token.key_id, claim)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    #[test]
    fn a_token_opens_until_it_ends_and_only_with_its_secret() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let ends_at = now + SignedDuration::from_secs(1);
        let claim = SessionClaim { id: SessionId::mint(now, [1; 10]), generation: 2, ends_at };
        let token = seal("secret", "k", claim).unwrap();
        assert_eq!(open("secret", &token, now).unwrap(), Some(("k".to_owned(), claim)));
        assert_eq!(open("secret", &token, ends_at).unwrap(), None);
        assert_eq!(open("other", &token, now).unwrap(), None);
        assert_eq!(open("secret", &token[3..], now).unwrap(), None);
    }
}
