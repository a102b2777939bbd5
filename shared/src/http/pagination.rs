//! Page cursors: opaque, sealed, and bound to the filters they were made with.

use super::sealing;
use crate::error::{Error, FieldProblem};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Seals a position for the next page. `filters` is any text that names the listing and its filters.
///
/// # Errors
/// When the position cannot be written as JSON.
pub fn seal(secret: &str, filters: &str, position: &impl Serialize) -> Result<String, Error> {
    sealing::seal(secret, filters, position)
}

/// Opens a cursor that was sealed with the same secret and filters.
///
/// # Errors
/// 422 at `?cursor` when it was not.
pub fn open<P: DeserializeOwned>(secret: &str, filters: &str, cursor: &str) -> Result<P, Error> {
    sealing::open(secret, filters, cursor)?.ok_or_else(|| {
        Error::validation(vec![FieldProblem {
            pointer: "?cursor".into(),
            message: "is not a cursor of this listing; leave it out to begin again".into(),
        }])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_other_filters_is_refused_at_its_parameter() {
        let cursor = seal("secret", "alerts?status=active", &(1, 2)).unwrap();
        assert_eq!(open::<(i32, i32)>("secret", "alerts?status=active", &cursor).unwrap(), (1, 2));
        let refused = open::<(i32, i32)>("secret", "alerts?status=closed", &cursor).unwrap_err();
        assert_eq!(refused.details[0].pointer, "?cursor");
    }
}
