//! Webhooks: adding, listing, rotating, trying and removing.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod redeliver;
pub(crate) mod remove;
pub(crate) mod rotate;
pub(crate) mod test;
