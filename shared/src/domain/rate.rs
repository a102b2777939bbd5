//! What a request counts against: the limit of its key, or of its address where there is no valid key.

use std::sync::{Arc, OnceLock};

/// Who a request was counted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateSubject {
    /// The key that was shown.
    Key,
    /// The address, since no valid key was.
    Address,
}

impl RateSubject {
    /// The word that answers name the limit by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Address => "address",
        }
    }
}

/// How much of a limit has been used, with this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateUse {
    /// Whose limit.
    pub subject: RateSubject,
    /// Requests a window.
    pub limit: i64,
    /// Requests in this window so far.
    pub n_requests: i64,
    /// The window's length.
    pub window_seconds: i64,
    /// Until it ends, at least 1.
    pub ends_in_seconds: u32,
}

impl RateUse {
    /// Requests that the window has left.
    pub fn n_left(&self) -> i64 {
        (self.limit - self.n_requests).max(0)
    }
}

/// Where a request's count is noted once, by whoever counts it, and read when the answer goes out. It stays empty where
/// nothing is counted: without a limit, or where no key is asked for.
pub type Tally = Arc<OnceLock<RateUse>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_that_is_overdrawn_has_nothing_left() {
        let used = |n_requests| RateUse {
            subject: RateSubject::Key,
            limit: 3,
            n_requests,
            window_seconds: 60,
            ends_in_seconds: 9,
        };
        assert_eq!([1, 3, 4].map(|n_requests| used(n_requests).n_left()), [2, 0, 0]);
    }
}
