//! Deliveries: looking at them, and ordering them again.

pub(crate) mod list;
pub(crate) mod redeliver;
