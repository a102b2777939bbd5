//! Snoozes: accounts that raise no alerts for a while.

pub(crate) mod end;
pub(crate) mod list;
pub(crate) mod make;
pub(crate) mod preview;
