//! Configuration versions: what people tune while the service runs.

pub(crate) mod activate;
pub(crate) mod change;
