//! What this function manages, as it looks on the wire.

pub(crate) mod configuration;
pub(crate) mod delivery;
pub(crate) mod key;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod session;
pub(crate) mod snooze;
pub(crate) mod webhook;
