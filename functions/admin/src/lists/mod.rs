//! Allow, deny and watch lists.

pub(crate) mod add;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod remove;
