//! An API key that no debug output shows.

use std::fmt;

/// An API key as it is sent; `Debug` hides it, so that no log or error can hold it.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// Whether it can stand in a header.
    pub(super) fn is_sendable(&self) -> bool {
        !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// The key itself.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for ApiKey {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(hidden)")
    }
}
